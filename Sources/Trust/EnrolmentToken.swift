internal import Crypto
internal import FoundationEssentials
public import Model

/// What `looptop-agent init` prints and `looptop enroll` takes, or `looptop invite` and `looptop-agent join`: where the
/// listener is, which key it holds, and a secret. There is no short form without the key's hash: it would trust whoever
/// answers first.
///
/// Bytes before base 32, all integers big-endian: version 1, kind (`Kind`), address count and each address with its
/// length in one byte, SPKI hash 32, token id 8, secret 16, not-after in seconds since 1970 in 8, and the first 4 bytes of
/// SHA-256 of all that.
public struct EnrolmentToken: Hashable, Sendable {
    /// Who listens, and so where the token is taken. The raw value travels: never changed.
    public enum Kind: UInt8, Sendable {
        /// A host that is to be enrolled.
        case host = 1
        /// Whoever has the fleet's CA key.
        case fleet = 2
    }

    public let kind: Kind
    /// `host:port`, in the order in which to try them.
    public let addresses: [String]
    /// SHA-256 of the listener's subject public key info.
    public let spkiHash: [UInt8]
    public let tokenID: [UInt8]
    let secret: [UInt8]
    /// By the listener's wall clock; the listener itself goes by its monotonic clock.
    public let notAfter: WallTime

    static let prefix = "lt1."
    private static let version: UInt8 = 1
    /// Longer input is not worth decoding: eight long addresses come to 2,200 bytes.
    private static let longestText = 4096
    private static let longestAddress = 255
    private static let mostAddresses = 8

    /// A new token for a listener with that key; id and secret are random.
    public init(
        kind: Kind = .host, addresses: [String], spkiHash: [UInt8], notAfter: WallTime
    ) throws(TrustError) {
        try self.init(
            kind: kind, addresses: addresses, spkiHash: spkiHash, tokenID: Random.bytes(8), secret: Random.bytes(16),
            notAfter: notAfter)
    }

    init(
        kind: Kind = .host, addresses: [String], spkiHash: [UInt8], tokenID: [UInt8], secret: [UInt8],
        notAfter: WallTime
    ) throws(TrustError) {
        guard (1...Self.mostAddresses).contains(addresses.count), addresses.allSatisfy(Self.accepts(address:)) else {
            throw .tokenDamaged(reason: "its addresses are not usable")
        }
        guard spkiHash.count == 32, tokenID.count == 8, secret.count == 16 else {
            throw .tokenDamaged(reason: "its fields have wrong lengths")
        }
        self.kind = kind
        self.addresses = addresses
        self.spkiHash = spkiHash
        self.tokenID = tokenID
        self.secret = secret
        self.notAfter = WallTime(nanoseconds: max(0, notAfter.wholeSeconds) * 1_000_000_000)
    }

    /// From what an operator pasted: white space anywhere in it is dropped, as terminals wrap long lines. Says nothing
    /// about its age; `checkExpiry` does.
    public init(parsing text: String) throws(TrustError) {
        let characters = text.utf8.filter { $0 > UInt8(ascii: " ") }
        let prefix = Array(Self.prefix.utf8)
        guard characters.count <= Self.longestText,
            characters.prefix(prefix.count).map({ $0 | 0x20 }).elementsEqual(prefix.map { $0 | 0x20 })
        else { throw .notAToken }
        guard let bytes = Base32.decode(characters.dropFirst(prefix.count)), bytes.count > 4 else {
            throw .tokenDamaged(reason: "characters are wrong or missing")
        }
        let content = bytes.dropLast(4)
        guard Self.checksum(content).elementsEqual(bytes.suffix(4)) else { throw .tokenDamaged(reason: "checksum") }
        var fields = TokenFields(rest: content)
        let version = try fields.byte()
        guard version == Self.version else { throw .tokenVersion(version) }
        let kindNumber = try fields.byte()
        guard let kind = Kind(rawValue: kindNumber) else { throw .tokenVersion(kindNumber) }
        var addresses: [String] = []
        for _ in 0..<Int(try fields.byte()) {
            addresses.append(String(decoding: try fields.bytes(Int(try fields.byte())), as: UTF8.self))
        }
        let spkiHash = try fields.bytes(32)
        let tokenID = try fields.bytes(8)
        let secret = try fields.bytes(16)
        let seconds = try fields.bytes(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard fields.rest.isEmpty, seconds < UInt64(Int64.max / 1_000_000_000) else {
            throw .tokenDamaged(reason: "its fields have wrong lengths")
        }
        try self.init(
            kind: kind, addresses: addresses, spkiHash: spkiHash, tokenID: tokenID, secret: secret,
            notAfter: WallTime(nanoseconds: Int64(seconds) * 1_000_000_000))
    }

    /// What to print. The only way by which the secret leaves the type as text.
    public var text: String {
        var bytes: [UInt8] = [Self.version, kind.rawValue, UInt8(clamping: addresses.count)]
        for address in addresses {
            bytes.append(UInt8(clamping: address.utf8.count))
            bytes += Array(address.utf8)
        }
        bytes += spkiHash + tokenID + secret
        let seconds = UInt64(clamping: notAfter.wholeSeconds)
        bytes += (0..<8).map { UInt8(truncatingIfNeeded: seconds >> UInt64(56 - 8 * $0)) }
        return Self.prefix + Base32.encode(Self.withChecksum(bytes))
    }

    /// For who is to come to a listener of that kind.
    public func check(kind wanted: Kind) throws(TrustError) {
        guard kind == wanted else { throw .tokenOfOtherKind(kind) }
    }

    /// For the side that did not make the token, by its own wall clock.
    public func checkExpiry(wall: WallTime) throws(TrustError) {
        guard wall <= notAfter else { throw .tokenExpired(notAfter: notAfter, now: wall) }
    }

    static func withChecksum(_ content: [UInt8]) -> [UInt8] { content + checksum(content[...]) }

    private static func checksum(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        Array(SHA256.hash(data: bytes)).prefix(4)
    }

    /// Printable ASCII of host names, IPv4 and IPv6 with zone; a connector resolves it, so nothing else may pass.
    private static func accepts(address: String) -> Bool {
        guard (1...longestAddress).contains(address.utf8.count) else { return false }
        return address.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: Array(".:[]_%-".utf8).contains(byte)
            }
        }
    }
}

/// The secret must not reach a log by way of string interpolation or `dump`.
extension EnrolmentToken: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String {
        "EnrolmentToken(\(tokenID.hex), \(addresses.joined(separator: ", ")), secret not shown)"
    }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: ["tokenID": tokenID.hex, "addresses": addresses]) }
}

/// Checked reading of a token's bytes.
private struct TokenFields {
    var rest: ArraySlice<UInt8>

    mutating func bytes(_ count: Int) throws(TrustError) -> [UInt8] {
        guard count <= rest.count else { throw .tokenDamaged(reason: "it ends too early") }
        defer { rest = rest.dropFirst(count) }
        return Array(rest.prefix(count))
    }

    mutating func byte() throws(TrustError) -> UInt8 {
        guard let first = rest.popFirst() else { throw .tokenDamaged(reason: "it ends too early") }
        return first
    }
}

/// Bytes of the kernel's random generator (getrandom(2)).
enum Random {
    static func bytes(_ count: Int) -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        return (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
    }
}
