import Model
import Testing
import Transport
import Trust

@testable import Agent

/// sysexits(3), as the unit file and the documentation name them.
@Suite struct ExitCodeTests {
    @Test func theNumbersAreTheDocumentedOnes() {
        let codes: [(ExitCode, Int32)] = [
            (.usage, 64), (.unavailable, 69), (.osError, 71), (.cannotCreate, 73), (.ioError, 74), (.noPermission, 77),
            (.configuration, 78),
        ]
        for (code, number) in codes { #expect(code.rawValue == number) }
    }

    @Test func transportFailures() {
        let cases: [(TransportError, ExitCode)] = [
            (.addressInUse("x"), .unavailable), (.permissionDenied("x"), .noPermission), (.notAnAddress("x"), .usage),
            (.pathTooLong(path: "x", bytes: 200), .usage),
            (.unsafeDirectory(path: "x", reason: "y", remedy: "z"), .noPermission),
            (.notASocket(path: "x"), .noPermission),
            (.unusableIdentity("x"), .configuration), (.notLoopback("x"), .configuration),
            (.io(what: "x", errno: 5), .osError),
        ]
        for (error, code) in cases { #expect(ExitCode(error) == code, "\(error)") }
    }

    @Test func trustFailures() {
        let wall = WallTime(nanoseconds: 0)
        let cases: [(TrustError, ExitCode)] = [
            (.missingFile(path: "x"), .ioError), (.malformedKey, .configuration), (.keyMismatch, .configuration),
            (.unknownAuthority, .configuration), (.expired(notAfter: wall, now: wall), .configuration),
        ]
        for (error, code) in cases { #expect(ExitCode(error) == code, "\(error)") }
    }
}
