import Console
import Model
import Testing

@testable import Dashboard

/// What is said of the screen without a screen.
struct PlainTextTests {
    private struct Ear {
        var text = PlainText()
        var heard: [String] = []

        mutating func listen(_ demo: DemoFleet, isAnswer: Bool = false) {
            heard = text.lines(of: demo.rendering(.spoken), isAnswer: isAnswer, now: demo.now)
        }
    }

    private func opened() -> (DemoFleet, Ear) {
        let demo = DemoFleet.settled(size: Size(rows: 24, columns: 80))
        var ear = Ear()
        ear.listen(demo)
        return (demo, ear)
    }

    @Test func theFirstTimeEverythingIsToldEachRowALine() {
        let (_, ear) = opened()
        for name in DemoFleet.names { #expect(ear.heard.contains { $0.contains(name) }, "\(name)") }
        #expect(ear.heard.contains { $0.hasPrefix("> web-17 CRIT") || $0.hasPrefix("> ") && $0.contains("web-17") })
        #expect(ear.heard.last?.hasPrefix("Keys: ") == true)
        #expect(!ear.heard.contains { $0.contains("\u{1B}") || $0.contains("\n") })
        #expect(!ear.heard.contains { $0.unicodeScalars.contains { !$0.isASCII } })
    }

    @Test func numbersAloneAreNoNews() {
        var (demo, ear) = opened()
        for _ in 0..<5 {
            demo.advance()
            ear.listen(demo)
            #expect(ear.heard == [], "at \(demo.second)")
        }
        for _ in 0..<6 { demo.advance() }
        ear.listen(demo)
        #expect(ear.heard.count == 1 && ear.heard[0].hasPrefix("> "), "the row under the cursor, now and then")
    }

    @Test func aStateThatChangesIsToldInOneLine() {
        var (demo, ear) = opened()
        demo.link(6, .lost(.unreachable(reason: "connect timed out"), retryAt: nil))
        demo.tick()
        ear.listen(demo)
        let lines = ear.heard.filter { $0.hasPrefix("web-01 ") }
        #expect(lines.count == 1 && lines[0].contains("DOWN"))
        ear.listen(demo)
        #expect(ear.heard == [])
    }

    @Test func theRowThatTheCursorComesToIsTold() {
        var (demo, ear) = opened()
        demo.press(.down)
        ear.listen(demo, isAnswer: true)
        #expect(ear.heard.count { $0.hasPrefix("> ") } == 1)
        #expect(ear.heard.count <= 3)
    }

    @Test func whoNarrowsAListHearsWhereTheyAre() {
        var (demo, ear) = opened()
        demo.feed(.key(.line("/web-17")))
        ear.listen(demo, isAnswer: true)
        #expect(ear.heard.count { $0.hasPrefix("> web-17 ") } == 1, "\(ear.heard)")
        ear.listen(demo, isAnswer: true)
        #expect(ear.heard == [], "a key that changes nothing says nothing")
    }

    @Test func anotherScreenIsToldWhole() {
        var (demo, ear) = opened()
        demo.press(.enter)
        ear.listen(demo, isAnswer: true)
        #expect(ear.heard.contains { $0.hasPrefix("Fleet > ") })
        #expect(ear.heard.count > 10)
        demo.press(.character("?"))
        ear.listen(demo, isAnswer: true)
        #expect(ear.heard.contains { $0.hasPrefix("Help: ") })
    }

    @Test func whatNobodyAskedForIsBounded() {
        var (demo, ear) = opened()
        var count = 0
        for second in 0..<30 {
            for host in [0, 3, 6] {
                demo.link(
                    host,
                    second.isMultiple(of: 2)
                        ? .lost(.unreachable(reason: "connect timed out"), retryAt: nil)
                        : .connected(DemoFleet.info(host), role: .operator))
            }
            demo.advance(sampling: [])
            ear.listen(demo)
            count += ear.heard.count
        }
        #expect(count > 10 && Double(count) <= PlainText.burst + 30 * PlainText.rate)
    }

    @Test func aLineIsKeysOrAKeyByItsNameOrACommand() {
        var demo = DemoFleet.settled(size: Size(rows: 24, columns: 80))
        func say(_ line: String) { demo.feed(.key(.line(line))) }
        say("3")
        #expect(demo.state.kind == .workers)
        say("Esc")
        say(":hosts")
        #expect(demo.state.kind == .fleet && demo.state.prompt == nil)
        say("/web")
        #expect(demo.state.filter == "web" && !demo.state.isFiltering)
        say("/state=")
        #expect(!demo.state.isFiltering && demo.state.filter.isEmpty)
        #expect(demo.state.message?.text.isEmpty == false)
        say(":nonsense")
        #expect(demo.state.prompt == nil && demo.state.message?.text.contains("no command") == true)
        say("Home")
        say("")
        #expect(demo.state.kind == .host)
        say("jr")
        #expect(demo.state.dialog != nil)
        say("y")
        #expect(demo.commands.isEmpty, "typed ahead")
    }
}
