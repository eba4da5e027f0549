import Console
import Model
import Testing

@testable import Dashboard

/// Several workers on one chart, told apart by letters.
struct CompareScreenTests {
    /// Slots 3, 1 and 2 of web-17 are marked, in the order of the list.
    static func comparing(_ size: Size) -> DemoFleet {
        var demo = DemoFleet.settled(size: size)
        demo.press(.enter, .down, .character(" "), .character(" "), .character(" "), .character("C"))
        return demo
    }

    private func rows(_ demo: DemoFleet) -> [String] {
        let frame = demo.frame()
        return (0..<frame.size.rows).map { frame.text(row: $0) }
    }

    @Test(arguments: ScreenGoldenTests.sizes)
    func looksAsDrawn(_ size: Size) throws {
        try Golden.check(Self.comparing(size).frame(), "compare-\(size.columns)x\(size.rows)")
    }

    @Test func looksAsDrawnWithoutUTF8() throws {
        let frame = Self.comparing(Size(rows: 24, columns: 80)).frame(.ascii)
        #expect(frame.text.utf8.allSatisfy { $0 < 128 })
        try Golden.check(frame, "compare-80x24-ascii")
    }

    @Test func itNeedsTwoMarks() {
        var demo = DemoFleet.settled(size: Size(rows: 24, columns: 80))
        demo.press(.enter, .down, .character("C"))
        #expect(demo.state.kind == .host)
        #expect(demo.state.message?.text == "compare: mark two to 6 workers with Space first")
        demo.press(.character(" "), .character("C"))
        #expect(demo.state.kind == .host)
        demo.press(.character(" "), .character("C"))
        #expect(demo.state.kind == .compare)
        demo.press(.character("b"))
        #expect(demo.state.kind == .host)
    }

    @Test func anAppIsItsWorkersAndSixAreTheMost() {
        var demo = DemoFleet.settled(size: Size(rows: 40, columns: 120))
        demo.press(.enter, .home, .character(" "), .character("C"))
        guard case .compare(let few) = demo.state.screen else {
            Issue.record("no comparison")
            return
        }
        #expect(few.members.count == 4)
        demo.press(.character("b"), .character("U"), .character(":"))
        demo.type("mark host=web-17|api-03")
        demo.press(.enter, .character("b"), .character("3"))
        demo.advance()
        demo.press(.character(":"))
        demo.type("mark host=web-17|api-03")
        demo.press(.enter, .character("C"))
        guard case .compare(let many) = demo.state.screen else {
            Issue.record("no comparison of many")
            return
        }
        #expect(many.members.count == 6)
        #expect(demo.frame().text.contains("the first 6 of 12"))
    }

    @Test func theKeyGoesThroughTheNumbers() {
        var demo = Self.comparing(Size(rows: 24, columns: 80))
        var titles: Set<String> = []
        for _ in Comparison.Metric.allCases {
            titles.insert(rows(demo)[3])
            demo.press(.character("v"))
        }
        #expect(titles.count == 4 && titles.contains { $0.hasPrefix("resident memory") })
        #expect(rows(demo)[3].hasPrefix("lag,"))
    }

    /// Slot 3 of the demo stalls for hundreds of ms, the others hardly: its letter is above theirs.
    @Test func oneScaleIsOfAll() throws {
        let text = rows(Self.comparing(Size(rows: 24, columns: 80)))
        let chart = text[4..<15].map { $0.dropFirst(8) }
        let highest = try #require(chart.firstIndex { $0.contains("a") })
        let others = try #require(chart.firstIndex { $0.contains("b") || $0.contains("c") || $0.contains("+") })
        #expect(highest < others)
        #expect(text.contains { $0.hasPrefix("a web-17/api#3") && $0.contains("20113") })
    }

    @Test func hostsOfAllAreAskedForTheirWorkers() {
        var demo = DemoFleet.settled(size: Size(rows: 40, columns: 120))
        demo.press(.character("3"))
        demo.advance()
        demo.press(.character(":"))
        demo.type("mark slot=1")
        demo.press(.enter, .character("C"))
        demo.effects = []
        demo.press(.character("v"))
        // From the list of workers all are asked; then only those that are compared.
        guard case .compare(let comparison) = demo.state.screen else {
            Issue.record("no comparison")
            return
        }
        #expect(comparison.hosts.count > 1 && comparison.hosts == comparison.hosts.sorted())
        for host in demo.fleet.hosts.indices {
            #expect(demo.state.interests[host] == (comparison.hosts.contains(host) ? .workers : .host))
        }
    }

    @Test func aWorkerThatEndedKeepsItsLineAndSaysSo() {
        var demo = Self.comparing(Size(rows: 24, columns: 80))
        demo.exit(0, slot: 3, .code(1))
        demo.advance(5)
        let text = rows(demo)
        #expect(text.contains { $0.hasPrefix("a web-17/api#3") && $0.contains("EXITED") })
    }

    @Test func itFitsEverySize() {
        var demo = Self.comparing(Size(rows: 24, columns: 80))
        for columns in stride(from: 40, through: 300, by: 13) {
            demo.resize(Size(rows: 10 + columns * 7 % 60, columns: columns))
            for glyphs in Glyphs.all {
                let frame = demo.frame(glyphs)
                for row in 0..<frame.size.rows { #expect(SafeText(frame.text(row: row)).columns <= columns) }
            }
        }
    }

    @Test func aWorkerWithoutALineSaysWhy() {
        var demo = DemoFleet(size: Size(rows: 40, columns: 120))
        demo.change = { _, _, snapshot in
            for index in snapshot.workers.indices where snapshot.workers[index].info.slot == 2 {
                var row = snapshot.workers[index].row
                row[.lagMethod] = LagMethod(tier: .proc, quality: .none, kind: .none).packed
                for field in [WorkerField.lagMaxMicroseconds, .lagP99Microseconds, .openStallMicroseconds] {
                    row[field] = nil
                }
                snapshot.workers[index].row = row
                snapshot.workers[index].stretches = LagHistogram()
            }
        }
        demo.connect(0)
        demo.advance(5, sampling: [0])
        demo.press(.end, .enter, .home, .character(" "), .character("C"))
        let lines = demo.frame().text.split(separator: "\n")
        #expect(lines.count { $0.contains(" has no line: no event loop: one request at a time") } == 1)
        demo.press(.character("v"), .character("v"))
        #expect(!demo.frame().text.contains("has no line"), "its CPU is known")
    }
}
