import TestSupport
import Testing

@testable import Agent

@Suite struct AxonMessageTests {
    static func read(_ bytes: [UInt8]) -> AxonReader {
        var reader = AxonReader()
        reader.take(bytes)
        reader.end()
        return reader
    }

    static func answer(_ text: String) -> AxonAnswer? { AxonAnswer(parsing: Array(text.utf8)) }

    /// The bytes that the documentation of amp-message shows for three strings.
    @Test func theFormatIsTheOneOfTheDocumentation() {
        #expect(
            AxonMessage.encode(["s:foo", "s:bar"]) == [
                0x12, 0, 0, 0, 5, 0x73, 0x3A, 0x66, 0x6F, 0x6F, 0, 0, 0, 5, 0x73, 0x3A, 0x62, 0x61, 0x72,
            ])
        let call = AxonMessage.call("stopProcessId", "7", id: "a:1")
        let reader = Self.read(call)
        #expect(reader.state == .whole)
        #expect(
            reader.arguments.map { String(decoding: $0, as: UTF8.self) } == [
                "j:{\"type\":\"call\",\"method\":\"stopProcessId\",\"args\":[7]}", "s:a:1",
            ])
    }

    @Test func aLongAnswerIsTakenButNotKept() {
        let long = "j:{\"args\":[{\"env\":\"" + String(repeating: "x", count: 300_000) + "\"}]}"
        let reader = Self.read(AxonMessage.encode([long, "s:id"]))
        #expect(reader.state == .whole)
        #expect(reader.arguments.map(\.count) == [AxonReader.keptBytes, 4])
        #expect(AxonAnswer(parsing: reader.arguments[0]) == .done)
    }

    @Test func anAnswerSaysWhatCameOfIt() {
        #expect(Self.answer("j:{\"args\":[{\"pm_id\":1}]}") == .done)
        #expect(Self.answer("j:{\"args\":[]}") == .done)
        #expect(
            Self.answer("j:{ \"error\" : \"process \\\"a\\\" id unknown\\n\" }") == .error("process \"a\" id unknown "))
        #expect(Self.answer("j:{\"args\":[{\"error\":true,\"message\":\"no pid\"}]}") == .error("no pid"))
        #expect(Self.answer("j:{\"args\":[{\"error\":false,\"a\":1}]}") == .done)
        #expect(Self.answer("j:{\"error\":\"cut of") == .error("cut of"))
        for text in ["", "j:", "j:{", "s:hello", "j:[1]", "j:{\"methods\":{}}", "j:{\"a"] {
            #expect(Self.answer(text) == nil, "\(text)")
        }
    }

    @Test func aMessageWithoutEndIsGivenUp() {
        var reader = AxonReader()
        reader.take([0x12, 0xFF, 0xFF, 0xFF, 0xFF])
        for _ in 0...(AxonReader.maximumBytes / 65536) where !reader.isDone {
            reader.take([UInt8](repeating: 1, count: 65536))
        }
        #expect(reader.state == .wrong("its answer has no end"))
        #expect(Self.read([0x22, 0, 0]).state == .wrong("its answer is not of PM2's protocol"))
        #expect(Self.read([0x10]).state == .wrong("its answer is not of PM2's protocol"))
        #expect(Self.read([0x11, 0, 0, 0]).state == .wrong("its answer ends early"))
        #expect(Self.read([]).state == .wrong("it closed the connection without an answer"))
        #expect(Self.read([0x11, 0, 0, 0, 0]).state == .whole)
    }

    @Test(arguments: 1...30) func noiseDoesNoHarm(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let good = AxonMessage.encode([
            "j:{\"args\":[{\"error\":true,\"message\":\"a \\u00e4 \\\" b\"}]}", "s:looptop:0",
        ])
        for round in 0..<100 {
            let bytes =
                round % 4 == 0 ? random.noise(Int.random(in: 0...200, using: &random)) : random.mutant(of: good)
            let whole = Self.read(bytes)
            var inPieces = AxonReader()
            for piece in random.pieces(of: bytes) { inPieces.take(piece) }
            inPieces.end()
            #expect(whole.isDone)
            #expect(
                inPieces.state == whole.state && inPieces.arguments == whole.arguments, "seed \(seed), round \(round)")
            for argument in whole.arguments { _ = AxonAnswer(parsing: argument) }
        }
    }
}
