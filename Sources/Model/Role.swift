/// What a person may ask for, weakest first. The raw value is its number on the wire: never reused.
public enum Role: UInt8, Comparable, Sendable, CaseIterable {
    /// Reads.
    case viewer = 1
    /// Reads and restarts.
    case `operator` = 2
    /// Everything the host's policy allows.
    case admin = 3

    public var word: String {
        switch self {
        case .viewer: "viewer"
        case .operator: "operator"
        case .admin: "admin"
        }
    }

    public init?(word: String) {
        guard let role = Self.allCases.first(where: { $0.word == word }) else { return nil }
        self = role
    }

    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}
