import TestSupport

/// Processes to be probed.
extension Child {
    /// A loop in epoll that nothing happens to.
    static func waiting() throws -> Child {
        try Child(["/usr/bin/python3", "-c", "import select\nwhile True: select.epoll().poll()"])
    }

    static func spinning() throws -> Child { try Child(["/bin/sh", "-c", "while :; do :; done"]) }
}
