internal import SwiftASN1

/// What is no secret as text files, so that `openssl` can show it. RFC 7468.
enum PEM {
    enum Kind: String {
        case certificate = "CERTIFICATE"
        /// PKCS#10.
        case request = "CERTIFICATE REQUEST"
        /// A host book, as JSON.
        case hosts = "LOOPTOP HOSTS"
        case denyList = "LOOPTOP DENY-LIST"
    }

    static func certificates(in bytes: [UInt8], path: String) throws(TrustError) -> [[UInt8]] {
        let documents = try documents(in: bytes, path: path)
        guard !documents.isEmpty, documents.allSatisfy({ $0.kind == .certificate }) else {
            throw .damagedFile(path: path, reason: "there is no certificate in it")
        }
        return documents.map(\.content)
    }

    static func text(_ certificates: [[UInt8]]) -> [UInt8] { certificates.flatMap { text(.certificate, $0) } }

    static func text(_ kind: Kind, _ content: [UInt8]) -> [UInt8] {
        Array((PEMDocument(type: kind.rawValue, derBytes: content).pemString + "\n").utf8)
    }

    /// In their order. Of a kind that is none of these nothing is read.
    static func documents(in bytes: [UInt8], path: String) throws(TrustError) -> [(kind: Kind, content: [UInt8])] {
        let documents: [PEMDocument]
        do { documents = try PEMDocument.parseMultiple(pemString: String(decoding: bytes, as: UTF8.self)) } catch {
            throw .damagedFile(path: path, reason: "it is not PEM")
        }
        var known: [(kind: Kind, content: [UInt8])] = []
        for document in documents {
            guard let kind = Kind(rawValue: document.discriminator) else {
                throw .damagedFile(path: path, reason: "there is something in it that does not belong there")
            }
            known.append((kind, document.derBytes))
        }
        return known
    }
}
