/// Why bytes of the peer are not a message, or a delta does not fit. The connection cannot go on after any of them.
public enum WireError: Error, Hashable, Sendable {
    /// The message ends within `field`, or announces more than it holds.
    case truncated(message: String, field: String, offset: Int)
    /// `field`, which begins before `offset`, has no meaning.
    case malformed(message: String, field: String, offset: Int)
    /// `field` is larger than `limit`.
    case limit(message: String, field: String, limit: Int)
    /// A type this version does not know, which the peer says must not be skipped.
    case unknownCritical(type: UInt8)
    /// Bytes after the last field.
    case trailingBytes(message: String, count: Int)
    /// The delta starts from another snapshot than the one at hand.
    case wrongBase(needed: UInt64, found: UInt64)
}

extension WireError: CustomStringConvertible {
    /// One clause for a log line or a screen; holds no text of the peer.
    public var description: String {
        switch self {
        case .truncated(let message, let field, let offset): "\(message) ends within \(field) at byte \(offset)"
        case .malformed(let message, let field, let offset): "\(message) has a bad \(field) at byte \(offset)"
        case .limit(let message, let field, let limit): "\(field) of \(message) is over its limit of \(limit)"
        case .unknownCritical(let type): "unknown message type \(type), marked critical"
        case .trailingBytes(let message, let count): "\(message) has \(count) bytes after its end"
        case .wrongBase(let needed, let found): "delta needs snapshot \(needed), but \(found) is at hand"
        }
    }
}
