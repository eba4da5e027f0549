import Model
import Testing

@testable import Dashboard

/// Verdicts, refusals and failures say what was seen.
struct WordsTests {
    private let target = CommandTarget.worker(WorkerID(boot: DemoFleet.boot, pid: 20_117, startTicks: 5))
    private let new = WorkerID(boot: DemoFleet.boot, pid: 20_311, startTicks: 9)

    @Test func aReplacementNamesBothPidsAndTheTimes() {
        let evidence = RestartEvidence(
            signals: [SentSignal(number: 15, after: .zero)], exited: .milliseconds(800), exitStatus: .code(0),
            replacement: new, replaced: .milliseconds(1300))
        #expect(
            verdictText(.replaced(evidence), target: target)
                == "replaced: pid 20117 -> 20311, exited after 800ms (code 0), new worker live after 1.3s")
    }

    @Test func forceIsSaid() {
        let evidence = RestartEvidence(
            signals: [SentSignal(number: 15, after: .zero), SentSignal(number: 9, after: .seconds(10))],
            exited: .seconds(10), exitStatus: .signal(9), replacement: new, replaced: .seconds(12))
        #expect(verdictText(.replaced(evidence), target: target).contains("forced with SIGKILL"))
        #expect(verdictText(.unkillable(evidence), target: target).contains("still there after SIGTERM and SIGKILL"))
    }

    @Test func nothingNewIsNotCalledASuccess() {
        var evidence = RestartEvidence(exited: .seconds(1), exitStatus: nil)
        #expect(
            verdictText(.notReplaced(evidence), target: target)
                == "not replaced: pid 20117 exited after 1.0s (status not known); nothing new was seen in its place")
        evidence.replacement = new
        #expect(verdictText(.notReplaced(evidence), target: target).contains("pid 20311 came but ended at once"))
    }

    @Test func whatWasNotSignalledIsSaidNotToBe() {
        #expect(verdictText(.targetChanged, target: target).contains("nothing was signalled"))
        let refusals: [Refusal] = [
            .role(app: "api", needed: .operator, has: .viewer), .policy(app: "api"), .readOnly, .protectedProcess,
            .notAWorker, .busy(holder: CommandID(high: 1, low: 2), what: "a roll by user/bob"), .expired, .idReused,
            .notPermitted,
            .unsupportedKernel, .auditUnavailable(errno: 28), .tooManyCommands, .notAGroup,
            .unsuited("uvicorn 0.17 does not replace a worker that ends"), .warning("capacity drops to nothing"),
            .held(by: "user/eve", left: .seconds(42)), .limit(app: "api", rule: "2 restarts a minute"), .noSuchRoll,
        ]
        let texts = refusals.map { verdictText(.refused($0), target: target) }
        #expect(texts.allSatisfy { $0.hasPrefix("refused: ") && $0.hasSuffix("; nothing was signalled") })
        #expect(Set(texts).count == refusals.count)
    }

    @Test func everyLimitationIsExplained() {
        let all: Limitations = [
            .ioDenied, .detailsDenied, .signalsDenied, .noPidfd, .noDescriptorCount, .workersOmitted, .processesHidden,
            .sweepsStretched,
        ]
        #expect(limitationTexts(all).count == 8)
        #expect(limitationSentences(all).count == 8)
        #expect(limitationSentences(all).allSatisfy { $0.hasSuffix(".") })
        #expect(limitationTexts([]).isEmpty && limitationSentences([]).isEmpty)
        #expect(limitationTexts(.signalsDenied)[0].contains("CAP_KILL"))
    }

    @Test func whatBringsAWorkerBackIsNotPromised() {
        var info = GroupInfo(
            key: "k", app: "api", kind: .gunicorn, master: ProcessRef(pid: 7, startTicks: 1), ports: [],
            respawn: .master)
        #expect(info.respawnText == "its master (gunicorn, pid 7) starts a new one")
        info.respawn = .parentMay
        #expect(info.respawnText == "its parent (pid 7) may start it again; unknown until tried")
        func seen(_ inHour: UInt16) -> String {
            info.respawnText(nil, Restarts(inHour: inHour, inFiveMinutes: 0, slot: 1))
        }
        // The last end may have had nobody after it.
        #expect(seen(1).contains("may start it again"))
        #expect(seen(2).contains("once in the last hour") && seen(2).contains("unknown until tried"))
        #expect(seen(5).contains("4 times in the last hour"))
        let tried = info.respawnText(
            Experience(replaced: 3, notReplaced: 1), Restarts(inHour: 5, inFiveMinutes: 0, slot: 1))
        #expect(tried == "its parent (pid 7) did so after 3 of 4 restarts tried here")
        info.respawn = .nothingKnown
        #expect(info.respawnText == "nothing is known to start it again")
    }
}
