import Glibc

/// Holds the state directory for this agent alone, through a lock that dies with the process.
final class StateLock: Sendable {
    private let descriptor: CInt

    /// `directory` exists and is private already: `IdentityStore` made and checked it.
    init(directory: String) throws(Fatal) {
        let file = directory + "/agent.lock"
        descriptor = open(file, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw Fatal(.cannotCreate, "cannot open \(file): \(reason(errno))") }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let holder = Self.firstLine(of: descriptor)
            let who = holder.isEmpty ? "another agent" : "the agent with pid \(holder)"
            throw Fatal(
                .cannotCreate,
                "\(directory) is held by \(who); stop it, or give this agent another directory with --state-dir")
        }
        let pid = Array("\(getpid())\n".utf8)
        guard ftruncate(descriptor, 0) == 0, write(descriptor, pid, pid.count) == pid.count else {
            throw Fatal(.ioError, "cannot write \(file): \(reason(errno))")
        }
    }

    /// Also after an `init` that throws: by then the descriptor is set, so nothing else may close it.
    deinit { close(descriptor) }

    private static func firstLine(of descriptor: CInt) -> String {
        var bytes = [UInt8](repeating: 0, count: 32)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        return String(decoding: bytes.prefix(max(0, count)).prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    }
}
