import CLinux
import Model
import ProcFS

extension ExitStatus {
    /// What the kernel tells of an ended process to somebody who is not its parent.
    enum News: Equatable {
        case known(ExitStatus)
        /// Its parent has not reaped it yet: the kernel tells afterwards, or never.
        case unreaped
        /// Before Linux 6.15.
        case never
    }

    /// How the process behind a pidfd ended. pidfd_open(2), PIDFD_GET_INFO.
    static func news(ofPidfd pidfd: borrowing OwnedFD) -> News {
        var kind = LOOPTOP_EXIT_CODE
        var value: CInt = 0
        switch looptop_pidfd_exit_status(pidfd.raw, &kind, &value) {
        case 1:
            guard let byte = UInt8(exactly: value) else { return .never }
            return .known(kind == LOOPTOP_EXIT_SIGNAL ? .signal(byte) : .code(byte))
        case 0: return .unreaped
        default: return .never
        }
    }
}
