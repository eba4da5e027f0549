internal import Model

/// ANSWER. Its lists are cut to what fits into the message.
extension Answer {
    init(from reader: inout Reader, in bytes: Span<UInt8>) throws(WireError) {
        self.init(id: try reader.number("id", in: bytes), body: try Body(from: &reader, in: bytes))
    }

    func write(to writer: inout Writer) {
        writer.number(id)
        body.write(to: &writer)
    }
}

extension Answer.Body {
    init(from reader: inout Reader, in bytes: Span<UInt8>) throws(WireError) {
        switch try reader.byte("answer", in: bytes) {
        case 1:
            self = .offers(
                try reader.parts("offers", limit: Limits.offers, in: bytes), try Experience(from: &reader, in: bytes))
        case 2:
            self = .lives(
                try reader.parts("lives", limit: Limits.lives, in: bytes), try Experience(from: &reader, in: bytes))
        case 3: self = .connections(try ConnectionReport(from: &reader, in: bytes))
        case 4: self = .events(try reader.parts("events", limit: Limits.events, in: bytes))
        case 6:
            self = .pastPieces(
                try reader.choice("tier", in: bytes), try reader.parts("pieces", limit: Limits.pastPieces, in: bytes))
        case 7: self = .past(try PastPart(from: &reader, in: bytes))
        case 5: self = .unknown(try reader.text("unknown", limit: Limits.textBytes, in: bytes))
        case 8: self = .log(try LogPage(from: &reader, in: bytes))
        case 9: self = .denied(try reader.text("denied", limit: Limits.detailBytes, in: bytes))
        default: throw reader.malformed("answer")
        }
    }

    /// What the largest experience takes.
    private static let experienceBytes = 5 + 5 + 1 + 10

    func write(to writer: inout Writer) {
        switch self {
        case .offers(let offers, let experience):
            writer.byte(1)
            writer.parts(offers, limit: Limits.offers, keeping: Self.experienceBytes)
            experience.write(to: &writer)
        case .lives(let lives, let experience):
            writer.byte(2)
            writer.parts(lives, limit: Limits.lives, keeping: Self.experienceBytes)
            experience.write(to: &writer)
        case .connections(let report):
            writer.byte(3)
            report.write(to: &writer)
        case .events(let events):
            writer.byte(4)
            writer.events(events)
        case .unknown(let why):
            writer.byte(5)
            writer.text(why, limit: Limits.textBytes)
        case .pastPieces(let tier, let pieces):
            writer.byte(6)
            writer.byte(tier.rawValue)
            // The newest matter most.
            writer.parts(Array(pieces.suffix(Limits.pastPieces)), limit: Limits.pastPieces)
        case .past(let part):
            writer.byte(7)
            part.write(to: &writer)
        case .log(let page):
            writer.byte(8)
            page.write(to: &writer)
        case .denied(let why):
            writer.byte(9)
            writer.text(why, limit: Limits.detailBytes)
        }
    }
}

extension Writer {
    /// As many as there is room for, each whole. Only the first one is cut (a plan), where it has no room alone: then who
    /// asks for what comes after it gets on.
    fileprivate mutating func events(_ events: [Event]) {
        let whole = room - 3  // a count below 2^21
        var body: [UInt8] = []
        var written = 0
        for event in events.prefix(Limits.events) {
            var one = Writer(limit: whole)
            event.write(to: &one)
            guard body.count + one.bytes.count <= whole else { break }
            body.append(contentsOf: one.bytes)
            written += 1
        }
        count(written)
        raw(body)
    }
}
