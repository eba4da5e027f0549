internal import Crypto
internal import FoundationEssentials
public import Model
internal import X509

/// Whose certificates count no more, and, of a fleet that ever changed its CA, which CAs count; signed by each of them.
/// Who carries it need not be trusted; a newer version takes the place of an older one wherever they meet.
///
/// As text, which is what is signed, kept and sent:
/// ```
/// looptop deny-list 1
/// fleet 0123456789abcdef0123456789abcdef
/// version 3
/// ca <X.509, DER, as hex digits>
/// agent/11111111222222223333333344444444 1795330801
/// user/ada 1795330800
/// signature <r and s of ECDSA P-256 with SHA-256 over all bytes before the first such line, 128 hex digits>
/// ```
/// A line per CA, the one that issues first; none where the fleet has its first one. A line per holder, in order:
/// certificates issued to that name until then (seconds since 1970) are refused, one that is issued later counts again. A
/// signature of each CA: who knows but one of them believes it.
public struct DenyList: Hashable, Sendable {
    /// So that the text stays below `Limits.denyListBytes` of a message.
    public static let maximumEntries = 400
    /// A fleet has two while it changes its CA.
    static let maximumAuthorities = 4
    private static let largest = 48 << 10
    private static let title = "looptop deny-list 1"
    private static let authorityPrefix = "ca "
    private static let signaturePrefix = "signature "

    /// 32 hex digits.
    public let fleet: String
    /// From 1.
    public let version: UInt64
    /// Until when certificates of a holder were issued that are refused.
    public let entries: [CertificateHolder: WallTime]
    /// DER of the CAs that count, the one that issues first; empty where its reader's do.
    public let authorities: [[UInt8]]
    /// SHA-256 of their keys.
    private let issuers: [[UInt8]]
    private let text: [UInt8]

    public var travelling: DenyListText { DenyListText(version: version, text: text) }

    /// Why `peer` is refused; `nil` where its certificate counts, and for peers without one.
    public func revocation(of peer: Peer) -> TrustError? {
        let (holder, certificate): (CertificateHolder, PeerCertificate)
        switch peer {
        case .person(let name, _, let own): (holder, certificate) = (.person(name), own)
        case .agent(let host, let own): (holder, certificate) = (.agent(host), own)
        case .local, .rule: return nil
        }
        if let until = entries[holder], certificate.issued <= until { return .revoked(holder, until) }
        return issuers.isEmpty || issuers.contains(certificate.issuer) ? nil : .authorityRetired
    }
}

extension DenyList? {
    /// The first moment at which a certificate for `holder` can be issued that counts: times have whole seconds.
    public func issuable(to holder: CertificateHolder, now: WallTime) -> WallTime {
        self?.entries[holder].map { max(now, $0 + .seconds(1)) } ?? now
    }
}

// MARK: - Making

extension DenyList {
    /// What follows `old`: `holders` are refused from now on. Whose certificates have all expired by now is left out.
    ///
    /// - Parameter counting: the CAs that count from now on; `nil`: as in `old`.
    /// - Parameter signers: whose keys are here: all that count, as far as possible.
    public static func adding(
        _ holders: [CertificateHolder], to old: DenyList?, counting authorities: [[UInt8]]? = nil,
        by signers: [CertificateAuthority], now: WallTime
    ) throws(TrustError) -> DenyList {
        let life = max(.days(CertificateProfile.agentDays) + Membership.grace, .days(CertificateProfile.personDays))
        let longest = life + .days(1)
        var entries = (old?.entries ?? [:]).filter { now - $0.value < longest }
        let second = WallTime(nanoseconds: now.nanoseconds / 1_000_000_000 * 1_000_000_000)
        for holder in holders { entries[holder] = max(second, entries[holder] ?? second) }
        guard entries.count <= maximumEntries else { throw .denyListFull(limit: maximumEntries) }
        return try DenyList(
            version: (old?.version ?? 0) + 1, authorities: authorities ?? old?.authorities ?? [], entries: entries,
            signers: signers)
    }

    private init(
        version: UInt64, authorities: [[UInt8]], entries: [CertificateHolder: WallTime],
        signers: [CertificateAuthority]
    ) throws(TrustError) {
        guard let fleet = signers.first?.fleet else { throw .cryptography(reason: "nobody signs the deny-list") }
        var lines = [Self.title, "fleet \(fleet)", "version \(version)"]
        lines += authorities.map { Self.authorityPrefix + $0.hex }
        lines += entries.map { "\($0.key.label) \($0.value.nanoseconds / 1_000_000_000)" }.sorted()
        let signed = Array(lines.map { $0 + "\n" }.joined().utf8)
        var text = signed
        for signer in signers {
            do {
                let signature = try signer.key.key.signature(for: Data(signed))
                text += Array((Self.signaturePrefix + signature.rawRepresentation.hex + "\n").utf8)
            } catch { throw .cryptography(reason: "the deny-list could not be signed") }
        }
        try self.init(fleet: fleet, version: version, authorities: authorities, entries: entries, text: text)
    }

    private init(
        fleet: String, version: UInt64, authorities: [[UInt8]], entries: [CertificateHolder: WallTime], text: [UInt8]
    ) throws(TrustError) {
        self.fleet = fleet
        self.version = version
        self.authorities = authorities
        self.entries = entries
        self.text = text
        issuers = try authorities.map { der throws(TrustError) in try spkiHash(ofCertificate: der) }
    }
}

// MARK: - Reading

extension DenyList {
    /// Beyond this nobody counts; so the next version can always be told.
    private static let highestVersion: UInt64 = 1 << 48

    /// Refuses what none of `authorities` (DER) has signed, and what is not written exactly as above. `name` is what the
    /// text is called in messages.
    public init(text: [UInt8], authorities: [[UInt8]], name: String) throws(TrustError) {
        func damaged(_ reason: String) -> TrustError { .denyListRefused(name: name, reason: reason) }
        guard text.count <= Self.largest else { throw damaged("it is too long for a deny-list") }
        var lines = text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        // Each line has its end, so the last piece is empty.
        guard lines.popLast()?.isEmpty == true, lines.first?.elementsEqual(Self.title.utf8) == true, lines.count >= 4
        else { throw damaged("it is not a deny-list that looptop wrote") }
        var signatures: [ArraySlice<UInt8>] = []
        while let last = lines.last, last.starts(with: Self.signaturePrefix.utf8) {
            signatures.append(last.dropFirst(Self.signaturePrefix.utf8.count))
            lines.removeLast()
        }
        guard (1...Self.maximumAuthorities).contains(signatures.count), let end = signatures.last?.startIndex,
            lines.count >= 3
        else { throw damaged("its signature cannot be read") }
        guard let fleet = Self.value(of: "fleet", in: lines[1]),
            let version = Self.value(of: "version", in: lines[2]).flatMap({ Self.number($0) }),
            (1..<Self.highestVersion).contains(version)
        else { throw damaged("fleet or version cannot be read") }
        let signed = text[..<(end - Self.signaturePrefix.utf8.count)]
        guard try Self.isSigned(signed, by: authorities, of: String(fleet), signatures, name: name) else {
            throw damaged("the fleet's CA has not signed it")
        }
        var own: [[UInt8]] = []
        var entries: [CertificateHolder: WallTime] = [:]
        for line in lines.dropFirst(3) {
            if entries.isEmpty, line.starts(with: Self.authorityPrefix.utf8) {
                guard let der = [UInt8](hex: line.dropFirst(Self.authorityPrefix.utf8.count)),
                    own.count < Self.maximumAuthorities, try Authority(der: der).fleet == fleet
                else { throw damaged("a CA in it cannot be read") }
                own.append(der)
                continue
            }
            let words = String(decoding: line, as: UTF8.self).split(separator: " ", omittingEmptySubsequences: false)
            guard words.count == 2, let holder = CertificateHolder(label: words[0]),
                let seconds = Self.number(words[1]),
                seconds < 1 << 33, entries[holder] == nil, entries.count < Self.maximumEntries
            else { throw damaged("a line of it cannot be read") }
            entries[holder] = WallTime(nanoseconds: Int64(seconds) * 1_000_000_000)
        }
        try self.init(fleet: String(fleet), version: version, authorities: own, entries: entries, text: text)
    }

    /// Whether one of `signatures` is of one of `authorities`.
    private static func isSigned(
        _ signed: ArraySlice<UInt8>, by authorities: [[UInt8]], of fleet: String, _ signatures: [ArraySlice<UInt8>],
        name: String
    ) throws(TrustError) -> Bool {
        var keys: [P256.Signing.PublicKey] = []
        for der in authorities {
            let authority = try Authority(der: der)
            guard authority.fleet == fleet, let key = P256.Signing.PublicKey(authority.certificate.publicKey) else {
                continue
            }
            keys.append(key)
        }
        let content = Data(signed)
        var isSigned = false
        for digits in signatures {
            guard digits.count == 128, let raw = [UInt8](hex: digits) else {
                throw .denyListRefused(name: name, reason: "its signature cannot be read")
            }
            let signature: P256.Signing.ECDSASignature
            do { signature = try P256.Signing.ECDSASignature(rawRepresentation: Data(raw)) } catch {
                throw .denyListRefused(name: name, reason: "its signature cannot be read")
            }
            if keys.contains(where: { $0.isValidSignature(signature, for: content) }) { isSigned = true }
        }
        return isSigned
    }

    private static func value(of key: String, in line: ArraySlice<UInt8>) -> Substring? {
        let words = String(decoding: line, as: UTF8.self).split(separator: " ", omittingEmptySubsequences: false)
        return words.count == 2 && words[0] == key ? words[1] : nil
    }

    /// Digits and nothing else; one spelling for each number.
    private static func number(_ digits: Substring) -> UInt64? {
        guard let number = UInt64(digits), String(number) == digits else { return nil }
        return number
    }
}
