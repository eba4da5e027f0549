import Transport
import Trust

/// The agent's exit codes, after sysexits(3), as systemd.exec(5) lists them.
enum ExitCode: Int32, Error {
    case usage = 64
    /// An address is in use, or something needed is missing.
    case unavailable = 69
    case osError = 71
    /// The state directory cannot be made or is held by another agent.
    case cannotCreate = 73
    case ioError = 74
    case noPermission = 77
    case configuration = 78
}

extension ExitCode {
    /// What a failure of the identity or the policy means to systemd: all but I/O needs a person first.
    init(_ error: TrustError) {
        self =
            switch error {
            case .io, .missingFile: .ioError
            case .insecureMode, .insecureOwner, .insecureParent, .notAPlainFile, .notADirectory: .noPermission
            default: .configuration
            }
    }
}

extension ExitCode {
    init(_ error: TransportError) {
        self =
            switch error {
            case .addressInUse: .unavailable
            case .permissionDenied, .unsafeDirectory, .notASocket: .noPermission
            case .notAnAddress, .pathTooLong: .usage
            case .unusableIdentity, .notLoopback: .configuration
            case .io: .osError
            }
    }
}

/// A reason to end, with the sentence that says what, where and what to do.
struct Fatal: Error {
    let code: ExitCode
    let sentence: String

    init(_ code: ExitCode, _ sentence: String) {
        self.code = code
        self.sentence = sentence
    }
}
