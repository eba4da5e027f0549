import Glibc
import ProcFS

@testable import Agent

/// A process to be probed. It ends with this object.
final class Child {
    let pid: pid_t
    private var isReaped = false

    /// A program by its path, and its arguments.
    init(_ words: String...) throws {
        // The test's threads block some signals and a child inherits that: it must start with none blocked.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var pid: pid_t = 0
        let failure = posix_spawn(&pid, words[0], nil, &attributes, &arguments, environ)
        guard failure == 0 else { throw Strange(message: "cannot start \(words[0]): \(reason(failure))") }
        self.pid = pid
    }

    /// A loop in epoll that nothing happens to.
    static func waiting() throws -> Child {
        try Child("/usr/bin/python3", "-c", "import select\nwhile True: select.epoll().poll()")
    }

    static func spinning() throws -> Child { try Child("/bin/sh", "-c", "while :; do :; done") }

    func send(_ signal: CInt) { kill(pid, signal) }

    /// Ends it and leaves it to be reaped.
    func end() {
        guard !isReaped else { return }
        kill(pid, SIGKILL)
    }

    func reap() {
        guard !isReaped else { return }
        isReaped = true
        kill(pid, SIGKILL)
        waitpid(pid, nil, 0)
    }

    deinit { reap() }
}
