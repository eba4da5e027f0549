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

    /// How a dead process ended that its parent has not reaped: before Linux 6.15 nobody else tells, and a parent that does
    /// not reap (the first process of many a container) tells nobody ever. `nil` where it is reaped, or lives.
    /// - Parameter mayKnow: the kernel shows this process to the agent; to others it says 0 for any end.
    static func ofDead(_ stat: ProcessStat, mayKnow: Bool) -> ExitStatus? {
        guard stat.isDead, let wait = stat.waitStatus, mayKnow || wait != 0 else { return nil }
        return ExitStatus(wait: UInt64(wait))
    }

    /// As wait(2) has it: the signal in the low seven bits, the code in the second byte; bit 7 says that it left a core.
    /// `nil` where it is none.
    init?(wait: UInt64) {
        guard wait <= 0xFFFF else { return nil }
        let signal = UInt8(wait & 0x7F)
        self = signal != 0 ? .signal(signal) : .code(UInt8(wait >> 8))
    }
}
