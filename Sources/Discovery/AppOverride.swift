/// What the configuration says of an app, as far as discovery goes.
public struct AppOverride: Sendable {
    /// Its name in the configuration: what is found is matched by it where `match` is `nil`.
    public var name: String
    /// Asked with a worker and, where there is one, with its master; either will do.
    public var match: (@Sendable (ProcessEntry) -> Bool)?
    /// Its processes are in no group.
    public var hide: Bool
    /// What a person wants it to be called.
    public var rename: String?
    public var expected: UInt32?

    public init(
        name: String, match: (@Sendable (ProcessEntry) -> Bool)? = nil, hide: Bool = false, rename: String? = nil,
        expected: UInt32? = nil
    ) {
        self.name = name
        self.match = match
        self.hide = hide
        self.rename = rename
        self.expected = expected
    }
}
