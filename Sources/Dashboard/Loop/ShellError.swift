import Glibc

/// What keeps the dashboard from running at all. Text is made by `Output`.
enum ShellError: Error, Equatable {
    /// A system call that has no business failing did.
    case failedCall(String, errno: CInt)
}
