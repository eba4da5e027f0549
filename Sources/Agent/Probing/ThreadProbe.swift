import CLinux
import Lag
import Model
import ProcFS

/// Looks at one thread through the files that it keeps open: those that most looks read. They name the thread itself: once
/// it is gone they fail, and never read another one that was given its number.
///
/// An idle thread costs one `pread`: its time slices did not move, so it sleeps the same sleep as at the look before. What
/// else there is to know is read only when it moved, or was met running.
///
/// The others are opened for each reading, by number: each look begins with the kept `schedstat`, which fails once the thread
/// is gone, so that what was read of another one is of a thread that is given up at the next look.
///
/// What the kernel refuses makes the tier fall: without `syscall` (ptrace access to attach) it is `nosys`; without ptrace
/// access at all, where `io` is refused and `wchan` always says `0`, it is `utilisation`. It is tried again every
/// `recovery`.
final class ThreadProbe {
    /// How many descriptors it keeps at most: `schedstat`, `syscall` (or, in the lower tiers, `stat`) and one more.
    static let descriptors = 3
    static let recovery = Duration.seconds(10)

    let tid: Int32
    /// What it uses now; never more than the context's limit, and never `perf`, which needs a ring besides.
    var tier: LagTier { access.tier }
    /// The newest look. Only what a meter asked for is in it.
    private(set) var last: Probe
    /// Whether the thread got a CPU between the last two looks.
    private(set) var slicesChanged = true

    private let context: ProbeContext
    private let process: ProbedProcess
    private let schedstat: ProbeFile
    /// A kernel without CONFIG_SCHED_DEBUG has no `sched`, and says the same in the longer `status`.
    private let hasSched: Bool
    /// One of `wchan`, which is read of sleepers, and the switch counts, which are read of those that did not sleep all the
    /// time: the one that was asked for twice while nobody asked for the other.
    private var third: (name: String, file: ProbeFile)?
    private var isOtherWanted = false
    /// Below `/proc`.
    private let folder: String
    private var access: Access
    /// How many time slices it had got at the look before, where it slept then.
    private var slept: UInt64?
    /// ns it had waited for a CPU at the look before.
    private var waited: UInt64 = 0
    /// Where it sleeps, where the record of its switches told that last.
    private var recordedPlace: RecordedPlace?
    /// Whether `last` has the switch counts of now.
    private var hasCounts = false
    private var hasLooked = false
    private var nextTry: MonotonicInstant

    /// Throws `.vanished` when there is no such thread.
    init(
        tid: Int32, of process: ProbedProcess, context: ProbeContext, now: MonotonicInstant
    ) throws(ProcError) {
        self.tid = tid
        self.process = process
        self.context = context
        let folder = "task/\(tid)/"
        self.folder = "\(process.pid)/\(folder)"
        let directory = try process.directory()
        schedstat = try ProbeFile(folder + "schedstat", of: directory)
        var hasSched = true
        do {
            _ = try directory.open(folder + "sched")
        } catch {
            hasSched = false
        }
        self.hasSched = hasSched
        access = try Access(tid: tid, of: directory, context: context)
        nextTry = now + Self.recovery
        last = Probe(at: now, runNanoseconds: 0, waitNanoseconds: 0, timeslices: 0, place: .running)
    }

    /// Brings `last` up to date as far as the scheduler's counters go. False when the thread slept all the time since the
    /// look before, so that there is nothing else to read.
    func lookForChange(at now: MonotonicInstant) throws(ProcError) -> Bool {
        let counters = try context.read(schedstat) { (text) throws(ProcError) in try SchedStat(parsing: text) }
        last.at = now
        hasCounts = false
        slicesChanged = counters.timeslices != last.timeslices || !hasLooked
        guard
            slicesChanged || !last.place.isAsleep || counters.runNanoseconds != last.runNanoseconds
                || counters.waitNanoseconds != last.waitNanoseconds
        else { return false }
        slept = hasLooked && last.place.isAsleep ? last.timeslices : nil
        last.runNanoseconds = counters.runNanoseconds
        last.waitNanoseconds = counters.waitNanoseconds
        last.timeslices = counters.timeslices
        return true
    }

    /// Whether it slept when it was looked at.
    var isAsleep: Bool { hasLooked && last.place.isAsleep }

    /// Brings `last` up to date from the record of its switches alone. False where that does not say all: the thread has a
    /// CPU or waits for one, it ended, records are missing, or it was not looked at yet.
    func take(_ feed: SwitchFeed, at now: MonotonicInstant) -> Bool {
        guard hasLooked, tier == .proc, !feed.hasLost, feed.workingSince == nil, let newest = feed.slices.last,
            newest.isSleep
        else { return false }
        note(newest, at: now)
        last.place = newest.place
        recordedPlace = newest.recordedPlace
        return true
    }

    /// Brings `last` up to date from the bursts of a feed, at the end of which it sleeps where it slept before.
    func takeBursts(of feed: SwitchFeed, at now: MonotonicInstant) {
        note(feed.newest, at: now)
        last.switches.removeAll()
        waited = last.waitNanoseconds
    }

    /// From now on, what it does between two sleeps where it sleeps now may be told as bursts.
    func beginRest(_ feed: SwitchFeed) { feed.rest(at: recordedPlace, after: busy) }

    /// In its life, at the newest look.
    var busy: BusyTime { BusyTime(run: last.runNanoseconds, wait: last.waitNanoseconds) }

    private func note(_ newest: looptop_slice, at now: MonotonicInstant) {
        slicesChanged = true
        hasCounts = true
        last.at = now
        last.runNanoseconds = newest.run
        last.waitNanoseconds = newest.wait
        last.timeslices = newest.slices
        last.voluntarySwitches = newest.voluntary
        last.involuntarySwitches = newest.involuntary
    }

    /// Finds out where the thread is now. Returns true when that was refused and the tier fell.
    func lookWhere() throws(ProcError) -> Bool {
        recordedPlace = nil
        do {
            last.place = tier == .proc ? try placeBySyscall() : try placeByState()
            return false
        } catch .denied {
            let before = tier
            try settle()
            last.place = tier == .proc ? .running : try placeByState()
            return tier != before
        }
    }

    /// Reads what a meter needs besides.
    func lookFurther(
        _ needs: ProbeNeeds, sockets: SocketWatch?, quota: CgroupQuota?, switches: SwitchSource?
    ) throws(ProcError) {
        if needs.contains(.switchCounts) || !hasLooked, !hasCounts, !sleptBetween() { try readSwitches() }
        hasLooked = true
        last.calls = needs.contains(.calls) ? try readCalls() : nil
        last.sockets = needs.contains(.sockets) ? sockets?.evidence(now: last.at) : nil
        last.runnable = needs.contains(.runnable) ? context.runnableTasks(now: last.at) : nil
        last.throttledNanoseconds = needs.contains(.throttled) ? quota?.throttledNanoseconds(now: last.at) : nil
        last.switches.removeAll(keepingCapacity: true)
        switch switches {
        case .ring(let ring): last.lostSwitches = ring.drain(into: &last.switches)
        case .feed(let feed):
            last.lostSwitches = feed.drain(into: &last.switches, waited: waited, until: last.waitNanoseconds)
        case nil: last.lostSwitches = false
        }
        waited = last.waitNanoseconds
    }

    /// What was refused may be allowed by now: tried every `recovery`. Returns true when the tier rose.
    func recover(now: MonotonicInstant) throws(ProcError) -> Bool {
        guard tier < min(context.limit, .proc), now >= nextTry else { return false }
        nextTry = now + Self.recovery
        let before = tier
        try settle()
        return tier != before
    }

    private func settle() throws(ProcError) {
        access = try Access(tid: tid, of: try process.directory(), context: context)
    }

    private func placeBySyscall() throws(ProcError) -> Probe.Place {
        let line = try context.read(access.place) { (text) throws(ProcError) in try SyscallLine(parsing: text) }
        guard line != .running else { return .running }
        // A stopped thread keeps the system call it was stopped in.
        if access.hasWaitChannel {
            let channel = try readThird("wchan") { (text) throws(ProcError) in WaitChannel(parsing: text) }
            if channel.isStopped || channel.isFrozen { return .stopped }
        }
        guard case .call(let number, let argument, _) = line else {
            try checkThatItLives()
            return .outside
        }
        return SystemCall(native: number).map { .call($0, firstArgument: argument) } ?? .outside
    }

    /// One that ended and was not reaped has the same files as one that sleeps outside of any system call.
    private func checkThatItLives() throws(ProcError) {
        let state = try context.readOnce("stat", of: tid) { (text) throws(ProcError) in try ThreadState(parsing: text) }
        if state.isDead { throw .vanished(file: "stat") }
    }

    private func placeByState() throws(ProcError) -> Probe.Place {
        let state = try context.read(access.place) { (text) throws(ProcError) in try ThreadState(parsing: text) }
        if state.isDead { throw .vanished(file: access.place.name) }
        if state.isStopped { return .stopped }
        guard !state.isRunning else { return .running }
        guard tier == .nosys, access.hasWaitChannel else {
            return .asleep(inEventWait: state.letter == UInt8(ascii: "S"))
        }
        let channel = try readThird("wchan") { (text) throws(ProcError) in WaitChannel(parsing: text) }
        if channel.isStopped || channel.isFrozen { return .stopped }
        // `0` for a thread that sleeps: it is still on the run queue of a kernel that takes it off later (6.12), which
        // happens after a short sleep, and those are mostly the loop's.
        return .asleep(inEventWait: channel.eventWait != nil || channel.isUnknown)
    }

    /// What nearly every look at a loop finds that was woken in between. A thread that sleeps left the CPU as often as it
    /// got it. So if it slept at both looks, got the CPU once, and its counts are of the first, it gave it up by itself once.
    private func sleptBetween() -> Bool {
        guard last.place.isAsleep, let slept, last.timeslices == slept &+ 1,
            let voluntary = last.voluntarySwitches, let involuntary = last.involuntarySwitches,
            voluntary &+ involuntary == slept
        else { return false }
        last.voluntarySwitches = voluntary &+ 1
        return true
    }

    private func readSwitches() throws(ProcError) {
        if hasSched {
            let switches = try readThird("sched") { (text) throws(ProcError) in
                try ThreadSwitches(parsing: text)
            }
            last.voluntarySwitches = switches.voluntary
            last.involuntarySwitches = switches.involuntary
        } else {
            let status = try readThird("status") { (text) throws(ProcError) in
                try ProcessStatus(parsing: text)
            }
            last.voluntarySwitches = status.voluntarySwitches
            last.involuntarySwitches = status.involuntarySwitches
        }
    }

    private func readThird<R>(
        _ name: StaticString, _ body: (Span<UInt8>) throws(ProcError) -> R
    ) throws(ProcError) -> R {
        if let third, third.name == name.description {
            isOtherWanted = false
            return try context.read(third.file, body)
        }
        guard third == nil || isOtherWanted else {
            isOtherWanted = true
            return try context.readOnce(name, of: tid, body)
        }
        let file = try ProbeFile("\(folder)\(name)", ofHost: context.reader)
        third = ("\(name)", file)
        isOtherWanted = false
        return try context.read(file, body)
    }

    private func readCalls() throws(ProcError) -> CallCounts? {
        guard access.hasCalls else { return nil }
        do {
            // Under the number of a main thread alone the kernel adds up those of all threads.
            let calls = try context.reader.withHostFile(folder + "io") { (text) throws(ProcError) in
                try ThreadCalls(parsing: text)
            }
            return CallCounts(reads: calls.reads, writes: calls.writes)
        } catch .denied {
            return nil  // the tier falls with the next look at where it is
        }
    }
}

extension ThreadProbe {
    /// What may be read of a thread, found out by reading it once.
    private struct Access {
        var tier: LagTier
        /// Either `syscall` or, in the lower tiers, `stat`.
        var place: ProbeFile
        var hasWaitChannel: Bool
        /// Whether `io` may be read.
        var hasCalls: Bool

        init(tid: Int32, of directory: borrowing OwnedFD, context: ProbeContext) throws(ProcError) {
            let folder = "task/\(tid)/"
            var isRefused = false
            var syscall: ProbeFile?
            if context.limit >= .proc {
                syscall = try Self.open(folder + "syscall", of: directory, context: context, isRefused: &isRefused)
            }
            isRefused = false
            hasCalls = try Self.open(folder + "io", of: directory, context: context, isRefused: &isRefused) != nil
            // Who may not know reads `0` from `wchan`; `io` asks for the same right and refuses.
            let mayKnow = !isRefused
            let wchan = try Self.open(folder + "wchan", of: directory, context: context, isRefused: &isRefused)
            hasWaitChannel = wchan != nil
            if let syscall {
                place = syscall
                tier = .proc
            } else {
                place = try ProbeFile(folder + "stat", of: directory)
                tier = mayKnow && hasWaitChannel && context.limit >= .nosys ? .nosys : .utilisation
            }
        }

        /// `nil` where it is refused, when it is opened or read, or where the kernel has no such file.
        private static func open(
            _ name: String, of directory: borrowing OwnedFD, context: ProbeContext, isRefused: inout Bool
        ) throws(ProcError) -> ProbeFile? {
            do {
                let file = try ProbeFile(name, of: directory)
                try context.read(file) { (_) throws(ProcError) in () }
                return file
            } catch {
                switch error {
                case .denied: isRefused = true
                case .vanished: break  // or the thread is gone, which the next look at its counters tells
                case .io, .malformed: throw error
                }
                return nil
            }
        }
    }
}
