import CLinux
import Glibc
import Lag
import Model
import ProcFS

/// The kernel's own record of when watched threads got a CPU, and where they were when they left it: by one BPF program, in
/// one ring for all of them. What did not switch costs nothing, and nothing is read of a thread that sleeps.
///
/// Loading needs CAP_BPF and CAP_PERFMON, so it is done before an agent gives up what it has of root. After that it is memory
/// shared with the kernel.
final class SwitchLog {
    /// Why there is none; one sentence for the log.
    struct Unavailable: Error {
        let reason: String
    }

    /// 1 MiB: some ten thousand sleeps between two readings.
    private static let ringBytes = 1 << 20
    private static let batch = 256
    /// PID_MAX_LIMIT: a bit each, half a MiB.
    private static let mostNumbers: UInt64 = 1 << 22

    private var log: looptop_switch_log
    private var feeds: [UInt32: SwitchFeed] = [:]
    private var lost: UInt64 = 0
    private var taken = [looptop_switched](repeating: looptop_switched(), count: SwitchLog.batch)
    /// Those that had nothing, and have now.
    private var news: [SwitchFeed] = []

    /// Loads the program, and has it record a sleep of this thread.
    init(reader: ProcReader = ProcReader()) throws(Unavailable) {
        var layout = looptop_switch_layout()
        let numbers: UInt64
        do throws(ProcError) {
            layout = try Self.layout(
                of: try KernelTypes(members: Self.members, functions: [], typedefs: [Self.tracepoint]))
            numbers = try reader.threadNumbers()
        } catch {
            throw Unavailable(reason: "\(error)")
        }
        var log = looptop_switch_log()
        let answer = looptop_switch_log_open(
            &layout, UInt32(clamping: min(numbers, Self.mostNumbers)), Self.ringBytes, &log)
        guard answer == 0 else { throw Unavailable(reason: reason(-answer)) }
        self.log = log
        try check()
    }

    deinit { looptop_switch_log_close(&log) }

    /// Begins the record of a thread; it ends with the feed. `nil` for a number that no thread has, or that has a feed.
    func feed(of tid: Int32, for loop: ProbedLoop? = nil) -> SwitchFeed? {
        guard let number = UInt32(exactly: tid), feeds[number] == nil,
            looptop_switch_log_watch(&log, number, 1) == 1
        else { return nil }
        let feed = SwitchFeed(tid: number, loop: loop)
        feeds[number] = feed
        return feed
    }

    func end(_ feed: SwitchFeed) {
        looptop_switch_log_watch(&log, feed.tid, 0)
        feeds[feed.tid] = nil
        news.removeAll { $0 === feed }
    }

    /// Hands out all there is.
    func drain() {
        // Twice the ring: threads that switch faster than this reads do not keep the prober here.
        for _ in 0..<(2 * Self.ringBytes / MemoryLayout<looptop_switched>.size / Self.batch) {
            let count = taken.withUnsafeMutableBufferPointer {
                looptop_switch_log_take(&log, $0.baseAddress, $0.count)
            }
            for index in 0..<count {
                guard let feed = feeds[taken[index].tid] else { continue }
                noteNews(of: feed)
                feed.add(taken[index])
                if feed.isFlooded { looptop_switch_log_watch(&log, feed.tid, 0) }
            }
            if count < Self.batch { break }
        }
        let lost = looptop_switch_log_lost(&log)
        guard lost != self.lost else { return }
        self.lost = lost
        for feed in feeds.values {
            noteNews(of: feed)
            feed.hasLost = true
        }
    }

    private func noteNews(of feed: SwitchFeed) {
        guard feed.isTold else { return }
        feed.isTold = false
        news.append(feed)
    }

    /// Tells of the feeds that were handed something since the last call.
    func tellNews(_ body: (SwitchFeed) -> Void) {
        for feed in news {
            body(feed)
            feed.isTold = true
        }
        news.removeAll(keepingCapacity: true)
    }

    /// An agent in a pid namespace of its own knows threads by other numbers than the kernel does.
    private func check() throws(Unavailable) {
        guard let feed = feed(of: looptop_thread_id()) else { throw Unavailable(reason: "this thread has no number") }
        defer { end(feed) }
        let before = Clocks.monotonic()
        var pause = timespec(tv_sec: 0, tv_nsec: 100_000)
        guard clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, nil) == 0 else {
            throw Unavailable(reason: "a sleep was broken off")
        }
        drain()
        tellNews { _ in }
        let sleep = feed.records.first { $0.isSleep }
        guard let sleep, sleep.time >= before.nanoseconds, sleep.time <= Clocks.monotonic().nanoseconds,
            case .call(let call, let clock) = sleep.place, call.name == "clock_nanosleep",
            clock == UInt64(CLOCK_MONOTONIC)
        else { throw Unavailable(reason: "it does not see this thread sleep: it counts in another namespace") }
    }
}

/// What was recorded of one thread and not looked at yet.
///
/// Of a loop that rests it is mostly this: it gets a CPU, works, and sleeps where it slept before. That is kept as a burst
/// in a third of the room, for the end of the window, and the loop rests on.
final class SwitchFeed {
    /// Records kept, those of bursts included: more between two looks are lost.
    static let maximumRecords = 2048
    /// Bursts kept before somebody looks.
    private static let maximumBursts = 100

    let tid: UInt32
    /// Who looks at it; it ends its feed when it ends.
    private(set) unowned var loop: ProbedLoop?
    /// Those that are not part of a burst.
    private(set) var records: [looptop_switched] = []
    /// Records are missing.
    fileprivate(set) var hasLost = false
    /// It was handed more than it takes between two looks, and is handed nothing any more.
    private(set) var isFlooded = false
    /// All before the first of the records.
    private(set) var bursts: [LoopBurst] = []
    /// The record that ended the last burst.
    private(set) var newest = looptop_switched()
    /// Of those of the bursts that nobody was told of.
    private(set) var untold = BusyTime()
    /// Nothing is in it that nobody was told of.
    var isTold = true { didSet { if isTold { untold = BusyTime() } } }
    /// Where its loop rests.
    private var home: RecordedPlace?

    init(tid: UInt32, loop: ProbedLoop?) {
        self.tid = tid
        self.loop = loop
    }

    /// Something besides bursts.
    var hasNews: Bool { !records.isEmpty || hasLost }

    /// Whether a loop that rests is to be looked at: it does something else than it did before, or much.
    var needsLook: Bool {
        hasNews || bursts.count >= Self.maximumBursts || untold.worked >= Cadence.troublingBusy
    }

    /// From now on its thread sleeps at `place`, and had been busy for so long in its life when it went to sleep. With `nil` it
    /// may be anywhere.
    func rest(at place: RecordedPlace?, after busy: BusyTime) {
        home = place
        newest.run = busy.run
        newest.wait = busy.wait
    }

    func add(_ record: looptop_switched) {
        if isFlooded {
            hasLost = true
        } else {
            records.append(record)
            if let home, record.recordedPlace == home { foldBurst() }
            isFlooded = records.count + 2 * bursts.count >= Self.maximumRecords
        }
    }

    /// Makes a burst of the records, the last of which is a sleep at home, where it slept nowhere else.
    private func foldBurst() {
        guard !hasLost, records.count >= 2, records[0].isInto, let end = records.last,
            records.dropLast().allSatisfy({ $0.isInto || $0.isPreempted })
        else { return }
        let before = newest.wait
        func waited(until record: looptop_switched) -> UInt64 { record.wait >= before ? record.wait - before : 0 }
        // It leaves the CPU next, and knows by then how long it had waited for it.
        let woke = records[0].time - min(waited(until: records[1]), records[0].time)
        let burst = LoopBurst(
            from: MonotonicInstant(nanoseconds: woke), to: MonotonicInstant(nanoseconds: end.time),
            waitNanoseconds: waited(until: end))
        bursts.append(burst)
        untold += BusyTime(run: end.run, wait: end.wait) - BusyTime(run: newest.run, wait: newest.wait)
        newest = end
        records.removeAll(keepingCapacity: true)
    }

    func clearBursts() { bursts.removeAll(keepingCapacity: bursts.count <= Self.maximumBursts) }

    /// Adds what was recorded since the last time, oldest first; returns whether records were lost in between. `waited` is how
    /// long the thread had waited for a CPU in its life when it was looked at last, and `until` now, in ns.
    func drain(into switches: inout [Probe.Switch], waited: UInt64, until: UInt64) -> Bool {
        defer { clear() }
        var waited = waited
        for (index, record) in records.enumerated() {
            let at = MonotonicInstant(nanoseconds: record.time)
            if record.isInto {
                // It leaves the CPU next, and knows by then how long it had waited for it.
                let total = index + 1 < records.count ? records[index + 1].wait : until
                switches.append(
                    Probe.Switch(at: at, kind: .into, waitNanoseconds: total >= waited ? total - waited : 0))
            } else {
                waited = record.wait
                switches.append(
                    record.isPreempted
                        ? Probe.Switch(at: at, kind: .preempted)
                        : Probe.Switch(at: at, kind: .sleep, place: record.place))
            }
        }
        return hasLost
    }

    func clear() {
        records.removeAll(keepingCapacity: true)
        hasLost = false
    }
}

/// Where a thread sleeps, as a record has it.
struct RecordedPlace: Equatable {
    var how: UInt32
    var call: Int64
    var argument: UInt64
}

/// Where the record of a thread's switches comes from.
enum SwitchSource {
    /// One for all threads.
    case feed(SwitchFeed)
    /// One of its own.
    case ring(SwitchRing)
}

extension looptop_switched {
    private func has(_ bits: Int) -> Bool { Int(how) & bits != 0 }

    var isInto: Bool { has(LOOPTOP_SWITCHED_INTO) }
    var isPreempted: Bool { has(LOOPTOP_SWITCHED_PREEMPTED) }
    /// It left the CPU by itself, and lives.
    var isSleep: Bool { !isInto && !isPreempted && !has(LOOPTOP_SWITCHED_DEAD) }

    var recordedPlace: RecordedPlace { RecordedPlace(how: how, call: call, argument: argument) }

    /// Where it sleeps, of a `isSleep`.
    var place: Probe.Place {
        if has(LOOPTOP_SWITCHED_STOPPED) || has(LOOPTOP_SWITCHED_FROZEN) { return .stopped }
        guard let number = UInt64(exactly: call), let call = SystemCall(native: number) else { return .outside }
        // Waits for events can be woken by a signal. One that cannot waits for a lock or a page on the way there.
        if call.loopKind != nil, !has(1) { return .outside }
        return .call(call, firstArgument: argument)
    }
}

extension SwitchLog {
    private static let tracepoint = "btf_trace_sched_switch"
    private static let members = [
        "task_struct": ["pid", "se", "sched_info", "nvcsw", "nivcsw", "jobctl"], "sched_entity": ["sum_exec_runtime"],
        "sched_info": ["run_delay", "pcount"], "pt_regs": ["orig_ax", "di"],
    ]

    /// Throws `.vanished` of what this kernel, or this kind of machine, does not have.
    private static func layout(of types: KernelTypes) throws(ProcError) -> looptop_switch_layout {
        guard let tracepoint = types.number(ofTypedef: tracepoint) else { throw .vanished(file: tracepoint) }
        var layout = looptop_switch_layout()
        layout.tracepoint = tracepoint
        let (task, schedule) = ("task_struct", "sched_info")
        layout.task.pid = try types.place(of: "pid", in: task)
        layout.task.run = try types.place(of: "se", in: task) + types.place(of: "sum_exec_runtime", in: "sched_entity")
        layout.task.wait = try types.place(of: schedule, in: task) + types.place(of: "run_delay", in: schedule)
        layout.task.slices = try types.place(of: schedule, in: task) + types.place(of: "pcount", in: schedule)
        layout.task.voluntary = try types.place(of: "nvcsw", in: task)
        layout.task.involuntary = try types.place(of: "nivcsw", in: task)
        layout.task.job = try types.place(of: "jobctl", in: task)
        layout.registers.call = try types.place(of: "orig_ax", in: "pt_regs")
        layout.registers.argument = try types.place(of: "di", in: "pt_regs")
        return layout
    }
}
