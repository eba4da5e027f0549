/// Where a thread is, from `/proc/<pid>/task/<tid>/syscall`, or the main thread, from `/proc/<pid>/syscall`.
/// proc_pid_syscall(5).
///
/// Needs ptrace access (PTRACE_MODE_ATTACH).
public enum SyscallLine: Equatable, Sendable {
    /// On a CPU or runnable.
    case running
    /// Blocked outside a system call, or a zombie: the kernel writes -1.
    case outside
    /// `number` is of the machine it runs on.
    case call(number: UInt64, firstArgument: UInt64, secondArgument: UInt64)

    public init(parsing text: Span<UInt8>) throws(ProcError) {
        if text.matches("running", at: 0) {
            self = .running
        } else if text.matches("-1", at: 0) {
            self = .outside
        } else {
            var fields = Fields(0..<text.count, in: text, file: "syscall")
            let number = try fields.next("number", in: text)
            let first = try fields.nextArgument(in: text)
            self = .call(number: number, firstArgument: first, secondArgument: try fields.nextArgument(in: text))
        }
    }

    /// Whether it waits in `epoll_wait`, `epoll_pwait` or `epoll_pwait2`.
    public var isEpollWait: Bool {
        guard case .call(let number, _, _) = self else { return false }
        #if arch(x86_64)
        return number == 232 || number == 281 || number == 441
        #else
        return number == 22 || number == 441  // the table all newer architectures share
        #endif
    }
}

extension Fields {
    /// The next field, `0x` and hexadecimal digits.
    fileprivate mutating func nextArgument(in text: Span<UInt8>) throws(ProcError) -> UInt64 {
        skipBlanks(in: text)
        try pass(UInt8(ascii: "0"), "arguments", in: text)
        try pass(UInt8(ascii: "x"), "arguments", in: text)
        return try digits("arguments", radix: 16, in: text)
    }
}
