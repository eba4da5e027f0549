internal import Glibc
internal import Model
internal import NIOCore
internal import NIOPosix

/// Plain reasons for a connection that could not be made.
enum ConnectFailure {
    static func text(_ error: any Error, timeout: Duration) -> String {
        switch error {
        case ChannelError.connectTimeout: return timedOut(timeout)
        case let error as NIOConnectionError:
            // One attempt per address; the first that says more than "timed out" tells most.
            let causes = error.connectionErrors.map { text($0.error, timeout: timeout) }
            if let cause = causes.first(where: { $0 != timedOut(timeout) }) ?? causes.first { return cause }
            return error.dnsAError != nil || error.dnsAAAAError != nil ? "no such host" : "no address to connect to"
        case let error as IOError:
            return error.errnoCode == ETIMEDOUT ? timedOut(timeout) : errorText(error.errnoCode)
        case is SocketAddressError, is SocketAddressError.UnknownHost: return "no such host"
        default: return "\(error)"
        }
    }

    static func timedOut(_ timeout: Duration) -> String {
        let milliseconds = timeout.nanoseconds / 1_000_000
        let time = milliseconds % 1000 == 0 ? "\(milliseconds / 1000) s" : "\(milliseconds) ms"
        return "timed out after \(time)"
    }
}
