import Glibc
import NIOCore
import NIOSSL
import Testing
import Trust
import Wire

@testable import Transport

/// Why a connection ended or never came to be, word for word.
struct CloseReasonTests {
    static let texts: [(CloseReason, String)] = [
        (.peerClosed, "closed by the peer"), (.local, "closed"), (.unreachable("no such host"), "no such host"),
        (.refusedCertificate("Permission denied (publickey)"), "Permission denied (publickey)"),
        (
            .untrustedPeer(.unknownAuthority),
            "untrusted peer: \(TrustError.unknownAuthority.sentence)"
        ),
        (
            .protocolViolation(.truncated(message: "HELLO", field: "run id", offset: 7)),
            "protocol violation: HELLO ends within run id at byte 7"
        ),
        (.silent, "no byte from the peer for too long"), (.slowConsumer, "the peer reads too slowly"),
        (.handshakeTimeout, "the TLS handshake took too long"),
        (.other("the agent does not speak TLS"), "the agent does not speak TLS"),
    ]

    @Test func eachHasItsWords() {
        for (reason, text) in Self.texts { #expect(reason.text == text) }
    }

    @Test(arguments: [(SpeakerRole.dashboard, "agent"), (.agent, "dashboard")])
    func whoHangsUpDuringTheHandshakeIsNamed(side: SpeakerRole, other: String) {
        let error = NIOSSLError.handshakeFailed(.sslError([.eofDuringHandshake]))
        let reason = CloseReason(error, side: side, hasReceived: false)
        #expect(reason.text == "the \(other) closed the connection during the TLS handshake")
    }

    @Test(arguments: [
        (ECONNRESET, "closed by the peer"), (EPIPE, "closed by the peer"),
        (ETIMEDOUT, "no byte from the peer for too long"), (ENETUNREACH, "network unreachable"),
    ])
    func whatTheKernelSaysOfAnOpenConnection(number: CInt, text: String) {
        let error = IOError(errnoCode: number, reason: "read")
        #expect(CloseReason(error, side: .dashboard, hasReceived: true).text == text)
    }

    @Test(arguments: [
        (ECONNREFUSED, "connection refused"), (EHOSTUNREACH, "no route to host"), (ENETUNREACH, "network unreachable"),
        (ETIMEDOUT, "timed out"), (ECONNRESET, "connection reset"), (EACCES, "permission denied"),
        (EPERM, "permission denied"), (ENOENT, "no such file or directory"), (ENOTDIR, "not a directory"),
        (EROFS, "read-only file system"), (ENOSPC, "no space left on device"), (EMFILE, "too many open files"),
        (ENFILE, "too many open files"), (EADDRINUSE, "address already in use"),
        (EADDRNOTAVAIL, "address not available"), (EIO, "error 5"),
    ])
    func errorsOfTheKernelHaveWords(number: CInt, text: String) { #expect(errorText(number) == text) }

    @Test func aMessageThatIsNoneIsNamed() {
        let errors: [(WireError, String)] = [
            (.truncated(message: "HELLO", field: "run id", offset: 7), "HELLO ends within run id at byte 7"),
            (.malformed(message: "HELLO", field: "role", offset: 7), "HELLO has a bad role at byte 7"),
            (.limit(message: "EVENT", field: "text", limit: 256), "text of EVENT is over its limit of 256"),
            (.unknownCritical(type: 99), "unknown message type 99, marked critical"),
            (.trailingBytes(message: "PING", count: 3), "PING has 3 bytes after its end"),
            (.wrongBase(needed: 5, found: 4), "delta needs snapshot 5, but 4 is at hand"),
        ]
        for (error, text) in errors { #expect("\(error)" == text) }
    }
}
