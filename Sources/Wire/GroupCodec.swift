internal import Model

/// What the groups of one message share.
struct GroupContext {
    /// Without what a snapshot that is too large can spare.
    var isBare = false
}

extension GroupEntry: ListEntry {
    static var limit: Int { Limits.groups }
    /// Key, app, kind, known facts, ports, respawn, a row of at least one byte each.
    static var minimumByteCount: Int { 7 }
    static var word: String { "groups" }

    var key: String { info.key }

    func hasSameInfo(as other: borrowing GroupEntry) -> Bool { info == other.info }

    init(from reader: inout Reader, context: inout GroupContext, in bytes: Span<UInt8>) throws(WireError) {
        self.init(info: try GroupInfo(from: &reader, in: bytes), row: try GroupRow(from: &reader, in: bytes))
    }

    func write(to writer: inout Writer, context: inout GroupContext) {
        info.write(to: &writer, isBare: context.isBare)
        row.write(to: &writer)
    }

    static var extraBit: UInt32 { 0 }
    func extraDiffers(from earlier: borrowing GroupEntry) -> Bool { false }
    func writeExtra(since earlier: borrowing GroupEntry, to writer: inout Writer) {}
    mutating func applyExtra(from reader: inout Reader, in bytes: Span<UInt8>) {}
}

extension GroupInfo {
    /// Bits of the byte that says which facts are known.
    private enum Known {
        static let master: UInt8 = 1 << 0
        static let manager: UInt8 = 1 << 1
        static let expected: UInt8 = 1 << 2
        static let orphan: UInt8 = 1 << 3
        static let roll: UInt8 = 1 << 4
        static let missing: UInt8 = 1 << 5
        static let count = 6
    }

    init(from reader: inout Reader, in bytes: Span<UInt8>) throws(WireError) {
        self.init(
            key: try reader.text("group", limit: Limits.groupTextBytes, in: bytes),
            app: try reader.text("app", limit: Limits.groupTextBytes, in: bytes),
            kind: try reader.choice("group kind", in: bytes))
        for _ in 0..<(try reader.count("ports", limit: Limits.ports, minimum: 1, in: bytes)) {
            ports.append(try reader.number("port", in: bytes))
        }
        respawn = try reader.choice("respawn", in: bytes)
        let known = try reader.bits(Known.count, "group", in: bytes)
        if known & Known.master != 0 { master = try reader.process("master", in: bytes) }
        if known & Known.manager != 0 { manager = try Manager(from: &reader, in: bytes) }
        if known & Known.expected != 0 { expected = try reader.number("expected", in: bytes) }
        if known & Known.orphan != 0 { orphan = try PortOrphan(from: &reader, in: bytes) }
        if known & Known.roll != 0 { roll = try RollSummary(from: &reader, in: bytes) }
        if known & Known.missing != 0 { missingSince = try reader.wall("missing since", in: bytes) }
    }

    /// Bare: a few ports, and neither manager nor roll nor orphan.
    func write(to writer: inout Writer, isBare: Bool = false) {
        writer.text(key, limit: Limits.groupTextBytes)
        writer.text(app, limit: Limits.groupTextBytes)
        writer.choice(kind)
        let ports = ports.prefix(isBare ? Limits.barePorts : Limits.ports)
        writer.count(ports.count)
        for port in ports { writer.number(port) }
        writer.choice(respawn)
        let manager = isBare ? nil : manager
        let roll = isBare ? nil : roll
        let orphan = isBare ? nil : orphan
        var known: UInt8 = 0
        if master != nil { known |= Known.master }
        if manager != nil { known |= Known.manager }
        if expected != nil { known |= Known.expected }
        if orphan != nil { known |= Known.orphan }
        if roll != nil { known |= Known.roll }
        if missingSince != nil { known |= Known.missing }
        writer.byte(known)
        if let master { writer.process(master) }
        if let manager { manager.write(to: &writer) }
        if let expected { writer.number(expected) }
        if let orphan { orphan.write(to: &writer) }
        if let roll { roll.write(to: &writer) }
        if let missingSince { writer.wall(missingSince) }
    }
}
