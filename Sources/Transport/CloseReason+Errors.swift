internal import Glibc
internal import NIOCore
internal import NIOPosix
internal import NIOSSL
internal import Trust
internal import Wire

extension CloseReason {
    /// What an error of the channel means. `hasReceived`: the peer already sent a message on this connection.
    init(_ error: any Error, side: SpeakerRole, hasReceived: Bool) {
        switch error {
        case NIOSSLError.handshakeFailed(let cause): self.init(tls: cause, side: side, isEarly: true)
        // In TLS 1.3 the client is done before the server has looked at its certificate: the refusal comes as an alert
        // on what looks like an open connection.
        case let cause as BoringSSLError: self.init(tls: cause, side: side, isEarly: !hasReceived)
        case NIOSSLError.uncleanShutdown: self = .peerClosed
        case let error as IOError:
            switch error.errnoCode {
            case ECONNRESET, EPIPE: self = .peerClosed
            case ETIMEDOUT: self = .silent  // TCP_USER_TIMEOUT or keepalive
            default: self = .other(errorText(error.errnoCode))
            }
        default: self = .other("\(error)")
        }
    }

    private init(tls error: BoringSSLError, side: SpeakerRole, isEarly: Bool) {
        guard case .sslError(let stack) = error else {
            self = .other("TLS failed: \(error)")
            return
        }
        if stack.contains(.eofDuringHandshake) || stack.contains(.eofDuringAdditionalCertficiateChainValidation) {
            self = .other("the \(side.other) closed the connection during the TLS handshake")
            return
        }
        // NIOSSL hides BoringSSL's error numbers; the symbols in the text are the only stable thing to go by.
        let text = stack.map(\.description).joined(separator: "; ")
        if let alert = Self.alert(in: text) {
            let words = alert.lowercased().split(separator: "_").joined(separator: " ")
            if isEarly, Self.certificateAlerts.contains(alert) {
                self = .refusedCertificate(
                    "the \(side.other) refused our certificate (TLS alert: \(words)); its log says why")
            } else if alert == "PROTOCOL_VERSION" || alert == "NO_APPLICATION_PROTOCOL" {
                self = .other("the \(side.other) speaks another TLS or protocol version (TLS alert: \(words))")
            } else {
                self = .other("the \(side.other) ended TLS (alert: \(words))")
            }
        } else if text.contains("PEER_DID_NOT_RETURN_A_CERTIFICATE") {
            self = .untrustedPeer(.noCertificate)
        } else if Self.notTLS.contains(where: text.contains) {
            self = .other("the \(side.other) does not speak TLS")
        } else if text.contains("UNSUPPORTED_PROTOCOL") {
            self = .other("the \(side.other) does not speak TLS 1.3")
        } else {
            self = .other("TLS failed: \(Self.symbols(in: text))")
        }
    }

    private static let certificateAlerts: Set<String> = [
        "BAD_CERTIFICATE", "UNSUPPORTED_CERTIFICATE", "CERTIFICATE_REVOKED", "CERTIFICATE_EXPIRED",
        "CERTIFICATE_UNKNOWN", "CERTIFICATE_REQUIRED", "UNKNOWN_CA", "ACCESS_DENIED",
    ]

    /// What BoringSSL calls a first record that is none.
    private static let notTLS = ["WRONG_VERSION_NUMBER", "HTTP_REQUEST", "HTTPS_PROXY_REQUEST", "UNEXPECTED_RECORD"]

    /// `CERTIFICATE_REQUIRED` of `…:TLSV1_ALERT_CERTIFICATE_REQUIRED at …`.
    private static func alert(in text: String) -> String? {
        let mark = "_ALERT_"
        var rest = text[...]
        while let start = rest.firstIndex(of: "_") {
            rest = rest[start...]
            if rest.hasPrefix(mark) {
                return String(rest.dropFirst(mark.count).prefix { $0 == "_" || $0.isUppercase })
            }
            rest = rest.dropFirst()
        }
        return nil
    }

    /// The `UPPER_CASE` words of BoringSSL's text, without its numbers, files and lines.
    private static func symbols(in text: String) -> String {
        text.split { !($0 == "_" || $0.isUppercase) }.filter { $0.contains("_") && !$0.hasPrefix("OPENSSL_") }
            .joined(separator: ", ")
    }
}

/// strerror(3) for the few numbers people meet, the number for the rest; strerror itself is not thread-safe.
func errorText(_ number: CInt) -> String {
    switch number {
    case ECONNREFUSED: "connection refused"
    case EHOSTUNREACH: "no route to host"
    case ENETUNREACH: "network unreachable"
    case ETIMEDOUT: "timed out"
    case ECONNRESET: "connection reset"
    case EACCES, EPERM: "permission denied"
    case ENOENT: "no such file or directory"
    case ENOTDIR: "not a directory"
    case EROFS: "read-only file system"
    case ENOSPC: "no space left on device"
    case EMFILE, ENFILE: "too many open files"
    case EADDRINUSE: "address already in use"
    case EADDRNOTAVAIL: "address not available"
    default: "error \(number)"
    }
}
