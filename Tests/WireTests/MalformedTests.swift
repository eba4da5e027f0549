import Model
import Testing
import Wire

/// Values that have no meaning in version 3 are errors that say where.
@Suite struct MalformedTests {
    @Test(
        arguments: [
            (MessageType.hello, "role", 3, 3), (.hello, "host", 4, 2), (.subscribe, "interest", 1, 5),
            (.subscribe, "interest", 1, 0), (.query, "query", 1, 0), (.query, "query", 1, 8),
            (.answer, "answer", 1, 10),
            (.command, "action", 16, 13), (.event, "event", 17, 15),
            (.outcome, "action", 16, 0), (.failure, "code", 0, 99),
        ] as [(MessageType, String, Int, UInt8)])
    func anUnknownValueIsRefused(_ type: MessageType, _ field: String, _ place: Int, _ value: UInt8) throws {
        var body = try #require(Vector.all.first { $0.message.type == type }).body
        body[place] = value
        #expect(throws: WireError.malformed(message: type.word, field: field, offset: place + 1)) {
            try decode(type, body)
        }
    }

    @Test func versionsTheWrongWayRoundAreRefused() throws {
        var body = try #require(Vector.all.first { $0.message.type == .hello }).body
        body[0] = 4
        #expect(throws: WireError.malformed(message: "HELLO", field: "versions", offset: 2)) {
            try decode(.hello, body)
        }
    }

    @Test func workersAndGroupsOutOfOrderAreRefused() throws {
        // The encoder never makes them: take two keyframes of one entry and join their lists by hand.
        var first = Samples.keyframe
        first.groups = []
        first.workers.removeLast()
        var both = Message.keyframe(subscription: 1, first).encoded().dropFirst(MessageHeader.byteCount)
        let place = try #require(both.firstRange(of: [0x00, 0x01, 0x01] + Array(bytes(hex: Samples.boot.hex))))
        let worker = both[(place.lowerBound + 2)...]
        both[place.lowerBound + 1] = 2
        let body = Array(both + worker)
        #expect(throws: WireError.malformed(message: "KEYFRAME", field: "workers", offset: body.count)) {
            try decode(.keyframe, body)
        }
    }

    @Test func aWorkerWithoutBootIsRefused() throws {
        var body = try #require(Vector.all.first { $0.name == "event-started" }).body
        let place = try #require(body.firstRange(of: bytes(hex: Samples.boot.hex)))
        body.removeSubrange(place)
        body[place.lowerBound - 1] = 0
        #expect(throws: WireError.malformed(message: "EVENT", field: "boot", offset: place.lowerBound)) {
            try decode(.event, body)
        }
    }

    @Test func errorsSayWhatAndWhere() {
        #expect(
            WireError.malformed(message: "HELLO", field: "role", offset: 4).description
                == "HELLO has a bad role at byte 4")
        #expect(
            WireError.truncated(message: "PING", field: "nonce", offset: 0).description
                == "PING ends within nonce at byte 0")
        #expect(
            WireError.limit(message: "DRAIN", field: "reason", limit: 256).description
                == "reason of DRAIN is over its limit of 256")
        #expect(
            WireError.wrongBase(needed: 3, found: 2).description == "delta needs snapshot 3, but 2 is at hand")
    }
}
