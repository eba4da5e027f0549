internal import Model

/// Within an answer.
extension Life: WirePart {
    /// Bits of the byte that says which facts are known, and whether it is one of them that memory ran out.
    private enum Known {
        static let ended: UInt8 = 1 << 0
        static let status: UInt8 = 1 << 1
        static let oomKilled: UInt8 = 1 << 2
        static let endedBy: UInt8 = 1 << 3
        static let command: UInt8 = 1 << 4
        static let lastCPU: UInt8 = 1 << 5
        static let lastResident: UInt8 = 1 << 6
        static let lastLag: UInt8 = 1 << 7
    }

    /// Worker, start, known facts.
    static var minimumByteCount: Int { 20 }

    init(from reader: inout Reader, in bytes: Span<UInt8>) throws(WireError) {
        self.init(worker: try reader.worker("worker", in: bytes), started: try reader.wall("started", in: bytes))
        let known = try reader.byte("life", in: bytes)
        oomKilled = known & Known.oomKilled != 0
        if known & Known.ended != 0 { ended = try reader.wall("ended", in: bytes) }
        if known & Known.status != 0 { status = try ExitStatus(from: &reader, in: bytes) }
        if known & Known.endedBy != 0 {
            endedBy = try reader.text("ended by", limit: Limits.issuerBytes, in: bytes)
        }
        if known & Known.command != 0 { command = try reader.identifier("command", in: bytes) }
        if known & Known.lastCPU != 0 { lastCPUPermille = try reader.varint("last cpu", in: bytes) }
        if known & Known.lastResident != 0 { lastResidentBytes = try reader.varint("last resident", in: bytes) }
        if known & Known.lastLag != 0 { lastLagMicroseconds = try reader.varint("last lag", in: bytes) }
    }

    func write(to writer: inout Writer) {
        writer.worker(worker)
        writer.wall(started)
        var known: UInt8 = oomKilled ? Known.oomKilled : 0
        if ended != nil { known |= Known.ended }
        if status != nil { known |= Known.status }
        if endedBy != nil { known |= Known.endedBy }
        if command != nil { known |= Known.command }
        if lastCPUPermille != nil { known |= Known.lastCPU }
        if lastResidentBytes != nil { known |= Known.lastResident }
        if lastLagMicroseconds != nil { known |= Known.lastLag }
        writer.byte(known)
        if let ended { writer.wall(ended) }
        if let status { status.write(to: &writer) }
        if let endedBy { writer.text(endedBy, limit: Limits.issuerBytes) }
        if let command { writer.identifier(command) }
        if let lastCPUPermille { writer.varint(lastCPUPermille) }
        if let lastResidentBytes { writer.varint(lastResidentBytes) }
        if let lastLagMicroseconds { writer.varint(lastLagMicroseconds) }
    }
}

extension Experience {
    init(from reader: inout Reader, in bytes: Span<UInt8>) throws(WireError) {
        self.init(
            replaced: try reader.number("replaced", in: bytes),
            notReplaced: try reader.number("not replaced", in: bytes),
            slowest: try reader.flag("slowest", in: bytes) ? try reader.duration("slowest", in: bytes) : nil)
    }

    func write(to writer: inout Writer) {
        writer.number(replaced)
        writer.number(notReplaced)
        writer.flag(slowest != nil)
        if let slowest { writer.duration(slowest) }
    }
}
