import Console
import Model
import Testing

@testable import Dashboard

/// The log on the screen, without a screen.
struct LogViewTests {
    private var host: FleetHost { DemoFleet.settled(size: Size(rows: 24, columns: 80)).fleet.hosts[0] }

    /// Asks, and answers with these lines.
    private func feed(
        _ view: inout LogView, _ lines: [LogLine], at second: Double, hasMore: Bool = false, cursor: UInt8 = 1
    ) -> LogRequest? {
        guard case .log(let request)? = view.question(now: DemoFleet.instant(second)) else { return nil }
        let source = LogPage.Source(text: "stdout: /srv/api.log", stream: .output, slots: [3], isReadable: true)
        view.take(
            .log(LogPage(sources: [source], lines: lines, cursor: [cursor], hasMore: hasMore)), to: request, of: host,
            now: DemoFleet.instant(second))
        view.settle(rows: 10, columns: 40)
        return request
    }

    private func lines(_ range: ClosedRange<Int>) -> [LogLine] { range.map { LogLine(source: 0, text: "line \($0)") } }

    private func shown(_ view: LogView) -> [String] { view.visible.prefix(10).map(\.text.string) }

    private var view: LogView { LogView(host: 0, groupKey: "node:3000", slot: 3) }

    @Test func asksForTheNewestThenForWhatComes() {
        var view = view
        let first = feed(&view, lines(1...30), at: 1)
        #expect(first?.cursor == [] && first?.lines == 1000 && first?.slot == 3)
        #expect(shown(view) == (21...30).map { "line \($0)" })
        #expect(view.question(now: DemoFleet.instant(1.5)) == nil, "no sooner than in a second")
        let second = feed(&view, lines(31...32), at: 2)
        #expect(second?.cursor == [1])
        #expect(shown(view).last == "line 32")
    }

    @Test func oneQuestionAtATime() {
        var view = view
        #expect(view.question(now: DemoFleet.instant(1)) != nil)
        #expect(view.question(now: DemoFleet.instant(5)) == nil)
        #expect(view.question(now: DemoFleet.instant(12)) != nil, "an answer that never came is given up")
    }

    @Test func moreIsAskedForAtOnceAlsoWhereNobodyFollows() {
        var view = view
        #expect(feed(&view, lines(1...5), at: 1, hasMore: true) != nil)
        view.toggleFollowing()
        #expect(feed(&view, lines(6...9), at: 1.2) != nil)
        #expect(feed(&view, [], at: 9) == nil, "then it rests")
        view.toggleFollowing()
        #expect(feed(&view, lines(10...10), at: 9.1) != nil)
        #expect(shown(view).last == "line 10")
    }

    @Test func scrollingUpHoldsTheLinesAndTheEndFollowsAgain() {
        var view = view
        _ = feed(&view, lines(1...30), at: 1)
        view.move(by: -3, rows: 10, columns: 40)
        #expect(!view.follows && shown(view).first == "line 18")
        view.move(by: -1_000_000, rows: 10, columns: 40)
        #expect(shown(view).first == "line 1")
        view.move(by: 5, rows: 10, columns: 40)
        #expect(shown(view).first == "line 6" && !view.follows)
        view.move(by: 1_000_000, rows: 10, columns: 40)
        view.settle(rows: 10, columns: 40)
        #expect(view.follows && shown(view).last == "line 30")
    }

    @Test func theOldestLinesGo() {
        var view = view
        _ = feed(&view, lines(1...1000), at: 1)
        view.move(by: -1_000_000, rows: 10, columns: 40)
        view.toggleFollowing()
        for round in 1...7 {
            let start = round * 1000 + 1
            _ = feed(&view, lines(start...start + 999), at: Double(round) * 2 + 1)
        }
        #expect(view.lines.count <= LogView.capacity + 500 && view.lines.count >= LogView.capacity)
        view.follows = false
        view.move(by: -1_000_000, rows: 10, columns: 40)
        view.settle(rows: 10, columns: 40)
        #expect(shown(view).first == view.lines.first?.text.string)
    }

    @Test func longLinesWrap() {
        var view = view
        view.wraps = true
        let long = String(repeating: "a", count: 50) + String(repeating: "b", count: 50)
        _ = feed(&view, [LogLine(source: 0, text: long)] + lines(1...9), at: 1)
        // Ten rows of 40 columns: the line takes three of twelve, two of which are above.
        #expect(view.top == LogView.Place(line: 0, row: 2))
        view.move(by: -1, rows: 10, columns: 40)
        #expect(view.top == LogView.Place(line: 0, row: 1))
        view.move(by: -9, rows: 10, columns: 40)
        #expect(view.top == LogView.Place(line: 0, row: 0))
        view.move(by: 1, rows: 10, columns: 40)
        #expect(view.top == LogView.Place(line: 0, row: 1) && !view.follows)
        #expect(view.pieces(of: view.lines[0].text, columns: 40).map(\.columns) == [40, 40, 20])
        view.wraps = false
        view.settle(rows: 10, columns: 40)
        #expect(view.top == LogView.Place(line: 0, row: 0))
    }

    @Test func aFilterBeginsAnewAtTheAgent() {
        var view = view
        _ = feed(&view, lines(1...30), at: 1)
        view.draft = "warn"
        #expect(view.filter == "", "not while it is typed")
        view.apply()
        #expect(view.lines.isEmpty && view.filter == "warn")
        let request = feed(&view, lines(1...2), at: 1.1)
        #expect(request?.filter == "warn" && request?.cursor == [])
        view.toggleContext()
        #expect(feed(&view, lines(1...30), at: 1.2)?.filter == "", "all lines, and the text marked")
        view.draft = ""
        view.apply()
        #expect(feed(&view, [], at: 1.3)?.filter == "" && view.filter == "")
    }

    /// An answer to the question before is none to this one.
    @Test func aLateAnswerIsDropped() {
        var view = view
        guard case .log(let old)? = view.question(now: DemoFleet.instant(1)) else { return }
        view.draft = "x"
        view.apply()
        _ = view.question(now: DemoFleet.instant(1))
        view.take(
            .log(LogPage(sources: [], lines: [LogLine(source: 0, text: "late")])), to: old, of: host,
            now: DemoFleet.instant(1))
        #expect(view.lines.isEmpty && !view.hasAnswer)
    }

    /// Whoever looks at older lines looks at the same after another switch.
    @Test func switchesKeepThePlace() {
        var view = view
        _ = feed(&view, lines(1...30), at: 1)
        view.move(by: -12, rows: 10, columns: 40)
        #expect(shown(view).first == "line 9" && !view.follows)
        view.draft = "line"
        view.apply()
        _ = feed(&view, lines(5...30), at: 1.1)
        #expect(shown(view).first == "line 9" && !view.follows)
        view.nextStream()
        #expect(view.filter == "line")
        _ = feed(&view, lines(1...6), at: 1.2, hasMore: true)
        _ = feed(&view, lines(7...30), at: 1.4)
        #expect(shown(view).first == "line 9" && !view.follows && view.filter == "line")
        // What is not there any more, and has no time, is not guessed.
        view.nextStream()
        _ = feed(&view, lines(20...40), at: 1.6)
        #expect(view.follows && shown(view).last == "line 40")
        view.toggleContext()
        #expect(view.filter == "line" && view.follows)
    }

    /// Where the screens are in time, the log is, too.
    @Test func theLogGoesBackInTimeWithTheScreens() {
        var view = view
        view.go(to: DemoFleet.wall(12.5))
        let timed = (1...30).map {
            LogLine(source: 0, time: DemoFleet.wall(Double($0)), timeIsInText: true, text: "line \($0)")
        }
        _ = feed(&view, timed, at: 1)
        #expect(shown(view).first == "line 12" && !view.follows)
        view.go(to: DemoFleet.wall(3))
        view.settle(rows: 10, columns: 40)
        #expect(shown(view).first == "line 3")
        view.move(by: 2, rows: 10, columns: 40)
        view.go(to: DemoFleet.wall(3))
        #expect(shown(view).first == "line 5", "only a new moment moves it")
        view.go(to: DemoFleet.wall(0))
        #expect(shown(view).first == "line 1", "nothing older came")
        view.go(to: nil)
        view.settle(rows: 10, columns: 40)
        #expect(view.follows && shown(view).last == "line 30")
    }

    @Test func aPlaceThatIsFilteredAwayIsTheLineBefore() {
        var view = view
        func timed(_ range: ClosedRange<Int>) -> [LogLine] {
            range.map { LogLine(source: 0, time: DemoFleet.wall(Double($0)), timeIsInText: true, text: "line \($0)") }
        }
        _ = feed(&view, timed(1...30), at: 1)
        view.move(by: -10, rows: 10, columns: 40)
        #expect(shown(view).first == "line 11")
        view.draft = "x"
        view.apply()
        _ = feed(&view, timed(1...9) + timed(15...30), at: 1.1)
        #expect(shown(view).first == "line 9" && !view.follows)
    }

    /// Of an app: pages come log by log, lines are looked at by time.
    @Test func linesOfSeveralWorkersComeInTheOrderOfTime() {
        var view = LogView(host: 0, groupKey: "node:3000", slot: nil)
        let sources = [1, 2].map { slot in
            LogPage.Source(text: "stdout: /srv/\(slot).log", stream: .output, slots: [slot], isReadable: true)
        }
        func line(_ source: UInt32, _ second: Double?, _ text: String) -> LogLine {
            LogLine(source: source, time: second.map { DemoFleet.wall($0) }, timeIsInText: true, text: text)
        }
        func answer(_ lines: [LogLine], at second: Double, hasMore: Bool) {
            guard case .log(let request)? = view.question(now: DemoFleet.instant(second)) else {
                Issue.record("nothing was asked")
                return
            }
            let page = LogPage(sources: sources, lines: lines, cursor: [UInt8(second)], hasMore: hasMore)
            view.take(.log(page), to: request, of: host, now: DemoFleet.instant(second))
            view.settle(rows: 10, columns: 40)
        }
        answer([line(0, 1, "a1"), line(0, nil, "  of a1"), line(1, 2, "b2")], at: 1, hasMore: true)
        answer([line(0, 3, "a3"), line(1, 2.5, "b2.5")], at: 2, hasMore: true)
        // The rest of what there was at first may be older than what came before it.
        answer([line(1, 0.5, "late but of b"), line(0, 1.5, "late but of a")], at: 3, hasMore: false)
        #expect(shown(view) == ["a1", "  of a1", "b2", "b2.5", "late but of b", "a3", "late but of a"])
        answer([line(0, 9, "a9"), line(1, 8, "b8")], at: 4, hasMore: false)
        #expect(shown(view).suffix(2) == ["b8", "a9"])
        #expect(view.lines.map(\.number) == Array(0..<9))
        #expect(view.lines.map { $0.slot ?? 0 } == [1, 1, 2, 2, 2, 1, 1, 2, 1])
    }

    @Test func matchesAreFoundInBothDirections() {
        var view = view
        view.draft = "7"
        view.apply()
        view.toggleContext()
        _ = feed(&view, lines(1...30), at: 1)
        #expect(view.search(forward: false, rows: 10, columns: 40) && view.match == 26)
        #expect(!view.follows && shown(view).contains("line 27"))
        #expect(view.search(forward: false, rows: 10, columns: 40) && view.match == 16)
        #expect(view.search(forward: true, rows: 10, columns: 40) && view.match == 26)
        #expect(!view.search(forward: true, rows: 10, columns: 40) && view.match == 26)
    }

    @Test func streamsTakeTurns() {
        var view = view
        #expect(feed(&view, [], at: 1)?.stream == .both)
        view.nextStream()
        #expect(feed(&view, [], at: 1)?.stream == .output)
        view.nextStream()
        #expect(feed(&view, [], at: 1)?.stream == .errors)
    }

    @Test func whoMayNotAsksSeldom() {
        var view = view
        guard case .log(let request)? = view.question(now: DemoFleet.instant(1)) else { return }
        view.take(.denied("no"), to: request, of: host, now: DemoFleet.instant(1))
        #expect(view.problem == "no")
        #expect(view.question(now: DemoFleet.instant(20)) == nil && view.question(now: DemoFleet.instant(32)) != nil)
    }
}
