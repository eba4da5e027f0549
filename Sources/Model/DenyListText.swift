/// A deny-list as it travels and is kept. Nobody has looked at its signature yet: `Trust.DenyList` does.
public struct DenyListText: Hashable, Sendable {
    /// Grows with each change; 0 is that of who has none.
    public var version: UInt64
    /// Lines of ASCII, the last of them the signature. Empty: an announcement, "this is the newest that I have".
    public var text: [UInt8]

    public init(version: UInt64, text: [UInt8]) {
        self.version = version
        self.text = text
    }
}

/// How two sides of a connection come to have the same deny-list, the newer one: both announce what they have, whenever
/// that changes. To an older announcement the answer is the list; to a newer one it is one's own, older announcement.
public struct DenyListExchange: Hashable, Sendable {
    public enum Step: Hashable, Sendable {
        case nothing
        case send(DenyListText)
        /// It is newer than ours, if it is what it says.
        case judge(DenyListText)
    }

    private var own: DenyListText

    /// `nil` where there is none yet.
    public init(own: DenyListText?) { self.own = own ?? DenyListText(version: 0, text: []) }

    public var announcement: DenyListText { DenyListText(version: own.version, text: []) }

    /// From now on ours is `list`: send what is returned.
    public mutating func change(to list: DenyListText) -> DenyListText {
        own = list
        return announcement
    }

    public func receive(_ offered: DenyListText) -> Step {
        if offered.version < own.version { return .send(own) }
        guard offered.version > own.version else { return .nothing }
        return offered.text.isEmpty ? .send(announcement) : .judge(offered)
    }
}
