import Model
import Testing

@testable import Trust

/// Each refusal, word for word: what it says is what somebody acts on.
struct TrustErrorSentenceTests {
    static let host2 = HostID(high: 1, low: 2)

    static let certificates: [(TrustError, String)] = [
        (
            .noCertificate,
            "The other side showed no certificate. Only enrolled agents and dashboards can connect."
        ),
        (
            .malformedCertificate(what: "peer's certificate"),
            "The peer's certificate cannot be read; the other side is not looptop, or its files are damaged."
        ),
        (
            .wrongKeyType,
            "The certificate's key is not ECDSA P-256, the only kind looptop uses. Have a new one issued."
        ),
        (
            .authorityAsPeer,
            "The other side showed a CA certificate as its own. It needs a certificate issued by that CA."
        ),
        (
            .notMarkedAsLeaf,
            "The certificate does not say, as critical, that it is no CA (CA:FALSE). Have a new one issued."
        ),
        (.nameCount(0), "The certificate has no URI name, so it says of nobody who it is. Have a new one issued."),
        (.nameCount(2), "The certificate has 2 URI names; there must be exactly one. Have a new one issued."),
        (
            .malformedName,
            """
            The certificate's URI name is not of the form spiffe://<fleet>/agent/<id> or \
            spiffe://<fleet>/user/<name>/<role>. Have a new one issued.
            """
        ),
        (
            .wrongFleet(expected: "aa", found: "bb"),
            """
            The certificate belongs to fleet bb, this side to fleet aa. Enrol the host in this fleet, or use the \
            other fleet's dashboard.
            """
        ),
        (
            .wrongKind(expected: "an agent", found: "a person"),
            "The certificate is of a person, but here only an agent can connect. Check the address and the port."
        ),
        (
            .wrongKeyUsage(.listening),
            """
            The certificate may not be used to listen (extended key usage serverAuth is missing). Enrol the agent \
            again.
            """
        ),
        (
            .wrongKeyUsage(.calling),
            """
            A person's certificate must be for calling only (extended key usage clientAuth and no other). Have a \
            new one issued: looptop init --renew.
            """
        ),
        (
            .wrongKeyUsage(.signing),
            """
            The certificate's key usage is not that of a leaf (digitalSignature and no keyCertSign). Have a new \
            one issued.
            """
        ),
        (
            .wrongHost(expected: host, found: host2),
            """
            The host at this address is 00000000000000010000000000000002, not 0123456789abcdeffedcba9876543210 as \
            expected. If the agent was enrolled again or the address was given to another machine, enrol it here \
            again; otherwise somebody stands in between.
            """
        ),
        (
            .unknownAuthority,
            """
            The certificate was not signed by this fleet's CA as it is known on this side. Enrol the host in this fleet; \
            where the fleet has changed its CA, a person asks for a new certificate (looptop request).
            """
        ),
        (
            .chainRefused(reason: "RFC 5280 path validation failed"),
            """
            The certificate was signed by this fleet's CA but is not acceptable: RFC 5280 path validation failed. \
            Have a new one issued.
            """
        ),
        (
            .notAnAuthority(reason: "it is not marked as a CA"),
            """
            The certificate given as CA is not one that looptop made: it is not marked as a CA. Restore ca.pem, or \
            enrol again.
            """
        ),
    ]

    static let times: [(TrustError, String)] = [
        (
            .clockWrong(now: WallTime(nanoseconds: 0), notBefore: start, notAfter: later(days(90))),
            """
            This machine's clock is probably wrong: it says 1970-01-01 00:00 UTC, but the certificate is valid from \
            2026-11-01 00:00 UTC to 2027-01-30 00:00 UTC. Set the clock ('timedatectl' shows it), then try again.
            """
        ),
        (
            .notYetValid(notBefore: start, now: later(.seconds(-100))),
            """
            The certificate is not valid for another 100 s (from 2026-11-01 00:00 UTC). Compare the clocks of both \
            machines.
            """
        ),
        (
            .expired(notAfter: start, now: later(days(3))),
            """
            The certificate expired 3 d ago (2026-11-01 00:00 UTC). An agent's is renewed for 30 days after by \
            looptop where the fleet's CA key is, later by enrolling again (looptop-agent init --reset); a person's by \
            'looptop init --renew' there, else by 'looptop request'.
            """
        ),
        (
            .lifeTooLong(days: 91, limit: 90),
            "The certificate is valid for 91 days; its kind may be for 90. Have a new one issued."
        ),
        (
            .authorityExpired(notAfter: start),
            """
            The fleet's CA expired on 2026-11-01 00:00 UTC. Make a new fleet ('looptop init') and enrol the hosts \
            again.
            """
        ),
        (
            .revoked(.person("ada"), start),
            """
            The certificates of user ada were revoked at 2026-11-01 00:00 UTC. Whoever holds the fleet's CA key can \
            grant a new one (looptop grant).
            """
        ),
        (
            .revoked(.agent(host), start),
            """
            The certificates of agent 0123456789abcdeffedcba9876543210 were revoked at 2026-11-01 00:00 UTC. Enrol \
            the host again (looptop-agent init --reset) if it is to be trusted.
            """
        ),
        (
            .authorityRetired,
            """
            The certificate is of a CA that the fleet has retired. A person gets a new one with 'looptop request'; a host \
            is enrolled again (looptop-agent init --reset).
            """
        ),
        (
            .rotationStep(reason: "The fleet has one CA: there is none to retire"),
            "The fleet has one CA: there is none to retire. 'looptop ca' shows where the fleet is."
        ),
        (
            .noRenewal(until: start),
            """
            The certificate that was sent does not last longer than the one that is here (to 2026-11-01 00:00 UTC); \
            it stays.
            """
        ),
    ]

    static let keys: [(TrustError, String)] = [
        (.malformedKey, "The private key is not an ECDSA P-256 key in PEM. Restore the file, or enrol again."),
        (
            .keyMismatch,
            """
            The certificate and the private key do not belong together. Restore both files from one backup, or \
            enrol again; a person sends what 'looptop request' prints once more.
            """
        ),
        (
            .malformedRequest(reason: "it is too large"),
            "The signing request is not acceptable: it is too large. Use the same version of looptop on both sides."
        ),
        (
            .unusableName(.person(name: "A", role: .admin)),
            "This name cannot stand in a certificate. Use 1 to 64 of the characters a-z, 0-9, '.', '_' and '-'."
        ),
        (
            .unusableName(.agent(host)),
            "The fleet's id cannot stand in a certificate; the CA is damaged. Restore ca.pem."
        ),
        (
            .cryptography(reason: "the certificate could not be signed"),
            """
            An internal step failed: the certificate could not be signed. Please report it with the version \
            (--version).
            """
        ),
    ]

    static let store: [(TrustError, String)] = [
        (
            .insecureMode(path: "/s/identity-key.pem", found: 0o644, wanted: 0o600),
            """
            /s/identity-key.pem can be used by others (mode 644). If nobody has, run:  \
            chmod 600 '/s/identity-key.pem'
            """
        ),
        (
            .insecureOwner(path: "/s", uid: 1000, wanted: 0),
            "/s belongs to uid 1000, but this runs as uid 0. Run it as that user, or:  chown 0 '/s'"
        ),
        (
            .insecureParent(path: "/s"),
            """
            Others can write /s, so they could replace what is kept below it. Run:  chmod go-w '/s'   (and check \
            that it belongs to root or to you)
            """
        ),
        (
            .notAPlainFile(path: "/s/ca.pem"),
            """
            /s/ca.pem is not a plain file with one name (it is a link, or has a second one). Put a real file there, \
            or remove it.
            """
        ),
        (
            .notADirectory(path: "/s"),
            "/s is not a directory (a symbolic link does not count). Name the real directory, or remove it."
        ),
        (
            .missingFile(path: "/s/ca.pem"),
            "/s/ca.pem is missing, though other files of the same identity are there. Restore it, or enrol again."
        ),
        (
            .damagedFile(path: "/s/ca.pem", reason: "it is not PEM"),
            "/s/ca.pem cannot be used: it is not PEM. Restore it from a backup, or remove it and enrol again."
        ),
        (.io(path: "/s", operation: "open", errno: 13), "/s: open failed: Permission denied (errno 13)."),
        (
            .authorityExists(directory: "/s"),
            """
            There is a fleet's CA in /s already; a new one would cut off all its hosts. To renew your own \
            certificate:  looptop init --renew
            """
        ),
        (
            .denyListRefused(name: "the deny-list that was sent", reason: "the fleet's CA has not signed it"),
            """
            the deny-list that was sent cannot be used: the fleet's CA has not signed it. What was known before stays \
            in force.
            """
        ),
        (
            .denyListRefused(name: "/s/deny-list", reason: "the fleet's CA has not signed it"),
            """
            /s/deny-list cannot be used: the fleet's CA has not signed it. A file that is damaged can be removed: \
            the next dashboard or agent of the fleet brings the newest list. Until then whoever was revoked is let in.
            """
        ),
        (
            .denyListFull(limit: 400),
            """
            The deny-list has 400 names, and more are not possible before certificates of these have expired. Make \
            a new fleet ('looptop init') and enrol the hosts that are to be trusted.
            """
        ),
    ]

    private static let problem = JSON5Problem(place: JSON5Place(line: 1, column: 2), key: "k", reason: "x")
    private static let question = JSON5Problem(place: JSON5Place(line: 3, column: 4), key: "", reason: "y?")

    static let policies: [(TrustError, String)] = [
        (.policyProblems(file: "f", []), "f: it cannot be used. Nothing was read from the file."),
        (.policyProblems(file: "f", [problem]), "f:1:2: k: x. Nothing was read from the file."),
        (
            .policyProblems(file: "f", [question, problem, problem]),
            "f:3:4: y? And 2 more. Nothing was read from the file."
        ),
    ]

    static let tables = [certificates, times, keys, store, policies, TrustErrorEnrolmentTests.all]

    @Test(arguments: certificates + times) func ofACertificate(error: TrustError, sentence: String) {
        #expect(error.sentence == sentence)
    }

    @Test(arguments: keys + store + policies) func ofAKeyOrAFile(error: TrustError, sentence: String) {
        #expect(error.sentence == sentence)
    }

    /// A new case does not compile here before it has a number, and fails before it has a sentence above.
    @Test func noCaseIsLeftOut() {
        #expect(Set(Self.tables.joined().map { Self.number(of: $0.0) }) == Set(0..<55))
    }

    private static func number(of error: TrustError) -> Int {
        switch error {
        case .noCertificate: 0
        case .malformedCertificate: 1
        case .wrongKeyType: 2
        case .authorityAsPeer: 3
        case .notMarkedAsLeaf: 4
        case .nameCount: 5
        case .malformedName: 6
        case .wrongFleet: 7
        case .wrongKind: 8
        case .wrongKeyUsage: 9
        case .clockWrong: 10
        case .notYetValid: 11
        case .expired: 12
        case .lifeTooLong: 13
        case .wrongHost: 14
        case .unknownAuthority: 15
        case .chainRefused: 16
        case .authorityExpired: 17
        case .revoked: 18
        case .notAnAuthority: 19
        case .noRenewal: 20
        case .malformedKey: 21
        case .keyMismatch: 22
        case .malformedRequest: 23
        case .unusableName: 24
        case .cryptography: 25
        case .insecureMode: 26
        case .insecureOwner: 27
        case .insecureParent: 28
        case .notAPlainFile: 29
        case .notADirectory: 30
        case .missingFile: 31
        case .damagedFile: 32
        case .io: 33
        case .authorityExists: 34
        case .denyListRefused: 35
        case .denyListFull: 36
        case .notAToken: 37
        case .tokenDamaged: 38
        case .tokenVersion: 39
        case .tokenExpired: 40
        case .pinMismatch: 41
        case .wrongSecret: 42
        case .tokenBurned: 43
        case .tokenUsed: 44
        case .enrolmentTimedOut: 45
        case .enrolmentInterrupted: 46
        case .unexpectedStep: 47
        case .enrolmentRefused: 48
        case .policyProblems: 49
        case .tokenOfOtherKind: 50
        case .notInvited: 51
        case .hostKnown: 52
        case .authorityRetired: 53
        case .rotationStep: 54
        }
    }
}
