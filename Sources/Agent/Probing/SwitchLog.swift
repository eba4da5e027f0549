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
    func feed(of tid: Int32, for worker: ProbedWorker? = nil) -> SwitchFeed? {
        guard let number = UInt32(exactly: tid), feeds[number] == nil,
            looptop_switch_log_watch(&log, number, 1) == 1
        else { return nil }
        let feed = SwitchFeed(tid: number, worker: worker)
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
                if !feed.hasNews { news.append(feed) }
                feed.add(taken[index])
                if feed.isFlooded { looptop_switch_log_watch(&log, feed.tid, 0) }
            }
            if count < Self.batch { break }
        }
        let lost = looptop_switch_log_lost(&log)
        guard lost != self.lost else { return }
        self.lost = lost
        for feed in feeds.values {
            if !feed.hasNews { news.append(feed) }
            feed.hasLost = true
        }
    }

    /// The feeds that had nothing to be looked at, and were handed something since the last call.
    func takeNews() -> [SwitchFeed] {
        guard !news.isEmpty else { return [] }
        defer { news.removeAll(keepingCapacity: true) }
        return news
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
        news = []
        let sleep = feed.records.first { $0.isSleep }
        guard let sleep, sleep.time >= before.nanoseconds, sleep.time <= Clocks.monotonic().nanoseconds,
            case .call(let call, let clock) = sleep.place, call.name == "clock_nanosleep",
            clock == UInt64(CLOCK_MONOTONIC)
        else { throw Unavailable(reason: "it does not see this thread sleep: it counts in another namespace") }
    }
}

/// What was recorded of one thread and not looked at yet.
final class SwitchFeed {
    /// Records kept: more between two looks are lost, and their thread is watched no longer.
    static let maximumRecords = 2048

    let tid: UInt32
    /// Whose thread it is, and who looks at it.
    private(set) weak var worker: ProbedWorker?
    private(set) var records: [looptop_switched] = []
    /// Records are missing.
    var hasLost = false

    fileprivate init(tid: UInt32, worker: ProbedWorker?) {
        self.tid = tid
        self.worker = worker
    }

    var hasNews: Bool { !records.isEmpty || hasLost }
    var isFlooded: Bool { records.count >= Self.maximumRecords }

    fileprivate func add(_ record: looptop_switched) {
        if isFlooded { hasLost = true } else { records.append(record) }
    }

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
