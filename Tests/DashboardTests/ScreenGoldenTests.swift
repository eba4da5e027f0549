import Console
import Model
import Testing

@testable import Dashboard

/// The screens as an operator sees them, in every size they are made for.
struct ScreenGoldenTests {
    static let sizes = [(10, 40), (16, 60), (24, 80), (40, 120), (60, 200)].map { Size(rows: $0.0, columns: $0.1) }

    enum Picture: String, CaseIterable {
        case fleet, apps, workers, events, alerts, host, worker, agent, dialog, help

        func demo(_ size: Size) -> DemoFleet {
            var demo = DemoFleet.settled(size: size)
            switch self {
            case .fleet: break
            case .apps: demo.press(.character("2"))
            case .workers: demo.press(.character("3"))
            case .events: demo.press(.character("4"))
            case .alerts: demo.press(.character("6"), .down, .character("a"), .down, .character("A"))
            case .help: demo.press(.character("?"))
            case .host: demo.press(.enter)
            case .worker: demo.press(.enter, .down, .enter)
            case .agent: demo.press(.enter, .character("d"))
            case .dialog: demo.press(.enter, .down, .character("r"))
            }
            return demo
        }
    }

    @Test(arguments: Picture.allCases, sizes)
    func looksAsDrawn(_ picture: Picture, _ size: Size) throws {
        try Golden.check(picture.demo(size).frame(), "\(picture.rawValue)-\(size.columns)x\(size.rows)")
    }

    @Test(arguments: Picture.allCases)
    func looksAsDrawnWithoutUTF8(_ picture: Picture) throws {
        let frame = picture.demo(Size(rows: 24, columns: 80)).frame(.ascii)
        #expect(frame.text.utf8.allSatisfy { $0 < 128 })
        try Golden.check(frame, "\(picture.rawValue)-80x24-ascii")
    }

    private func standard() -> DemoFleet { DemoFleet.settled(size: Size(rows: 24, columns: 80)) }

    @Test func aHostThatIsDownSaysWhatSinceNextAndWhatToDo() throws {
        var demo = standard()
        demo.press(.down, .enter)
        try Golden.check(demo.frame(), "host-down-80x24")
    }

    @Test func aStaleHostKeepsItsNumbersMarked() throws {
        var demo = standard()
        demo.press(.end, .up, .enter)
        try Golden.check(demo.frame(), "host-stale-80x24")
        demo.press(.down, .character("r"))
        try Golden.check(demo.frame(), "dialog-stale-80x24")
    }

    @Test func anEndedWorkerTellsItsEnd() throws {
        var demo = standard()
        demo.press(.enter, .down, .enter)
        demo.exit(0, slot: 3, .code(1))
        demo.tick()
        try Golden.check(demo.frame(), "worker-exited-80x24")
        demo.press(.escape)
        try Golden.check(demo.frame(), "host-exited-80x24")
    }

    @Test func aRestartTellsItsVerdict() throws {
        var demo = standard()
        demo.press(.enter, .down, .enter, .character("r"))
        demo.press(.character("y"), millisecondsLater: 400)
        demo.answer(host: 0)
        try Golden.check(demo.frame(), "worker-restarted-80x24")
    }

    @Test func aViewerIsToldWhyNot() throws {
        var demo = DemoFleet(size: Size(rows: 24, columns: 80))
        demo.connect(0, role: .viewer)
        demo.advance(5, sampling: [0])
        demo.press(.end, .enter, .down, .character("r"))
        try Golden.check(demo.frame(), "dialog-viewer-80x24")
    }

    @Test func aSmallerTerminalGetsOneLine() throws {
        var demo = standard()
        demo.resize(Size(rows: 9, columns: 80))
        try Golden.check(demo.frame(), "status-80x9")
        demo.resize(Size(rows: 24, columns: 39))
        #expect(demo.frame().text(row: 1).isEmpty)
    }
}
