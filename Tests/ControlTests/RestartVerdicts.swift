import Control
import Model

// Scenarios of every verdict beyond the plain ones, of managers, preludes and proofs; run by `RestartTests`.

let third = worker(13, ticks: 300)
let inspected = Step(15_300, .timerFired(.replacement), [.inspect], .inspecting)
let squatter = PortOrphan(process: ProcessRef(pid: 99, startTicks: 50), port: 8080)
let unit = ManagerCall.systemd(unit: "web.service", user: nil, .restart)
let subject = CallSubject(process: ProcessRef(pid: 10, startTicks: 100), uid: 33)

let asked = restartCourse(old, departure: .call(unit))
/// Ten seconds of grace and a minute; five more until it is given up.
let asking = Step(
    0, .verified(.held), [.call(unit, for: subject, limit: .seconds(70)), .arm(.call, at(75_000))], .asking)
let leaves = Step(300, .exited(.signal(15)), [], .awaitingReplacement)

func managed(_ answer: String, exited: Int? = 300, replacement: WorkerID? = nil, replaced: Int? = nil)
    -> RestartEvidence
{
    evidence(
        [], exited: exited, status: exited == nil ? nil : .signal(15), replacement: replacement, replaced: replaced,
        detail: "systemctl restart web.service: \(answer)")
}

/// Falls at 2 s and 4 s; the second one is the last that was seen.
let twoFalls = [
    begin, held, termSent, exit, seen,
    Step(2000, .workers([]), [.disarm(.stability)], .awaitingReplacement),
    Step(3000, .workers([living(third, seen: at(2500))]), [.arm(.stability, at(4500))], .proving),
    Step(4000, .workers([]), [.disarm(.stability)], .awaitingReplacement),
]
let twoFallen = evidence(replacement: third, replaced: 2500, fallen: 2)

let quick = Proof(lagBelow: .milliseconds(100))
let checked = Proof(ready: .tcp(port: 8080))
let seenWithProof = Step(
    1000, .workers([living(new, seen: at(900))]), [.arm(.stability, at(2900)), .arm(.proof, at(63_000))], .proving)

/// Its lag is looked at from the first sight on, and not from its start.
let seenWithBound = Step(
    1000, .workers([living(new, seen: at(900))]), [.arm(.stability, at(3000)), .arm(.proof, at(63_000))], .proving)

let verdictScenarios: [Scenario] = [
    Scenario(
        testDescription: "dead, unreaped and not replaced: a zombie is left",
        steps: [
            begin, held, termSent, exit, inspected,
            Step(15_300, .inspected(Remains(isZombie: true)), report(.zombieLeft(evidence())), .done),
        ]),
    Scenario(
        testDescription: "not replaced while somebody else holds the port",
        steps: [
            begin, held, termSent, exit, inspected,
            Step(
                15_300, .inspected(Remains(isZombie: true, orphan: squatter)),
                report(.orphanHoldsPort(evidence(), squatter)), .done),
        ]),
    Scenario(
        testDescription: "two that fell are a crash loop",
        steps: twoFalls + [
            inspected, Step(15_300, .inspected(Remains()), report(.crashLoop(twoFallen)), .done),
        ]),
    Scenario(
        testDescription: "a port that is taken explains a crash loop",
        steps: twoFalls + [
            inspected,
            Step(
                15_300, .inspected(Remains(orphan: squatter)), report(.orphanHoldsPort(twoFallen, squatter)), .done),
        ]),
    Scenario(
        testDescription: "without a final signal it is only waited for",
        course: restartCourse(old, departure: .signals(polite: 15, final: nil)),
        steps: [
            begin, held, termSent,
            Step(
                10_000, .timerFired(.grace), report(.timedOut(evidence(exited: nil, status: nil))), .done),
        ]),
    Scenario(
        testDescription: "one that ended while nobody knew of its signal needs no KILL",
        steps: [
            begin, held, Step(5, .exited(.signal(15)), [], .terminating),
            Step(10_000, .timerFired(.grace), [.arm(.replacement, at(15_005))], .awaitingReplacement),
        ]),
    Scenario(
        testDescription: "a prelude comes first, and the rest when its time is over",
        course: restartCourse(old, prelude: RestartCourse.Prelude(signal: 20, wait: .seconds(5))),
        steps: [
            begin, Step(0, .verified(.held), [.signal(20), .arm(.prelude, at(5000))], .quieting),
            Step(0, .signalled(.sent), [], .quieting),
            Step(5000, .timerFired(.prelude), [.signal(15), .arm(.grace, at(15_000))], .terminating),
            Step(5000, .signalled(.sent), [], .terminating),
            Step(
                6000, .exited(.code(0)), [.disarm(.grace), .arm(.replacement, at(21_000))], .awaitingReplacement),
            Step(21_000, .timerFired(.replacement), [.inspect], .inspecting),
            Step(
                21_000, .inspected(Remains()), report(.notReplaced(evidence([(20, 0), (15, 5000)], exited: 6000))),
                .done),
        ]),
    Scenario(
        testDescription: "one that ends during its prelude has ended by us",
        course: restartCourse(old, prelude: RestartCourse.Prelude(signal: 20, wait: .seconds(5))),
        steps: [
            begin, Step(0, .verified(.held), [.signal(20), .arm(.prelude, at(5000))], .quieting),
            Step(0, .signalled(.sent), [], .quieting),
            Step(
                300, .exited(.signal(20)), [.disarm(.prelude), .arm(.replacement, at(15_300))], .awaitingReplacement),
        ]),
    Scenario(
        testDescription: "gone when TERM comes after a prelude: replaced or not, it is ours",
        course: restartCourse(old, prelude: RestartCourse.Prelude(signal: 20, wait: .seconds(5))),
        steps: [
            begin, Step(0, .verified(.held), [.signal(20), .arm(.prelude, at(5000))], .quieting),
            Step(0, .signalled(.sent), [], .quieting),
            Step(5000, .timerFired(.prelude), [.signal(15), .arm(.grace, at(15_000))], .terminating),
            Step(
                5000, .signalled(.gone), [.disarm(.grace), .arm(.replacement, at(20_000))], .awaitingReplacement),
        ]),
    Scenario(
        testDescription: "a manager restarts it",
        course: asked,
        steps: [
            begin, asking, leaves,
            Step(1000, .called(.done), [.disarm(.call), .arm(.replacement, at(16_000))], .awaitingReplacement),
            seen, stable,
            Step(
                2900, .verified(.held),
                [.disarm(.replacement)] + report(.replaced(managed("done", replacement: new, replaced: 900))), .done),
        ]),
    Scenario(
        testDescription: "a manager that is still at it has the last word before replaced",
        course: asked,
        steps: [
            begin, asking, leaves, seen, Step(2900, .timerFired(.stability), [], .proving),
            Step(
                5000, .called(.done), [.disarm(.call), .arm(.replacement, at(20_000)), .verify(new)], .proving),
            Step(
                5000, .verified(.held),
                [.disarm(.replacement)] + report(.replaced(managed("done", replacement: new, replaced: 900))), .done),
        ]),
    Scenario(
        testDescription: "a manager that failed at once: manager failed, the worker lives",
        course: asked,
        steps: [
            begin, asking,
            Step(500, .called(.failed("no such unit")), [.disarm(.call), .arm(.grace, at(2500))], .asking),
            Step(
                2500, .timerFired(.grace), report(.managerFailed(managed("failed: no such unit", exited: nil))), .done),
        ]),
    Scenario(
        testDescription: "a manager that ended it and cannot start it",
        course: asked,
        steps: [
            begin, asking, leaves,
            Step(
                1000, .called(.failed("spawn error")), [.disarm(.call), .arm(.replacement, at(16_000))],
                .awaitingReplacement),
            Step(16_000, .timerFired(.replacement), [.inspect], .inspecting),
            Step(16_000, .inspected(Remains()), report(.managerFailed(managed("failed: spawn error"))), .done),
        ]),
    Scenario(
        testDescription: "a new worker counts for more than what its manager says",
        course: asked,
        steps: [
            begin, asking, leaves,
            Step(
                1000, .called(.failed("odd")), [.disarm(.call), .arm(.replacement, at(16_000))], .awaitingReplacement),
            seen, stable,
            Step(
                2900, .verified(.held),
                [.disarm(.replacement)] + report(.replaced(managed("failed: odd", replacement: new, replaced: 900))),
                .done),
        ]),
    Scenario(
        testDescription: "a manager that says done while the old one stays",
        course: asked,
        steps: [
            begin, asking, Step(1000, .called(.done), [.disarm(.call), .arm(.grace, at(11_000))], .asking),
            Step(
                11_000, .timerFired(.grace),
                report(.timedOut(managed("done, but the old worker still lives", exited: nil))), .done),
        ]),
    Scenario(
        testDescription: "a manager that never answers is given up",
        course: asked,
        steps: [
            begin, asking, Step(75_000, .timerFired(.call), [.arm(.grace, at(77_000))], .asking),
            Step(
                77_000, .timerFired(.grace), report(.timedOut(managed("no answer in time", exited: nil))), .done),
        ]),
    Scenario(
        testDescription: "the stable window counts from the last lag above the bound",
        course: restartCourse(old, proof: quick),
        steps: [
            begin, held, termSent, exit, seenWithBound,
            Step(2000, .workers([living(new, lag: 340_000, seen: at(900))]), [.arm(.stability, at(4000))], .proving),
            Step(3000, .workers([living(new, lag: 100_000, seen: at(900))]), [.arm(.stability, at(5000))], .proving),
            Step(4000, .workers([living(new, lag: 99_999, seen: at(900))]), [], .proving),
            Step(5000, .timerFired(.stability), [.verify(new)], .proving),
            Step(
                5000, .verified(.held), [.disarm(.replacement), .disarm(.proof)] + report(.replaced(replacedEvidence)),
                .done),
        ]),
    Scenario(
        testDescription: "a lag that stays above the bound: not ready",
        course: restartCourse(old, proof: quick),
        steps: [
            begin, held, termSent, exit, seenWithBound,
            Step(
                62_000, .workers([living(new, lag: 340_000, seen: at(900))]), [.arm(.stability, at(64_000))], .proving),
            Step(
                63_000, .timerFired(.proof),
                [.disarm(.replacement), .disarm(.stability)]
                    + report(
                        .notReady(
                            evidence(
                                replacement: new, replaced: 900,
                                detail: "its longest stretch was 340 ms, not below 100 ms"))), .done),
        ]),
    Scenario(
        testDescription: "a lag that nobody knows proves nothing",
        course: restartCourse(old, proof: quick),
        steps: [
            begin, held, termSent, exit, seenWithBound,
            Step(3000, .timerFired(.stability), [.arm(.stability, at(4000))], .proving),
            Step(4000, .timerFired(.stability), [.arm(.stability, at(5000))], .proving),
            Step(
                63_000, .timerFired(.proof),
                [.disarm(.replacement), .disarm(.stability)]
                    + report(
                        .notReady(evidence(replacement: new, replaced: 900, detail: "its lag is not known"))), .done),
        ]),
    Scenario(
        testDescription: "a ready check is asked again until it passes",
        course: restartCourse(old, proof: checked),
        steps: [
            begin, held, termSent, exit, seenWithProof,
            Step(2900, .timerFired(.stability), [.check(.tcp(port: 8080), of: new, number: 1)], .proving),
            Step(3000, .checked(.failed("refused"), number: 1), [.arm(.retry, at(4000))], .proving),
            Step(3500, .checked(.done, number: 1), [], .proving),
            Step(4000, .timerFired(.retry), [.check(.tcp(port: 8080), of: new, number: 2)], .proving),
            Step(4100, .checked(.done, number: 2), [.verify(new)], .proving),
            Step(
                4100, .verified(.held), [.disarm(.replacement), .disarm(.proof)] + report(.replaced(replacedEvidence)),
                .done),
        ]),
    Scenario(
        testDescription: "a ready check that never passes: not ready",
        course: restartCourse(old, proof: checked),
        steps: [
            begin, held, termSent, exit, seenWithProof,
            Step(2900, .timerFired(.stability), [.check(.tcp(port: 8080), of: new, number: 1)], .proving),
            Step(62_500, .checked(.failed("refused"), number: 1), [.arm(.retry, at(63_500))], .proving),
            Step(
                63_000, .timerFired(.proof),
                [.disarm(.replacement), .disarm(.retry)]
                    + report(
                        .notReady(
                            evidence(replacement: new, replaced: 900, detail: "ready check: failed: refused"))), .done),
        ]),
    Scenario(
        testDescription: "a check of one that fell is no check of the next",
        course: restartCourse(old, proof: checked),
        steps: [
            begin, held, termSent, exit, seenWithProof,
            Step(2900, .timerFired(.stability), [.check(.tcp(port: 8080), of: new, number: 1)], .proving),
            Step(
                3000, .workers([living(third, seen: at(2950))]),
                [.disarm(.proof), .arm(.stability, at(4950)), .arm(.proof, at(65_000))], .proving),
            Step(3100, .checked(.done, number: 1), [], .proving),
            Step(4950, .timerFired(.stability), [.check(.tcp(port: 8080), of: third, number: 2)], .proving),
        ]),
]
