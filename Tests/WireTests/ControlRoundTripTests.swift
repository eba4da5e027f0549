import Model
import TestSupport
import Testing
import Wire

@Suite struct ControlRoundTripTests {
    @Test func whateverCommandsEventsAndAnswersSayComesThrough() throws {
        let seed = printedSeed()
        var generator = ControlGenerator(seed: seed)
        var heads: Set<[UInt8]> = []
        for round in 0..<3000 {  // one kind of refusal in 272: none is missed
            let messages: [Message] = [
                .command(generator.command()), .outcome(generator.outcome()), .event(generator.event()),
                .query(generator.query()), .answer(generator.answer()),
            ]
            for message in messages {
                let bytes = message.encoded()
                try #require(bytes.count <= message.type.maximumByteCount, "seed \(seed), round \(round)")
                try #require(try decode(bytes) == message, "seed \(seed), round \(round)")
            }
            heads.insert(kind(of: messages[1]))
            heads.insert(kind(of: messages[2]))
        }
        #expect(heads.count == 16 + 17 + 14, "every verdict, every other refusal and every event was among them")
    }

    /// Number of an outcome's verdict, with that of the refusal, or of an event's body, by taking the message apart.
    private func kind(of message: Message) -> [UInt8] {
        switch message {
        case .outcome(let outcome):
            var without = outcome
            without.verdict = .targetChanged
            let bytes = message.encoded()
            let place = Message.outcome(without).encoded().count - 1
            return Array(bytes[place..<(bytes[place] == 4 ? place + 2 : place + 1)])
        case .event(let event):
            var without = event
            without.body = .configuration("")
            return [0, message.encoded()[Message.event(without).encoded().count - 2]]
        default: return []
        }
    }

    @Test(arguments: Action.allCases) func everyActionOnEveryTarget(_ action: Action) throws {
        for target in [.worker(Samples.worker), ControlSamples.groupTarget] as [CommandTarget] {
            let command = Command(id: Samples.commandID, action: action, target: target)
            #expect(try decode(Message.command(command).encoded()) == .command(command))
        }
    }

    @Test(arguments: [Scale.by(.min), .by(-1), .by(0), .by(.max), .to(0), .to(.max)]) func everySize(_ size: Scale)
        throws
    {
        var command = ControlSamples.scale
        command.parameters.size = size
        #expect(try decode(Message.command(command).encoded()) == .command(command))
    }

    @Test(arguments: Manager.Kind.allCases) func everyManager(_ kind: Manager.Kind) throws {
        var info = ControlSamples.managed
        info.manager = Manager(kind: kind, name: "é:1")
        let message = Message.event(Samples.event(.workerStarted(info, app: "web")))
        #expect(try decode(message.encoded()) == message)
    }

    @Test func whatWasKeptWholeIsReadWhole() throws {
        let message = Message.command(ControlSamples.roll)
        let bytes = message.encoded()
        #expect(try Message.decode(whole: bytes.span) == message)
        let more = bytes + [0]
        #expect(throws: WireError.trailingBytes(message: "header", count: 1)) { try Message.decode(whole: more.span) }
        for count in bytes.indices {
            let less = Array(bytes[..<count])
            #expect(throws: WireError.self) { try Message.decode(whole: less.span) }
        }
    }
}
