import Glibc
import Testing

@testable import Transport

/// Why nothing can be listened on, word for word.
struct TransportErrorTests {
    static let texts: [(TransportError, String)] = [
        (.addressInUse("0.0.0.0:7433"), "0.0.0.0:7433: already in use by another process"),
        (.permissionDenied("0.0.0.0:80"), "0.0.0.0:80: permission denied"),
        (
            .notAnAddress("a b"),
            "\"a b\" is not an address of this machine (write host:port, [ipv6]:port or :port)"
        ),
        (
            .notLoopback("0.0.0.0:9100"),
            "0.0.0.0:9100: metrics are served without TLS, and so to this machine only; give 127.0.0.1:PORT or [::1]:PORT"
        ),
        (.pathTooLong(path: "/x", bytes: 108), "/x: 108 bytes, but a unix socket path holds at most 107"),
        (
            .unsafeDirectory(path: "/d", reason: "mode 0750 lets other users in", remedy: "chmod 0700 /d"),
            "/d: mode 0750 lets other users in; to mend it: chmod 0700 /d"
        ),
        (.notASocket(path: "/x"), "/x: exists and is not a socket; remove it or choose another path"),
        (
            .unusableIdentity("the key or certificate cannot be read"),
            "identity cannot be used for TLS: the key or certificate cannot be read"
        ),
        (.io(what: "/x", errno: ENOSPC), "/x: no space left on device"),
    ]

    @Test(arguments: texts) func eachHasItsWords(error: TransportError, text: String) { #expect(error.text == text) }
}
