import CLinux
import Glibc
import ProcFS

/// Counters of all processes of the machine in one go, by a BPF program that the kernel runs for each: a tenth of what
/// reading files and asking for threads cost (docs/PERFORMANCE.md). A task iterator, Documentation/bpf/bpf_iterators.rst.
///
/// Loading needs CAP_BPF and CAP_PERFMON, so it is done before an agent gives up what it has of root; reading needs nothing
/// from Linux 5.19 on.
final class TaskIterator {
    /// Why there is none; one sentence for the log.
    struct Unavailable: Error {
        let reason: String
    }

    private let link: OwnedFD
    /// As of the last reading, ascending by pid.
    private var processes = [looptop_process](repeating: looptop_process(), count: 256)
    private var count = 0
    /// Where the last one was found that was asked for.
    private var cursor = 0

    /// Loads the program, and compares what it says of this process with what its files say.
    init(reader: ProcReader = ProcReader()) throws(Unavailable) {
        let layout: looptop_task_layout
        do throws(ProcError) {
            layout = try Self.layout(of: try KernelTypes(members: Self.members, functions: [Self.function]))
        } catch {
            throw Unavailable(reason: "\(KernelTypes.path): \(error)")
        }
        let answer = withUnsafePointer(to: layout) { looptop_tasks_open($0) }
        guard answer >= 0 else { throw Unavailable(reason: reason(-answer)) }
        link = OwnedFD(adopting: answer)
        try check(reader)
    }

    /// Reads all. Returns 0, or the errno: EPERM is for good.
    func read() -> CInt {
        (count, cursor) = (0, 0)
        let file = looptop_tasks_begin(link.raw)
        guard file >= 0 else { return -file }
        defer { close(file) }
        while true {
            let room = processes.count - count
            let got = processes.withUnsafeMutableBufferPointer {
                looptop_tasks_read(file, $0.baseAddress.map { $0 + count }, room)
            }
            guard got >= 0 else {
                count = 0
                return CInt(clamping: -got)
            }
            count += got
            if got < room { return 0 }
            processes += repeatElement(looptop_process(), count: processes.count)
        }
    }

    /// Of all processes, ascending. The first one is there as long as the machine runs, also where a hardened kernel tells
    /// nothing of it.
    var pids: [Int32] {
        let told = processes.prefix(count).lazy.map { Int32(clamping: $0.pid) }
        return told.first == 1 ? Array(told) : [1] + told
    }

    /// What was read of a process. The order of the questions is best ascending.
    func counters(of pid: Int32) -> ProcessCounters? {
        if cursor > 0, processes[cursor - 1].pid >= UInt32(clamping: pid) { cursor = 0 }
        while cursor < count, processes[cursor].pid < UInt32(clamping: pid) { cursor += 1 }
        guard cursor < count, processes[cursor].pid == UInt32(clamping: pid) else { return nil }
        return ProcessCounters(processes[cursor], nanosecondsPerTick: Clocks.nanosecondsPerFileTick)
    }

    /// An agent in a pid or time namespace of its own is told other numbers than its `/proc` shows, and who is not told of
    /// would not be seen at all.
    private func check(_ reader: ProcReader) throws(Unavailable) {
        let startTicks: UInt64
        let (before, after): (Set<Int32>, Set<Int32>)
        let answer: CInt
        do throws(ProcError) {
            before = Set(try reader.pids())
            answer = read()
            after = Set(try reader.pids())
            startTicks = try reader.processStat(ofProcess: getpid()).startTicks
        } catch {
            throw Unavailable(reason: "\(error)")
        }
        guard answer == 0 else { throw Unavailable(reason: "it was loaded, and cannot be run: \(reason(answer))") }
        guard let own = counters(of: getpid()), own.startTicks == startTicks, own.threads >= 1, !own.isDead else {
            throw Unavailable(reason: "pids or times are those of another namespace")
        }
        let untold = before.intersection(after).subtracting(pids)
        guard untold.isEmpty else { throw Unavailable(reason: "it does not tell of \(untold.count) processes") }
    }
}

extension TaskIterator {
    private static let function = "bpf_iter_task"
    private static let members = [
        "task_struct": [
            "pid", "tgid", "start_boottime", "__state", "exit_state", "min_flt", "maj_flt", "se", "sched_info", "nvcsw",
            "nivcsw", "ioac", "signal", "files", "mm",
        ],
        "sched_entity": ["sum_exec_runtime"], "sched_info": ["run_delay"],
        "task_io_accounting": ["read_bytes", "write_bytes"],
        "signal_struct": ["nr_threads", "sum_sched_runtime", "ioac"], "mm_struct": ["total_vm"],
        "files_struct": ["fdt"], "fdtable": ["max_fds", "open_fds"],
    ]

    /// Throws `.vanished` of what this kernel does not have: it is too old, or built without it.
    private static func layout(of types: KernelTypes) throws(ProcError) -> looptop_task_layout {
        func at(_ member: String, in structure: String) throws(ProcError) -> UInt32 {
            try types.place(of: member, in: structure)
        }
        func at(_ member: String, _ inner: String, of kind: String, in structure: String) throws(ProcError) -> UInt32 {
            try at(member, in: structure) + at(inner, in: kind)
        }
        guard let iterator = types.number(ofFunction: function) else { throw .vanished(file: function) }
        var layout = looptop_task_layout()
        layout.iterator = iterator
        let (task, signal) = ("task_struct", "signal_struct")
        layout.task.pid = try at("pid", in: task)
        layout.task.tgid = try at("tgid", in: task)
        layout.task.start = try at("start_boottime", in: task)
        layout.task.state = try at("__state", in: task)
        layout.task.exit_state = try at("exit_state", in: task)
        layout.task.minor_faults = try at("min_flt", in: task)
        layout.task.major_faults = try at("maj_flt", in: task)
        layout.task.run = try at("se", "sum_exec_runtime", of: "sched_entity", in: task)
        layout.task.wait = try at("sched_info", "run_delay", of: "sched_info", in: task)
        layout.task.voluntary = try at("nvcsw", in: task)
        layout.task.involuntary = try at("nivcsw", in: task)
        layout.task.read = try at("ioac", "read_bytes", of: "task_io_accounting", in: task)
        layout.task.written = try at("ioac", "write_bytes", of: "task_io_accounting", in: task)
        layout.task.signal = try at("signal", in: task)
        layout.task.files = try at("files", in: task)
        layout.task.mm = try at("mm", in: task)
        layout.signal.threads = try at("nr_threads", in: signal)
        layout.signal.run = try at("sum_sched_runtime", in: signal)
        layout.signal.read = try at("ioac", "read_bytes", of: "task_io_accounting", in: signal)
        layout.signal.written = try at("ioac", "write_bytes", of: "task_io_accounting", in: signal)
        layout.mm_pages = try at("total_vm", in: "mm_struct")
        layout.files_table = try at("fdt", in: "files_struct")
        layout.table.size = try at("max_fds", in: "fdtable")
        layout.table.open = try at("open_fds", in: "fdtable")
        return layout
    }
}
