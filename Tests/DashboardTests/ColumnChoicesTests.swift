import Console
import Model
import Testing

@testable import Dashboard

/// Other columns than usual.
struct ColumnChoicesTests {
    private func keys(_ changes: [ColumnChange]) -> [String] {
        ColumnChoices([.hosts: changes]).columns(.hosts, of: HostSubject.self).map(\.key)
    }

    @Test func columnsAreShownHiddenAndMoved() throws {
        let usual = keys([])
        #expect(!usual.contains("load15") && usual.contains("exits"))
        let hidden = try #require(ColumnChoices.View.hosts.columns.first { !$0.isUsual }?.key)
        #expect(keys([.show(hidden, place: 2)])[1] == hidden)
        #expect(keys([.show(hidden, place: nil)]).last == hidden)
        #expect(!keys([.hide("exits")]).contains("exits"))
        #expect(keys([.move("lag", place: 2)])[1] == "lag")
        #expect(keys([.move("lag", place: 99)]).last == "lag")
        #expect(keys([.hide("host")]).contains("host"))
    }

    @Test func theyCanBeChangedOnTheScreen() {
        var demo = DemoFleet.settled(size: Size(rows: 24, columns: 80))
        #expect(demo.frame().text.contains("LAG99"))
        demo.press(.character("o"))
        demo.type("-lag99 -util")
        demo.press(.enter)
        #expect(!demo.frame().text.contains("LAG99") && !demo.frame().text.contains("UTIL"))
        demo.press(.character("o"), .enter)
        #expect(demo.frame().text.contains("LAG99"))
    }

    @Test func whatIsNoColumnIsSaid() {
        var demo = DemoFleet.settled(size: Size(rows: 24, columns: 80))
        demo.press(.character("o"))
        demo.type("-lagg")
        demo.press(.enter)
        #expect(demo.state.message?.text.hasPrefix("hosts have no column \"lagg\"") == true)
    }

    @Test func everyWordIsCompletedForItself() {
        var demo = DemoFleet.settled(size: Size(rows: 24, columns: 80))
        demo.press(.character("o"))
        demo.type("-util -lag9")
        demo.press(.tab)
        #expect(demo.state.prompt?.text == "columns -util -lag99")
    }

    @Test func whatIsShownOnPurposeStaysLongest() {
        let chosen = ColumnChoices([.hosts: [.show("load", place: nil)]]).columns(.hosts, of: HostSubject.self)
        #expect(chosen.last?.key == "load" && (chosen.last?.priority ?? 99) <= 1)
    }
}

/// What lists are sorted by, wherever they are opened.
struct ListOrderTests {
    @Test func listsOfAKindAreSortedAsTheLastOneWas() {
        var demo = DemoFleet.settled(size: Size(rows: 24, columns: 80))
        demo.press(.enter, .character("P"), .character("I"), .escape)
        #expect(demo.state.orders == [.host: ListOrder(column: "cpu", inverted: true)])
        demo.press(.down, .enter)
        guard case .host(1, let view, _) = demo.state.screen else {
            Issue.record("not on a list: \(demo.state.screen)")
            return
        }
        #expect(view.order == "cpu" && view.inverted)
    }

    @Test func aDashboardBeginsAsTheLastOneEnded() {
        let orders: [ScreenKind: ListOrder] = [
            .fleet: ListOrder(column: "host", inverted: true), .alerts: ListOrder(column: "where", inverted: false),
        ]
        var state = UIState(size: Size(rows: 24, columns: 80), hosts: 1, orders: orders)
        guard case .fleet(let tabs) = state.screen else {
            Issue.record("not on a list: \(state.screen)")
            return
        }
        #expect(tabs.tab == .hosts && tabs.view.order == "host" && tabs.view.inverted)
        state.show(.alerts)
        guard case .fleet(let alerts) = state.screen else {
            Issue.record("not on a list: \(state.screen)")
            return
        }
        #expect(alerts.view.order == "where" && !alerts.view.inverted)
        state.show(.apps)
        guard case .fleet(let apps) = state.screen else {
            Issue.record("not on a list: \(state.screen)")
            return
        }
        #expect(apps.view.order == FleetAppSubject.orders[0])
    }
}
