import Console
import Model
import Testing

@testable import Dashboard

/// The cursor is a row's identity, and the terminal's own cursor stands on that row.
struct CursorTests {
    private func selectedRow(_ demo: DemoFleet) -> String {
        let frame = demo.frame()
        guard let cursor = frame.cursor else { return "" }
        return frame.text(row: cursor.row)
    }

    @Test func theHardwareCursorIsOnTheSelectedRowAfterEveryKey() {
        var demo = DemoFleet.settled(size: Size(rows: 16, columns: 80))
        let keys: [Key] = [
            .down, .down, .character("j"), .up, .pageDown, .pageUp, .end, .home, .character("s"), .character("I"),
            .character("G"), .character("k"), .home, .character("s"), .home, .enter, .down, .down, .pageDown,
            .character("s"), .up,
            .character("g"), .character("t"), .character("t"), .end, .character("s"), .character("I"),
        ]
        for key in keys {
            demo.press(key)
            #expect(selectedRow(demo).hasPrefix(">"), "after \(key)")
        }
    }

    @Test func startsOnTheWorstRowUntilSomebodyMoves() {
        var demo = DemoFleet.settled(size: Size(rows: 24, columns: 80))
        #expect(selectedRow(demo).contains("web-17"))
        demo.press(.character("s"))
        #expect(selectedRow(demo).contains("web-01"))  // most CPU
    }

    @Test func followsItsRowWhenTheOrderChanges() {
        var demo = DemoFleet.settled(size: Size(rows: 24, columns: 80))
        demo.press(.end)
        #expect(selectedRow(demo).contains("api-03"))
        let before = demo.frame().cursor?.row
        for _ in HostSubject.orders.dropLast() {
            demo.press(.character("s"))
            #expect(selectedRow(demo).contains("api-03"))
            demo.press(.character("I"))
            #expect(selectedRow(demo).contains("api-03"))
        }
        demo.press(.character("s"))
        demo.link(3, .lost(.silent, retryAt: nil))
        #expect(selectedRow(demo).contains("api-03"))
        #expect(demo.frame().cursor?.row != before)
    }

    @Test func aFilterMovesItToWhatIsShown() {
        var demo = DemoFleet.settled(size: Size(rows: 24, columns: 80))
        demo.press(.character("/"))
        demo.type("cron")
        #expect(demo.frame().cursor == Position(row: 23, column: 12))
        demo.press(.enter)
        #expect(selectedRow(demo).contains("cron-01"))
        #expect(!demo.frame().text.contains("api-03"))
        demo.press(.escape)
        #expect(selectedRow(demo).contains("web-17"))  // nobody has moved yet
    }

    @Test func stuckFiltersSayHowToGetOut() {
        var demo = DemoFleet.settled(size: Size(rows: 24, columns: 80))
        demo.press(.character("/"))
        demo.type("nothing like that")
        demo.press(.enter)
        #expect(demo.frame().text.contains("no host matches the filter; Esc clears it"))
        demo.press(.enter, .character("r"), .down, .escape)
        #expect(demo.frame().text.contains("web-17"))
    }

    @Test func anEndedWorkerKeepsItsRowForAWhileAndTheCursorGoesOnWithTheNext() {
        var demo = DemoFleet(size: Size(rows: 24, columns: 80))
        demo.connect(0)
        demo.advance(58, sampling: [0])
        demo.press(.end, .enter, .down, .down, .character("s"), .character("I"), .character("I"))
        while !selectedRow(demo).contains("20112") { demo.press(.down) }
        demo.exit(0, slot: 2, .signal(9))
        #expect(selectedRow(demo).contains("EXITED"))
        demo.advance(2, sampling: [0])  // pid 20312 takes the slot in second 60
        #expect(selectedRow(demo).contains("20312"))
        demo.advance(9, sampling: [0])
        #expect(demo.frame().text.contains("20112"))
        demo.advance(1, sampling: [0])
        #expect(selectedRow(demo).contains("20312"))
        #expect(!demo.frame().text(row: 7).contains("20112"))
    }

    @Test func aFoldedAppHidesItsWorkers() {
        var demo = DemoFleet.settled(size: Size(rows: 24, columns: 80))
        demo.press(.enter, .home, .down, .character("t"))
        #expect(!demo.frame().text.contains(" 20113 "))
        #expect(selectedRow(demo).contains("api +4"))
        demo.press(.function(5))
        #expect(demo.frame().text.contains(" 20113 "))
    }

    // MARK: what takes the place of a row

    /// Of rows 1, 2 and 3; `next` is what took the place of one.
    private func list(on row: Int) -> ListView<Int> {
        var view = ListView<Int>()
        view.settle(rows: [1, 2, 3], visible: 9)
        _ = view.select(row)
        view.settle(rows: [1, 2, 3], visible: 9)
        return view
    }

    @Test func goesOnWithWhatTakesThePlaceOfItsRowThoughThatIsStillListed() {
        var view = list(on: 2)
        view.settle(rows: [1, 2, 3], visible: 9, next: { $0 == 2 ? 4 : nil })
        #expect(view.cursor == 2, "it is not listed yet")
        view.settle(rows: [1, 4, 2, 3], visible: 9, next: { $0 == 2 ? 4 : nil })
        #expect(view.cursor == 4)
        view.settle(rows: [1, 4, 2, 3], visible: 9, next: { $0 == 2 ? 4 : nil })
        _ = view.select(2)
        view.settle(rows: [1, 4, 2, 3], visible: 9, next: { $0 == 2 ? 4 : nil })
        #expect(view.cursor == 2, "it was chosen when it was over")
    }

    @Test func aCursorThatNobodyMovedStaysOnTheFirstRow() {
        var view = ListView<Int>()
        view.settle(rows: [1, 2], visible: 9)
        view.settle(rows: [1, 3, 2], visible: 9, next: { $0 == 1 ? 3 : nil })
        #expect(view.cursor == 1)
    }
}
