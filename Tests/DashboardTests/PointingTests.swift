import Console
import Model
import Testing

@testable import Dashboard

/// The mouse does what keys do, on what was seen.
struct PointingTests {
    private func spots(_ demo: DemoFleet) -> [Spot] { demo.rendering().spots }

    private func click(_ demo: inout DemoFleet, row: Int, column: Int, later: Duration = .zero) {
        let position = Position(row: row, column: column)
        demo.feed(.mouse(Mouse(.click, at: position), on: spots(demo).target(at: position)), later: later)
    }

    /// Where a text stands on the screen.
    private func place(_ text: String, _ demo: DemoFleet) throws -> Position {
        let frame = demo.frame()
        for row in 0..<frame.size.rows {
            let line = frame.text(row: row)
            if let range = line.firstRange(of: text) {
                return Position(row: row, column: line.distance(from: line.startIndex, to: range.lowerBound))
            }
        }
        throw Absent(text: text)
    }

    private struct Absent: Error { var text: String }

    private func click(_ demo: inout DemoFleet, _ text: String, later: Duration = .zero) throws {
        let place = try place(text, demo)
        click(&demo, row: place.row, column: place.column, later: later)
    }

    private func selected(_ demo: DemoFleet) -> String {
        demo.frame().cursor.map { demo.frame().text(row: $0.row) } ?? ""
    }

    @Test func aClickMovesTheCursorAndTwoOpen() throws {
        var demo = DemoFleet.settled(size: Size(rows: 24, columns: 80))
        try click(&demo, "api-03")
        #expect(selected(demo).contains("api-03"))
        #expect(demo.state.kind == .fleet)
        let place = try place("api-03", demo)
        click(&demo, row: place.row, column: 40, later: .milliseconds(501))
        #expect(demo.state.kind == .fleet, "too late for a double click")
        click(&demo, row: place.row, column: 41, later: .milliseconds(900))
        #expect(demo.state.kind == .host)
        #expect(demo.frame().text.contains("Fleet > api-03"))
    }

    @Test func twoClicksOpenTheRowThatWasClickedFirst() throws {
        var demo = DemoFleet.settled(size: Size(rows: 24, columns: 80))
        try click(&demo, "api-03")
        let row = try place("api-03", demo).row
        // Meanwhile another host came to that place.
        let other = Spot.Target.fleetRow(.host(6))
        demo.feed(.mouse(Mouse(.click, at: Position(row: row, column: 9)), on: other), later: .milliseconds(200))
        #expect(demo.frame().text.contains("Fleet > api-03"))
    }

    @Test func aClickMeansTheRowThatWasSeen() throws {
        var demo = DemoFleet.settled(size: Size(rows: 24, columns: 80))
        let position = try place("api-03", demo)
        let target = spots(demo).target(at: position)
        demo.press(.character("N"))
        #expect(spots(demo).target(at: position) != target)
        demo.feed(.mouse(Mouse(.click, at: position), on: target))
        #expect(selected(demo).contains("api-03"), "though another host stands there by now")
    }

    @Test func aRowThatIsGoneIsNotReplacedByAnother() throws {
        var demo = DemoFleet.settled(size: Size(rows: 24, columns: 80))
        let row = try #require(spots(demo).first { $0.target == .fleetRow(.host(3)) })
        let target = row.target
        demo.press(.character("/"))
        demo.type("host=web-*")
        demo.press(.enter)
        let before = selected(demo)
        #expect(spots(demo).allSatisfy { $0.target != target })
        let click = Mouse(.click, at: Position(row: 9, column: 9))
        for _ in 0..<2 { demo.feed(.mouse(click, on: target), later: .seconds(5)) }
        #expect(selected(demo) == before)
        #expect(demo.state.kind == .fleet)
    }

    @Test func aHeadSortsAndTheSecondTimeTurnsRound() throws {
        var demo = DemoFleet.settled(size: Size(rows: 24, columns: 80))
        try click(&demo, "CPU ")
        #expect(demo.frame().text.contains("sort CPU"))
        #expect(!demo.frame().text.contains("inverted"))
        #expect(demo.state.orders[.fleet] == ListOrder(column: "cpu", inverted: false), "kept for the next dashboard")
        demo.press(.down)
        try click(&demo, "CPU▼")
        #expect(demo.frame().text.contains("sort CPU inverted"))
        demo.press(.enter)
        try click(&demo, "RSS")
        #expect(demo.frame().text.contains("sort RSS"))
    }

    @Test func theLastLineIsMadeOfKeys() throws {
        var demo = DemoFleet.settled(size: Size(rows: 24, columns: 80))
        try click(&demo, "? help")
        #expect(demo.state.help != nil)
        try click(&demo, "Esc close")
        #expect(demo.state.help == nil)
        try click(&demo, "Enter open")
        #expect(demo.state.kind == .host)
        try click(&demo, "b back")
        #expect(demo.state.kind == .fleet)
    }

    @Test func tabsAndTheCrumbLeadThere() throws {
        var demo = DemoFleet.settled(size: Size(rows: 40, columns: 120))
        try click(&demo, "3 workers")
        #expect(demo.state.kind == .workers)
        demo.press(.enter)
        #expect(demo.state.kind == .worker)
        try click(&demo, "Fleet >")
        #expect(demo.state.screens.count == 1 && demo.state.kind == .workers)
        try click(&demo, "Fleet >")
        #expect(demo.state.kind == .fleet)
    }

    @Test func aPartOfTheCrumbLeadsBackToItsScreenOrMakesIt() throws {
        var demo = DemoFleet.settled(size: Size(rows: 40, columns: 120))
        demo.press(.enter, .down, .enter, .character("l"))
        #expect(demo.state.kind == .log)
        try click(&demo, "#3 > log")
        #expect(demo.state.kind == .worker && demo.state.screens.count == 3)
        try click(&demo, "web-17 >", later: .seconds(1))
        #expect(demo.state.kind == .host && demo.state.screens.count == 2)
        try click(&demo, "Fleet >", later: .seconds(2))
        demo.press(.character("3"), .enter)
        #expect(demo.state.kind == .worker && demo.state.screens.count == 2)
        let name = try #require(demo.frame().text(row: 2).split(separator: " ").dropFirst(2).first)
        try click(&demo, "\(name) >", later: .seconds(3))
        #expect(demo.state.kind == .host)
        #expect(demo.frame().text(row: 2).contains("Fleet > \(name)"))
    }

    private func asking(_ size: Size = Size(rows: 40, columns: 120)) -> DemoFleet {
        var demo = DemoFleet.settled(size: size)
        demo.press(.enter, .down)
        demo.press(.character("r"))
        demo.plan(host: 0, .planned(DemoFleet.restartPlan))
        return demo
    }

    @Test func inADialogNothingBehindItIsClicked() throws {
        var demo = asking()
        let before = demo.state.screens.count
        for (row, column) in [(39, 1), (10, 1), (2, 1)] {
            click(&demo, row: row, column: column, later: .seconds(1))
            // Nor what was there before it opened.
            let behind: [Spot.Target] = [.key(.character("q")), .tab(.workers), .place(.fleet), .column("cpu")]
            for target in behind {
                demo.feed(.mouse(Mouse(.click, at: Position(row: row, column: column)), on: target), later: .seconds(5))
            }
        }
        #expect(demo.state.dialog != nil && demo.state.screens.count == before)
        #expect(demo.deeds.isEmpty)
    }

    @Test func buttonsOfADialogWorkOnceItCouldBeRead() throws {
        var demo = asking()
        try click(&demo, "y Restart", later: .milliseconds(299))
        #expect(demo.commands.isEmpty)
        try click(&demo, "y Restart", later: .milliseconds(700))
        #expect(demo.commands.isEmpty, "too soon after another click: a double one")
        try click(&demo, "y Restart", later: .milliseconds(1300))
        #expect(demo.commands.map(\.action) == [.restart])
        #expect(demo.state.dialog == nil)

        var other = asking()
        try click(&other, "Cancel", later: .seconds(1))
        #expect(other.state.dialog == nil && other.commands.isEmpty)
    }

    @Test func theKeyLineOpensADialogAndADoubleClickGoesNoFurther() throws {
        var demo = DemoFleet.settled(size: Size(rows: 24, columns: 80))
        demo.press(.enter, .down)
        let place = try place("r restart", demo)
        for later in 0..<3 {
            click(&demo, row: place.row, column: place.column, later: .milliseconds(150 * later))
        }
        #expect(demo.state.dialog != nil && demo.commands.isEmpty)
    }

    @Test func ofAMenuAClickChoosesAndTwoAsk() throws {
        var demo = DemoFleet.settled(size: Size(rows: 40, columns: 120))
        demo.press(.enter, .down, .character("a"))
        DemoControl.answer(&demo)
        demo.tick()
        let items = try #require(demo.state.dialog?.menu?.items)
        let index = try #require(items.lastIndex { $0.offer.unavailable == nil })
        let spot = try #require(spots(demo).first { $0.target == .choice(index) })
        click(&demo, row: spot.row, column: spot.columns.lowerBound, later: .seconds(1))
        #expect(demo.state.dialog?.menu?.cursor == index)
        click(&demo, row: spot.row, column: spot.columns.lowerBound, later: .milliseconds(1200))
        #expect(demo.state.dialog?.action?.action == items[index].offer.action)
        #expect(demo.commands.isEmpty)
    }

    @Test func theMouseIsTakenAndLeftByItsCommand() {
        var demo = DemoFleet.settled(size: Size(rows: 24, columns: 80))
        func set(_ line: String) {
            demo.press(.character(":"))
            demo.type(line)
            demo.press(.enter)
        }
        set("set mouse on")
        #expect(demo.deeds.last == .mouse(true))
        #expect(demo.frame().text.contains("Shift"))
        set("set  mouse off")
        #expect(demo.deeds.last == .mouse(false))
        set("set mouse perhaps")
        #expect(demo.frame().text.contains("write: set mouse on, set mouse off"))
        #expect(demo.state.prompt != nil)
    }

    @Test func whileSomethingIsTypedTheListBehindItWaits() throws {
        var demo = DemoFleet.settled(size: Size(rows: 24, columns: 80))
        let place = try place("api-03", demo)
        let before = selected(demo)
        demo.press(.character(":"))
        click(&demo, row: place.row, column: place.column)
        #expect(demo.state.prompt != nil)
        demo.press(.escape, .character("/"))
        demo.type("state")
        demo.type("=")
        click(&demo, row: place.row, column: place.column)
        #expect(demo.state.isFiltering, "what is wrong in the filter is not left standing")
        demo.press(.escape)
        #expect(selected(demo) == before)
        demo.press(.character("/"))
        demo.type("a")
        try click(&demo, "api-03", later: .seconds(1))
        #expect(!demo.state.isFiltering && selected(demo).contains("api-03"))
    }

    @Test func theWheelScrollsByThree() throws {
        var demo = DemoFleet.settled(size: Size(rows: 10, columns: 80))
        func view() -> ListView<FleetRowID>? { if case .fleet(let tabs) = demo.state.screen { tabs.view } else { nil } }
        func wheel(_ action: Mouse.Action) {
            demo.feed(.mouse(Mouse(action, at: Position(row: 5, column: 5)), on: nil))
        }
        demo.press(.home)
        let rows = view()?.rows ?? []
        let hidden = rows.count - FleetScreen.visibleRows(try #require(Anatomy(demo.state.size)))
        #expect(hidden > 0)
        wheel(.wheelDown)
        #expect(view()?.cursor == rows[3] && view()?.top == min(3, hidden))
        for _ in rows { wheel(.wheelDown) }
        #expect(view()?.cursor == rows.last && view()?.top == hidden)
        for _ in rows { wheel(.wheelUp) }
        #expect(view()?.cursor == rows[0] && view()?.top == 0)
        demo.press(.character("?"))
        wheel(.wheelDown)
        #expect(demo.state.help == 3)
    }

    /// Wherever somebody clicks but on a button that says yes, nothing traps and nothing is sent.
    @Test func randomClicksChangeNothingOnAnyHost() {
        var dice = SplitMix64(state: 20_251_121)
        for size in [Size(rows: 10, columns: 40), Size(rows: 24, columns: 80), Size(rows: 40, columns: 120)] {
            var demo = DemoFleet.settled(size: size)
            for step in 0..<400 {
                let action: Mouse.Action = [.click, .click, .wheelUp, .wheelDown][Int.random(in: 0..<4, using: &dice)]
                let position = Position(
                    row: Int.random(in: -1...size.rows, using: &dice),
                    column: Int.random(in: -1...size.columns, using: &dice))
                let target = spots(demo).target(at: position)
                guard target != .button(.character("y")) else { continue }
                demo.feed(.mouse(Mouse(action, at: position), on: target), later: .milliseconds(step * 200))
            }
            #expect(demo.commands.isEmpty)
        }
    }

    /// web-22 stands in the heat map after web-17, or before it.
    @Test func aClickOnACellOfTheHeatMapChoosesItsHost() throws {
        var demo = DemoFleet.settled(size: HeatMapTests.wide)
        let line = try #require((4..<10).first { demo.frame().text(row: $0).hasPrefix("web ") })
        click(&demo, row: line, column: 15)
        #expect(selected(demo).contains("web-22"))
        #expect(demo.frame().text(row: 3).contains("> web-22 DOWN"))
    }
}
