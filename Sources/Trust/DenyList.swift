internal import Crypto
internal import FoundationEssentials
public import Model
internal import X509

/// Whose certificates count no more, signed by the fleet's CA. Who carries it need not be trusted; a newer version
/// takes the place of an older one wherever they meet.
///
/// As text, which is what is signed, kept and sent:
/// ```
/// looptop deny-list 1
/// fleet 0123456789abcdef0123456789abcdef
/// version 3
/// user/ada 1795330800
/// agent/11111111222222223333333344444444 1795330801
/// signature <r and s of ECDSA P-256 with SHA-256 over all bytes before this line, 128 hex digits>
/// ```
/// A line per holder, in order: certificates issued to that name until then (seconds since 1970) are refused. One that
/// is issued later counts again.
public struct DenyList: Hashable, Sendable {
    /// So that the text stays below `Limits.denyListBytes` of a message.
    public static let maximumEntries = 400
    private static let largest = 48 << 10
    private static let title = "looptop deny-list 1"
    private static let signaturePrefix = "signature "

    /// 32 hex digits.
    public let fleet: String
    /// From 1.
    public let version: UInt64
    /// Until when certificates of a holder were issued that are refused.
    public let entries: [CertificateHolder: WallTime]
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
        guard let until = entries[holder], certificate.issued <= until else { return nil }
        return .revoked(holder, until)
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
    public static func adding(
        _ holders: [CertificateHolder], to old: DenyList?, by authority: CertificateAuthority, now: WallTime
    ) throws(TrustError) -> DenyList {
        let life = max(.days(CertificateProfile.agentDays) + Membership.grace, .days(CertificateProfile.personDays))
        let longest = life + .days(1)
        var entries = (old?.entries ?? [:]).filter { now - $0.value < longest }
        let second = WallTime(nanoseconds: now.nanoseconds / 1_000_000_000 * 1_000_000_000)
        for holder in holders { entries[holder] = max(second, entries[holder] ?? second) }
        guard entries.count <= maximumEntries else { throw .denyListFull(limit: maximumEntries) }
        return try DenyList(
            fleet: authority.fleet, version: (old?.version ?? 0) + 1, entries: entries, key: authority.key)
    }

    private init(
        fleet: String, version: UInt64, entries: [CertificateHolder: WallTime], key: SigningKey
    ) throws(TrustError) {
        var lines = [Self.title, "fleet \(fleet)", "version \(version)"]
        lines += entries.map { "\($0.key.label) \($0.value.nanoseconds / 1_000_000_000)" }.sorted()
        let signed = Array(lines.map { $0 + "\n" }.joined().utf8)
        let signature: P256.Signing.ECDSASignature
        do { signature = try key.key.signature(for: Data(signed)) } catch {
            throw .cryptography(reason: "the deny-list could not be signed")
        }
        let last = Self.signaturePrefix + signature.rawRepresentation.hex + "\n"
        self.init(fleet: fleet, version: version, entries: entries, text: signed + Array(last.utf8))
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
        guard lines.popLast()?.isEmpty == true, let last = lines.popLast(), lines.count >= 3,
            lines[0].elementsEqual(Self.title.utf8)
        else { throw damaged("it is not a deny-list that looptop wrote") }
        guard let fleet = Self.value(of: "fleet", in: lines[1]),
            let version = Self.value(of: "version", in: lines[2]).flatMap({ Self.number($0) }),
            (1..<Self.highestVersion).contains(version)
        else { throw damaged("fleet or version cannot be read") }
        try Self.checkSignature(last, over: text.prefix(last.startIndex), fleet: String(fleet), authorities, name: name)
        var entries: [CertificateHolder: WallTime] = [:]
        for line in lines.dropFirst(3) {
            let words = String(decoding: line, as: UTF8.self).split(separator: " ", omittingEmptySubsequences: false)
            guard words.count == 2, let holder = CertificateHolder(label: words[0]),
                let seconds = Self.number(words[1]),
                seconds < 1 << 33, entries[holder] == nil, entries.count < Self.maximumEntries
            else { throw damaged("a line of it cannot be read") }
            entries[holder] = WallTime(nanoseconds: Int64(seconds) * 1_000_000_000)
        }
        self.init(fleet: String(fleet), version: version, entries: entries, text: text)
    }

    private static func checkSignature(
        _ line: ArraySlice<UInt8>, over signed: ArraySlice<UInt8>, fleet: String, _ authorities: [[UInt8]], name: String
    ) throws(TrustError) {
        let prefix = Array(signaturePrefix.utf8)
        guard line.starts(with: prefix), let raw = Data(hex: line.dropFirst(prefix.count)) else {
            throw .denyListRefused(name: name, reason: "its signature cannot be read")
        }
        let signature: P256.Signing.ECDSASignature
        do { signature = try P256.Signing.ECDSASignature(rawRepresentation: raw) } catch {
            throw .denyListRefused(name: name, reason: "its signature cannot be read")
        }
        for der in authorities {
            let authority = try Authority(der: der)
            guard authority.fleet == fleet, let key = P256.Signing.PublicKey(authority.certificate.publicKey) else {
                continue
            }
            if key.isValidSignature(signature, for: Data(signed)) { return }
        }
        throw .denyListRefused(name: name, reason: "the fleet's CA has not signed it")
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

extension Data {
    /// Of 128 lower-case digits; `nil` for anything else.
    fileprivate init?(hex digits: ArraySlice<UInt8>) {
        guard digits.count == 128 else { return nil }
        var bytes: [UInt8] = []
        var high: UInt8?
        for digit in digits {
            let value: UInt8
            switch digit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = digit - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): value = digit - UInt8(ascii: "a") + 10
            default: return nil
            }
            if let first = high {
                bytes.append(first << 4 | value)
                high = nil
            } else {
                high = value
            }
        }
        self.init(bytes)
    }
}
