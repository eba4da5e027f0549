internal import Model

/// QUERY.
extension Query {
    init(from reader: inout Reader, in bytes: Span<UInt8>) throws(WireError) {
        self.init(id: try reader.number("id", in: bytes), body: try Body(from: &reader, in: bytes))
    }

    func write(to writer: inout Writer) {
        writer.number(id)
        body.write(to: &writer)
    }
}

extension Query.Body {
    init(from reader: inout Reader, in bytes: Span<UInt8>) throws(WireError) {
        switch try reader.byte("query", in: bytes) {
        case 1: self = .offers(try CommandTarget(from: &reader, in: bytes))
        case 2:
            self = .lives(
                groupKey: try reader.text("group", limit: Limits.groupTextBytes, in: bytes),
                slot: try reader.number("slot", in: bytes))
        case 3: self = .connections(try CommandTarget(from: &reader, in: bytes))
        case 4: self = .events(after: try reader.varint("after", in: bytes))
        case 5: self = .pastPieces(try reader.choice("tier", in: bytes))
        case 6:
            self = .past(
                piece: try reader.varint("piece", in: bytes), offset: try reader.number("offset", in: bytes))
        case 7: self = .log(try LogRequest(from: &reader, in: bytes))
        default: throw reader.malformed("query")
        }
    }

    func write(to writer: inout Writer) {
        switch self {
        case .offers(let target):
            writer.byte(1)
            target.write(to: &writer)
        case .lives(let groupKey, let slot):
            writer.byte(2)
            writer.text(groupKey, limit: Limits.groupTextBytes)
            writer.number(slot)
        case .connections(let target):
            writer.byte(3)
            target.write(to: &writer)
        case .events(let after):
            writer.byte(4)
            writer.varint(after)
        case .pastPieces(let tier):
            writer.byte(5)
            writer.byte(tier.rawValue)
        case .past(let piece, let offset):
            writer.byte(6)
            writer.varint(piece)
            writer.number(offset)
        case .log(let request):
            writer.byte(7)
            request.write(to: &writer)
        }
    }
}
