import Lag
import Model
import ProcFS

/// Looks at all threads of a process once, to find those that run loops. What it opens it closes again.
struct ThreadSurvey {
    /// A process with more threads than this is looked at in part: the oldest are its main thread and, mostly, its loops.
    static let maximumThreads = 256

    let pid: Int32
    let context: ProbeContext

    /// Throws `.vanished` when the process is gone, or ended and was not reaped.
    func looks(of directory: borrowing OwnedFD) throws(ProcError) -> [ThreadLook] {
        var looks: [ThreadLook] = []
        for tid in try context.reader.threads(of: directory).prefix(Self.maximumThreads) {
            do throws(ProcError) {
                looks.append(try look(at: tid, of: directory))
            } catch .vanished {
                continue
            }
        }
        guard !looks.isEmpty else { throw .vanished(file: "task") }
        return looks
    }

    private func look(at tid: Int32, of directory: borrowing OwnedFD) throws(ProcError) -> ThreadLook {
        let reader = context.reader
        let folder = "task/\(tid)/"
        let counters = try reader.withFile(folder + "schedstat", of: directory) { (text) throws(ProcError) in
            try SchedStat(parsing: text)
        }
        var look = ThreadLook(
            tid: tid, isMain: tid == pid, place: .running, runNanoseconds: counters.runNanoseconds,
            timeslices: counters.timeslices)
        do throws(ProcError) {
            guard context.limit >= .proc else { throw .denied(file: "syscall") }
            let line = try reader.withFile(folder + "syscall", of: directory) { (text) throws(ProcError) in
                try SyscallLine(parsing: text)
            }
            switch line {
            case .running: return look
            case .outside: look.place = .outside
            case .call(let number, let first, let second):
                look.place = SystemCall(native: number).map { .call($0, firstArgument: first) } ?? .outside
                look.waitedOn = second
                // Stopped is a process as a whole: its main thread tells.
                if !look.isMain { return look }
            }
        } catch {
            switch error {
            case .denied: break
            case .vanished, .io, .malformed: throw error
            }
        }
        let state = try reader.withFile(folder + "stat", of: directory) { (text) throws(ProcError) in
            try ThreadState(parsing: text)
        }
        if state.isDead { throw .vanished(file: "stat") }
        let channel = try reader.withFile(folder + "wchan", of: directory) { (text) throws(ProcError) in
            WaitChannel(parsing: text)
        }
        if state.isStopped || channel.isStopped || channel.isFrozen {
            look.place = .stopped
        } else if look.place == .running, !state.isRunning {
            look.place = .asleep(inEventWait: channel.eventWait != nil || channel.isUnknown)
            look.waitKind = channel.eventWait
        }
        return look
    }
}
