import Glibc

/// A real process that answers once and then waits for the end of its input: `cat` under a name and arguments of the test's
/// choice.
final class Child {
    let pid: pid_t
    private var input: Int32

    init(arguments: [String] = ["cat", "-"]) throws {
        var ends: [Int32] = [-1, -1]
        // A socket pair and no pipe: it closes on exec from its first moment, so no other child can keep it open.
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else { throw SystemError(call: "socketpair", errno: errno) }
        defer { close(ends[0]) }
        input = ends[1]
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, ends[0], 0)
        posix_spawn_file_actions_adddup2(&actions, ends[0], 1)
        var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var pid: pid_t = 0
        let result = posix_spawn(&pid, "/bin/cat", &actions, nil, &words, environ)
        guard result == 0 else {
            close(ends[1])
            throw SystemError(call: "posix_spawn", errno: result)
        }
        self.pid = pid
        // Its arguments are in place only some time after exec began: when it answers, they are.
        var byte: UInt8 = 7
        guard write(ends[1], &byte, 1) == 1, read(ends[1], &byte, 1) == 1 else {
            throw SystemError(call: "read", errno: errno)
        }
    }

    deinit { end() }

    /// Ends it and waits until it is a zombie.
    func finish() {
        closeInput()
        var information = siginfo_t()
        waitid(P_PID, id_t(pid), &information, WEXITED | WNOWAIT)
    }

    /// Ends it for good: its number is free afterwards.
    func end() {
        guard !isReaped else { return }
        closeInput()
        waitpid(pid, nil, 0)
        isReaped = true
    }

    private var isReaped = false

    private func closeInput() {
        if input >= 0 { close(input) }
        input = -1
    }
}
