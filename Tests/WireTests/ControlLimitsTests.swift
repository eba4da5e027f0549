import Model
import TestSupport
import Testing
import Wire

/// What is larger than a message may be is cut, and what was cut says so where that counts.
@Suite struct ControlLimitsTests {
    @Test(arguments: [1, 16, 512, 5000]) func aPlanOfTheLargestStepsFitsAndCountsTheRest(_ count: Int) throws {
        let long = ControlSamples.long
        let plan = Plan(
            steps: Array(repeating: ControlSamples.largestStep, count: count),
            success: Array(repeating: long, count: 99), warnings: Array(repeating: long, count: 99), omittedSteps: 7)
        let outcome = Outcome(
            id: Samples.commandID, action: .roll,
            target: .group(GroupTarget(boot: Samples.boot, key: long, master: Samples.master)), issuer: long,
            verdict: .planned(plan))
        for message in [Message.outcome(outcome), .event(Samples.event(.commandEnded(outcome)))] {
            let bytes = message.encoded()
            #expect(bytes.count <= Limits.eventBytes)
            let received = try #require(try planned(in: decode(bytes)))
            #expect(received.success.count == Limits.planSentences)
            #expect(received.warnings.count == Limits.planSentences)
            #expect(received.steps.count + Int(received.omittedSteps) == count + 7)
            #expect(received.steps.count == count || bytes.count > Limits.eventBytes - 1000)
            #expect(try planned(in: decode(try #require(try decode(bytes)).encoded())) == received)
        }
    }

    @Test func aPlanOfManySmallStepsIsCutAtItsLimit() throws {
        let step = PlanStep(process: Samples.master, role: "worker 3", deed: .signal(15))
        for count in [511, 512, 513, 4000] {
            let plan = Plan(steps: Array(repeating: step, count: count))
            let message = Message.outcome(ControlSamples.outcome(.roll, ControlSamples.groupTarget, of: .planned(plan)))
            let received = try #require(try planned(in: decode(message.encoded())))
            #expect(received.steps.count == min(count, 512))
            #expect(received.omittedSteps == UInt32(max(0, count - 512)))
        }
        let full = Plan(steps: Array(repeating: step, count: 513), omittedSteps: .max)
        let message = Message.outcome(ControlSamples.outcome(.roll, ControlSamples.groupTarget, of: .planned(full)))
        #expect(try planned(in: decode(message.encoded()))?.omittedSteps == .max)
    }

    @Test func answersAreCutToTheirLimits() throws {
        let long = ControlSamples.long
        var largest = Life(worker: Samples.worker, started: WallTime(nanoseconds: .min))
        largest.endedBy = long
        let experience = Experience(replaced: .max, notReplaced: .max, slowest: .nanoseconds(Int64.max))
        let offer = Offer(action: .roll, means: long, unavailable: long)
        let peer = PeerReport(
            address: long, connections: .max, unreadBytes: .max, unsentBytes: .max, age: .nanoseconds(Int64.max),
            slots: Array(repeating: .max, count: 2000))
        let report = ConnectionReport(
            monotonic: MonotonicInstant(nanoseconds: .max), established: .max, closeWait: .max,
            listeners: Array(repeating: ListenerReport(address: long, queue: .max, limit: .max), count: 99),
            peers: Array(repeating: peer, count: 99), peerCount: .max, stickiness: .proxy(address: long))
        for body in [
            .offers(Array(repeating: offer, count: 99), experience),
            .lives(Array(repeating: largest, count: 500), experience), .connections(report), .unknown(long),
            .pastPieces(.coarse, (1...300).map { Self.piece($0) }),
            .past(PastPart(piece: .max, offset: .max, bytes: Array(repeating: 7, count: 1 << 17), byteCount: .max)),
            .log(LogSamples.largest), .denied(long),
        ] as [Answer.Body] {
            let bytes = Message.answer(Answer(id: .max, body: body)).encoded()
            #expect(bytes.count <= Limits.eventBytes)
            guard case .answer(let answer) = try decode(bytes) else {
                Issue.record("no answer came back")
                return
            }
            switch answer.body {
            case .offers(let offers, let received): #expect(offers.count == 16 && received == experience)
            case .lives(let lives, let received): #expect(lives.count == 100 && received == experience)
            case .connections(let report):
                #expect(report.listeners.count == 32 && report.peers.count == 20 && report.peerCount == .max)
                #expect(report.peers.allSatisfy { $0.slots.count == 256 })
            case .unknown(let why): #expect(why == String(long.prefix(128)))
            case .pastPieces(let tier, let pieces):
                #expect(tier == .coarse && pieces == (45...300).map { Self.piece($0) })
            case .past(let part):
                #expect(part.piece == .max && part.offset == .max && part.byteCount == .max)
                #expect(part.bytes == Array(repeating: 7, count: 60 << 10))
            case .log(let page):
                #expect(page.sources == [LogSamples.largestSource])
                #expect(page.cursor.count == 3072 && page.hasMore)
                // As many of the largest lines as there is room for.
                #expect(page.lines == Array(repeating: LogSamples.largestLine, count: 14))
            case .denied(let why): #expect(why == String(long.prefix(256)))
            case .events: Issue.record("not asked for")
            }
        }
    }

    private static func piece(_ number: UInt64) -> PastPiece {
        PastPiece(
            number: .max - number, first: MonotonicInstant(nanoseconds: .max),
            last: MonotonicInstant(nanoseconds: .max),
            snapshots: .max, byteCount: .max)
    }

    /// Asks for events after the last one it got until there are no more; each comes once and whole, but for a plan that
    /// is too large for any message.
    @Test func whoAsksForEventsGetsThemAll() throws {
        let seed = printedSeed()
        var generator = ControlGenerator(seed: seed)
        let huge = Plan(steps: Array(repeating: ControlSamples.largestStep, count: 200))
        var large = huge
        large.steps.removeLast(140)
        var events: [Event] = []
        for number: UInt64 in 1...1500 {
            var event = generator.event()
            event.sequence = number
            if number % 100 == 7 {
                let plan = number % 200 == 7 ? huge : large
                event.body = .commandEnded(
                    ControlSamples.outcome(.roll, ControlSamples.groupTarget, of: .planned(plan)))
            }
            events.append(event)
        }
        var received: [Event] = []
        var rounds = 0
        while received.count < events.count, rounds < 200 {
            rounds += 1
            let after = received.last?.sequence ?? 0
            let answer = Answer(id: 1, body: .events(events.filter { $0.sequence > after }))
            let bytes = Message.answer(answer).encoded()
            #expect(bytes.count <= Limits.eventBytes)
            guard case .answer(let part) = try decode(bytes), case .events(let more) = part.body else {
                Issue.record("no events came back")
                return
            }
            try #require(!more.isEmpty, "seed \(seed)")
            received += more
        }
        #expect(received.map(\.sequence) == events.map(\.sequence))
        for (sent, got) in zip(events, received) where sent.sequence % 200 != 7 {
            // Long texts of a plan are cut in any case.
            let expected = sent.sequence % 100 == 7 ? try decodedAlone(sent) : sent
            try #require(got == expected, "seed \(seed), event \(sent.sequence)")
        }
    }

    @Test func managersAndFoldedProcessesAreCut() throws {
        var info = ControlSamples.managed
        info.manager = Manager(kind: .docker, name: ControlSamples.long)
        info.folded = Array(repeating: ControlSamples.largestFolded, count: 99)
        guard
            case .event(let event) = try decode(Message.event(Samples.event(.workerStarted(info, app: "w"))).encoded()),
            case .workerStarted(let received, _) = event.body
        else {
            Issue.record("no worker came back")
            return
        }
        #expect(received.manager?.name.utf8.count == Limits.managerNameBytes)
        #expect(received.folded.count == Limits.folded)
        #expect(received.folded.allSatisfy { $0.title.utf8.count == Limits.titleBytes })
    }

    @Test func foldedProcessesGetFewerAsWorkersGetMore() throws {
        let folded = (0..<16).map { index in
            FoldedProcess(
                process: ProcessRef(pid: 70_000 + index, startTicks: 100_000_000), role: .wrapper, title: "npm start")
        }
        for (count, expected) in [(1, 16), (64, 16), (1000, 7), (2000, 3)] {
            var snapshot = Samples.keyframe
            snapshot.workers = (1...count).map { pid in
                var info = Samples.info(WorkerID(boot: Samples.boot, pid: Int32(pid), startTicks: 1), slot: 1)
                info.folded = folded
                return WorkerEntry(info: info, row: WorkerRow())
            }
            guard case .keyframe(_, let received) = try decode(Message.keyframe(subscription: 1, snapshot).encoded())
            else {
                Issue.record("no keyframe came back")
                return
            }
            for worker in received.workers { #expect(worker.info.folded == Array(folded.prefix(expected))) }
        }
    }

    private func planned(in message: Message?) -> Plan? {
        switch message {
        case .outcome(let outcome): if case .planned(let plan) = outcome.verdict { return plan }
        case .event(let event):
            if case .commandEnded(let outcome) = event.body, case .planned(let plan) = outcome.verdict { return plan }
        default: break
        }
        return nil
    }

    private func decodedAlone(_ event: Event) throws -> Event? {
        guard case .event(let alone) = try decode(Message.event(event).encoded()) else { return nil }
        return alone
    }
}
