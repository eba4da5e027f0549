import Model
import TestSupport
import Testing
import Wire

/// Nothing a peer sends may trap; what is cut short must be refused.
@Suite struct HostilityTests {
    @Test(arguments: Vector.all) func everyTruncationIsRefused(_ vector: Vector) {
        for count in 0..<vector.body.count {
            #expect(throws: WireError.self, "first \(count) bytes") {
                try Self.consume(vector.message.type, Array(vector.body[..<count]))
            }
        }
        for count in 0..<vector.bytes.count {
            #expect(throws: WireError.self) { try decode(Array(vector.bytes[..<count])) }
        }
    }

    /// Whatever survives must be stable: what was read, written again, is read as the same bytes.
    @Test func randomMutationsNeverTrap() throws {
        var generator = SeededGenerator(seed: printedSeed())
        let vectors = Vector.all
        var survivors = 0
        for index in 0..<20_000 {
            let vector = vectors[index % vectors.count]
            let body = Self.mutated(vector.body, &generator)
            do {
                try Self.consume(vector.message.type, body)
                survivors += 1
            } catch is WireError {
                // The usual end of a mutation.
            }
        }
        #expect(survivors > 0)
        #expect(survivors < 20_000)
    }

    /// Decodes, and for a delta applies; then checks that encoding again is stable.
    private static func consume(_ type: MessageType, _ body: [UInt8]) throws {
        guard let message = try decode(type, body) else { return }
        if case .delta(let delta) = message {
            var base = Samples.keyframe
            base.sequence = delta.baseSequence
            let result = try delta.applied(to: base)
            #expect(Delta(subscription: 1, from: base, to: result).body.count > 0)
            #expect(try Delta(subscription: 1, from: base, to: result).applied(to: base) == result)
        } else {
            let bytes = message.encoded()
            let again = try #require(try Wire.Message.decode(encoded: bytes))
            #expect(again.encoded() == bytes)
        }
    }

    private static func mutated(_ bytes: [UInt8], _ generator: inout SeededGenerator) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 1...4, using: &generator) {
            let place = bytes.isEmpty ? 0 : Int.random(in: 0..<bytes.count, using: &generator)
            switch Int.random(in: 0..<6, using: &generator) {
            case 0 where !bytes.isEmpty: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
            case 1 where !bytes.isEmpty: bytes[place] = UInt8.random(in: 0...255, using: &generator)
            case 2 where !bytes.isEmpty: bytes.remove(at: place)
            case 3 where !bytes.isEmpty: bytes[place] = [0x00, 0x7f, 0x80, 0xff].randomElement(using: &generator) ?? 0
            case 4: bytes.insert(UInt8.random(in: 0...255, using: &generator), at: place)
            default: bytes.insert(contentsOf: bytes[place..<min(bytes.count, place + 9)], at: place)
            }
        }
        return bytes
    }
}

extension Message {
    fileprivate static func decode(encoded bytes: [UInt8]) throws -> Message? { try WireTests.decode(bytes) }
}
