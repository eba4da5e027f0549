import Console
import Model
import Testing

@testable import Dashboard

/// What a roll is doing, what is to become of it, and which keys mean something then.
struct RollPhaseTests {
    private static func roll(_ state: RollSummary.State, _ reason: String, underWay: [UInt32]? = nil) -> RollSummary {
        var roll = DemoControl.rollSummary(state, reason: reason)
        if let underWay { roll.underWay = underWay }
        return roll
    }

    @Test(
        arguments: [
            (roll(.running, ""), "roll 1/4 RUNNING by user/ada, slot #2 under way", "p pause", true),
            (
                roll(.running, "paused by user/ada; still under way: slot 2"),
                "roll 1/4 PAUSING by user/ada: paused by user/ada; still under way: slot 2", nil, true
            ),
            (
                roll(.running, "slot 3: crash loop; still under way: slot 2"),
                "roll 1/4 FAILING by user/ada: slot 3: crash loop; still under way: slot 2", nil, true
            ),
            (
                roll(.running, "aborted by user/bob; still under way: slot 2"),
                "roll 1/4 ENDING by user/ada: aborted by user/bob; still under way: slot 2", nil, false
            ),
            (roll(.paused, "paused by user/ada"), "roll 1/4 PAUSED by user/ada: paused by user/ada", "p resume", true),
            (roll(.failed, "slot 2: crash loop"), "roll 1/4 FAILED by user/ada: slot 2: crash loop", "p resume", true),
            (roll(.aborted, "aborted by user/ada"), "roll 1/4 ABORTED by user/ada: aborted by user/ada", nil, false),
            (roll(.finished, ""), "roll 1/4 FINISHED by user/ada", nil, false),
        ] as [(RollSummary, String, String?, Bool)])
    func itsKeysFit(_ roll: RollSummary, _ line: String, _ key: String?, _ canBeEnded: Bool) {
        #expect(roll.line(columns: 200) == line)
        var demo = DemoControl.troubled(roll)
        demo.press(.enter, .home)
        let keys = demo.frame().text(row: 23)
        for word in ["p pause", "p resume"] { #expect(keys.contains(word) == (word == key), "\(keys)") }
        #expect(keys.contains("X end roll") == canBeEnded)
        demo.press(.character("p"))
        #expect((demo.state.dialog != nil) == (key != nil))
        if key == nil { #expect(demo.state.message?.text.contains(roll.isOpen ? roll.phase.word : "no roll") == true) }
    }

    @Test func withLittleRoomWhyItStandsStillComesBeforeWhoBeganIt() {
        let failed = Self.roll(.failed, "slot 2: crash loop")
        #expect(failed.line(columns: 40) == "roll 1/4 FAILED: slot 2: crash loop")
        #expect(Self.roll(.running, "").line(columns: 30) == "roll 1/4 RUNNING by user/ada")
        #expect(Self.roll(.running, "").line(columns: 20) == "roll 1/4 RUNNING")
    }

    @Test func nobodyIsCalledUntouchedWhoMayHaveFailed() {
        #expect(!rollVerdictText(Self.roll(.failed, "slot 2: crash loop")).contains("untouched"))
        #expect(!rollVerdictText(Self.roll(.aborted, "aborted by user/ada")).contains("untouched"))
        var finished = Self.roll(.finished, "1 had been replaced by others")
        finished.replaced = 3
        #expect(rollVerdictText(finished) == "rolled: 3 of 4 workers replaced, 1 had been replaced by others")
        var demo = DemoControl.troubled(Self.roll(.failed, "slot 2: crash loop"))
        demo.press(.enter, .home, .enter)
        #expect(demo.frame().text.contains("p: try the failed one again and go on"))
        #expect(!demo.frame().text.contains("untouched"))
    }

    @Test(arguments: [
        (RollSummary.State.paused, "nothing is under way; the rest stays as it is"),
        (.running, "what is under way ends and is replaced; the rest stays"),
    ])
    func endingItSaysWhatBecomesOfWhatIsUnderWay(_ state: RollSummary.State, _ text: String) {
        var demo = DemoControl.troubled(DemoControl.rollSummary(state))
        demo.press(.enter, .home, .character("X"))
        demo.plan(host: 0, .planned(Plan(steps: [])))
        #expect(demo.frame().text.contains(text))
    }

    /// The event comes up to a second before the snapshot that says the same.
    @Test func anEventShowsTheRollAtOnceAndAnOlderSnapshotDoesNotTakeItBack() {
        var demo = DemoControl.troubled()
        demo.press(.enter, .home)
        let failed = Self.roll(.failed, "slot 2: crash loop")
        let at = DemoFleet.agentInstant(91) + .milliseconds(500)
        demo.link(
            0,
            .event(
                Event(
                    sequence: 5000, monotonic: at, wall: DemoFleet.wall(91.5),
                    body: .roll(failed, app: "api", groupKey: "api"))))
        #expect(demo.frame().text(row: 23).contains("p resume"))
        demo.advance(1)
        #expect(demo.frame().text(row: 23).contains("p resume"), "that snapshot was taken before it failed")
        demo.advance(1)
        #expect(demo.frame().text(row: 23).contains("p pause"), "a later snapshot knows better")
        demo.link(
            0,
            .event(
                Event(
                    sequence: 5001, monotonic: at, wall: DemoFleet.wall(91.5),
                    body: .roll(failed, app: "api", groupKey: "api"))))
        #expect(demo.frame().text(row: 23).contains("p pause"), "what is told late is past")
    }
}
