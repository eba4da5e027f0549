/// What `/proc/<pid>/stat` says of a process that does not change while it lives, and its state. proc_pid_stat(5).
public struct ProcessStat: Equatable, Sendable {
    public var pid: Int32
    /// Kernel name, up to 15 bytes of anything: another process chose it.
    public var comm: [UInt8]
    /// The letter as ASCII: R S D T t Z X I.
    public var state: UInt8
    public var parentPID: Int32
    /// `PF_*` of the kernel's `include/linux/sched.h`. Field 9.
    public var flags: UInt64
    /// Field 20.
    public var threads: UInt64
    /// Clock ticks after boot at which it started. Field 22.
    public var startTicks: UInt64
    /// Pages of resident memory. Field 24.
    public var residentPages: UInt64?
    /// Where the environment lies that it was started with: another place after each execve(2), mostly. 0 where the agent may
    /// not know; `nil` before Linux 3.5. Field 50.
    public var environmentStart: UInt64?
    /// How it ended, as wait(2) tells it, once it is dead; 0 also where the agent may not know. `nil` before Linux 3.5.
    /// Field 52.
    public var waitStatus: UInt64?

    /// Whether the kernel runs it for itself (`PF_KTHREAD`): never a worker.
    public var isKernelThread: Bool { flags & 0x0020_0000 != 0 }

    /// It ended and was not reaped, or is about to go.
    public var isDead: Bool { state == UInt8(ascii: "Z") || state == UInt8(ascii: "X") }

    /// `comm` may itself contain `)` and newlines, so the last `)` ends it.
    public init(parsing text: Span<UInt8>) throws(ProcError) {
        var head = Fields(0..<text.count, in: text, file: "stat")
        pid = try head.nextPID("pid", in: text)
        guard let open = text.index(of: UInt8(ascii: "("), in: head.offset..<text.count),
            let close = text.lastIndex(of: UInt8(ascii: ")")), open < close
        else { throw ProcError(malformed: "stat", field: "comm", offset: head.offset) }
        var name: [UInt8] = []
        name.reserveCapacity(close - open - 1)
        for index in open + 1..<close { name.append(text[index]) }
        comm = name
        var fields = Fields(close + 1..<text.count, in: text, file: "stat")
        state = try fields.nextByte("state", in: text)
        parentPID = try fields.nextPID("ppid", in: text)
        fields.skip(4, in: text)  // pgrp session tty_nr tpgid
        flags = try fields.next("flags", in: text)
        fields.skip(10, in: text)  // minflt cminflt majflt cmajflt utime stime cutime cstime priority nice
        threads = try fields.next("num_threads", in: text)
        fields.skip(1, in: text)  // itrealvalue
        startTicks = try fields.next("starttime", in: text)
        fields.skip(1, in: text)  // vsize
        residentPages = try fields.nextIfAny("rss", in: text)
        // rsslim startcode endcode startstack kstkesp kstkeip signal blocked sigignore sigcatch wchan nswap cnswap
        // exit_signal processor rt_priority policy delayacct guest_time cguest_time start_data end_data start_brk
        // arg_start arg_end
        fields.skip(25, in: text)
        environmentStart = try fields.nextIfAny("env_start", in: text)
        fields.skip(1, in: text)  // env_end
        waitStatus = try fields.nextIfAny("exit_code", in: text)
    }
}
