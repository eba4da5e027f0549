import Console
import Model
import Testing

@testable import Dashboard

/// What holds for every screen at every size.
struct RenderTests {
    private func check(_ demo: DemoFleet, _ what: String) {
        let frame = demo.frame(demo.state.size.columns % 2 == 0 ? .block : .ascii)
        #expect(frame.size == demo.state.size)
        for row in 0..<frame.size.rows where SafeText(frame.text(row: row)).columns > frame.size.columns {
            Issue.record("\(what) at \(frame.size): row \(row) is too long")
        }
        guard let cursor = frame.cursor else {
            Issue.record("\(what) at \(frame.size): no cursor")
            return
        }
        #expect((0..<frame.size.rows).contains(cursor.row) && (0..<frame.size.columns).contains(cursor.column))
    }

    /// Each picture at some of the sizes; every five of them at all.
    @Test(arguments: zip(ScreenGoldenTests.Picture.allCases, ScreenGoldenTests.Picture.allCases.indices))
    func fitsEverySize(_ picture: ScreenGoldenTests.Picture, _ number: Int) {
        var demo = picture.demo(Size(rows: 24, columns: 80))
        for columns in stride(from: 20 + number % 5, through: 300, by: 5) {
            demo.resize(Size(rows: 5 + (columns * 7) % 96, columns: columns))
            check(demo, picture.rawValue)
        }
        for rows in stride(from: 5 + number % 5, through: 100, by: 5) {
            demo.resize(Size(rows: rows, columns: 20 + (rows * 29) % 281))
            check(demo, picture.rawValue)
        }
    }

    @Test func survivesSizesThatCannotBe() {
        var demo = DemoFleet.settled(size: Size(rows: 24, columns: 80))
        for size in [(0, 0), (1, 1), (-5, -5), (10, 40), (1, 500), (500, 1), (65_535, 65_535)] {
            demo.resize(Size(rows: size.0, columns: size.1))
            demo.press(.down, .enter, .pageDown, .character("?"), .end, .escape, .escape)
            _ = demo.frame()
        }
    }

    @Test func anEmptyFleetAndOneNobodyReachedAreDrawn() {
        var state = UIState(size: Size(rows: 24, columns: 80), hosts: 0)
        var fleet = Fleet(places: [])
        _ = update(&state, fleet: &fleet, event: .tick, now: DemoFleet.instant(0), wall: DemoFleet.end)
        for key in [Key.enter, .character("r"), .control("r"), .down, .end] {
            _ = update(&state, fleet: &fleet, event: .key(key), now: DemoFleet.instant(0), wall: DemoFleet.end)
        }
        let frame = render(
            state, fleet: fleet, size: state.size, glyphs: .ascii, now: DemoFleet.instant(0), wall: DemoFleet.end
        ).frame
        #expect(frame.text.contains("no hosts"))

        var demo = DemoFleet(size: Size(rows: 24, columns: 80))
        demo.tick()
        #expect(demo.frame().text.contains("CONNECTING waiting to dial"))
    }

    @Test func neverDrawsHostileTextRaw() {
        var demo = DemoFleet(size: Size(rows: 40, columns: 120))
        var info = DemoFleet.info(0)
        info.name = "evil\u{1b}]52;c;AAAA\u{7}\u{202e}name"
        demo.link(0, .connected(info, role: .admin))
        for second in 1...3 {
            var snapshot = DemoFleet.snapshot(0, at: second)
            for index in snapshot.groups.indices { snapshot.groups[index].info.app += "\u{1b}[31m\n" }
            for index in snapshot.workers.indices {
                snapshot.workers[index].info.name = "n\u{9b}31m"
                snapshot.workers[index].info.arguments = ["\u{1b}c", String(repeating: "\u{301}", count: 5000), "a\rb"]
            }
            demo.link(0, .snapshot(snapshot))
        }
        demo.link(1, .lost(.unreachable(reason: "no\u{1b}[2J\u{0}"), retryAt: nil))
        func check() {
            for row in 0..<40 {
                for scalar in demo.frame().text(row: row).unicodeScalars {
                    #expect(scalar.value >= 0x20 && !(0x7f...0x9f).contains(scalar.value) && scalar.value != 0x202e)
                }
            }
        }
        check()
        demo.press(.end, .enter)
        check()
        demo.press(.down, .enter)
        check()
        demo.press(.character("r"))
        #expect(demo.state.dialog != nil)
        check()
        #expect(demo.frame().text.contains("\\x1b"))
    }

    /// Issuers, reasons, managers, peers, plans and offers are made elsewhere, too.
    @Test func neverDrawsHostileControlRaw() {
        let evil = "evil\u{1b}]52;c;AAAA\u{7}\u{202e}\n\u{9b}2J"
        var demo = DemoControl.troubled()
        demo.change = { _, _, snapshot in
            for index in snapshot.groups.indices {
                var roll = DemoControl.rollSummary(.failed, reason: evil)
                roll.issuer = evil
                snapshot.groups[index].info.roll = roll
                snapshot.groups[index].info.manager = Manager(kind: .supervisord, name: evil)
            }
            for index in snapshot.workers.indices {
                snapshot.workers[index].info.folded = [
                    FoldedProcess(process: ProcessRef(pid: 1, startTicks: 1), role: .helper, title: evil)
                ]
            }
        }
        demo.resize(Size(rows: 60, columns: 200))
        demo.advance(2, sampling: [0])
        func check(_ what: String) {
            for row in 0..<60 {
                let text = demo.frame().text(row: row)
                let isHarmless = text.unicodeScalars.allSatisfy {
                    $0.value >= 0x20 && !(0x7f...0x9f).contains($0.value) && $0.value != 0x202e
                }
                #expect(isHarmless, "\(what): \(text.debugDescription)")
            }
        }
        demo.press(.enter, .home)
        check("host")
        demo.press(.down, .enter, .character("t"))
        for question in demo.questions {
            switch question {
            case .lives: demo.link(0, .answer(question, .unknown(evil)))
            case .connections:
                var report = DemoControl.connections
                report.listeners[0].address = evil
                report.peers[0].address = evil
                report.stickiness = .proxy(address: evil)
                demo.link(0, .answer(question, .connections(report)))
            default: break
            }
        }
        check("worker")
        demo.press(.character("r"))
        var plan = DemoFleet.restartPlan
        plan.steps.append(PlanStep(process: nil, role: evil, deed: .call(evil), condition: evil))
        plan.success = [evil]
        plan.warnings = [evil]
        demo.plan(host: 0, .planned(plan))
        check("plan")
        demo.press(.character("y"), millisecondsLater: 400)
        check("warned")
        demo.press(.escape, .character("a"), millisecondsLater: 800)
        demo.press(.character("b"), .character("a"), millisecondsLater: 1200)
        for question in demo.questions {
            if case .offers = question {
                let offers = [
                    Offer(action: .restart, means: evil), Offer(action: .roll, means: "", unavailable: evil),
                ]
                demo.link(0, .answer(question, .offers(offers, Experience())))
            }
        }
        check("menu")
    }

    @Test(arguments: ControlGoldenTests.Picture.allCases)
    func fitsEverySizeInControl(_ picture: ControlGoldenTests.Picture) {
        var demo = picture.demo(Size(rows: 24, columns: 80))
        for columns in stride(from: 20, through: 300, by: 23) {
            demo.resize(Size(rows: 5 + (columns * 7) % 96, columns: columns))
            check(demo, picture.rawValue)
        }
    }

    @Test func neverShowsZeroForUnknown() {
        var demo = DemoFleet(size: Size(rows: 24, columns: 80))
        demo.link(0, .connected(DemoFleet.info(0), role: .viewer))
        var snapshot = Snapshot(sequence: 1, monotonic: DemoFleet.agentInstant(1), wall: DemoFleet.wall(1))
        snapshot.host[.workers] = 1
        demo.link(0, .snapshot(snapshot))
        demo.press(.end)
        let rows = (0..<24).map { demo.frame().text(row: $0) }
        let row = rows.first { $0.contains("web-17") }
        #expect(row?.contains("%") == false)
        #expect(row?.contains(" - ") == true)
    }
}
