import Crypto
import FoundationEssentials
import Glibc
import Model
import SwiftASN1
import X509

@testable import Trust

/// 2026-11-01 00:00 UTC: the moment at which all certificates of these tests are made.
let start = WallTime(nanoseconds: 1_793_491_200_000_000_000)
let host = HostID(high: 0x0123_4567_89ab_cdef, low: 0xfedc_ba98_7654_3210)

func later(_ duration: Duration) -> WallTime { start + duration }

func days(_ count: Int) -> Duration { .seconds(86_400 * count) }

/// A fleet with one agent and one person.
struct Fleet {
    let authority: CertificateAuthority
    let agentKey = SigningKey()
    let personKey = SigningKey()

    init() throws { authority = try CertificateAuthority.create(now: start) }

    func agentLeaf(now: WallTime = start) throws -> [UInt8] {
        try authority.issueAgent(csrDER: try agentKey.signingRequest(), host: host, now: now)
    }

    func person(_ role: Role = .operator, now: WallTime = start) throws -> Identity {
        try authority.identity(forPerson: "ada", role: role, key: personKey, now: now)
    }

    var verifier: PeerVerifier {
        get throws { try PeerVerifier(authorities: [authority.certificate], fleet: authority.fleet) }
    }
}

/// A certificate with whatever one test wants wrong in it, signed by a real CA.
struct Forged {
    var uris: [String]
    var constraints: BasicConstraints? = .notCertificateAuthority
    var constraintsCritical = true
    var usages: [ExtendedKeyUsage.Usage] = [.serverAuth, .clientAuth]
    var keyUsage: KeyUsage? = KeyUsage(digitalSignature: true)
    var notBefore = start
    var notAfter = start + days(20)
    var key = Certificate.PrivateKey(P256.Signing.PrivateKey())
    var unknownCriticalExtension = false
    /// An extension that holds nothing instead of its value.
    var damaged: ASN1ObjectIdentifier?

    static func agent(of fleet: Fleet) -> Forged {
        Forged(uris: ["spiffe://\(fleet.authority.fleet)/agent/\(host.hex)"])
    }

    static func person(of fleet: Fleet) -> Forged {
        Forged(uris: ["spiffe://\(fleet.authority.fleet)/user/ada/operator"], usages: [.clientAuth])
    }

    func signed(by fleet: Fleet) throws -> [UInt8] {
        let issuer = try Certificate(derEncoded: fleet.authority.certificate)
        let certificate = try Certificate(
            version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: key.publicKey,
            notValidBefore: notBefore.date, notValidAfter: notAfter.date, issuer: issuer.subject,
            subject: DistinguishedName { CommonName("root") }, signatureAlgorithm: .ecdsaWithSHA256,
            extensions: Certificate.Extensions {
                if let constraints {
                    if constraintsCritical { Critical(constraints) } else { constraints }
                }
                if let keyUsage { Critical(keyUsage) }
                if !usages.isEmpty { try ExtendedKeyUsage(usages) }
                if !uris.isEmpty {
                    SubjectAlternativeNames(uris.map { GeneralName.uniformResourceIdentifier($0) })
                }
                if unknownCriticalExtension {
                    Certificate.Extension(oid: [1, 2, 3, 4], critical: true, value: [5, 0])
                }
                if let damaged { Certificate.Extension(oid: damaged, critical: true, value: [5, 0]) }
            }, issuerPrivateKey: Certificate.PrivateKey(fleet.authority.key.key))
        var serializer = DER.Serializer()
        try serializer.serialize(certificate)
        return serializer.serializedBytes
    }
}

/// A directory of its own for one test, removed with everything in it.
final class TemporaryDirectory {
    let path: String

    init() throws {
        var template = Array("/tmp/looptop-trust-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw TrustError.io(path: "/tmp", operation: "mkdtemp", errno: errno)
        }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit { Self.remove(path) }

    var store: IdentityStore { IdentityStore(directory: path + "/state") }

    func file(_ name: String) -> String { path + "/state/" + name }

    /// Names in the store's directory, sorted.
    func names() -> [String] { Self.entries(path + "/state").sorted() }

    func write(_ text: String, to path: String, mode: mode_t) {
        let file = open(path, O_WRONLY | O_CREAT | O_TRUNC, mode)
        defer { close(file) }
        let bytes = Array(text.utf8)
        _ = Glibc.write(file, bytes, bytes.count)
        fchmod(file, mode)
    }

    private static func entries(_ path: String) -> [String] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    private static func remove(_ path: String) {
        for name in entries(path) {
            let below = path + "/" + name
            if unlink(below) != 0 { remove(below) }
        }
        rmdir(path)
    }
}
