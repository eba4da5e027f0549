import Glibc

/// A real process of one command, whose standard input and output are ours. It ends with its input, or with this.
final class ProbedChild {
    let pid: pid_t
    private let input: CInt
    private let output: CInt

    /// `inheriting` becomes its descriptor 3.
    init(_ arguments: [String], inheriting: CInt? = nil) throws {
        var ends: [CInt] = [-1, -1]
        // Closed on exec from its first moment, so that no other child keeps it open.
        let kind = CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else { throw Failure(call: "socketpair", errno: errno) }
        defer { close(ends[0]) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, ends[0], 0)
        posix_spawn_file_actions_adddup2(&actions, ends[0], 1)
        if let inheriting { posix_spawn_file_actions_adddup2(&actions, inheriting, 3) }
        var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var pid: pid_t = 0
        let result = posix_spawnp(&pid, arguments[0], &actions, nil, &words, environ)
        guard result == 0 else {
            close(ends[1])
            throw Failure(call: "posix_spawn \(arguments[0])", errno: result)
        }
        self.pid = pid
        input = ends[1]
        output = ends[1]
    }

    deinit {
        close(input)
        Glibc.kill(pid, SIGKILL)  // our own child, not reaped yet: the number is its
        waitpid(pid, nil, 0)
    }

    /// The next line it writes, without its end; `nil` when it ended.
    func line() -> String? {
        var bytes: [UInt8] = []
        var byte: UInt8 = 0
        while read(output, &byte, 1) == 1 {
            if byte == UInt8(ascii: "\n") { return String(decoding: bytes, as: UTF8.self) }
            bytes.append(byte)
        }
        return nil
    }

    /// Tells it something; it answers with a line.
    func ask(_ text: String) -> String? {
        let bytes = Array((text + "\n").utf8)
        guard write(input, bytes, bytes.count) == bytes.count else { return nil }
        return line()
    }

    struct Failure: Error {
        var call: String
        var errno: CInt
    }
}
