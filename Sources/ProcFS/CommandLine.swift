/// The arguments of a process, or the title it wrote over them, from `/proc/<pid>/cmdline`. proc_pid_cmdline(5).
///
/// Text of another process: hostile until drawn through `SafeText`, secret until passed through `Redactor`.
public struct CommandLine: Equatable, Sendable {
    /// Empty for a kernel thread and a zombie. A title is one argument. Bytes that are not UTF-8 became U+FFFD.
    public var arguments: [String]
    /// Whether the reader's buffer cut it; the last argument may then be half of one.
    public var isTruncated: Bool

    /// Trailing NULs and blanks are the padding of a rewritten title and dropped, and with them trailing empty arguments.
    public init(parsing text: Span<UInt8>, isTruncated: Bool = false) {
        var end = text.count
        while end > 0, text[end - 1] == 0 || text[end - 1] == UInt8(ascii: " ") { end -= 1 }
        var count = end > 0 ? 1 : 0
        for index in 0..<end where text[index] == 0 { count += 1 }
        var arguments: [String] = []
        arguments.reserveCapacity(count)  // no more than that: they are kept as long as the process lives
        var current: [UInt8] = []
        for index in 0..<end {
            if text[index] == 0 {
                arguments.append(String(decoding: current, as: UTF8.self))
                current.removeAll(keepingCapacity: true)
            } else {
                current.append(text[index])
            }
        }
        if end > 0 { arguments.append(String(decoding: current, as: UTF8.self)) }
        self.arguments = arguments
        self.isTruncated = isTruncated
    }
}
