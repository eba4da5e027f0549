import Model
import Testing

@testable import Dashboard

/// What is kept of lists from one dashboard to the next.
struct KeptViewsTests {
    private static let configured = ColumnChoices([.hosts: [.show("load", place: nil)]])

    private func again(_ views: KeptViews) throws -> KeptViews {
        try KeptViews(parsing: Array(views.text().utf8))
    }

    @Test func whatWasChangedComesBack() throws {
        var columns = Self.configured
        columns.change(.hosts, [.hide("exits"), .move("lag", place: 2), .show("up", place: 3)])
        let orders: [ScreenKind: ListOrder] = [
            .fleet: ListOrder(column: "lag", inverted: true), .host: ListOrder(column: "cpu", inverted: false),
        ]
        let kept = try again(KeptViews(orders: orders, columns: columns, configured: Self.configured))
        #expect(kept.columns(over: Self.configured) == columns)
        #expect(kept.orders(columns) == orders)
    }

    @Test func columnsAsUsualComeBackOverTheConfiguration() throws {
        var columns = Self.configured
        columns.change(.hosts, [])
        let kept = try again(KeptViews(orders: [:], columns: columns, configured: Self.configured))
        #expect(kept.columns(over: Self.configured) == ColumnChoices())
    }

    @Test func whatIsAsUsualIsNotKept() {
        #expect(KeptViews(orders: [:], columns: Self.configured, configured: Self.configured) == KeptViews())
    }

    @Test func aConfigurationThatWasChangedSinceCounts() {
        var columns = Self.configured
        columns.change(.hosts, [.hide("exits")])
        columns.change(.workers, [.hide("util")])
        let kept = KeptViews(orders: [:], columns: columns, configured: Self.configured)
        let changed = ColumnChoices([.hosts: [.hide("cpu")]])
        #expect(kept.columns(over: changed).changes == [.hosts: [.hide("cpu")], .workers: [.hide("util")]])
    }

    @Test func columnsThatThereAreNotAreLeftOut() throws {
        let text = """
            {"lists": {"hosts": {"sort": "moon", "columns": ["+moon", "-exits", "-host", "?"], "configured": []},
            "events": {"sort": "cpu"}, "planets": {"sort": "lag"}}}
            """
        let kept = try KeptViews(parsing: Array(text.utf8))
        #expect(kept.orders(ColumnChoices()).isEmpty)
        #expect(kept.columns(over: ColumnChoices()).changes == [.hosts: [.hide("exits")]])
    }

    @Test(arguments: ["", "[]", "{\"lists\": 3}", "{\"lists\": {\"hosts\": {\"sort\": 3}}}", "\u{0}"])
    func whatIsNoListOfViewsIsRefused(_ text: String) {
        #expect(throws: KeptViews.Problem.self) { try KeptViews(parsing: Array(text.utf8)) }
    }
}
