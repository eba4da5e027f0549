internal import Model

/// Group entries of one message share nothing.
struct GroupContext {}

extension GroupEntry: ListEntry {
    static var limit: Int { Limits.groups }
    /// Seven fields and a row of at least one byte each.
    static var minimumByteCount: Int { 7 }
    static var word: String { "groups" }

    var key: String { info.key }

    init(from reader: inout Reader, context: inout GroupContext, in bytes: Span<UInt8>) throws(WireError) {
        self.init(info: try GroupInfo(from: &reader, in: bytes), row: try GroupRow(from: &reader, in: bytes))
    }

    func write(to writer: inout Writer, context: inout GroupContext) {
        info.write(to: &writer)
        row.write(to: &writer)
    }

    static var extraBit: UInt32 { 0 }
    func extraDiffers(from earlier: borrowing GroupEntry) -> Bool { false }
    func writeExtra(since earlier: borrowing GroupEntry, to writer: inout Writer) {}
    mutating func applyExtra(from reader: inout Reader, in bytes: Span<UInt8>) {}
}

extension GroupInfo {
    init(from reader: inout Reader, in bytes: Span<UInt8>) throws(WireError) {
        let key = try reader.text("group", limit: Limits.groupTextBytes, in: bytes)
        let app = try reader.text("app", limit: Limits.groupTextBytes, in: bytes)
        let kind: GroupKind = try reader.choice("group kind", in: bytes)
        let master: Int32? = try reader.flag("master", in: bytes) ? try reader.int32("master", in: bytes) : nil
        var ports: [UInt16] = []
        for _ in 0..<(try reader.count("ports", limit: Limits.ports, minimum: 1, in: bytes)) {
            ports.append(try reader.number("port", in: bytes))
        }
        self.init(
            key: key, app: app, kind: kind, masterPID: master, ports: ports,
            respawn: try reader.choice("respawn", in: bytes))
    }

    func write(to writer: inout Writer) {
        writer.text(key, limit: Limits.groupTextBytes)
        writer.text(app, limit: Limits.groupTextBytes)
        writer.choice(kind)
        writer.flag(masterPID != nil)
        if let masterPID { writer.int32(masterPID) }
        writer.count(min(ports.count, Limits.ports))
        for port in ports.prefix(Limits.ports) { writer.number(port) }
        writer.choice(respawn)
    }
}
