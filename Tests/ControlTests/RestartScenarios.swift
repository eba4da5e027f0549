import Control
import Model
import Testing

/// One event, when it comes, and what has to follow from it.
struct Step: Sendable {
    var milliseconds: Int
    var event: RestartEvent
    var effects: [RestartEffect]
    var state: Restart.State

    init(_ milliseconds: Int, _ event: RestartEvent, _ effects: [RestartEffect] = [], _ state: Restart.State) {
        self.milliseconds = milliseconds
        self.event = event
        self.effects = effects
        self.state = state
    }
}

struct Scenario: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var course = restartCourse(old)
    var steps: [Step]
}

let old = worker(10)
let neighbour = worker(11)
let new = worker(12, ticks: 200)

let begin = Step(0, .begin, [.verify(old)], .verifying)
let held = Step(0, .verified(.held), [.signal(15), .arm(.grace, at(10_000))], .terminating)
let termSent = Step(0, .signalled(.sent), [], .terminating)
let exit = Step(300, .exited(.code(0)), [.disarm(.grace), .arm(.replacement, at(15_300))], .awaitingReplacement)
let graceOver = Step(10_000, .timerFired(.grace), [.signal(9), .arm(.kill, at(15_000))], .killing)
let killSent = Step(10_000, .signalled(.sent), [], .killing)
let seen = Step(
    1000, .workers([living(new, seen: at(900))]), [.arm(.stability, at(2900))], .proving)
let stable = Step(2900, .timerFired(.stability), [.verify(new)], .proving)

func report(_ verdict: Verdict) -> [RestartEffect] { [.report(verdict)] }

func evidence(
    _ signals: [(UInt8, Int)] = [(15, 0)], exited: Int? = 300, status: Model.ExitStatus? = .code(0),
    replacement: WorkerID? = nil, replaced: Int? = nil, fallen: UInt32 = 0, detail: String = ""
) -> RestartEvidence {
    RestartEvidence(
        signals: signals.map { SentSignal(number: $0.0, after: .milliseconds($0.1)) },
        exited: exited.map { .milliseconds($0) }, exitStatus: status, replacement: replacement,
        replaced: replaced.map { .milliseconds($0) }, fallen: fallen, detail: detail)
}

let replacedEvidence = evidence(replacement: new, replaced: 900)
let fallenEvidence = evidence(replacement: new, replaced: 900, fallen: 1)

let scenarios: [Scenario] = [
    Scenario(
        testDescription: "a graceful restart is replaced",
        steps: [
            begin, held, termSent, exit, seen, stable,
            Step(2900, .verified(.held), [.disarm(.replacement)] + report(.replaced(replacedEvidence)), .done),
        ]),
    Scenario(
        testDescription: "TERM ignored: KILL after the grace, and the verdict says forced",
        steps: [
            begin, held, termSent, graceOver, killSent,
            Step(
                10_100, .exited(.signal(9)), [.disarm(.kill), .arm(.replacement, at(25_100))], .awaitingReplacement),
            Step(11_000, .workers([living(new, seen: at(11_000))]), [.arm(.stability, at(13_000))], .proving),
            Step(13_000, .timerFired(.stability), [.verify(new)], .proving),
            Step(
                13_000, .verified(.held),
                [.disarm(.replacement)]
                    + report(
                        .replaced(
                            evidence(
                                [(15, 0), (9, 10_000)], exited: 10_100, status: .signal(9), replacement: new,
                                replaced: 11_000))), .done),
        ]),
    Scenario(
        testDescription: "nobody replaces it: not replaced after 15 s",
        steps: [
            begin, held, termSent, exit,
            Step(1000, .workers([living(neighbour, slot: 2)]), [], .awaitingReplacement),
            Step(15_300, .timerFired(.replacement), [.inspect], .inspecting),
            Step(15_300, .inspected(Remains()), report(.notReplaced(evidence())), .done),
        ]),
    Scenario(
        testDescription: "a replacement that dies is remembered and the next one counts",
        steps: [
            begin, held, termSent, exit, seen,
            Step(2000, .workers([]), [.disarm(.stability)], .awaitingReplacement),
            Step(
                3000, .workers([living(worker(13, ticks: 300), seen: at(2500))]), [.arm(.stability, at(4500))], .proving
            ),
            Step(4500, .timerFired(.stability), [.verify(worker(13, ticks: 300))], .proving),
            Step(
                4500, .verified(.held),
                [.disarm(.replacement)]
                    + report(.replaced(evidence(replacement: worker(13, ticks: 300), replaced: 2500, fallen: 1))), .done
            ),
        ]),
    Scenario(
        testDescription: "one that fell is no crash loop yet: not replaced, naming the last one seen",
        steps: [
            begin, held, termSent, exit, seen,
            Step(2000, .workers([]), [.disarm(.stability)], .awaitingReplacement),
            Step(15_300, .timerFired(.replacement), [.inspect], .inspecting),
            Step(15_300, .inspected(Remains()), report(.notReplaced(fallenEvidence)), .done),
        ]),
    Scenario(
        testDescription: "one on trial when the window ends may finish it",
        steps: [
            begin, held, termSent, exit,
            Step(15_000, .workers([living(new, seen: at(15_000))]), [.arm(.stability, at(17_000))], .proving),
            Step(15_300, .timerFired(.replacement), [], .proving),
            Step(17_000, .timerFired(.stability), [.verify(new)], .proving),
            Step(
                17_000, .verified(.held), report(.replaced(evidence(replacement: new, replaced: 15_000))), .done),
        ]),
    Scenario(
        testDescription: "one that dies on trial after the window ended is no replacement",
        steps: [
            begin, held, termSent, exit,
            Step(15_000, .workers([living(new, seen: at(15_000))]), [.arm(.stability, at(17_000))], .proving),
            Step(15_300, .timerFired(.replacement), [], .proving),
            Step(16_000, .workers([]), [.disarm(.stability), .inspect], .inspecting),
            Step(
                16_000, .inspected(Remains()),
                report(.notReplaced(evidence(replacement: new, replaced: 15_000, fallen: 1))), .done),
        ]),
    Scenario(
        testDescription: "a replacement the kernel no longer knows is none, whatever the last sweep said",
        steps: [
            begin, held, termSent, exit, seen, stable,
            Step(2900, .verified(.failed(.changed)), [], .awaitingReplacement),
            Step(3000, .workers([living(new, seen: at(900))]), [], .awaitingReplacement),
            Step(15_300, .timerFired(.replacement), [.inspect], .inspecting),
            Step(15_300, .inspected(Remains()), report(.notReplaced(fallenEvidence)), .done),
        ]),
    Scenario(
        testDescription: "where the kernel will not tell, the sweep's word stands",
        steps: [
            begin, held, termSent, exit, seen, stable,
            Step(
                2900, .verified(.failed(.denied)), [.disarm(.replacement)] + report(.replaced(replacedEvidence)), .done),
        ]),
    Scenario(
        testDescription: "still there after KILL: unkillable",
        steps: [
            begin, held, termSent, graceOver, killSent,
            Step(
                15_000, .timerFired(.kill),
                report(.unkillable(evidence([(15, 0), (9, 10_000)], exited: nil, status: nil))), .done),
        ]),
    Scenario(
        testDescription: "KILL forbidden: it was only asked politely, and the evidence says so",
        steps: [
            begin, held, termSent, graceOver,
            Step(10_000, .signalled(.denied), [], .killing),
            Step(15_000, .timerFired(.kill), report(.timedOut(evidence(exited: nil, status: nil))), .done),
        ]),
    Scenario(
        testDescription: "gone when KILL comes: it ended by itself",
        steps: [
            begin, held, termSent, graceOver,
            Step(
                10_000, .signalled(.gone), [.disarm(.kill), .arm(.replacement, at(25_000))], .awaitingReplacement),
            Step(10_500, .exited(.code(3)), [], .awaitingReplacement),
            Step(25_000, .timerFired(.replacement), [.inspect], .inspecting),
            Step(
                25_000, .inspected(Remains()), report(.notReplaced(evidence(exited: 10_000, status: .code(3)))), .done),
        ]),
    Scenario(
        testDescription: "gone before TERM reached it: target changed",
        steps: [
            begin, held, Step(0, .signalled(.gone), [.disarm(.grace)] + report(.targetChanged), .done),
        ]),
    Scenario(
        testDescription: "an exit while TERM is in flight waits for what became of TERM: sent",
        steps: [
            begin, held, Step(5, .exited(.signal(15)), [], .terminating),
            Step(
                6, .signalled(.sent), [.disarm(.grace), .arm(.replacement, at(15_005))], .awaitingReplacement),
        ]),
    Scenario(
        testDescription: "an exit while TERM is in flight waits for what became of TERM: never arrived",
        steps: [
            begin, held, Step(5, .exited(.signal(15)), [], .terminating),
            Step(6, .signalled(.gone), [.disarm(.grace)] + report(.targetChanged), .done),
        ]),
    Scenario(
        testDescription: "TERM forbidden: refused",
        steps: [
            begin, held,
            Step(0, .signalled(.denied), [.disarm(.grace)] + report(.refused(.notPermitted)), .done),
        ]),
    Scenario(
        testDescription: "target changed before anything",
        steps: [begin, Step(0, .verified(.failed(.changed)), report(.targetChanged), .done)]),
    Scenario(
        testDescription: "exit while verifying: target changed",
        steps: [begin, Step(0, .exited(nil), report(.targetChanged), .done)]),
    Scenario(
        testDescription: "verification forbidden",
        steps: [begin, Step(0, .verified(.failed(.denied)), report(.refused(.notPermitted)), .done)]),
    Scenario(
        testDescription: "no pidfds",
        steps: [begin, Step(0, .verified(.failed(.unsupportedKernel)), report(.refused(.unsupportedKernel)), .done)]),
    Scenario(
        testDescription: "a kernel thread",
        steps: [begin, Step(0, .verified(.failed(.protected)), report(.refused(.protectedProcess)), .done)]),
    Scenario(
        testDescription: "out of descriptors",
        steps: [begin, Step(0, .verified(.failed(.exhausted)), report(.refused(.tooManyCommands)), .done)]),
    Scenario(
        testDescription: "a timer that fires early has to fire again",
        steps: [
            begin, held, termSent,
            Step(9_999, .timerFired(.grace), [.arm(.grace, at(10_000))], .terminating), graceOver,
        ]),
    Scenario(
        testDescription: "the exit status may come later than the exit",
        steps: [
            begin, held, termSent,
            Step(300, .exited(nil), [.disarm(.grace), .arm(.replacement, at(15_300))], .awaitingReplacement),
            Step(400, .exited(.code(0)), [], .awaitingReplacement),
            Step(500, .exited(.code(9)), [], .awaitingReplacement),
            Step(15_300, .timerFired(.replacement), [.inspect], .inspecting),
            Step(15_300, .inspected(Remains()), report(.notReplaced(evidence())), .done),
        ]),
]
