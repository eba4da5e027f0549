import Model
import Testing

@testable import Dashboard

/// Every verdict says what was seen, and no more.
struct VerdictTextTests {
    private static let target = CommandTarget.worker(WorkerID(boot: DemoFleet.boot, pid: 4711, startTicks: 5))
    private static let group = CommandTarget.group(GroupTarget(boot: DemoFleet.boot, key: "api", master: nil))
    private static let new = WorkerID(boot: DemoFleet.boot, pid: 4800, startTicks: 9)
    private static let gone = RestartEvidence(
        signals: [SentSignal(number: 15, after: .zero)], exited: .milliseconds(80), exitStatus: .signal(15))

    private static func evidence(_ change: (inout RestartEvidence) -> Void) -> RestartEvidence {
        var evidence = gone
        change(&evidence)
        return evidence
    }

    @Test(arguments: [
        (
            Verdict.zombieLeft(gone),
            "zombie left: pid 4711 is dead (signal 15 SIGTERM), its parent has not fetched its status, and nothing came in "
                + "its place"
        ),
        (
            .orphanHoldsPort(gone, PortOrphan(process: ProcessRef(pid: 812, startTicks: 1), port: 8000)),
            "port taken: pid 4711 exited after 80ms (signal 15 SIGTERM), and pid 812, which is not of this app, holds port "
                + "8000"
        ),
        (
            .crashLoop(
                evidence {
                    $0.fallen = 3
                    $0.replacement = new
                }),
            "crash loop: pid 4711 exited after 80ms (signal 15 SIGTERM); 3 came in its place and ended at once, the last was "
                + "pid 4800"
        ),
        (
            .unkillable(
                RestartEvidence(
                    signals: [SentSignal(number: 15, after: .zero), SentSignal(number: 9, after: .seconds(10))])),
            "unkillable: pid 4711 is still there after SIGTERM and SIGKILL: an uninterruptible wait (state D)"
        ),
        (
            .notReady(
                evidence {
                    $0.replacement = new
                    $0.detail = "GET /health on port 8000: 503"
                }),
            "not ready: pid 4711 exited after 80ms (signal 15 SIGTERM), and pid 4800 lives, but does not prove itself; "
                + "GET /health on port 8000: 503"
        ),
        (
            .managerFailed(RestartEvidence(detail: "supervisord: BAD_NAME: web:web_9")),
            "manager failed: supervisord: BAD_NAME: web:web_9"
        ),
        (
            .timedOut(RestartEvidence(detail: "systemd did not answer in 30 s")),
            "timed out: pid 4711 is still there after waiting; systemd did not answer in 30 s"
        ),
        (
            .interrupted(Interruption(targetLives: true, replacement: nil, workers: 4)),
            "interrupted: the agent ended before a result, and nothing is done twice. Now: pid 4711 still lives, 4 workers in "
                + "the app"
        ),
        (
            .interrupted(Interruption(targetLives: false, replacement: new, workers: 1)),
            "interrupted: the agent ended before a result, and nothing is done twice. Now: pid 4711 is gone, pid 4800 came "
                + "after the command, 1 worker in the app"
        ), (.planned(Plan(steps: [], omittedSteps: 4)), "would take 4 steps; nothing was done"),
    ])
    func ofAWorker(_ verdict: Verdict, _ text: String) {
        #expect(verdictText(verdict, target: Self.target) == text)
    }

    private static func roll(_ state: RollSummary.State, _ replaced: UInt32, _ reason: String = "") -> Verdict {
        .rolled(
            RollSummary(
                id: DemoControl.roll, state: state, issuer: "user/ada", total: 8, replaced: replaced, reason: reason,
                began: DemoFleet.instant(0)))
    }

    @Test(arguments: [
        (roll(.finished, 8), "rolled: 8 of 8 workers replaced"),
        (
            roll(.failed, 1, "slot 2: crash loop; 6 untouched"),
            "roll failed: 1 of 8 workers replaced, slot 2: crash loop; 6 untouched"
        ),
        (
            roll(.paused, 3, "paused by user/ada"),
            "roll paused: 3 of 8 workers replaced, paused by user/ada; 5 left, resume goes on"
        ),
        (
            roll(.aborted, 3, "aborted by user/ada; 5 untouched"),
            "roll aborted: 3 of 8 workers replaced, aborted by user/ada; 5 untouched"
        ),
        (
            .done(GroupEvidence(before: 4, after: 5, wanted: 5, new: 1, elapsed: .milliseconds(2300))),
            "done: 4 -> 5 workers, 1 new, in 2.3s"
        ),
        (
            .failed(GroupEvidence(before: 4, after: 4, wanted: 6, elapsed: .seconds(15), detail: "no new worker came")),
            "failed: 4 -> 4 workers (6 wanted), in 15s; no new worker came"
        ), (.done(GroupEvidence(detail: "SIGHUP sent to the master")), "done; SIGHUP sent to the master"),
        (.targetChanged, "target changed: the app has another master than the one on the screen; nothing was done"),
        (
            .interrupted(Interruption(targetLives: nil, replacement: nil, workers: 3)),
            "interrupted: the agent ended before a result, and nothing is done twice. Now: 3 workers in the app"
        ),
    ])
    func ofAnApp(_ verdict: Verdict, _ text: String) {
        #expect(verdictText(verdict, target: Self.group) == text)
    }

    @Test func theLevelIsThatOfWhatCameOfIt() {
        #expect(Verdict.replaced(Self.gone).level == .ok)
        #expect(Verdict.crashLoop(Self.gone).level == .crit)
        #expect(Verdict.interrupted(Interruption(targetLives: nil, replacement: nil, workers: 0)).level == .warn)
        let paused = Outcome(
            id: DemoControl.roll, action: .pause, target: Self.group, issuer: "x", verdict: Self.roll(.paused, 3))
        #expect(paused.level == .ok, "that is what was asked for")
        #expect(paused.verdict.level == .warn)
    }

    @Test func aManagersContainerIsNamedAsPeopleDo() {
        let id = String(repeating: "0123456789abcdef", count: 4)
        #expect(Manager(kind: .docker, name: id).text == "docker 0123456789ab")
        #expect(Manager(kind: .systemd, name: "web.service").text == "systemd web.service")
    }
}
