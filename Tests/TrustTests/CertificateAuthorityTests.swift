import Crypto
import FoundationEssentials
import Model
import SwiftASN1
import Testing
import X509

@testable import Trust

struct CertificateAuthorityTests {
    let fleet: Fleet

    init() throws { fleet = try Fleet() }

    @Test func makesAnAuthorityOfTenYearsThatSignsLeavesOnly() throws {
        let certificate = try Certificate(derEncoded: fleet.authority.certificate)
        #expect(try certificate.extensions.basicConstraints == .isCertificateAuthority(maxPathLength: 0))
        #expect(certificate.extensions[oid: .X509ExtensionID.basicConstraints]?.critical == true)
        #expect(try certificate.extensions.keyUsage?.keyCertSign == true)
        #expect(try certificate.extensions.keyUsage?.digitalSignature == false)
        #expect(certificate.extensions[oid: .X509ExtensionID.keyUsage]?.critical == true)
        #expect(WallTime(certificate.notValidAfter) == later(days(3650)))
        #expect(WallTime(certificate.notValidBefore) == later(.seconds(-600)))
        #expect(fleet.authority.fleet.count == 32)
        #expect("\(certificate.subject)".contains(fleet.authority.fleet))
        #expect(
            try ParsedCertificate(der: fleet.authority.certificate, what: "").uris() == [
                "spiffe://\(fleet.authority.fleet)"
            ])
    }

    @Test func givesAnAgentNinetyDaysToListenAndCall() throws {
        let certificate = try Certificate(derEncoded: try fleet.agentLeaf())
        #expect(WallTime(certificate.notValidAfter) == later(days(90)))
        #expect(try certificate.extensions.extendedKeyUsage.map { Array($0) } == [.serverAuth, .clientAuth])
        #expect(try certificate.extensions.basicConstraints == .notCertificateAuthority)
        #expect(certificate.extensions[oid: .X509ExtensionID.basicConstraints]?.critical == true)
    }

    @Test func givesAPersonThirtyDaysToCallOnly() throws {
        let certificate = try Certificate(derEncoded: try fleet.person().leaf)
        #expect(WallTime(certificate.notValidAfter) == later(days(30)))
        #expect(try certificate.extensions.extendedKeyUsage.map { Array($0) } == [.clientAuth])
    }

    @Test func renewsAPersonWithTheSameKey() throws {
        let first = try fleet.person()
        let second = try fleet.person(now: later(days(20)))
        #expect(try spkiHash(ofCertificate: first.leaf) == spkiHash(ofCertificate: second.leaf))
        #expect(try expiry(ofCertificate: second.leaf) == later(days(50)))
    }

    @Test func neverOutlivesTheAuthority() throws {
        let leaf = try fleet.agentLeaf(now: later(days(3640)))
        #expect(try expiry(ofCertificate: leaf) == later(days(3650)))
        #expect(throws: TrustError.authorityExpired(notAfter: later(days(3650)))) {
            try fleet.agentLeaf(now: later(days(3651)))
        }
    }

    @Test func setsTheNameItselfWhateverTheRequestAsksFor() throws {
        let wanted = try Certificate.Extensions {
            SubjectAlternativeNames([.uniformResourceIdentifier("spiffe://\(fleet.authority.fleet)/user/eve/admin")])
        }
        let request = try CertificateSigningRequest(
            version: .v1, subject: DistinguishedName { CommonName("user/eve/admin") },
            privateKey: Certificate.PrivateKey(fleet.agentKey.key),
            attributes: .init([.init(ExtensionRequest(extensions: wanted))]), signatureAlgorithm: .ecdsaWithSHA256)
        var serializer = DER.Serializer()
        try serializer.serialize(request)
        let leaf = try fleet.authority.issueAgent(csrDER: serializer.serializedBytes, host: host, now: start)
        let parsed = try ParsedCertificate(der: leaf, what: "leaf")
        #expect(try parsed.identity().name == .agent(host))
        #expect(!"\(parsed.certificate.subject)".contains("eve"))
    }

    @Test func refusesARequestThatItsKeyDidNotSign() throws {
        var request = try fleet.agentKey.signingRequest()
        request[request.count - 1] ^= 1
        #expect(throws: TrustError.self) { try fleet.authority.issueAgent(csrDER: request, host: host, now: start) }
        #expect(throws: TrustError.malformedRequest(reason: "it is not PKCS#10 in DER")) {
            try fleet.authority.issueAgent(csrDER: [1, 2, 3], host: host, now: start)
        }
    }

    @Test func refusesARequestForAnotherKindOfKey() throws {
        let request = try CertificateSigningRequest(
            version: .v1, subject: DistinguishedName(), privateKey: Certificate.PrivateKey(P384.Signing.PrivateKey()),
            attributes: .init(), signatureAlgorithm: .ecdsaWithSHA384)
        var serializer = DER.Serializer()
        try serializer.serialize(request)
        let bytes = serializer.serializedBytes
        #expect(throws: TrustError.wrongKeyType) {
            try fleet.authority.issueAgent(csrDER: bytes, host: host, now: start)
        }
    }

    @Test(arguments: ["", "Ada", "a/b", "a b", "é", "../x", String(repeating: "a", count: 65)])
    func refusesANameOutsideTheGrammar(name: String) throws {
        #expect(throws: TrustError.unusableName(.person(name: name, role: .viewer))) {
            try fleet.authority.identity(forPerson: name, role: .viewer, key: SigningKey(), now: start)
        }
    }

    @Test func refusesACertificateOfAnotherKey() throws {
        #expect(throws: TrustError.keyMismatch) {
            try CertificateAuthority(certificate: fleet.authority.certificate, key: SigningKey())
        }
        #expect(throws: TrustError.keyMismatch) {
            try Identity(
                leaf: fleet.agentLeaf(), authorities: [fleet.authority.certificate],
                privateKeyPEM: fleet.personKey.pem)
        }
    }

    @Test func pinsTheSameHashForAKeyItsSelfSignedAndItsIssuedCertificate() throws {
        let selfSigned = try fleet.agentKey.selfSignedCertificate(now: start)
        #expect(try spkiHash(ofCertificate: selfSigned) == fleet.agentKey.spkiHash)
        #expect(try spkiHash(ofCertificate: fleet.agentLeaf()) == fleet.agentKey.spkiHash)
        #expect(fleet.agentKey.spkiHash.count == 32)
    }

    @Test func neverPrintsAPrivateKey() throws {
        let identity = try fleet.person()
        var dumped = ""
        dump(identity, to: &dumped)
        dump(fleet.authority, to: &dumped)
        let text = "\(identity) \(String(reflecting: identity)) \(fleet.authority) \(fleet.personKey)" + dumped
        #expect(!text.contains("PRIVATE"))
        #expect(!text.contains(identity.privateKeyPEM.split(separator: "\n")[1]))
    }
}
