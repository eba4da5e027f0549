import Control
import Model
import Testing

@Suite struct ExperiencesTests {
    private func replaced(in milliseconds: Int) -> Verdict {
        .replaced(evidence(exited: 300, replacement: new, replaced: 300 + milliseconds))
    }

    @Test func learnsHowOftenAndHowFast() {
        var experiences = Experiences()
        #expect(experiences.experience(of: "web") == Experience())
        experiences.learn(replaced(in: 900), of: "web")
        experiences.learn(replaced(in: 4000), of: "web")
        experiences.learn(.notReplaced(evidence()), of: "web")
        experiences.learn(.zombieLeft(evidence()), of: "web")
        experiences.learn(.orphanHoldsPort(evidence(), squatter), of: "web")
        #expect(
            experiences.experience(of: "web") == Experience(replaced: 2, notReplaced: 3, slowest: .seconds(4)))
        #expect(experiences.experience(of: "api") == Experience())
    }

    @Test func learnsNothingFromWhatSaysNothing() {
        var experiences = Experiences()
        for verdict in [
            Verdict.targetChanged, .refused(.readOnly), .timedOut(evidence()), .unkillable(evidence()),
            .notReady(evidence()), .managerFailed(evidence()),
            .replaced(evidence([], exited: nil, replacement: new, replaced: 10)),
        ] { experiences.learn(verdict, of: "web") }
        #expect(experiences.experience(of: "web") == Experience())
    }

    @Test func aCrashLoopDidNotComeBack() {
        var experiences = Experiences()
        experiences.learn(.crashLoop(evidence()), of: "web")
        #expect(experiences.experience(of: "web") == Experience(notReplaced: 1))
    }

    /// Ports come behind a key when another of the same app begins, and go when it ends.
    @Test func whatWasLearnedOutlivesTheEndOfAKey() {
        var experiences = Experiences()
        let key = "gunicorn/shop:app/633f894b"
        experiences.learn(replaced(in: 900), of: key)
        experiences.learn(replaced(in: 900), of: key + "/8000")
        experiences.learn(replaced(in: 900), of: key + "/8000,8443/master-12")
        #expect(experiences.experience(of: key + "/8001").replaced == 3)
        #expect(experiences.experience(of: "gunicorn/shop:app/633f894c").replaced == 0)
        #expect(experiences.experience(of: "gunicorn/a/b/633f894b").replaced == 0, "a name may have a slash")
    }

    @Test func remembersTheSlowestOfTheLastTen() {
        var experiences = Experiences()
        experiences.learn(replaced(in: 9000), of: "web")
        for _ in 0..<9 { experiences.learn(replaced(in: 100), of: "web") }
        #expect(experiences.experience(of: "web").slowest == .seconds(9))
        experiences.learn(replaced(in: 100), of: "web")
        #expect(experiences.experience(of: "web").slowest == .milliseconds(100))
        #expect(experiences.experience(of: "web").replaced == 11)
    }

    @Test func isBounded() {
        var experiences = Experiences()
        experiences.learn(replaced(in: 1), of: "first")
        experiences.learn(replaced(in: 1), of: "second")
        for number in 2..<Experiences.limit { experiences.learn(replaced(in: 1), of: "\(number)") }
        experiences.learn(replaced(in: 1), of: "first")
        experiences.learn(replaced(in: 1), of: "more")
        #expect(experiences.experience(of: "first").replaced == 2)
        #expect(experiences.experience(of: "second").replaced == 0, "the longest unused went")
        #expect(experiences.experience(of: "more").replaced == 1)
    }
}
