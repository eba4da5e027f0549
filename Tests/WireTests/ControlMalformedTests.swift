import Model
import TestSupport
import Testing
import Wire

/// Hostile commands, verdicts and answers: refused with the place, nothing taken on trust.
@Suite struct ControlMalformedTests {
    /// What an id takes.
    static let id = [UInt8](repeating: 7, count: 16)
    /// A worker: boot, pid, start ticks.
    static let worker = id + [1, 1]
    /// Outcome up to its verdict: id, restart, a worker, no issuer.
    static let outcome = id + [1, 1] + worker + [0]
    /// Evidence without anything.
    static let evidence: [UInt8] = [0, 0, 0, 0]

    @Test(
        arguments: [
            (.command, "target", id + [1, 0]), (.command, "target", id + [1, 3]),
            (.command, "target", id + [1, 2] + id + [0, 2]),
            (.command, "parameters", id + [1, 1] + worker + [0x20]),
            (.command, "size", id + [5, 1] + worker + [0x08, 0]),
            (.command, "size", id + [5, 1] + worker + [0x08, 3]),
            // One more than 32 bits hold, up and down.
            (.command, "size", id + [5, 1] + worker + [0x08, 1, 0x80, 0x80, 0x80, 0x80, 0x10]),
            (.command, "size", id + [5, 1] + worker + [0x08, 1, 0x81, 0x80, 0x80, 0x80, 0x10]),
            (.command, "size", id + [5, 1] + worker + [0x08, 2, 0x80, 0x80, 0x80, 0x80, 0x10]),
            (.command, "roll options", id + [2, 1] + worker + [0, 1, 0, 8]),
            (.command, "ready check", id + [2, 1] + worker + [0, 1, 0, 2, 0]),
            (.command, "ready check", id + [2, 1] + worker + [0, 1, 0, 2, 4]),
            (.command, "port", id + [2, 1] + worker + [0, 1, 0, 2, 1, 0x80, 0x80, 0x04]),
            (.outcome, "verdict", outcome + [0]), (.outcome, "verdict", outcome + [17]),
            (.outcome, "refusal", outcome + [4, 0]), (.outcome, "refusal", outcome + [4, 19]),
            (.outcome, "evidence", outcome + [6, 0, 0x10]),
            (.outcome, "target lives", outcome + [12, 3]), (.outcome, "replacement", outcome + [12, 0, 2]),
            (.outcome, "wanted", outcome + [13, 0, 0, 2]), (.outcome, "roll state", outcome + [15] + id + [0]),
            (.outcome, "roll state", outcome + [15] + id + [6]),
            (.outcome, "deed", outcome + [16, 0, 0, 1, 0, 0, 0, 0, 0]),
            (.outcome, "deed", outcome + [16, 0, 0, 1, 0, 0, 3, 0, 0]),
            (.outcome, "process", outcome + [16, 0, 0, 1, 2, 0, 1, 15, 0]),
            (.event, "event", [1, 1, 0, 0]), (.event, "event", [1, 1, 0, 15]),
            (.event, "oom killed", [1, 1, 0, 2] + worker + [0, 0, 1, 0, 2]),
            (.query, "query", [1, 8]), (.query, "stream", [1, 7, 0, 0, 3]),
            (.query, "maximum age", [1, 7, 0, 0, 0, 1, 2]), (.query, "id", [0x80, 0x80, 0x80, 0x80, 0x10, 4, 0]),
            (.answer, "answer", [1, 0]), (.answer, "action", [1, 1, 1, 0, 0, 0]),
            (.answer, "unavailable", [1, 1, 1, 1, 0, 2]), (.answer, "slowest", [1, 1, 0, 0, 0, 2]),
            (.answer, "mark", [1, 3, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 3]),
            (.answer, "stickiness", [1, 3, 0, 0, 0, 0, 0, 0, 3]),
            (.answer, "exit status", [1, 2, 1] + worker + [0, 0x02, 3]),
            (.answer, "event", [1, 4, 1, 1, 1, 0, 15, 0]), (.answer, "answer", [1, 10]),
            (.answer, "more", [1, 8, 0, 2]), (.answer, "stream", [1, 8, 0, 0, 1, 0, 3]),
            (.answer, "line", [1, 8, 0, 0, 0, 1, 0, 0x20]),
        ] as [(MessageType, String, [UInt8])])
    func hasNoMeaning(_ type: MessageType, _ field: String, _ body: [UInt8]) {
        // What follows does not matter: the first bad field is what is told.
        let error = #expect(throws: WireError.self) { try decode(type, body + [UInt8](repeating: 0, count: 64)) }
        guard case .malformed(type.word, field, _) = error else {
            Issue.record("\(type.word) \(field): \(error.map { "\($0)" } ?? "taken")")
            return
        }
    }

    static let room = [UInt8](repeating: 0, count: 20_000)

    @Test(
        arguments: [
            (.outcome, "signals", 16, outcome + [8]), (.outcome, "detail", 512, outcome + [8, 0, 0, 0]),
            (.outcome, "detail", 512, outcome + [13, 0, 0, 0, 0, 0, 0]),
            (.outcome, "success", 16, outcome + [16]), (.outcome, "warnings", 16, outcome + [16, 0]),
            (.outcome, "steps", 512, outcome + [16, 0, 0]), (.outcome, "success", 256, outcome + [16, 1]),
            (.outcome, "under way", 64, outcome + [15] + id + [1, 0, 0, 0]),
            (.outcome, "unsuited", 512, outcome + [4, 14]), (.outcome, "warning", 512, outcome + [4, 15]),
            (.outcome, "holder", 128, outcome + [4, 16]), (.outcome, "rule", 256, outcome + [4, 17, 0]),
            (.command, "target", 96, id + [1, 2] + id),
            (.command, "reason", 256, id + [1, 1] + worker + [0, 1, 0, 0]),
            (.command, "path", 256, id + [1, 1] + worker + [0, 1, 0, 2, 2, 80]),
            (.event, "folded", 16, [1, 1, 0, 1, 1] + id + [1, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0]),
            (.event, "manager", 256, [1, 1, 0, 1, 1] + id + [1, 1, 1, 0, 0, 1, 0, 0, 0, 0, 1, 1]),
            (.event, "deed", 512, [1, 1, 0, 10] + worker + [0, 0, 1, 0]),
            (.event, "name", 96, [1, 1, 0, 7, 0, 0, 1, 1, 80]), (.event, "configuration", 512, [1, 1, 0, 11]),
            (.query, "group", 96, [1, 2]), (.answer, "offers", 16, [1, 1]), (.answer, "lives", 100, [1, 2]),
            (.answer, "listeners", 32, [1, 3, 0, 0, 0]), (.answer, "peers", 20, [1, 3, 0, 0, 0, 0]),
            (.answer, "slots", 256, [1, 3, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0]), (.answer, "events", 512, [1, 4]),
            (.answer, "pieces", 256, [1, 6, 2]), (.answer, "unknown", 256, [1, 5]),
            (.answer, "ended by", 128, [1, 2, 1] + worker + [0, 0x08]),
            (.query, "lines", 10_000, [1, 7, 0, 0, 0]), (.query, "filter", 256, [1, 7, 0, 0, 0, 1, 0]),
            (.query, "cursor", 3072, [1, 7, 0, 0, 0, 1, 0, 0]), (.answer, "cursor", 3072, [1, 8]),
            (.answer, "sources", 128, [1, 8, 0, 0]), (.answer, "source", 256, [1, 8, 0, 0, 1]),
            (.answer, "slots", 256, [1, 8, 0, 0, 1, 0, 0, 0]), (.answer, "lines", 1000, [1, 8, 0, 0, 0]),
            (.answer, "text", 4096, [1, 8, 0, 0, 0, 1, 0, 0]), (.answer, "denied", 512, [1, 9]),
        ] as [(MessageType, String, Int, [UInt8])])
    func isOverItsLimit(_ type: MessageType, _ field: String, _ limit: Int, _ start: [UInt8]) {
        let over = limit + 1
        let count: [UInt8] = over < 0x80 ? [UInt8(over)] : [UInt8(over & 0x7f) | 0x80, UInt8(over >> 7)]
        let room = Self.room.prefix(type.maximumByteCount - MessageHeader.byteCount - start.count - count.count)
        #expect(throws: WireError.limit(message: type.word, field: field, limit: limit)) {
            try decode(type, start + count + room)
        }
    }

    /// A count that the rest of the message cannot hold is refused before anything is kept for it.
    @Test func countsWithoutContentAreRefused() {
        for (type, body) in [
            (.answer, [1, 8, 0, 0, 0, 100]), (.answer, [1, 8, 0, 0, 100]),
            (.query, [1, 7, 0, 0, 0, 1, 0, 0, 0x80, 0x08]),
            (.outcome, Self.outcome + [16, 0, 0, 0x80, 0x04]), (.answer, [1, 2, 100]), (.answer, [1, 4, 0x80, 0x04]),
            (.answer, [1, 1, 16]), (.answer, [1, 3, 0, 0, 0, 32]),
        ] as [(MessageType, [UInt8])] {
            let error = #expect(throws: WireError.self) { try decode(type, body + [1, 1]) }
            guard case .truncated = error else {
                Issue.record("\(type): \(error.map { "\($0)" } ?? "taken")")
                continue
            }
        }
    }

    /// Valid messages with a few bytes changed: refused, or read as something that is written and read as the same.
    @Test func whatBecomesOfMessagesOnTheWayNeverTraps() throws {
        let seed = printedSeed()
        var generator = ControlGenerator(seed: seed)
        var taken = 0
        for round in 0..<2_000 {
            let messages: [Message] = [
                .command(generator.command()), .outcome(generator.outcome()), .event(generator.event()),
                .query(generator.query()), .answer(generator.answer()),
            ]
            for message in messages {
                var body = Array(message.encoded().dropFirst(MessageHeader.byteCount))
                for _ in 0..<Int.random(in: 1...3, using: &generator.random) {
                    let place = Int.random(in: 0..<body.count, using: &generator.random)
                    let byte = UInt8.random(in: 0...255, using: &generator.random)
                    if generator.random.chance(20) { body.insert(byte, at: place) } else { body[place] = byte }
                }
                guard let changed = try? decode(message.type, body) else { continue }
                taken += 1
                let once = changed.encoded()
                try #require(once.count <= message.type.maximumByteCount, "seed \(seed), round \(round)")
                try #require(try decode(once)?.encoded() == once, "seed \(seed), round \(round)")
            }
        }
        #expect(taken > 0 && taken < 10_000)
    }
}
