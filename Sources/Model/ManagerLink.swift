/// A manager and how to reach it: known to the agent only, never sent.
public struct ManagerLink: Hashable, Sendable {
    public var manager: Manager
    /// Where it listens: `SUPERVISOR_SERVER_URL`, the home of PM2; `nil` where its kind has one place.
    public var address: String?
    /// Whether the process is the one the manager started, and not a descendant of it.
    public var isMain: Bool

    public init(manager: Manager, address: String? = nil, isMain: Bool) {
        self.manager = manager
        self.address = address
        self.isMain = isMain
    }
}
