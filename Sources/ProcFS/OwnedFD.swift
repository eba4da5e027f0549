internal import Glibc

/// A descriptor with one owner, which closes it.
public struct OwnedFD: ~Copyable, Sendable {
    public let raw: Int32

    /// Takes over a descriptor that a call just returned; it must not be negative.
    public init(adopting raw: Int32) {
        precondition(raw >= 0)
        self.raw = raw
    }

    deinit { close(raw) }  // a read-only close has no news to report

    /// Gives the descriptor away; the caller closes it.
    public consuming func release() -> Int32 {
        let raw = self.raw
        discard self
        return raw
    }

    /// Opens a file below this directory for reading. The directory of a process that ended gives `.vanished`, also when
    /// its number belongs to another process by now.
    public borrowing func open(_ name: String) throws(ProcError) -> OwnedFD {
        try OwnedFD(opening: name, below: raw, flags: O_RDONLY | O_CLOEXEC)
    }

    init(opening name: String, below directory: Int32, flags: Int32) throws(ProcError) {
        while true {
            let descriptor = openat(directory, name, flags)
            if descriptor >= 0 {
                self.init(adopting: descriptor)
                return
            }
            let cause = errno
            if cause != EINTR { throw ProcError(errno: cause, file: name) }
        }
    }
}
