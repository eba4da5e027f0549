internal import Model

/// Within a snapshot.
extension HostTrouble: WirePart {
    /// Bits of the byte that says which facts are known.
    private enum Known {
        static let value: UInt8 = 1 << 0
        static let app: UInt8 = 1 << 1
        static let expected: UInt8 = 1 << 2
        static let since: UInt8 = 1 << 3
        static let slot: UInt8 = 1 << 4
        static let count = 5
    }

    /// Subject, level, known facts.
    static var minimumByteCount: Int { 3 }

    init(from reader: inout Reader, in bytes: Span<UInt8>) throws(WireError) {
        self.init(try reader.choice("trouble", in: bytes), try reader.choice("level", in: bytes))
        let known = try reader.bits(Known.count, "trouble", in: bytes)
        if known & Known.value != 0 { value = try reader.varint("value", in: bytes) }
        if known & Known.app != 0 { app = try reader.text("app", limit: Limits.groupTextBytes, in: bytes) }
        if known & Known.expected != 0 { expected = try reader.number("expected", in: bytes) }
        if known & Known.since != 0 { since = try reader.wall("since", in: bytes) }
        if known & Known.slot != 0 { slot = try reader.number("slot", in: bytes) }
    }

    func write(to writer: inout Writer) {
        writer.choice(subject)
        writer.choice(level)
        var known: UInt8 = 0
        if value != nil { known |= Known.value }
        if app != nil { known |= Known.app }
        if expected != nil { known |= Known.expected }
        if since != nil { known |= Known.since }
        if slot != nil { known |= Known.slot }
        writer.byte(known)
        if let value { writer.varint(value) }
        if let app { writer.text(app, limit: Limits.groupTextBytes) }
        if let expected { writer.number(expected) }
        if let since { writer.wall(since) }
        if let slot { writer.number(slot) }
    }
}
