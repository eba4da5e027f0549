import Glibc
import Lag
import Model
import ProcFS
import Synchronization

/// Probes some processes on a thread of its own, and prints what it finds on the main one, which also waits for signals.
final class Observation {
    /// What waits to be printed. Bounded: a reader that stands still for ten minutes loses the oldest windows.
    struct Mail: Sendable {
        static let maximumWindows = 600
        var windows: [(readings: [LagReading], recording: String)] = []
        var lost: [(Int32, ProcError)] = []
        var dropped = 0
    }

    private let settings: ProberSettings
    /// The prober's, once it runs.
    private let switchLog: SwitchLog?
    private let windows: Int?
    private let isForced: Bool
    private let recording: OwnedDescriptor?
    private let signals: Signals
    private let control: ProberControl
    private let bell: Doorbell
    private let mail = Mail.Box()
    /// As they are printed.
    private let order: [Int32: Int]
    private var living: Set<Int32>
    /// Who was said to be in a lower tier than was asked for.
    private var warned: Set<Int32> = []

    init(
        pids: [Int32], settings: ProberSettings, switchLog: SwitchLog?, windows: Int?, isForced: Bool,
        recordingPath: String?
    ) throws(Fatal) {
        self.settings = settings
        self.switchLog = switchLog
        self.windows = windows
        self.isForced = isForced
        signals = try Signals()
        control = try ProberControl()
        bell = try Doorbell()
        order = Dictionary(zip(pids, 0...), uniquingKeysWith: { first, _ in first })
        living = Set(pids)
        recording = try recordingPath.map { (path) throws(Fatal) in
            let raw = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
            guard raw >= 0 else { throw Fatal(.cannotCreate, "--record \(path): \(reason(errno))") }
            return OwnedDescriptor(raw)
        }
        let reader = ProcReader(root: settings.procRoot)
        for pid in living {
            guard let ticks = Self.startTicks(of: pid, reader: reader) else {
                throw Fatal(.usage, "--pid \(pid): there is no process with that pid")
            }
            control.probe(ProbedWorker.Target(pid: pid, startTicks: ticks))
        }
    }

    /// `nil` also for one that has ended and was not reaped.
    private static func startTicks(of pid: Int32, reader: ProcReader) -> UInt64? {
        guard pid > 0 else { return nil }
        do {
            let directory = try reader.processDirectory(pid)
            let stat = try reader.processStat(of: directory)
            return stat.isDead ? nil : stat.startTicks
        } catch {
            return nil
        }
    }

    /// Until the windows are full, a signal comes, nobody reads any more, or all processes have ended.
    func run(heading: String? = nil, line: (LagReading) -> String) throws(Fatal) {
        let (mail, bell, control, settings) = (mail, bell, control, settings)
        let output = ProberOutput(
            window: { readings, recording, _ in
                mail.post { $0.add(readings, recording) }
                bell.ring()
            },
            lost: { target, error in
                mail.post { $0.lost.append((target.pid, error)) }
                bell.ring()
            })
        let thread = try Prober.start(settings: settings, output: output, control: control, switchLog: switchLog)
        defer {
            control.stop()
            thread.join()
        }
        if let heading, try !write(heading, to: 1) { return }
        var count = 0
        while true {
            var events = [
                pollfd(fd: signals.descriptor.raw, events: Int16(POLLIN), revents: 0),
                pollfd(fd: bell.descriptor, events: Int16(POLLIN), revents: 0),
                pollfd(fd: 1, events: 0, revents: 0),  // only whether its reader went away
            ]
            guard poll(&events, nfds_t(events.count), -1) > 0 else { continue }
            if events[0].revents != 0 || events[2].revents & Int16(POLLERR | POLLHUP) != 0 { return }
            bell.answer()
            let news = mail.take()
            if news.dropped > 0 { AgentProgram.say("\(news.dropped) windows were dropped: nobody read them") }
            for (readings, text) in news.windows {
                if let recording { _ = try write(text, to: recording.raw) }
                let sorted = readings.sorted { order[$0.pid, default: 0] < order[$1.pid, default: 0] }
                sorted.forEach(warn)
                guard try write(sorted.map(line).joined(), to: 1) else { return }
                count += 1
                if let windows, count >= windows { return }
            }
            for (pid, error) in news.lost { note(pid, error) }
            if living.isEmpty { return }
        }
    }

    private func note(_ pid: Int32, _ error: ProcError) {
        living.remove(pid)
        if case .vanished = error {
            AgentProgram.say("pid \(pid) has ended")
        } else {
            AgentProgram.say("pid \(pid) cannot be looked at: \(error)")
        }
    }

    /// Says once why a process is in a lower tier than it could be: where `perf` would only be nicer, if it was asked for.
    private func warn(_ reading: LagReading) {
        let tier = reading.window.tier
        guard reading.kind != .none, tier < settings.limit, reading.loopThreads > 0, isForced || tier < .proc,
            warned.insert(reading.pid).inserted
        else { return }
        let reason = LostTier(pid: reading.pid, tier: tier, reader: ProcReader(root: settings.procRoot)).text
        AgentProgram.say(
            isForced
                ? "pid \(reading.pid): the kernel does not allow tier \(settings.limit.word); \(tier.word) is used"
                    + (reason.map { ": \($0)" } ?? "")
                : "pid \(reading.pid): \(reason ?? "")")
    }

    /// False when nobody reads any more.
    private func write(_ text: String, to descriptor: CInt) throws(Fatal) -> Bool {
        let bytes = Array(text.utf8)
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress! + done, bytes.count - done) }
            if count >= 0 {
                done += count
                continue
            }
            switch errno {
            case EINTR: continue
            case EPIPE: return false
            case EAGAIN:
                // Signals end it here too: a reader that stands still must not keep us.
                var events = [
                    pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0),
                    pollfd(fd: signals.descriptor.raw, events: Int16(POLLIN), revents: 0),
                ]
                _ = poll(&events, nfds_t(events.count), -1)
                if events[1].revents != 0 { return false }
            default: throw Fatal(.ioError, "cannot write: \(reason(errno))")
            }
        }
        return true
    }
}

extension Observation.Mail {
    mutating func add(_ readings: [LagReading], _ recording: String) {
        if windows.count >= Self.maximumWindows {
            windows.removeFirst()
            dropped += 1
        }
        windows.append((readings, recording))
    }

    /// Between the two threads.
    final class Box: Sendable {
        private let mail = Mutex(Observation.Mail())
        func post(_ change: (inout Observation.Mail) -> Void) { mail.withLock { change(&$0) } }
        func take() -> Observation.Mail {
            mail.withLock { mail in
                defer { mail = Observation.Mail() }
                return mail
            }
        }
    }
}
