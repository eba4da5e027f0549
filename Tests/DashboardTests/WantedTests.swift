import Console
import Model
import Testing

@testable import Dashboard

/// Hosts are asked for what is looked at, and no more.
struct WantedTests {
    private func standard() -> DemoFleet { DemoFleet.settled(size: Size(rows: 24, columns: 80)) }

    private func kinds(_ demo: DemoFleet) -> [String] {
        demo.questions.map { question in
            switch question {
            case .offers: "offers"
            case .lives(_, let slot): "lives \(slot)"
            case .pastPieces(let tier): "past \(tier.word)"
            case .past(let piece, let offset): "past \(piece) from \(offset)"
            case .connections(.worker): "connections of worker"
            case .connections(.group(let target)): "connections of \(target.key)"
            case .events(let after): "events \(after)"
            case .log(let request): "log of \(request.groupKey)"
            }
        }
    }

    @Test func theFleetScreenAsksNothing() {
        var demo = standard()
        demo.advance(30)
        #expect(demo.questions.isEmpty)
    }

    @Test func theListOfEventsAsksAllHostsForWhatHappenedBefore() {
        var demo = standard()
        demo.press(.character("4"))
        #expect(
            kinds(demo) == ["events 0", "events 0", "events 0", "events 0"], "only those that are down are not asked")
        for host in [0, 3, 4, 6] { demo.link(host, .answer(.events(after: 0), .events([]))) }
        demo.advance(60)
        #expect(kinds(demo).count == 4)
    }

    @Test func aHostScreenAsksForThePastOnce() {
        var demo = standard()
        demo.press(.enter)
        #expect(kinds(demo) == ["events 0"])
        demo.link(0, .answer(.events(after: 0), .events([])))
        demo.advance(60)
        #expect(kinds(demo) == ["events 0"])
    }

    @Test func aWorkersScreenAsksForItsLivesAndConnectionsAtTheirPace() {
        var demo = standard()
        demo.press(.enter, .down, .enter)
        demo.link(0, .answer(.events(after: 0), .events([])))
        demo.effects = []
        demo.advance(20)
        #expect(kinds(demo).filter { $0 == "connections of worker" }.count == 10)
        #expect(kinds(demo).filter { $0 == "lives 3" }.count == 4)
        demo.effects = []
        demo.exit(0, slot: 3, .code(0))
        demo.advance(2, sampling: [])
        #expect(!kinds(demo).contains("connections of worker"), "it has none any more")
        demo.press(.escape, .escape)
        demo.effects = []
        demo.advance(10)
        #expect(kinds(demo).isEmpty)
    }

    @Test func anAppsScreenAsksForTheConnectionsOfAll() {
        var demo = standard()
        demo.press(.enter, .home, .enter)
        #expect(kinds(demo).contains("connections of api"))
    }

    @Test func aHostThatIsAwayIsNotAsked() {
        var demo = standard()
        demo.press(.enter, .down, .enter)
        demo.link(0, .lost(.silent, retryAt: nil))
        demo.effects = []
        demo.second(add: 60)
        demo.tick()
        #expect(demo.questions.isEmpty)
    }

    private func event(_ sequence: UInt64, second: Int, _ body: Event.Body) -> Event {
        Event(
            sequence: sequence, monotonic: DemoFleet.agentInstant(second), wall: DemoFleet.wall(Double(second)),
            body: body)
    }

    @Test func thePastIsReadPageByPageAndStandsBeforeWhatCameSince() {
        var demo = standard()
        demo.press(.enter)
        demo.effects = []
        let newest = demo.fleet.hosts[0].log.last
        demo.link(
            0,
            .answer(
                .events(after: 0),
                .events([
                    event(1, second: -600, .configuration("policy.json5 was read again")),
                    event(2, second: 89, .configuration("agent.json5 was read again")),
                ])))
        #expect(kinds(demo) == ["events 2"])
        demo.link(0, .answer(.events(after: 2), .events([event(9, second: -3, .configuration("nothing to do"))])))
        demo.link(0, .answer(.events(after: 2), .events([event(9, second: -3, .configuration("late twin"))])))
        demo.link(0, .answer(.events(after: 9), .events([])))
        demo.advance(60)
        #expect(kinds(demo) == ["events 2", "events 9"])
        let log = demo.fleet.hosts[0].log
        #expect(log.map(\.at) == log.map(\.at).sorted())
        #expect(log.first.map { demo.fleet.hosts[0].text(of: $0) } == "policy.json5 was read again")
        #expect(log.filter { if case .agent(.configuration) = $0.body { true } else { false } }.count == 3)
        #expect(newest != nil)
    }

    /// An agent that answers with what was asked for already would be asked for ever.
    @Test func aPageThatLeadsNowhereIsTheLast() {
        var past = PastEvents()
        let first = past.take([event(5, second: 1, .configuration("a"))], after: 0)
        #expect(first.count == 1)
        #expect(past.wanted == 5)
        let again = past.take([event(3, second: 1, .configuration("b"))], after: 5)
        #expect(again.count == 1)
        #expect(past.wanted == nil)
    }

    @Test func eventMarksAreBounded() {
        var marks = EventMarks()
        for number in 1...UInt64(EventMarks.capacity) + 1 {
            let isNew = marks.insert(event(number, second: 1, .configuration("x")))
            #expect(isNew)
        }
        let recent = marks.insert(event(UInt64(EventMarks.capacity), second: 1, .configuration("x")))
        #expect(!recent)
        let forgotten = marks.insert(event(1, second: 1, .configuration("x")))
        #expect(forgotten)
    }

    @Test func answersAreBounded() {
        var demo = standard()
        for slot in 0..<UInt32(100) {
            demo.second(add: 1)
            demo.link(0, .answer(.lives(groupKey: "api", slot: slot), .unknown("x")))
        }
        #expect(demo.fleet.hosts[0].answers.count == FleetHost.answersKept)
        #expect(demo.fleet.hosts[0].answers[.lives(groupKey: "api", slot: 99)] != nil)
    }
}
