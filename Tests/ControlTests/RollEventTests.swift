import Model
import Testing

@testable import Control

/// Why a roll stopped at a worker, word for word.
@Suite struct RollEventTests {
    @Test func whatAWorkerCameToHasAWord() {
        let said = RestartEvidence(detail: "exit code 3")
        for (verdict, word) in [
            (.replaced(RestartEvidence()), "replaced"), (.notReplaced(RestartEvidence()), "not replaced"),
            (.notReplaced(said), "not replaced (exit code 3)"),
            (.targetChanged, "the worker is another one by now"), (.refused(.readOnly), "refused"),
            (.timedOut(said), "timed out"), (.zombieLeft(said), "not replaced, and left as a zombie"),
            (.crashLoop(RestartEvidence()), "crash loop"), (.crashLoop(said), "crash loop (exit code 3)"),
            (.unkillable(said), "unkillable"), (.notReady(said), "not ready (exit code 3)"),
            (.managerFailed(RestartEvidence()), "its manager failed"), (.managerFailed(said), "exit code 3"),
        ] as [(Verdict, String)] {
            #expect(verdict.word == word)
        }
    }
}
