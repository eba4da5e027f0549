public import Model

/// A part of a recording: `docs/RECORDING.md`.
public enum RecordingChunk: Equatable, Sendable {
    /// A host, before anything else is said of it.
    case host(RecordedHost)
    /// `at`: on the recording's clock, nanoseconds since 1970.
    case news(host: UInt32, at: MonotonicInstant, RecordedNews)
    case stretch(RecordedStretch)
    /// The recording was ended on purpose, and nothing is missing.
    case end
}

public struct RecordedHost: Hashable, Sendable {
    /// Within the recording, from 0 on without gaps.
    public var number: UInt32
    /// What the operator calls it, and where it was dialled.
    public var label: String
    public var address: String
    /// The label is a name that somebody gave.
    public var isNamed: Bool

    public init(number: UInt32, label: String, address: String, isNamed: Bool) {
        self.number = number
        self.label = label
        self.address = address
        self.isNamed = isNamed
    }
}

/// What changed the link to a host, or happened on it.
public enum RecordedNews: Hashable, Sendable {
    case connected(HostInfo, Role)
    /// Why, in words.
    case lost(String)
    case event(Event)
}

/// Snapshots of a host, one after the other.
public struct RecordedStretch: Hashable, Sendable {
    /// How it was told. The raw value is its number in files: never reused.
    public enum Source: UInt8, Sendable, CaseIterable {
        /// As it came in.
        case live = 0
        /// Out of what the agent keeps, by tier.
        case host = 1
        case workers = 2
        case coarse = 3
    }

    public var host: UInt32
    public var source: Source
    public var boot: BootID
    /// What has to be added to the agent's clock for the recording's; wraps.
    public var clockOffset: UInt64
    /// The agent's calendar minus the recorder's, in nanoseconds.
    public var calendarOffset: Int64
    /// Of its first and last snapshot, on the agent's clock.
    public var first: MonotonicInstant
    public var last: MonotonicInstant
    /// KEYFRAME and DELTA messages, as they are streamed.
    public var messages: [UInt8]

    public init(
        host: UInt32, source: Source, boot: BootID, clockOffset: UInt64, calendarOffset: Int64,
        first: MonotonicInstant, last: MonotonicInstant, messages: [UInt8]
    ) {
        self.host = host
        self.source = source
        self.boot = boot
        self.clockOffset = clockOffset
        self.calendarOffset = calendarOffset
        self.first = first
        self.last = last
        self.messages = messages
    }
}

extension RecordingChunk {
    /// Of a stretch: what a piece of an agent's history can be at most.
    public static let longestStretch = 32 << 20
    /// Of anything, with its other fields.
    public static let largestPayload = longestStretch + 4096

    /// The number of its kind: never reused.
    var kind: UInt8 {
        switch self {
        case .host: 1
        case .news: 2
        case .stretch: 3
        case .end: 4
        }
    }

    func write(to writer: inout Writer) {
        switch self {
        case .host(let host):
            writer.number(host.number)
            writer.text(host.label, limit: Limits.hostTextBytes)
            writer.text(host.address, limit: Limits.hostTextBytes)
            writer.flag(host.isNamed)
        case .news(let host, let at, let news):
            writer.number(host)
            writer.instant(at)
            switch news {
            case .connected(let info, let role):
                writer.byte(1)
                info.write(to: &writer)
                writer.choice(role)
            case .lost(let reason):
                writer.byte(2)
                writer.text(reason, limit: Limits.detailBytes)
            case .event(let event):
                writer.byte(3)
                event.write(to: &writer)
            }
        case .stretch(let stretch):
            writer.number(stretch.host)
            writer.choice(stretch.source)
            writer.identifier(stretch.boot)
            writer.varint(stretch.clockOffset)
            writer.signed(stretch.calendarOffset)
            writer.instant(stretch.first)
            writer.instant(stretch.last)
            writer.blob(stretch.messages, limit: Self.longestStretch)
        case .end: break
        }
    }

    /// `nil` for a kind that this version does not know.
    init?(kind: UInt8, from reader: inout Reader, in bytes: Span<UInt8>) throws(WireError) {
        switch kind {
        case 1:
            self = .host(
                RecordedHost(
                    number: try reader.number("number", in: bytes),
                    label: try reader.text("label", limit: Limits.hostTextBytes, in: bytes),
                    address: try reader.text("address", limit: Limits.hostTextBytes, in: bytes),
                    isNamed: try reader.flag("named", in: bytes)))
        case 2:
            let host: UInt32 = try reader.number("host", in: bytes)
            let at = try reader.instant("at", in: bytes)
            self = .news(host: host, at: at, try RecordedNews(from: &reader, in: bytes))
        case 3:
            self = .stretch(
                RecordedStretch(
                    host: try reader.number("host", in: bytes), source: try reader.choice("source", in: bytes),
                    boot: try reader.identifier("boot", in: bytes),
                    clockOffset: try reader.varint("clock offset", in: bytes),
                    calendarOffset: try reader.signed("calendar offset", in: bytes),
                    first: try reader.instant("first", in: bytes), last: try reader.instant("last", in: bytes),
                    messages: try reader.blob("messages", limit: Self.longestStretch, in: bytes)))
        case 4: self = .end
        default: return nil
        }
        try reader.finish(in: bytes)
    }
}

extension RecordedNews {
    init(from reader: inout Reader, in bytes: Span<UInt8>) throws(WireError) {
        switch try reader.byte("news", in: bytes) {
        case 1:
            let info = try HostInfo(from: &reader, in: bytes)
            self = .connected(info, try reader.choice("role", in: bytes))
        case 2: self = .lost(try reader.text("reason", limit: Limits.detailBytes, in: bytes))
        case 3: self = .event(try Event(from: &reader, in: bytes))
        default: throw reader.malformed("news")
        }
    }
}
