public import Model

/// What a person asks of whoever holds the fleet's CA, PKCS#10 as text. Nothing in it is secret.
public enum PersonRequest {
    /// More is none.
    public static let largest = 16 * 1024

    public static func pem(for key: SigningKey) throws(TrustError) -> String {
        String(decoding: PEM.text(.request, try key.signingRequest()), as: UTF8.self)
    }

    /// The request in DER; `name` is what the text is called in messages.
    public static func read(_ text: [UInt8], name: String) throws(TrustError) -> [UInt8] {
        guard text.count <= largest else { throw .damagedFile(path: name, reason: "it is too long to be a request") }
        let documents = try PEM.documents(in: text, path: name)
        guard documents.count == 1, documents[0].kind == .request else {
            throw .damagedFile(path: name, reason: "there is no request in it, as looptop request prints it")
        }
        return documents[0].content
    }
}

/// What they are given for it: their certificate, the fleet's CA, whom it keeps out, and the hosts there are. Nothing in it is
/// secret, and it is of use only to who holds the key.
public struct PersonGrant: Sendable {
    public static let largest = 4 << 20

    /// DER.
    public let leaf: [UInt8]
    /// DER of each CA of the fleet, the one that issues first.
    public let authorities: [[UInt8]]
    /// The fleet's deny-list; empty where it has none.
    public let denyList: [UInt8]
    public let hosts: HostBook

    public init(leaf: [UInt8], authorities: [[UInt8]], denyList: [UInt8] = [], hosts: HostBook) {
        self.leaf = leaf
        self.authorities = authorities
        self.denyList = denyList
        self.hosts = hosts
    }

    /// Certificates, the leaf first, then the deny-list, then the hosts.
    public func pem() throws(TrustError) -> String {
        let json = try hosts.json(path: "the host book")
        let list = denyList.isEmpty ? [] : PEM.text(.denyList, denyList)
        return String(decoding: PEM.text([leaf] + authorities) + list + PEM.text(.hosts, json), as: UTF8.self)
    }

    /// `name` is what the text is called in messages. What certificates say is not looked at yet.
    public init(pem text: [UInt8], name: String) throws(TrustError) {
        guard text.count <= Self.largest else { throw .damagedFile(path: name, reason: "it is too long to be a grant") }
        let documents = try PEM.documents(in: text, path: name)
        let certificates = documents.filter { $0.kind == .certificate }.map(\.content)
        let books = documents.filter { $0.kind == .hosts }.map(\.content)
        let lists = documents.filter { $0.kind == .denyList }.map(\.content)
        guard certificates.count >= 2, books.count <= 1, lists.count <= 1,
            certificates.count + books.count + lists.count == documents.count
        else {
            throw .damagedFile(path: name, reason: "there is no grant in it, as looptop grant prints it")
        }
        leaf = certificates[0]
        authorities = Array(certificates.dropFirst())
        denyList = lists.first ?? []
        hosts = if let json = books.first { try HostBook(json: json, path: name) } else { HostBook() }
    }

    /// The identity of who holds `key`. Refuses one of an agent, one that is over, and one of another key.
    ///
    /// - Parameter old: who they were until now. They stay in that fleet and trust no other CA than before, unless one of those
    ///   has signed for it in the deny-list: the fleet's id is no secret, and anybody can make a CA that bears it.
    public func identity(
        for key: SigningKey, after old: Identity? = nil, now: WallTime
    ) throws(TrustError) -> Identity {
        let identity = try Identity(leaf: leaf, authorities: authorities, privateKeyPEM: key.pem)
        guard case .person = identity.name else {
            throw .wrongKind(expected: "a person", found: identity.name.kind)
        }
        if let old {
            guard old.fleet == identity.fleet else {
                throw .wrongFleet(expected: old.fleet, found: identity.fleet)
            }
        }
        let trusted = old?.authorities ?? authorities
        guard authorities.contains(where: { trusted.contains($0) }) else { throw .unknownAuthority }
        let list = try denyList(for: trusted)
        guard authorities.allSatisfy({ trusted.contains($0) || list?.authorities.contains($0) == true }) else {
            throw .unknownAuthority
        }
        let end = try expiry(ofCertificate: leaf)
        guard now < end else { throw .expired(notAfter: end, now: now) }
        return identity
    }

    /// The fleet's deny-list, for who trusts `authorities` (DER); `nil` where the grant has none.
    public func denyList(for authorities: [[UInt8]]) throws(TrustError) -> DenyList? {
        guard !denyList.isEmpty else { return nil }
        return try DenyList(text: denyList, authorities: authorities, name: "the deny-list in the grant")
    }
}
