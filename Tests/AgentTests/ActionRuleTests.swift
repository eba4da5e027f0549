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

    private static func objection(_ text: String) -> String? {
        if case .failure(let objection) = ActionRule.condition(text) { objection.reason } else { nil }
    }

    @Test(arguments: [
        "", "memory > 1GiB", "memory for 2m", "memory < 1GiB for 2m", "cpu > 1GiB for 2m", "silent > 1s for 2m",
        "memory > 1GiB for 2m or so",
    ])
    func whatHasAnotherFormIsToldTheForm(text: String) {
        let form = "it must be \"memory > SIZE for TIME\", \"lag > TIME for TIME\" or \"silent for TIME\""
        #expect(Self.objection(text) == form)
    }

    @Test(arguments: [
        ("memory > 1G for 2m", "\"1G\" must be a size such as \"512MiB\" or \"1GiB\""),
        ("memory > 0B for 2m", "\"0B\" must be a size such as \"512MiB\" or \"1GiB\""),
        ("lag > 1GiB for 2m", "\"1GiB\" must be a time from 1ms to 1h, such as \"500ms\""),
        ("lag > 0ms for 2m", "\"0ms\" must be a time from 1ms to 1h, such as \"500ms\""),
        ("lag > 5ms for 2", "\"2\" must be a time from 1s to 1d, such as \"30s\" or \"2m\""),
        ("silent for 0s", "\"0s\" must be a time from 1s to 1d, such as \"30s\" or \"2m\""),
        ("silent for 2d", "\"2d\" must be a time from 1s to 1d, such as \"30s\" or \"2m\""),
    ])
    func aQuantityThatIsNoneIsNamed(text: String, reason: String) {
        #expect(Self.objection(text) == reason)
    }
}
