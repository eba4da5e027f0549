/// The state of a thread, from `/proc/<pid>/task/<tid>/stat`. proc_pid_stat(5).
///
/// Readable for everybody. The kernel's answer is of this moment, also where `schedstat` is a tick behind.
public struct ThreadState: Equatable, Sendable {
    /// The letter as ASCII: R S D T t Z X I, P on old kernels.
    public var letter: UInt8

    /// On a CPU or waiting for one.
    public var isRunning: Bool { letter == UInt8(ascii: "R") }
    /// By SIGSTOP (`T`) or a debugger (`t`). A frozen cgroup shows as `S` (version 2) or `D` (version 1).
    public var isStopped: Bool { letter == UInt8(ascii: "T") || letter == UInt8(ascii: "t") }
    /// It ended and was not reaped, or is about to go.
    public var isDead: Bool { letter == UInt8(ascii: "Z") || letter == UInt8(ascii: "X") }

    /// The name may itself contain `)`, so the last one ends it.
    public init(parsing text: Span<UInt8>) throws(ProcError) {
        guard let close = text.lastIndex(of: UInt8(ascii: ")")) else {
            throw ProcError(malformed: "stat", field: "comm", offset: 0)
        }
        var fields = Fields(close + 1..<text.count, in: text, file: "stat")
        letter = try fields.nextByte("state", in: text)
        guard ASCII.isUpper(letter) || ASCII.isLower(letter) else { throw fields.malformed("state") }
    }
}
