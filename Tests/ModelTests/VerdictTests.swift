import Model
import Testing

@Suite struct VerdictTests {
    @Test func onlySIGKILLForces() {
        let term = SentSignal(number: 15, after: .zero)
        let kill = SentSignal(number: 9, after: .seconds(10))
        #expect(!RestartEvidence().forced)
        #expect(!RestartEvidence(signals: [term]).forced)
        #expect(RestartEvidence(signals: [term, kill]).forced)
    }

    @Test func evidenceOfNothingKnowsNothing() {
        let evidence = RestartEvidence()
        #expect(evidence.exited == nil && evidence.exitStatus == nil)
        #expect(evidence.replacement == nil && evidence.replaced == nil)
        #expect(GroupEvidence().wanted == nil)
    }

    @Test func aFailedRollIsNotOver() {
        let over = RollSummary.State.allCases.filter(\.isOver)
        #expect(over == [.finished, .aborted], "resume tries a failed one again")
    }
}
