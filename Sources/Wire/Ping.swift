public import Model

/// Are you there?
public struct Ping: Hashable, Sendable {
    /// Comes back in the answer.
    public var nonce: UInt64

    public init(nonce: UInt64) { self.nonce = nonce }
}

/// Yes, and this is what my clocks say.
public struct Pong: Hashable, Sendable {
    public var nonce: UInt64
    public var wall: WallTime
    public var monotonic: MonotonicInstant

    public init(nonce: UInt64, wall: WallTime, monotonic: MonotonicInstant) {
        self.nonce = nonce
        self.wall = wall
        self.monotonic = monotonic
    }
}

extension Ping {
    init(from reader: inout Reader, in bytes: Span<UInt8>) throws(WireError) {
        nonce = try reader.varint("nonce", in: bytes)
    }

    func write(to writer: inout Writer) { writer.varint(nonce) }
}

extension Pong {
    init(from reader: inout Reader, in bytes: Span<UInt8>) throws(WireError) {
        nonce = try reader.varint("nonce", in: bytes)
        wall = try reader.wall("wall", in: bytes)
        monotonic = try reader.instant("monotonic", in: bytes)
    }

    func write(to writer: inout Writer) {
        writer.varint(nonce)
        writer.wall(wall)
        writer.instant(monotonic)
    }
}
