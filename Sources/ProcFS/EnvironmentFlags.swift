/// Which known variables a process was started with, from `/proc/<pid>/environ`. proc_pid_environ(5).
///
/// The environment holds secrets: no value and no other name leaves this parser.
public struct EnvironmentFlags: Equatable, Sendable {
    /// `NODE_UNIQUE_ID`: node:cluster started it as a worker.
    public var hasNodeUniqueID = false

    public init(parsing text: Span<UInt8>) {
        var start = 0
        while start < text.count {
            if text.matches("NODE_UNIQUE_ID=", at: start) {
                hasNodeUniqueID = true
                return
            }
            guard let end = text.index(of: 0, in: start..<text.count) else { return }
            start = end + 1
        }
    }
}
