internal import Model

/// Within questions and answers about logs.
extension LogRequest {
    init(from reader: inout Reader, in bytes: Span<UInt8>) throws(WireError) {
        let groupKey = try reader.text("group", limit: Limits.groupTextBytes, in: bytes)
        let slot: UInt32 = try reader.number("slot", in: bytes)
        let stream: Stream = try reader.choice("stream", in: bytes)
        let lines: UInt32 = try reader.number("lines", in: bytes)
        guard lines <= Limits.logTail else {
            throw .limit(message: reader.message, field: "lines", limit: Limits.logTail)
        }
        let hasAge = try reader.flag("maximum age", in: bytes)
        self.init(
            groupKey: groupKey, slot: slot == 0 ? nil : slot, stream: stream, lines: lines,
            maximumAge: hasAge ? try reader.duration("maximum age", in: bytes) : nil,
            filter: try reader.text("filter", limit: Limits.logFilterBytes, in: bytes),
            cursor: try reader.blob("cursor", limit: Limits.logCursorBytes, in: bytes))
    }

    func write(to writer: inout Writer) {
        writer.text(groupKey, limit: Limits.groupTextBytes)
        writer.number(slot ?? 0)
        writer.choice(stream)
        writer.number(min(lines, UInt32(Limits.logTail)))
        writer.flag(maximumAge != nil)
        if let maximumAge { writer.duration(maximumAge) }
        writer.text(filter, limit: Limits.logFilterBytes)
        writer.blob(cursor, limit: Limits.logCursorBytes)
    }
}

/// The lines come last: where they have no room, the rest of them is left out.
extension LogPage {
    init(from reader: inout Reader, in bytes: Span<UInt8>) throws(WireError) {
        let cursor = try reader.blob("cursor", limit: Limits.logCursorBytes, in: bytes)
        let hasMore = try reader.flag("more", in: bytes)
        self.init(
            sources: try reader.parts("sources", limit: Limits.logSources, in: bytes),
            lines: try reader.parts("lines", limit: Limits.logLines, in: bytes), cursor: cursor, hasMore: hasMore)
    }

    func write(to writer: inout Writer) {
        writer.blob(cursor, limit: Limits.logCursorBytes)
        writer.flag(hasMore)
        writer.parts(sources, limit: Limits.logSources, keeping: 3)
        writer.parts(lines, limit: Limits.logLines)
    }
}

extension LogPage.Source: WirePart {
    /// Text, stream, whether it can be read, slots.
    static var minimumByteCount: Int { 4 }

    init(from reader: inout Reader, in bytes: Span<UInt8>) throws(WireError) {
        let text = try reader.text("source", limit: Limits.textBytes, in: bytes)
        let stream: LogRequest.Stream = try reader.choice("stream", in: bytes)
        let isReadable = try reader.flag("readable", in: bytes)
        self.init(
            text: text, stream: stream, slots: try reader.numbers("slots", limit: Limits.logSlots, in: bytes),
            isReadable: isReadable)
    }

    func write(to writer: inout Writer) {
        writer.text(text, limit: Limits.textBytes)
        writer.choice(stream)
        writer.flag(isReadable)
        writer.numbers(slots, limit: Limits.logSlots)
    }
}

extension LogLine: WirePart {
    private enum Fact {
        static let remark: UInt8 = 1
        static let time: UInt8 = 2
        static let slot: UInt8 = 4
        static let cut: UInt8 = 8
        static let timeInText: UInt8 = 16
    }

    /// Source, facts, text.
    static var minimumByteCount: Int { 3 }

    init(from reader: inout Reader, in bytes: Span<UInt8>) throws(WireError) {
        let source: UInt32 = try reader.number("source", in: bytes)
        let facts = try reader.bits(5, "line", in: bytes)
        let time = facts & Fact.time != 0 ? try reader.wall("time", in: bytes) : nil
        let slot: UInt32? = facts & Fact.slot != 0 ? try reader.number("slot", in: bytes) : nil
        let cut = facts & Fact.cut != 0 ? try reader.varint("cut", in: bytes) : 0
        self.init(
            source: source, slot: slot, time: time, timeIsInText: facts & Fact.timeInText != 0,
            isRemark: facts & Fact.remark != 0,
            text: try reader.text("text", limit: Limits.logLineBytes, in: bytes), cutBytes: cut)
    }

    func write(to writer: inout Writer) {
        writer.number(source)
        writer.byte(
            (isRemark ? Fact.remark : 0) | (time == nil ? 0 : Fact.time) | (slot == nil ? 0 : Fact.slot)
                | (cutBytes == 0 ? 0 : Fact.cut) | (timeIsInText ? Fact.timeInText : 0))
        if let time { writer.wall(time) }
        if let slot { writer.number(slot) }
        if cutBytes != 0 { writer.varint(cutBytes) }
        writer.text(text, limit: Limits.logLineBytes)
    }
}
