import Crypto
import Model
import SwiftASN1
import Testing
import X509

@testable import Trust

/// The reasons that the sentences of `TrustErrorSentenceTests` name, each from what it is about.
struct RefusalReasonTests {
    let temporary: TemporaryDirectory
    let fleet: Fleet

    init() throws {
        temporary = try TemporaryDirectory()
        fleet = try Fleet()
    }

    // MARK: certificates

    @Test func aCAThatIsNone() throws {
        var forged = Forged.agent(of: fleet)
        forged.constraints = .isCertificateAuthority(maxPathLength: nil)
        let mayNotSign = try forged.signed(by: fleet)
        #expect(throws: TrustError.notAnAuthority(reason: "its key may not sign certificates")) {
            try CertificateAuthority(certificate: mayNotSign, key: SigningKey())
        }
        forged.keyUsage = KeyUsage(keyCertSign: true)
        let namesNoFleet = try forged.signed(by: fleet)
        #expect(throws: TrustError.notAnAuthority(reason: "it does not name a fleet")) {
            try CertificateAuthority(certificate: namesNoFleet, key: SigningKey())
        }
        forged.key = Certificate.PrivateKey(P384.Signing.PrivateKey())
        let otherKey = try forged.signed(by: fleet)
        #expect(throws: TrustError.notAnAuthority(reason: "its key is not P-256")) {
            try CertificateAuthority(certificate: otherKey, key: SigningKey())
        }
        #expect(throws: TrustError.malformedCertificate(what: "CA certificate")) {
            try CertificateAuthority(certificate: [1, 2, 3], key: SigningKey())
        }
    }

    private func refusal(_ forged: Forged) async throws -> TrustError? {
        let leaf = try forged.signed(by: fleet)
        switch await (try fleet.verifier).verify(chain: [leaf], expecting: .agent(host), wall: start) {
        case .success: return nil
        case .failure(let error): return error
        }
    }

    /// The field is there, and holds something else than it should.
    @Test func aFieldOfACertificateThatCannotBeRead() async throws {
        var forged = Forged.agent(of: fleet)
        forged.constraints = nil
        forged.damaged = ASN1ObjectIdentifier.X509ExtensionID.basicConstraints
        let constraints = TrustError.malformedCertificate(what: "basic constraints of the peer's certificate")
        #expect(try await refusal(forged) == constraints)
        forged = Forged.agent(of: fleet)
        forged.uris = []
        forged.damaged = ASN1ObjectIdentifier.X509ExtensionID.subjectAlternativeName
        #expect(
            try await refusal(forged) == .malformedCertificate(what: "list of names in the certificate"))
        forged = Forged.agent(of: fleet)
        forged.keyUsage = nil
        forged.damaged = ASN1ObjectIdentifier.X509ExtensionID.keyUsage
        #expect(
            try await refusal(forged) == .malformedCertificate(what: "key usage of the peer's certificate"))
    }

    @Test func anOwnCertificateThatIsNone() throws {
        #expect(throws: TrustError.malformedCertificate(what: "own certificate")) {
            try Identity(leaf: [1, 2, 3], authorities: [fleet.authority.certificate], privateKeyPEM: SigningKey().pem)
        }
    }

    @Test func aRequestThatCannotBeSigned() throws {
        let large = [UInt8](repeating: 0, count: 8 * 1024 + 1)
        #expect(throws: TrustError.malformedRequest(reason: "it is too large")) {
            try fleet.authority.issueAgent(csrDER: large, host: host, now: start)
        }
        var changed = try fleet.agentKey.signingRequest()
        changed[changed.count - 1] ^= 1
        #expect(throws: TrustError.malformedRequest(reason: "its signature is not of its key")) {
            try fleet.authority.issueAgent(csrDER: changed, host: host, now: start)
        }
    }

    // MARK: deny-lists

    @Test(arguments: [
        ("hello\n", "it is not a deny-list that looptop wrote"),
        ("looptop deny-list 2\nfleet aa\nversion 1\nsignature 00\n", "it is not a deny-list that looptop wrote"),
        ("looptop deny-list 1\nfleet\nversion 1\nsignature 00\n", "fleet or version cannot be read"),
        ("looptop deny-list 1\nfleet aa\nversion 0\nsignature 00\n", "fleet or version cannot be read"),
        ("looptop deny-list 1\nfleet aa\nversion 1\nsignature 00\n", "its signature cannot be read"),
    ])
    func aDenyListThatIsNone(text: String, reason: String) {
        #expect(throws: TrustError.denyListRefused(name: "list", reason: reason)) {
            try DenyList(text: Array(text.utf8), authorities: [], name: "list")
        }
    }

    @Test func aDenyListThatIsTooLong() {
        let text = [UInt8](repeating: 0x20, count: 48 * 1024 + 1)
        #expect(throws: TrustError.denyListRefused(name: "list", reason: "it is too long for a deny-list")) {
            try DenyList(text: text, authorities: [], name: "list")
        }
    }

    /// The CA has signed it, and still it is not what looptop writes.
    @Test func aDenyListWithALineThatIsNone() throws {
        let list = try DenyList.adding([.person("Not a name")], to: nil, by: [fleet.authority], now: start)
        #expect(throws: TrustError.denyListRefused(name: "list", reason: "a line of it cannot be read")) {
            try DenyList(text: list.travelling.text, authorities: [fleet.authority.certificate], name: "list")
        }
    }

    // MARK: files

    @Test(arguments: [
        ("[]", "it is not the list of hosts that looptop writes"),
        ("{\"version\":2,\"hosts\":[]}", "a newer looptop has written it"),
        (
            "{\"version\":1,\"hosts\":[{\"id\":\"x\",\"name\":\"\",\"address\":\"\",\"enrolled\":1}]}",
            "a host's id or time cannot be read"
        ),
    ])
    func aHostBookThatIsNone(text: String, reason: String) {
        #expect(throws: TrustError.damagedFile(path: "hosts.json", reason: reason)) {
            try HostBook(json: Array(text.utf8), path: "hosts.json")
        }
    }

    private static let certificate = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
    private static let request = "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n"
    private static let key = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"
    private static let broken = "-----BEGIN CERTIFICATE REQUEST-----\n!\n-----END CERTIFICATE REQUEST-----\n"

    private static func damaged(_ reason: String) -> TrustError { .damagedFile(path: "x.pem", reason: reason) }

    @Test func aFileOfCertificatesWithoutOne() {
        #expect(throws: Self.damaged("there is no certificate in it")) {
            try PEM.certificates(in: Array(Self.request.utf8), path: "x.pem")
        }
    }

    @Test func aRequestOrGrantThatIsNone() {
        for (text, reason) in [
            (Self.broken, "it is not PEM"), (Self.key, "there is something in it that does not belong there"),
        ] {
            #expect(throws: Self.damaged(reason)) { try PersonRequest.read(Array(text.utf8), name: "x.pem") }
            #expect(throws: Self.damaged(reason)) { try PersonGrant(pem: Array(text.utf8), name: "x.pem") }
        }
        #expect(throws: Self.damaged("there is no request in it, as looptop request prints it")) {
            try PersonRequest.read(Array(Self.certificate.utf8), name: "x.pem")
        }
        #expect(throws: Self.damaged("there is no grant in it, as looptop grant prints it")) {
            try PersonGrant(pem: Array(Self.certificate.utf8), name: "x.pem")
        }
        let long = [UInt8](repeating: 0x20, count: PersonGrant.largest + 1)
        #expect(throws: Self.damaged("it is too long to be a request")) {
            try PersonRequest.read(long, name: "x.pem")
        }
        #expect(throws: Self.damaged("it is too long to be a grant")) { try PersonGrant(pem: long, name: "x.pem") }
    }

    @Test func aFileThatIsTooLarge() throws {
        _ = try temporary.store.hostID()
        let path = temporary.file("host-id")
        temporary.write(String(repeating: "0", count: 4 * 1024 * 1024 + 1), to: path, mode: 0o600)
        #expect(throws: TrustError.damagedFile(path: path, reason: "it is larger than 4 MiB")) {
            try temporary.store.hostID()
        }
    }

    // MARK: tokens

    @Test(arguments: [
        ("lt1.!", "characters are wrong or missing"), ("lt1.my", "characters are wrong or missing"),
        ("lt1.aaaaaaaaaaaaaaaa", "checksum"),
        (EnrolmentToken.prefix + Base32.encode(EnrolmentToken.withChecksum([1, 1, 1])), "it ends too early"),
        (EnrolmentToken.prefix + Base32.encode(EnrolmentToken.withChecksum([1, 1, 1, 9])), "it ends too early"),
    ])
    func aTokenThatWasDamaged(text: String, reason: String) {
        #expect(throws: TrustError.tokenDamaged(reason: reason)) { try EnrolmentToken(parsing: text) }
    }

    @Test func aTokenOfPartsThatDoNotFit() throws {
        let hash = [UInt8](repeating: 0, count: 32)
        #expect(throws: TrustError.tokenDamaged(reason: "its addresses are not usable")) {
            try EnrolmentToken(addresses: [], spkiHash: hash, notAfter: start)
        }
        #expect(throws: TrustError.tokenDamaged(reason: "its fields have wrong lengths")) {
            try EnrolmentToken(addresses: ["h:1"], spkiHash: [1], notAfter: start)
        }
    }
}
