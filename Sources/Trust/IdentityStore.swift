public import Model

/// Where an agent or a dashboard keeps who it is: one directory 0700, plain files 0600, each checked at every load and
/// replaced in one step. Nothing here looks at a clock.
///
/// | file | holds |
/// |---|---|
/// | `identity-key.pem` | own private key; an agent has one before it is enrolled |
/// | `identity.pem` | own certificate; its presence means "enrolled" |
/// | `ca.pem` | the CAs that are trusted, the one that issues first |
/// | `ca-key.pem` | the CA's private key, where the fleet was made |
/// | `ca-key.2.pem` | that of a second CA, while the fleet changes it |
/// | `host-id` | an agent's id |
/// | `listen` | an agent's addresses, one a line |
/// | `host-name` | what its host was called when it was enrolled |
/// | `used-tokens` | enrolment tokens that must not work again |
/// | `hosts.json` | a dashboard's hosts |
/// | `deny-list` | whose certificates count no more |
public struct IdentityStore: Sendable {
    enum File {
        static let key = "identity-key.pem"
        /// A new key between being written and its certificate being there.
        static let nextKey = "identity-key.next.pem"
        static let leaf = "identity.pem"
        static let authorities = "ca.pem"
        static let authorityKey = "ca-key.pem"
        static let secondAuthorityKey = "ca-key.2.pem"
        static let hostID = "host-id"
        static let listen = "listen"
        static let hostName = "host-name"
        static let usedTokens = "used-tokens"
        static let hosts = "hosts.json"
        static let denyList = "deny-list"
    }

    public let directory: String

    /// Files of a dashboard: what each is, and its name.
    public static let dashboardFiles: [(what: String, name: String)] = [
        ("host book", File.hosts), ("certificate", File.leaf), ("key", File.key), ("fleet's CA", File.authorities),
        ("fleet's CA key", File.authorityKey), ("deny-list", File.denyList),
    ]

    /// Touches nothing yet; a missing directory loads as empty and is made by the first save.
    public init(directory: String) { self.directory = directory }

    // MARK: own identity

    /// `nil` when there is none: never enrolled. Expiry is not looked at.
    public func loadIdentity() throws(TrustError) -> Identity? {
        guard let store = try PrivateDirectory(opening: directory), let leafPEM = try store.read(File.leaf) else {
            return nil
        }
        let leaf = try PEM.certificates(in: leafPEM, path: store.path(of: File.leaf))
        guard let authorityPEM = try store.read(File.authorities) else {
            throw .missingFile(path: store.path(of: File.authorities))
        }
        let authorities = try PEM.certificates(in: authorityPEM, path: store.path(of: File.authorities))
        guard let keyPEM = try store.read(File.key) else { throw .missingFile(path: store.path(of: File.key)) }
        do throws(TrustError) {
            return try Identity(
                leaf: leaf[0], authorities: authorities, privateKeyPEM: String(decoding: keyPEM, as: UTF8.self))
        } catch {
            // A crash between the new certificate and the new key's last step leaves the key under its other name.
            guard error == .keyMismatch, let nextPEM = try store.read(File.nextKey) else { throw error }
            return try Identity(
                leaf: leaf[0], authorities: authorities, privateKeyPEM: String(decoding: nextPEM, as: UTF8.self))
        }
    }

    /// Whatever moment the power fails at, `loadIdentity` gives the old identity or the new one.
    public func save(_ identity: Identity) throws(TrustError) { try save(identity, authorities: identity.authorities) }

    /// The same, of who stays in the fleet: the CAs that are kept here stay as they are.
    func renew(_ identity: Identity) throws(TrustError) { try save(identity, authorities: nil) }

    private func save(_ identity: Identity, authorities: [[UInt8]]?) throws(TrustError) {
        let store = try PrivateDirectory(creating: directory)
        try store.locked { () throws(TrustError) in
            try store.write(Array(identity.privateKeyPEM.utf8), to: File.nextKey)
            if let authorities { try store.write(PEM.text(authorities), to: File.authorities) }
            try store.write(PEM.text([identity.leaf]), to: File.leaf)
            try store.rename(File.nextKey, to: File.key)
        }
    }

    /// The key that a certificate is asked for; `nil` where none is. It is ours once `save` gets an identity with it.
    public func loadRequestedKey() throws(TrustError) -> SigningKey? {
        guard let pem = try text(File.nextKey) else { return nil }
        return try SigningKey(pem: pem)
    }

    /// The same; made and stored when there is none, so that asking again asks for the same key.
    public func requestedKey() throws(TrustError) -> SigningKey {
        let store = try PrivateDirectory(creating: directory)
        return try store.locked { () throws(TrustError) in
            if let pem = try store.read(File.nextKey) {
                return try SigningKey(pem: String(decoding: pem, as: UTF8.self))
            }
            let key = SigningKey()
            try store.write(Array(key.pem.utf8), to: File.nextKey)
            return key
        }
    }

    // MARK: the fleet's CA

    /// Whether the fleet's CA is kept here.
    func holdsAuthority() throws(TrustError) -> Bool { try text(File.authorityKey) != nil }

    /// The CA that issues; `nil` where its key is not kept: on every agent, and on most laptops.
    public func loadAuthority() throws(TrustError) -> CertificateAuthority? {
        let (certificates, kept) = try loadAuthorityKeys()
        return kept.first { $0.certificate == certificates.first }
    }

    var missingAuthorityKey: TrustError { .missingFile(path: directory + "/" + File.authorityKey) }

    /// All CAs whose keys are kept here, in the order of `ca.pem`: two while the fleet changes its CA.
    public func loadAuthorities() throws(TrustError) -> [CertificateAuthority] { try loadAuthorityKeys().kept }

    /// `certificates`: those of `ca.pem`, which is not read where no key is.
    private func loadAuthorityKeys() throws(TrustError) -> (certificates: [[UInt8]], kept: [CertificateAuthority]) {
        guard let store = try PrivateDirectory(opening: directory) else { return ([], []) }
        var keys: [SigningKey] = []
        for name in [File.authorityKey, File.secondAuthorityKey] {
            guard let pem = try store.read(name) else { continue }
            keys.append(try SigningKey(pem: String(decoding: pem, as: UTF8.self)))
        }
        guard !keys.isEmpty else { return ([], []) }
        let certificates = try authorities(in: store)
        var found: [CertificateAuthority] = []
        for der in certificates {
            let hash = try spkiHash(ofCertificate: der)
            guard let key = keys.first(where: { $0.spkiHash == hash }) else { continue }
            found.append(try CertificateAuthority(certificate: der, key: key))
        }
        guard !found.isEmpty else { throw .keyMismatch }
        return (certificates, found)
    }

    /// DER of the CAs that are trusted, the one that issues first; empty where there is no fleet.
    public func loadCertificates() throws(TrustError) -> [[UInt8]] {
        guard let store = try PrivateDirectory(opening: directory) else { return [] }
        return try authorities(in: store)
    }

    private func authorities(in store: borrowing PrivateDirectory) throws(TrustError) -> [[UInt8]] {
        guard let pem = try store.read(File.authorities) else {
            guard try store.read(File.authorityKey) != nil else { return [] }
            throw .missingFile(path: store.path(of: File.authorities))
        }
        return try PEM.certificates(in: pem, path: store.path(of: File.authorities))
    }

    /// Never replaces a CA: with its key would go the only way to reach the hosts that trust it.
    public func save(_ authority: CertificateAuthority) throws(TrustError) {
        let store = try PrivateDirectory(creating: directory)
        try store.locked { () throws(TrustError) in
            guard try store.read(File.authorityKey) == nil else { throw .authorityExists(directory: directory) }
            try store.write(PEM.text([authority.certificate]), to: File.authorities)
            try store.write(Array(authority.key.pem.utf8), to: File.authorityKey)
        }
    }

    /// The key of a second CA. One of a CA that never came to count is replaced.
    func save(secondAuthorityKey key: SigningKey) throws(TrustError) {
        let store = try PrivateDirectory(creating: directory)
        try store.locked { () throws(TrustError) in
            try store.write(Array(key.pem.utf8), to: File.secondAuthorityKey)
        }
    }

    func isSecondKey(of certificate: [UInt8]) throws(TrustError) -> Bool {
        guard let pem = try text(File.secondAuthorityKey) else { return false }
        return try SigningKey(pem: pem).spkiHash == spkiHash(ofCertificate: certificate)
    }

    /// Of the keys of CAs only that of `authority` is left.
    func keepOnlyKey(of authority: CertificateAuthority) throws(TrustError) {
        let store = try PrivateDirectory(creating: directory)
        try store.locked { () throws(TrustError) in
            try store.write(Array(authority.key.pem.utf8), to: File.authorityKey)
            try store.remove(File.secondAuthorityKey)
        }
    }

    // MARK: whom the fleet keeps out

    /// `nil` where none was ever kept.
    public func loadDenyList(authorities: [[UInt8]]) throws(TrustError) -> DenyList? {
        guard let store = try PrivateDirectory(opening: directory) else { return nil }
        return try Self.denyList(in: store, authorities)
    }

    /// Never takes the place of a newer one. The CAs that it names are kept after it: whatever moment the power fails at, one
    /// of those that are kept has signed it.
    public func save(_ list: DenyList, authorities: [[UInt8]]) throws(TrustError) {
        let store = try PrivateDirectory(creating: directory)
        try store.locked { () throws(TrustError) in
            if let kept = try Self.denyList(in: store, authorities), kept.version >= list.version { return }
            try store.write(list.travelling.text, to: File.denyList)
            guard !list.authorities.isEmpty else { return }
            try store.write(PEM.text(list.authorities), to: File.authorities)
        }
    }

    private static func denyList(
        in store: borrowing PrivateDirectory, _ authorities: [[UInt8]]
    ) throws(TrustError) -> DenyList? {
        guard let text = try store.read(File.denyList) else { return nil }
        return try DenyList(text: text, authorities: authorities, name: store.path(of: File.denyList))
    }

    // MARK: an agent's settings

    /// The directory, made where it is missing.
    public func makeDirectory() throws(TrustError) { _ = try PrivateDirectory(creating: directory) }

    /// The id of this host's agent; made and stored when there is none.
    public func hostID() throws(TrustError) -> HostID {
        let store = try PrivateDirectory(creating: directory)
        return try store.locked { () throws(TrustError) in
            if let bytes = try store.read(File.hostID) {
                guard let id = HostID(hex: Lines.read(bytes).first ?? "") else {
                    throw .damagedFile(path: store.path(of: File.hostID), reason: "it is not 32 hex digits")
                }
                return id
            }
            let id = HostID.random()
            try store.write(Array((id.hex + "\n").utf8), to: File.hostID)
            return id
        }
    }

    /// Empty when the agent was not told to listen.
    public func loadListenAddresses() throws(TrustError) -> [String] {
        try text(File.listen).map { Lines.read(Array($0.utf8)) } ?? []
    }

    public func save(listenAddresses: [String]) throws(TrustError) {
        try write(listenAddresses.map { $0 + "\n" }.joined(), to: File.listen)
    }

    /// What the host was called when it was enrolled; `nil` when nobody said.
    public func loadHostName() throws(TrustError) -> String? {
        try text(File.hostName).flatMap { Lines.read(Array($0.utf8)).first }
    }

    public func save(hostName: String) throws(TrustError) { try write(hostName + "\n", to: File.hostName) }

    /// Durable when it returns: a second use of the token fails even after a crash.
    public func markTokenUsed(_ id: [UInt8]) throws(TrustError) {
        let store = try PrivateDirectory(creating: directory)
        try store.locked { () throws(TrustError) in
            let lines = Lines.read(try store.read(File.usedTokens) ?? [])
            if lines.contains(id.hex) { throw .tokenUsed }
            // Tokens live for minutes and each needs a run of `init`: 256 reach back further than any of them.
            let kept = (lines + [id.hex]).suffix(256)
            try store.write(Array(kept.map { $0 + "\n" }.joined().utf8), to: File.usedTokens)
        }
    }

    public func isTokenUsed(_ id: [UInt8]) throws(TrustError) -> Bool {
        try text(File.usedTokens).map { Lines.read(Array($0.utf8)).contains(id.hex) } ?? false
    }

    // MARK: a dashboard's hosts

    /// Empty when none was enrolled.
    public func loadHosts() throws(TrustError) -> HostBook {
        guard let store = try PrivateDirectory(opening: directory), let json = try store.read(File.hosts) else {
            return HostBook()
        }
        return try HostBook(json: json, path: store.path(of: File.hosts))
    }

    /// Reads, changes and writes the book while no other program can; gives what was written.
    @discardableResult
    public func updateHosts(_ change: (inout HostBook) -> Void) throws(TrustError) -> HostBook {
        let store = try PrivateDirectory(creating: directory)
        return try store.locked { () throws(TrustError) in
            var book = HostBook()
            if let json = try store.read(File.hosts) {
                book = try HostBook(json: json, path: store.path(of: File.hosts))
            }
            change(&book)
            try store.write(try book.json(path: store.path(of: File.hosts)), to: File.hosts)
            return book
        }
    }

    private func text(_ name: String) throws(TrustError) -> String? {
        guard let store = try PrivateDirectory(opening: directory) else { return nil }
        return try store.read(name).map { String(decoding: $0, as: UTF8.self) }
    }

    private func write(_ text: String, to name: String) throws(TrustError) {
        let store = try PrivateDirectory(creating: directory)
        try store.locked { () throws(TrustError) in try store.write(Array(text.utf8), to: name) }
    }
}

private enum Lines {
    static func read(_ bytes: [UInt8]) -> [String] {
        bytes.split(separator: UInt8(ascii: "\n")).map { String(decoding: $0, as: UTF8.self) }
    }
}
