public import Model

/// Which side of a session speaks. The raw value is its number on the wire: never reused.
public enum SpeakerRole: UInt8, Sendable, CaseIterable {
    case dashboard = 1
    case agent = 2
}

/// The first message of both sides.
public struct Hello: Hashable, Sendable {
    /// Protocol versions the speaker can use.
    public var versions: ClosedRange<UInt16>
    /// Bits of optional behaviour; none is defined in version 3, unknown ones are ignored.
    public var features: UInt64
    public var role: SpeakerRole
    /// Whose agent speaks; a dashboard has none.
    public var host: HostID?
    /// Made anew at each start of the program.
    public var runID: Identifier128
    public var wall: WallTime
    public var monotonic: MonotonicInstant

    public init(
        versions: ClosedRange<UInt16> = ProtocolVersion.supported, features: UInt64 = 0, role: SpeakerRole,
        host: HostID?, runID: Identifier128, wall: WallTime, monotonic: MonotonicInstant
    ) {
        self.versions = versions
        self.features = features
        self.role = role
        self.host = host
        self.runID = runID
        self.wall = wall
        self.monotonic = monotonic
    }
}

extension Hello {
    init(from reader: inout Reader, in bytes: Span<UInt8>) throws(WireError) {
        let lowest: UInt16 = try reader.number("versions", in: bytes)
        let highest: UInt16 = try reader.number("versions", in: bytes)
        guard lowest <= highest else { throw reader.malformed("versions") }
        versions = lowest...highest
        features = try reader.varint("features", in: bytes)
        role = try reader.choice("role", in: bytes)
        host = try reader.flag("host", in: bytes) ? try reader.identifier("host", in: bytes) : nil
        runID = try reader.identifier("run id", in: bytes)
        wall = try reader.wall("wall", in: bytes)
        monotonic = try reader.instant("monotonic", in: bytes)
    }

    func write(to writer: inout Writer) {
        writer.number(versions.lowerBound)
        writer.number(versions.upperBound)
        writer.varint(features)
        writer.choice(role)
        writer.flag(host != nil)
        if let host { writer.identifier(host) }
        writer.identifier(runID)
        writer.wall(wall)
        writer.instant(monotonic)
    }
}
