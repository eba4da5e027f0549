internal import Glibc

/// Why a kernel file could not be read or understood.
public enum ProcError: Error, Equatable {
    /// ENOENT, ESRCH: the process exited under us; news, not a fault.
    case vanished(file: String)
    /// EACCES, EPERM: show the value as unknown.
    case denied(file: String)
    case io(file: String, errno: Int32)
    /// `offset` counts bytes from the start of what was read.
    case malformed(file: String, field: String, offset: Int)
}

extension ProcError {
    /// Sorts an `errno` into what callers do about it.
    public init(errno: Int32, file: String) {
        switch errno {
        case ENOENT, ESRCH: self = .vanished(file: file)
        case EACCES, EPERM: self = .denied(file: file)
        default: self = .io(file: file, errno: errno)
        }
    }

    /// Made at the throw, so that a good parse never builds a string.
    init(malformed file: StaticString, field: StaticString, offset: Int) {
        self = .malformed(file: file.description, field: field.description, offset: offset)
    }
}
