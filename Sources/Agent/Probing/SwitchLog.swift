import CLinux
import Glibc
import Lag
import Model
import ProcFS

/// The kernel's own record of when watched threads got a CPU, and where they were when they left it: by one BPF program, in
/// one ring for all of them. What did not switch costs nothing, and nothing is read of a thread that sleeps.
///
/// Another program looks at who has a CPU whenever a timer interrupts it, the scheduler's tick at least, and gives notice of who has
/// it for long: so that nobody has to ask again and again whether somebody does.
///
/// Loading needs CAP_BPF and CAP_PERFMON, so it is done before an agent gives up what it has of root. After that it is memory
/// shared with the kernel.
final class SwitchLog {
    /// Why there is none; one sentence for the log.
    struct Unavailable: Error {
        let reason: String
    }

    /// 1 MiB: twelve thousand sleeps between two readings.
    private static let ringBytes = 1 << 20
    private static let batch = 256
    /// PID_MAX_LIMIT: a bit each, half a MiB.
    private static let mostNumbers: UInt64 = 1 << 22
    /// As many as any kernel is built for (CONFIG_NR_CPUS).
    private static let mostCPUs = 8192

    private var log: looptop_switch_log
    private var feeds: [UInt32: SwitchFeed] = [:]
    private var lost: UInt64 = 0
    private let taken: UnsafeMutableBufferPointer<looptop_slice>
    /// Who has which CPU, where somebody asked the record last.
    private let cpus: UnsafeMutableBufferPointer<looptop_at_work>
    private var working: [SwitchFeed] = []
    /// Those that had nothing, and have now.
    private var news: [SwitchFeed] = []
    /// Whether notice is given of who is at work for long.
    private(set) var givesNotice = false
    /// After so long, and so long after the last one: who is looked at closely is not told of besides.
    private static let patience = Cadence.alert
    private static let pause = Cadence.alert + Cadence.close
    /// For the first notice: two ticks of the slowest kernel, and some.
    private static let noticePatience = Duration.milliseconds(25)

    /// Loads the program, and has it record a sleep of this thread.
    init(reader: ProcReader = ProcReader()) throws(Unavailable) {
        var layout = looptop_switch_layout()
        let numbers: UInt64
        do throws(ProcError) {
            layout = try Self.layout(
                of: try KernelTypes(members: Self.members, functions: [], typedefs: [Self.tracepoint, Self.tick]))
            numbers = try reader.threadNumbers()
        } catch {
            throw Unavailable(reason: "\(error)")
        }
        var log = looptop_switch_log()
        let cpus = min(max(1, sysconf(CInt(_SC_NPROCESSORS_CONF))), Self.mostCPUs)
        let answer = looptop_switch_log_open(
            &layout, UInt32(clamping: min(numbers, Self.mostNumbers)), UInt32(cpus), Self.ringBytes, &log)
        guard answer == 0 else { throw Unavailable(reason: reason(-answer)) }
        self.log = log
        taken = .allocate(capacity: Self.batch)
        self.cpus = .allocate(capacity: cpus)
        try check()
        notice(after: Self.patience, pause: Self.pause)
    }

    deinit {
        looptop_switch_log_close(&log)
        taken.deallocate()
        cpus.deallocate()
    }

    /// Begins the record of a thread; it ends with the feed. `nil` for a number that no thread has, or that has a feed.
    func feed(of tid: Int32, for loop: ProbedLoop? = nil) -> SwitchFeed? {
        let now = Clocks.monotonic()
        guard let number = UInt32(exactly: tid), feeds[number] == nil,
            looptop_switch_log_watch(&log, number, 1) == 1
        else { return nil }
        let feed = SwitchFeed(tid: number, loop: loop, began: now)
        feeds[number] = feed
        return feed
    }

    func end(_ feed: SwitchFeed) {
        looptop_switch_log_watch(&log, feed.tid, 0)
        feeds[feed.tid] = nil
        news.removeAll { $0 === feed }
        working.removeAll { $0 === feed }
    }

    /// Readable once notice was given; -1: none is given.
    var notices: CInt { givesNotice ? log.notices : -1 }

    /// Takes the notices so far, and returns when the last one was given. `drain` tells more.
    func answerNotices() -> MonotonicInstant {
        looptop_switch_log_answer(&log)
        return MonotonicInstant(nanoseconds: log.head.pointee.asked)
    }

    /// Notice is given of who has a CPU for `patience`, and not before `pause` after the last notice or `drain`.
    func notice(after patience: Duration, pause: Duration) {
        log.head.pointee.patience = UInt64(max(0, patience.nanoseconds))
        log.head.pointee.pause = UInt64(max(0, pause.nanoseconds))
    }

    /// Where periods are stretched.
    func stretch(by stretch: Double) { notice(after: Self.patience, pause: Self.pause * stretch) }

    /// Hands out all there is, and who is at work.
    func drain() {
        log.head.pointee.asked = Clocks.monotonic().nanoseconds
        looptop_switch_log_answer(&log)
        // First: who is at work now and is not told to have left that CPU is at work still.
        let atWork = looptop_switch_log_at_work(&log, cpus.baseAddress)
        takeRecords()
        for feed in working { _ = feed.noteWork(since: nil) }
        working.removeAll(keepingCapacity: true)
        for each in cpus[..<atWork] {
            guard let feed = feeds[each.tid], feed.noteWork(since: each.since) else { continue }
            noteNews(of: feed)
            working.append(feed)
        }
    }

    private func takeRecords() {
        // Twice the ring: threads that switch faster than this reads do not keep the prober here.
        for _ in 0..<(2 * Self.ringBytes / MemoryLayout<looptop_slice>.size / Self.batch) {
            let count = looptop_switch_log_take(&log, taken.baseAddress, taken.count)
            handOut(taken[..<count])
            if count < Self.batch { break }
        }
        let lost = log.head.pointee.lost
        guard lost != self.lost else { return }
        self.lost = lost
        for feed in feeds.values {
            noteNews(of: feed)
            feed.hasLost = true
        }
    }

    private func handOut(_ slices: Slice<UnsafeMutableBufferPointer<looptop_slice>>) {
        for slice in slices {
            guard let feed = feeds[slice.tid] else { continue }
            noteNews(of: feed)
            feed.add(slice)
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
        let sleep = feed.slices.first { $0.isSleep }
        guard let sleep, sleep.to >= before.nanoseconds, sleep.to <= Clocks.monotonic().nanoseconds,
            case .call(let call, let clock) = sleep.place, call.name == "clock_nanosleep",
            clock == UInt64(CLOCK_MONOTONIC)
        else { throw Unavailable(reason: "it does not see this thread sleep: it counts in another namespace") }
        givesNotice = log.tick_link >= 0 && noticesWork()
    }

    /// Whether somebody notices that this thread, which is watched, works: there are machines whose clock interrupts them in
    /// another way, and CPUs that are not interrupted at all.
    private func noticesWork() -> Bool {
        notice(after: .zero, pause: .zero)
        let end = Clocks.monotonic() + Self.noticePatience
        repeat {
            if looptop_wait_readable(log.notices, -1, 0) == 1 {
                _ = answerNotices()
                return !Self.hasTicklessCPUs
            }
        } while Clocks.monotonic() < end
        return false
    }

    /// CPUs without a tick while one thread has them: nohz_full of Documentation/timers/no_hz.rst.
    private static var hasTicklessCPUs: Bool {
        do {
            let reader = ProcReader(root: "/sys/devices/system/cpu")
            return try reader.withHostFile("nohz_full") { (text) throws(ProcError) in
                for at in text.indices where (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(text[at]) { return true }
                return false  // "(null)", of a kernel that could have some
            }
        } catch {
            return false  // a kernel that has no such CPUs has no such file
        }
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
    private static let tick = "btf_trace_local_timer_entry"

    /// Throws `.vanished` of what this kernel, or this kind of machine, does not have.
    private static func layout(of types: KernelTypes) throws(ProcError) -> looptop_switch_layout {
        guard let tracepoint = types.number(ofTypedef: tracepoint) else { throw .vanished(file: tracepoint) }
        var layout = looptop_switch_layout()
        layout.tracepoint = tracepoint
        layout.tick = types.number(ofTypedef: tick) ?? 0
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
