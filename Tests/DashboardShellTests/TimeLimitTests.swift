import Testing

@testable import Dashboard

@Suite struct TimeLimitTests {
    @Test(arguments: [
        ("5s", Duration.seconds(5)), ("500ms", .milliseconds(500)), ("2m", .seconds(120)), ("1h", .seconds(3600)),
        ("7", .seconds(7)), ("24h", .seconds(86_400)),
    ])
    func readsWhatPeopleWrite(_ text: String, _ duration: Duration) {
        #expect(TimeLimit(argument: text)?.duration == duration)
    }

    @Test(arguments: ["", "s", "0", "-1s", "1.5s", "5 s", "5d", "25h", "99999999999999999999s", "９s"])
    func refusesTheRest(_ text: String) {
        #expect(TimeLimit(argument: text) == nil)
    }
}
