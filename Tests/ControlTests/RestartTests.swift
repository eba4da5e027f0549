import Control
import Model
import Testing

@Test(arguments: scenarios + verdictScenarios)
func followsItsTable(scenario: Scenario) {
    var restart = Restart(scenario.course, group: [old, neighbour])
    for (index, step) in scenario.steps.enumerated() {
        #expect(restart.handle(step.event, now: at(step.milliseconds)) == step.effects, "step \(index)")
        #expect(restart.state == step.state, "step \(index)")
    }
}

let prefixes: [[Step]] = [
    [], [begin], [begin, held, termSent], [begin, held, termSent, graceOver, killSent], [begin, held, termSent, exit],
    [begin, held, termSent, exit, seen], [begin, Step(0, .exited(nil), report(.targetChanged), .done)],
    [begin, held, termSent, exit, Step(15_300, .timerFired(.replacement), [.inspect], .inspecting)],
]

/// Every event that is no move of the state, in every state.
@Test(arguments: prefixes)
func ignoresLateAndRepeatedEvents(prefix: [Step]) {
    var restart = Restart(restartCourse(old), group: [old, neighbour])
    for step in prefix { _ = restart.handle(step.event, now: at(step.milliseconds)) }
    let state = restart.state
    var moves: [RestartEvent]
    switch state {
    case .idle: moves = [.begin]
    case .verifying: moves = [.verified(.held), .verified(.failed(.changed)), .exited(nil)]
    case .terminating: moves = [.exited(nil), .timerFired(.grace)]
    case .killing: moves = [.exited(nil), .timerFired(.kill)]
    case .awaitingReplacement: moves = [.timerFired(.replacement), .workers([living(new)])]
    case .proving: moves = [.timerFired(.stability), .timerFired(.replacement), .workers([])]
    case .inspecting: moves = [.inspected(Remains())]
    case .quieting, .asking: moves = []
    case .done: moves = []
    }
    let all: [RestartEvent] =
        [
            .begin, .verified(.held), .verified(.failed(.changed)), .signalled(.sent), .signalled(.gone),
            .signalled(.denied), .exited(nil), .workers([]), .workers([living(new)]), .called(.done),
            .called(.timedOut), .checked(.done, number: 1), .checked(.timedOut, number: 0), .inspected(Remains()),
        ] + RestartTimer.allCases.map { .timerFired($0) }
    for event in all where !moves.contains(event) {
        #expect(restart.handle(event, now: at(14_000)) == [], "\(state) \(event)")
        #expect(restart.state == state, "\(event)")
    }
}

@Test(arguments: [
    (Duration.seconds(-5), 100), (.zero, 100), (.milliseconds(250), 250), (.seconds(10), 10_000),
    (.seconds(9999), 300_000),
])
func keepsTheGraceWithinItsLimits(asked: Duration, milliseconds: Int) {
    var restart = Restart(restartCourse(old, grace: asked), group: [old])
    _ = restart.handle(.begin, now: at(0))
    #expect(restart.handle(.verified(.held), now: at(0)) == [.signal(15), .arm(.grace, at(milliseconds))])
}

/// Lists of living workers after the exit of `old` in slot 1; `neighbour` in slot 2 lived at the beginning.
@Test(
    arguments: [
        ("took the slot", [living(neighbour, slot: 2), living(new)], new),
        ("another slot, group complete again", [living(neighbour, slot: 2), living(new, slot: 3)], new),
        ("a neighbour that crashed and came back", [living(new, slot: 2)], nil),
        ("all of the group replaced", [living(new, slot: 5), living(worker(14, ticks: 250), slot: 4)], new),
        ("of another group", [living(neighbour, slot: 2), living(new, group: "api")], nil),
        ("there before", [living(neighbour)], nil),
        ("older than the target", [living(neighbour, slot: 2), living(worker(12, ticks: 99))], nil),
        ("the target itself in a late list", [living(old), living(neighbour, slot: 2)], nil),
        (
            "of another boot",
            [
                living(neighbour, slot: 2),
                living(WorkerID(boot: BootID(high: 1, low: 1), pid: 12, startTicks: 200)),
            ], nil
        ),
        ("none", [living(neighbour, slot: 2)], nil),
    ] as [(String, [LiveWorker], WorkerID?)])
func tellsAReplacementFromANeighbour(what: String, list: [LiveWorker], expected: WorkerID?) {
    var restart = Restart(restartCourse(old), group: [old, neighbour])
    for step in [begin, held, termSent, exit] { _ = restart.handle(step.event, now: at(step.milliseconds)) }
    _ = restart.handle(.workers(list), now: at(1000))
    #expect(restart.state == (expected == nil ? .awaitingReplacement : .proving), "\(what)")
    #expect(restart.evidence.replacement == expected, "\(what)")
}

/// PM2 and others start the new one before the old one ends.
@Test func aReplacementThatCameFirstStillHasToHoldOutAlone() {
    var restart = Restart(restartCourse(old), group: [old])
    for step in [begin, held, termSent] { _ = restart.handle(step.event, now: at(step.milliseconds)) }
    let early = living(new, slot: 2, seen: at(1000))
    #expect(restart.handle(.workers([living(old), early]), now: at(1000)) == [])
    _ = restart.handle(.exited(.code(0)), now: at(8000))
    #expect(restart.handle(.workers([early]), now: at(8000)) == [.arm(.stability, at(10_000))])
    #expect(restart.evidence.replaced == .milliseconds(1000))
}

/// Five that fall end the wait before its time.
@Test func manyFallsEndTheWait() {
    var restart = Restart(restartCourse(old), group: [old, neighbour])
    for step in [begin, held, termSent, exit] { _ = restart.handle(step.event, now: at(step.milliseconds)) }
    var effects: [RestartEffect] = []
    for fall in 1...Restart.fallenLimit {
        let moment = at(300 + fall * 100)
        effects = restart.handle(.workers([living(worker(20, ticks: 200 + UInt64(fall)), seen: moment)]), now: moment)
        #expect(restart.state == .proving)
        effects = restart.handle(.workers([]), now: moment + .milliseconds(50))
    }
    #expect(effects == [.disarm(.stability), .disarm(.replacement), .inspect])
    guard case .report(.crashLoop(let evidence)) = restart.handle(.inspected(Remains()), now: at(1000)).last else {
        Issue.record("\(restart.state)")
        return
    }
    #expect(evidence.fallen == 5)
}
