internal import SwiftASN1

/// Certificates as text files, so that `openssl x509` can show them.
enum PEM {
    private static let discriminator = "CERTIFICATE"

    static func certificates(in bytes: [UInt8], path: String) throws(TrustError) -> [[UInt8]] {
        let documents: [PEMDocument]
        do { documents = try PEMDocument.parseMultiple(pemString: String(decoding: bytes, as: UTF8.self)) } catch {
            throw .damagedFile(path: path, reason: "it is not PEM")
        }
        guard !documents.isEmpty, documents.allSatisfy({ $0.discriminator == discriminator }) else {
            throw .damagedFile(path: path, reason: "there is no certificate in it")
        }
        return documents.map(\.derBytes)
    }

    static func text(_ certificates: [[UInt8]]) -> [UInt8] {
        certificates.flatMap { der in
            Array((PEMDocument(type: discriminator, derBytes: der).pemString + "\n").utf8)
        }
    }
}
