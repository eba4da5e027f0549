public import Model

/// The agent's answer to HELLO: the session is open, and this is whom and as what.
public struct Welcome: Hashable, Sendable {
    /// The version both sides use from now on.
    public var version: UInt16
    /// Features both sides have.
    public var features: UInt64
    public var host: HostInfo
    /// What the dashboard's operator may ask for, as the agent authenticated them.
    public var role: Role
    /// The agent carries out no commands at all.
    public var readOnly: Bool
    /// The agent's run: event numbers count within it.
    public var runID: Identifier128
    public var wall: WallTime
    public var monotonic: MonotonicInstant

    public init(
        version: UInt16, features: UInt64 = 0, host: HostInfo, role: Role, readOnly: Bool, runID: Identifier128,
        wall: WallTime, monotonic: MonotonicInstant
    ) {
        self.version = version
        self.features = features
        self.host = host
        self.role = role
        self.readOnly = readOnly
        self.runID = runID
        self.wall = wall
        self.monotonic = monotonic
    }
}

extension Welcome {
    init(from reader: inout Reader, in bytes: Span<UInt8>) throws(WireError) {
        version = try reader.number("version", in: bytes)
        features = try reader.varint("features", in: bytes)
        host = try HostInfo(from: &reader, in: bytes)
        role = try reader.choice("role", in: bytes)
        readOnly = try reader.flag("read only", in: bytes)
        runID = try reader.identifier("run id", in: bytes)
        wall = try reader.wall("wall", in: bytes)
        monotonic = try reader.instant("monotonic", in: bytes)
    }

    func write(to writer: inout Writer) {
        writer.number(version)
        writer.varint(features)
        host.write(to: &writer)
        writer.choice(role)
        writer.flag(readOnly)
        writer.identifier(runID)
        writer.wall(wall)
        writer.instant(monotonic)
    }
}

extension HostInfo {
    init(from reader: inout Reader, in bytes: Span<UInt8>) throws(WireError) {
        self.init(
            id: try reader.identifier("host id", in: bytes), boot: try reader.identifier("boot id", in: bytes),
            name: try reader.text("host name", limit: Limits.hostTextBytes, in: bytes),
            kernel: try reader.text("kernel", limit: Limits.hostTextBytes, in: bytes),
            cores: try reader.number("cores", in: bytes),
            ticksPerSecond: try reader.number("ticks per second", in: bytes),
            agentVersion: try reader.text("agent version", limit: Limits.hostTextBytes, in: bytes),
            intervalNanoseconds: try reader.varint("interval", in: bytes))
    }

    func write(to writer: inout Writer) {
        writer.identifier(id)
        writer.identifier(boot)
        writer.text(name, limit: Limits.hostTextBytes)
        writer.text(kernel, limit: Limits.hostTextBytes)
        writer.number(cores)
        writer.number(ticksPerSecond)
        writer.text(agentVersion, limit: Limits.hostTextBytes)
        writer.varint(intervalNanoseconds)
    }
}
