/// What is asked of the logs of an app's workers: the newest lines, or those after an earlier page.
public struct LogRequest: Hashable, Sendable {
    /// Which of a worker's two streams. The raw value is its number on the wire: never reused.
    public enum Stream: UInt8, Hashable, Sendable, CaseIterable {
        case both = 0
        case output = 1
        case errors = 2

        /// In texts, and as a person asks for it.
        public var word: String {
            switch self {
            case .both: "both"
            case .output: "stdout"
            case .errors: "stderr"
            }
        }
    }

    /// `GroupInfo.key` of the app.
    public var groupKey: String
    /// `nil`: of all its workers. A slot, and no worker: the log goes on when another takes the slot.
    public var slot: UInt32?
    public var stream: Stream
    /// Without a cursor: how many of the newest lines of each source; they come in as many pages as they need.
    public var lines: UInt32
    /// Without a cursor: none that is older; `nil`: as old as they are.
    public var maximumAge: Duration?
    /// As `LogFilter` reads it; empty: all lines.
    public var filter: String
    /// Of the page before, as the agent made it; empty: from the newest lines on.
    public var cursor: [UInt8]

    public init(
        groupKey: String, slot: UInt32? = nil, stream: Stream = .both, lines: UInt32 = 100,
        maximumAge: Duration? = nil, filter: String = "", cursor: [UInt8] = []
    ) {
        self.groupKey = groupKey
        self.slot = slot
        self.stream = stream
        self.lines = lines
        self.maximumAge = maximumAge
        self.filter = filter
        self.cursor = cursor
    }
}

/// A line of a log, or a remark of who reads it. Text of another process: hostile until drawn through `SafeText`.
public struct LogLine: Hashable, Sendable {
    /// Index in the page's sources.
    public var source: UInt32
    /// Which worker wrote it, where its source has several and says it.
    public var slot: UInt32?
    /// On the agent's wall clock; `nil` where the source tells no times.
    public var time: WallTime?
    /// The text says the time itself.
    public var timeIsInText: Bool
    /// Not of the log, but about it: `128 lines dropped`.
    public var isRemark: Bool
    /// Without its end of line and without secrets.
    public var text: String
    /// Bytes of the line that were left out at its end.
    public var cutBytes: UInt64

    public init(
        source: UInt32, slot: UInt32? = nil, time: WallTime? = nil, timeIsInText: Bool = false,
        isRemark: Bool = false, text: String, cutBytes: UInt64 = 0
    ) {
        self.source = source
        self.slot = slot
        self.time = time
        self.timeIsInText = timeIsInText
        self.isRemark = isRemark
        self.text = text
        self.cutBytes = cutBytes
    }
}

/// Some lines of a log, and where to go on.
public struct LogPage: Hashable, Sendable {
    /// A file or journal, or a place where what is written cannot be read.
    public struct Source: Hashable, Sendable {
        /// In words: `stdout and stderr: /var/log/api.log`, or why there is nothing to read. Hostile until drawn through
        /// `SafeText`.
        public var text: String
        public var stream: LogRequest.Stream
        /// Slots of the workers that write there, ascending.
        public var slots: [UInt32]
        public var isReadable: Bool

        public init(text: String, stream: LogRequest.Stream, slots: [UInt32], isReadable: Bool) {
            self.text = text
            self.stream = stream
            self.slots = slots
            self.isReadable = isReadable
        }
    }

    public var sources: [Source]
    /// Source by source, each from its oldest line to its newest.
    public var lines: [LogLine]
    /// For the next page; good for this agent only.
    public var cursor: [UInt8]
    /// There is more to be had now; else something may have come in a second.
    public var hasMore: Bool

    public init(sources: [Source], lines: [LogLine] = [], cursor: [UInt8] = [], hasMore: Bool = false) {
        self.sources = sources
        self.lines = lines
        self.cursor = cursor
        self.hasMore = hasMore
    }
}
