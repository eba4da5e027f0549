import Testing

@testable import Agent

@Suite struct ActionRuleTests {
    @Test(
        arguments: [
            ("memory > 1GiB for 2m", .memory(above: 1 << 30), .seconds(120), "memory > 1GiB for 2m"),
            ("  memory>512MiB   for 90s", .memory(above: 512 << 20), .seconds(90), "memory > 512MiB for 90s"),
            ("lag > 500ms for 30s", .lag(above: .milliseconds(500)), .seconds(30), "lag > 500ms for 30s"),
            ("silent for 60s", .silent, .seconds(60), "silent for 1m"),
        ] as [(String, ActionRule.Condition, Duration, String)])
    func aRuleIsTakenAndWrittenAgain(
        text: String, condition: ActionRule.Condition, lasting: Duration, written: String
    ) throws {
        let (found, time) = try ActionRule.condition(text).get()
        #expect(found == condition && time == lasting)
        let rule = ActionRule(condition: found, lasting: time, deed: .propose)
        #expect(rule.text == written)
        let again = try ActionRule.condition(written).get()
        #expect(again.0 == condition && again.lasting == lasting)
    }

    @Test(arguments: [
        ("", "it must be"), ("memory > 1GiB", "it must be"), ("memory for 2m", "it must be"),
        ("memory < 1GiB for 2m", "it must be"), ("cpu > 1GiB for 2m", "it must be"), ("silent > 1s for 2m", "it must"),
        ("memory > 1GiB for 2m or so", "it must be"), ("memory > 1G for 2m", "\"1G\" must be a size"),
        ("memory > 0B for 2m", "\"0B\" must be a size"), ("lag > 1GiB for 2m", "\"1GiB\" must be a time"),
        ("lag > 0ms for 2m", "\"0ms\" must be a time"), ("lag > 5ms for 2", "\"2\" must be a time"),
        ("silent for 0s", "\"0s\" must be a time"), ("silent for 2d", "\"2d\" must be a time"),
    ])
    func anythingElseIsToldWhatItMustBe(text: String, beginning: String) {
        #expect(throws: ActionRule.Objection.self) { try ActionRule.condition(text).get() }
        if case .failure(let objection) = ActionRule.condition(text) {
            #expect(objection.reason.hasPrefix(beginning), "\(objection.reason)")
        }
    }
}
