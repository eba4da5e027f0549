import Console
import Model
import Testing

@testable import Dashboard

@Suite struct PromptTests {
    private static let size = Size(rows: 24, columns: 80)

    private func typing(_ line: String, then keys: Key...) -> DemoFleet {
        var demo = DemoFleet.settled(size: Self.size)
        demo.press(.character(":"))
        demo.type(line)
        for key in keys { demo.press(key) }
        return demo
    }

    @Test func commandsLeadToWhatTheyName() {
        #expect(typing("workers", then: .enter).state.kind == .workers)
        #expect(
            typing("host web-01", then: .enter).state.screen.host
                == typing("host web-01").fleet.hosts.firstIndex { $0.name == "web-01" })
        #expect(typing("worker web-17/api#3", then: .enter).frame().text.contains("pid 20113"))
        #expect(typing("filter state=down", then: .enter).frame().text.contains("web-22"))
        #expect(typing("filter state=down", then: .enter).frame().text.contains("rows 1-1/1"))
        #expect(typing("sort cpu", then: .enter).frame().text.contains("sort CPU"))
        #expect(typing("help", then: .enter).state.help == 0)
        #expect(typing("app web-17/api", then: .enter).frame().text.contains("web-17 > api"))
        #expect(typing("app api", then: .enter).frame().text.contains("app api > workers"))
    }

    @Test func tabAndArrowsComplete() {
        var demo = typing("hos", then: .tab)
        #expect(demo.state.prompt?.text == "hosts")
        demo = typing("host cr", then: .tab)
        #expect(demo.state.prompt?.text == "host cron-01")
        demo = typing("host ", then: .down, .down, .enter)
        #expect(demo.state.screen.host == 1, "the second of the hosts")
        #expect(typing("host 17", then: .tab).state.prompt?.text == "host web-17", "also what is only in it")
    }

    @Test(arguments: [
        ("wrokers", "there is no command \"wrokers\"; did you mean \"workers\"?"),
        ("host nobody", "there is no host \"nobody\""),
        ("sort lga", "there is no column \"lga\" here; did you mean \"lag\"?"),
        ("app nobody/api", "no app \"nobody/api\" is known; write APP or HOST/APP, or 2 for all"),
        ("worker web-17/api#99", "no worker \"web-17/api#99\" is known; write HOST/APP#SLOT, or 3 for all"),
        ("workers now", "workers stands alone"), ("", "type a command; Tab completes it"),
    ])
    func aWrongOneSaysWhyAndStays(_ line: String, _ sentence: String) {
        let demo = typing(line, then: .enter)
        #expect(demo.state.message?.text == sentence + "; mend it, or leave with Esc")
        #expect(demo.state.prompt?.text == line)
    }

    /// What is wrong with a filter its own tests read.
    @Test func aWrongFilterStaysToo() {
        let demo = typing("filter lga>1s", then: .enter)
        #expect(demo.state.message?.text.hasPrefix("there is no key \"lga\"") == true)
        #expect(demo.state.prompt?.text == "filter lga>1s")
    }

    @Test func itActsOnlyThroughTheDialog() {
        var demo = DemoFleet.settled(size: Self.size)
        demo.press(.enter, .down, .character(":"))
        demo.effects = []
        demo.type("restart")
        demo.press(.enter)
        #expect(demo.state.dialog?.action?.action == .restart)
        #expect(
            !demo.effects.contains { if case .issue(_, let command) = $0 { !command.parameters.dryRun } else { false } }
        )
    }

    @Test func escapeAndBackspaceCloseIt() {
        #expect(typing("ho", then: .escape).state.prompt == nil)
        #expect(typing("h", then: .backspace).state.prompt != nil)
        #expect(typing("h", then: .backspace, .backspace).state.prompt == nil)
    }

    @Test func looksAsDrawn() throws {
        for (rows, columns) in [(10, 40), (24, 80), (40, 120)] {
            var demo = DemoFleet.settled(size: Size(rows: rows, columns: columns))
            demo.press(.character(":"))
            demo.type("host w")
            demo.press(.down)
            #expect(demo.frame().cursor == Position(row: rows - 1, column: 7), "the cursor is where one types")
            try Golden.check(demo.frame(), "prompt-\(columns)x\(rows)")
        }
    }
}
