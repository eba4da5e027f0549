import Console
import Model
import TestSupport
import Testing

@testable import Dashboard

/// `z` holds the order of rows, then everything; `.` leads back.
struct HoldTests {
    private func names(_ demo: DemoFleet) -> [String] {
        let frame = demo.frame()
        return (4..<11).map { frame.text(row: $0).dropFirst(3).prefix { $0 != " " && $0 != ":" }.description }
    }

    private func settled() -> DemoFleet { DemoFleet.settled(size: Size(rows: 24, columns: 80)) }

    @Test func heldRowsKeepTheirPlacesAndTheirValuesGoOn() {
        var demo = settled()
        let before = names(demo)
        #expect(before.last == "api-03")
        demo.press(.character("z"))
        demo.link(3, .lost(.silent, retryAt: nil))
        #expect(names(demo) == before)
        #expect(demo.frame().text(row: 10).contains("DOWN"))
        #expect(demo.frame().text(row: 0).contains("ORDER HELD"))
        demo.press(.character("."))
        #expect(names(demo) != before)
        #expect(demo.frame().text(row: 0).contains("LIVE"))
    }

    @Test func anotherOrderIsHeldFromThenOn() {
        var demo = settled()
        demo.press(.character("z"), .character("s"))
        let byCPU = names(demo)
        #expect(byCPU.first == "web-01")
        demo.link(6, .lost(.silent, retryAt: nil))
        #expect(names(demo) == byCPU)
    }

    @Test func theOrderIsHeldOnOtherScreensToo() {
        var demo = settled()
        demo.press(.character("z"), .enter)
        func pids(_ frame: Frame) -> [Substring] {
            (4..<14).compactMap { row in frame.text(row: row).split(separator: " ").first { $0.hasPrefix("201") } }
        }
        let frame = demo.frame()
        #expect(frame.text(row: 0).contains("ORDER HELD"))
        #expect(pids(frame).first == "20113")
        demo.exit(0, slot: 4, .signal(9))
        #expect(pids(demo.frame()) == pids(frame))
        #expect(demo.frame().text.contains("EXITED"))
        demo.press(.character("."))
        #expect(pids(demo.frame())[1] == "20114")
    }

    @Test func pausedNothingMovesAndDataComesInBehind() {
        var demo = settled()
        demo.press(.character("z"), .character("z"))
        let before = demo.frame()
        #expect(before.text(row: 0).contains("PAUSED 14:03:22Z"))
        demo.advance(7)
        demo.link(3, .lost(.silent, retryAt: nil))
        let after = demo.frame()
        for row in 1..<24 { #expect(after[row: row] == before[row: row]) }
        #expect(after.text(row: 0).contains("PAUSED 14:03:22Z") && after.text(row: 0).hasSuffix("14:03:29Z"))
        demo.press(.character("z"))
        #expect(names(demo).contains("api-03") && demo.frame().text.contains("DOWN 2") == false)
        #expect(demo.fleet.hosts[3].state == .down)
        #expect(demo.frame().text(row: 0).contains("down 2"))
    }

    @Test func aPausedScreenCanBeWalkedThrough() {
        var demo = settled()
        demo.press(.character("z"), .character("z"))
        demo.advance(3)
        demo.press(.enter)
        #expect(demo.frame().text(row: 2).contains("Fleet > web-17"))
        #expect(demo.frame().text(row: 0).contains("PAUSED 14:03:22Z"))
        demo.press(.down, .enter)
        #expect(demo.frame().text.contains("pid 20113"))
        demo.press(.escape, .escape)
        #expect(names(demo).first == "web-17")
    }

    @Test func whatIsDoneWhilePausedIsDoneToWhatIsThereNow() {
        var demo = settled()
        demo.press(.enter, .down, .character("z"), .character("z"))
        demo.exit(0, slot: 3, .code(0))
        #expect(!demo.frame().text.contains("EXITED"))
        demo.press(.character("r"))
        #expect(demo.state.message?.text == "pid 20113 has exited (code 0): nothing to restart")
    }

    @Test(arguments: [Size(rows: 10, columns: 40), Size(rows: 16, columns: 60), Size(rows: 24, columns: 80)])
    func theModeIsNeverLeftOut(_ size: Size) throws {
        var demo = DemoFleet.settled(size: size)
        demo.press(.character("z"))
        #expect(demo.frame().text(row: 0).contains("HELD "))
        demo.press(.character("z"))
        let frame = demo.frame()
        let text = frame.text(row: 0)
        let range = try #require(text.firstRange(of: "PAUSED 14:03:22Z"))
        let column = text.distance(from: text.startIndex, to: range.lowerBound)
        #expect(frame.styles(row: 0)[column] == .mode)
    }

    @Test(arguments: 0..<100)
    func everyRowIsThereOnceAndHeldOnesInTheirOrder(_ seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        var view = ListView<Int>()
        let held = Array(0..<Int.random(in: 0...12, using: &random)).shuffled(using: &random)
        view.hold(held)
        let rows = (0..<16).filter { _ in Int.random(in: 0..<100, using: &random) < 60 }.shuffled(using: &random)
        let arranged = view.arranged(rows)
        #expect(arranged.sorted() == rows.sorted())
        #expect(arranged.filter(held.contains) == held.filter(rows.contains))
        let fresh = Set(rows).subtracting(held)
        for (place, row) in rows.enumerated() where fresh.contains(row) {
            // Behind whom it follows in the order.
            guard let before = rows[..<place].last(where: { !fresh.contains($0) }) else { continue }
            #expect((arranged.firstIndex(of: before) ?? .max) < (arranged.firstIndex(of: row) ?? .min), "seed \(seed)")
        }
    }
}
