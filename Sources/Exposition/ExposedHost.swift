public import Model

/// What is told of one host in a scrape.
public struct ExposedHost: Sendable {
    /// The label `host`. The caller sees to it that no two hosts have the same.
    public var name: String
    /// How a dashboard reaches it; `nil` where an agent tells of itself.
    public var link: Link?
    public var info: HostInfo?
    /// The newest; `nil` where there is none, or it is too old to be told.
    public var snapshot: Snapshot?
    /// Taken from that snapshot and those before it.
    public var counts: SlotCounts

    /// A host as somebody else sees it.
    public struct Link: Sendable {
        /// It is connected, and its snapshots come in time.
        public var isUp: Bool
        /// Since its newest snapshot was taken; `nil` without one.
        public var age: Duration?

        public init(isUp: Bool, age: Duration?) {
            self.isUp = isUp
            self.age = age
        }
    }

    public init(
        name: String, link: Link? = nil, info: HostInfo?, snapshot: Snapshot?, counts: SlotCounts = SlotCounts()
    ) {
        self.name = name
        self.link = link
        self.info = info
        self.snapshot = snapshot
        self.counts = counts
    }
}

/// Who writes the text, of itself: the un-labelled names that every exporter has.
public struct ExportingProcess: Sendable {
    public var version: String
    /// CPU time of all threads, in ns.
    public var cpuNanoseconds: UInt64?
    public var residentBytes: UInt64?
    public var openFiles: UInt64?
    public var openFilesLimit: UInt64?
    public var started: WallTime
    /// Sessions of dashboards; `nil` where it serves none.
    public var viewers: Int?

    public init(version: String, started: WallTime) {
        self.version = version
        self.started = started
    }
}
