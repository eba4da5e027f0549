public import Glibc

/// A real process, started without a shell in between. It ends, and is reaped, at the latest with this object.
public final class Child {
    public let pid: pid_t
    /// The other end of its standard input and output; -1 where those are the test's own.
    private var line: CInt
    private var isReaped = false

    /// `words` are its arguments, the first of them its program where `program` is not given.
    ///
    /// One that `isTalking` has its standard input and output from us. `inheriting` becomes its descriptor 3.
    public init(
        _ words: [String], program: String? = nil, isTalking: Bool = false, inheriting: CInt? = nil
    ) throws(SystemError) {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        var ends: [CInt] = [-1, -1]
        defer { if ends[0] >= 0 { close(ends[0]) } }
        if isTalking {
            // A socket pair and no pipe: it closes on exec from its first moment, so that no other child keeps it open.
            let kind = CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
            guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else { throw SystemError(call: "socketpair", errno: errno) }
            posix_spawn_file_actions_adddup2(&actions, ends[0], 0)
            posix_spawn_file_actions_adddup2(&actions, ends[0], 1)
        }
        if let inheriting { posix_spawn_file_actions_adddup2(&actions, inheriting, 3) }
        // The test's threads block most signals, and a child inherits that: TERM would not reach it.
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
        let program = program ?? words[0]
        let failure = posix_spawnp(&pid, program, &actions, &attributes, &arguments, environ)
        guard failure == 0 else {
            if isTalking { close(ends[1]) }
            throw SystemError(call: "posix_spawn \(program)", errno: failure)
        }
        self.pid = pid
        line = ends[1]
    }

    deinit { reap() }

    public func send(_ signal: CInt) {
        if !isReaped { kill(pid, signal) }  // not reaped yet: the number is its own
    }

    /// Waits until it ended by itself, and leaves it to be reaped. One that is talking is told that nothing more comes.
    public func finish() {
        hangUp()
        var information = siginfo_t()
        waitid(P_PID, id_t(pid), &information, WEXITED | WNOWAIT)
    }

    /// Ends it for good: its number is free afterwards. Returns what it used, the first time.
    @discardableResult
    public func reap() -> rusage {
        var usage = rusage()
        guard !isReaped else { return usage }
        hangUp()
        send(SIGKILL)
        wait4(pid, nil, 0, &usage)
        isReaped = true
        return usage
    }

    /// Reaps it where it ended by itself; whether it is reaped now.
    public func reapIfEnded() -> Bool {
        if !isReaped { isReaped = waitpid(pid, nil, WNOHANG) == pid }
        return isReaped
    }

    /// The next line it writes, without its end; `nil` when it ended.
    public func nextLine() -> String? {
        var bytes: [UInt8] = []
        var byte: UInt8 = 0
        while read(line, &byte, 1) == 1 {
            if byte == UInt8(ascii: "\n") { return String(decoding: bytes, as: UTF8.self) }
            bytes.append(byte)
        }
        return nil
    }

    /// Tells it something; it answers with a line.
    public func ask(_ text: String) -> String? {
        let bytes = Array((text + "\n").utf8)
        guard Glibc.send(line, bytes, bytes.count, CInt(MSG_NOSIGNAL)) == bytes.count else { return nil }
        return nextLine()
    }

    private func hangUp() {
        if line >= 0 { close(line) }
        line = -1
    }
}
