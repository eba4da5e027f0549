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
    private let taken: UnsafeMutableBufferPointer<looptop_switched>
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
        taken = .allocate(capacity: Self.batch)
        try check()
    }

    deinit {
        looptop_switch_log_close(&log)
        taken.deallocate()
    }

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
            let count = looptop_switch_log_take(&log, taken.baseAddress, taken.count)
            handOut(taken[..<count])
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

    private func handOut(_ records: Slice<UnsafeMutableBufferPointer<looptop_switched>>) {
        // Mostly a thread leaves the CPU before another watched one gets it.
        var feed: SwitchFeed?
        for record in records {
            if feed?.tid != record.tid { feed = feeds[record.tid] }
            guard let feed else { continue }
            noteNews(of: feed)
            feed.add(record)
            if feed.isFlooded { looptop_switch_log_watch(&log, feed.tid, 0) }
        }
    }

    private func noteNews(of feed: SwitchFeed) {
        guard feed.isTold else { return }
        feed.isTold = false
        news.append(feed)
    }

    /// Tells of the feeds that were handed something since the last call, and of those again for which `body` returned false.
    func tellNews(_ body: (SwitchFeed) -> Bool) {
        let all = news
        news = []
        news.reserveCapacity(all.count)
        for feed in all {
            let isDone = body(feed)
            feed.noteTold(isDone)
            if !isDone { news.append(feed) }
        }
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
        tellNews { _ in true }
        let sleep = feed.records.first { $0.isSleep }
        guard let sleep, sleep.time >= before.nanoseconds, sleep.time <= Clocks.monotonic().nanoseconds,
            case .call(let call, let clock) = sleep.place, call.name == "clock_nanosleep",
            clock == UInt64(CLOCK_MONOTONIC)
        else { throw Unavailable(reason: "it does not see this thread sleep: it counts in another namespace") }
    }
}

/// Where the record of a thread's switches comes from.
enum SwitchSource {
    /// One for all threads.
    case feed(SwitchFeed)
    /// One of its own.
    case ring(SwitchRing)
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
