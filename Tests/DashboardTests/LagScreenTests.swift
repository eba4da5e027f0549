import Console
import Model
import Testing

@testable import Dashboard

/// What screens say of lag beyond the pictures: order, words, and whom a host's state is about.
struct LagScreenTests {
    private static let small = Size(rows: 24, columns: 80)

    /// The host screen of web-17 in that life, sorted by lag.
    private func byLag(_ demo: DemoFleet) -> DemoFleet {
        var demo = demo
        demo.press(.home, .character("/"))
        demo.type("web-17")
        demo.press(.enter, .enter)
        while case .host(_, let view, _) = demo.state.screen, view.order != "lag" { demo.press(.character("s")) }
        return demo
    }

    private func row(_ demo: DemoFleet, _ text: String) -> String? {
        (0..<demo.state.size.rows).map { demo.frame().text(row: $0) }.first { $0.contains(text) }
    }

    // MARK: Order

    /// An app's row says what its worst worker's says, and is sorted by that.
    @Test func whatIsOnlyAtMostSortsByTheNumberThatIsShown() throws {
        let demo = byLag(
            DemoFleet.lived { host, second, snapshot in
                guard host == 0 else { return }
                for index in snapshot.workers.indices {
                    let isWeb = snapshot.workers[index].info.groupKey == "web"
                    (isWeb ? DemoLag.bounded : DemoLag.healthy(1)).fill(&snapshot.workers[index], at: second)
                }
                snapshot.rollUpLag()
                // As agents did: a sum had no place for "at most".
                snapshot.groups[1].row[.worstLagMicroseconds] = nil
            })
        guard case .host(let number, let view, let folded) = demo.state.screen else { return }
        let rows = hostRows(demo.fleet, number, view, folded: folded, now: demo.now)
        #expect(rows.first == .app("web"))
        let app = try #require(row(demo, " web "))
        #expect(app.contains("<=780ms"), "\(app)")
    }

    @Test func boundsComeAfterEqualExactOnes() {
        let exact = RowKey(.number(0.3))
        let bound = RowKey(.atMost(0.3))
        #expect(exact.precedes(bound, inverted: false) == true)
        #expect(bound.precedes(exact, inverted: false) == false)
        #expect(bound.precedes(exact, inverted: true) == true)
        #expect(bound.precedes(.number(0.2), inverted: false) == true)
        #expect(bound.precedes(bound, inverted: false) == nil)
        #expect(RowKey.unknown.precedes(bound, inverted: true) == false)
    }

    // MARK: Words

    @Test func anAtMostSaysThatItRaisesNoAlarm() {
        func text(_ life: LagGoldenTests.Life) -> String {
            var demo = byLag(life.demo(Self.small))
            demo.press(.character("/"))
            demo.type("20113")
            demo.press(.enter, .end, .enter)
            return demo.frame().text
        }
        #expect(text(.bounded).contains("so it raises no alarm"))
        #expect(!text(.stuck).contains("no alarm"))
    }

    /// In every call that a thread can sleep in.
    @Test func causesAreWholeAt80Columns() {
        for number in UInt16(0)..<460 {
            var row = WorkerRow()
            row[.lagMethod] = LagMethod(tier: .perf, quality: .exact, kind: .select).packed
            row[.lagMaxMicroseconds] = 900_000
            row[.stallCause] = StallCause.blocked(SystemCall(number: number)).packed
            let word = LagReading(row).causeWord(columns: 12)
            #expect((word?.columns ?? 99) <= 12, "\(word?.string ?? "-")")
        }
        // Also beside long names and long pids.
        let demo = byLag(
            DemoFleet.lived { host, second, snapshot in
                guard host == 0 else { return }
                snapshot.groups[0].info.app = "orders-api"
                for index in snapshot.workers.indices {
                    DemoLag.stuckIn(230).fill(&snapshot.workers[index], at: second)
                    snapshot.workers[index].info.id.pid += 4_000_000
                }
                snapshot.rollUpLag()
            })
        #expect(demo.frame().text.contains("nanosleep ") && demo.frame().text.contains("orders-api"))
        #expect(row(demo, " 4020113 ")?.contains("nanosleep ") == true)
    }

    @Test func aNestedLoopIsNamedAsOne() {
        let demo = byLag(
            DemoFleet.lived { host, second, snapshot in
                guard host == 0, let index = snapshot.workers.firstIndex(where: { $0.info.id.pid == 20_113 }) else {
                    return
                }
                DemoLag.stuckIn(281).fill(&snapshot.workers[index], at: second)
                snapshot.rollUpLag()
            })
        #expect(row(demo, " 20113 ")?.contains("nested loop") == true)
        var worker = demo
        worker.press(.character("/"))
        worker.type("20113")
        worker.press(.enter, .end, .enter)
        #expect(worker.frame().text.contains("in epoll_pwait (a nested loop, e.g. execSync)"))
    }

    // MARK: The strip

    /// Not as a full block: what the eye takes for a second of it.
    @Test func aShortOpenStallHasItsShareOfTheTime() {
        let short = LagColumn(nil, over: .seconds(1), open: .milliseconds(60))
        #expect(abs(short.share(of: 3..<4) - 0.06) < 0.01)
        let long = LagColumn(nil, over: .seconds(1), open: .seconds(7))
        #expect(long.share(of: 8..<9) == 1)
        var both = LagHistogram()
        both.add(.milliseconds(300))
        let column = LagColumn(both, over: .seconds(1), open: .milliseconds(300))
        #expect(abs(column.share(of: 5..<6) - 0.6) < 0.05, "an ended one and one that goes on")
    }

    // MARK: Whom it is about

    @Test func aHostsReasonNamesTheWorstWorkerAndItsNumber() {
        let hung = "1 worker hangs: api#3 (pid 20113): blocked 7.2 s so far in futex"
        var demo = LagGoldenTests.Life.hung.demo(Self.small)
        #expect(demo.fleet.hosts[0].grade.reasons.first == hung)
        #expect(demo.frame().text.contains("CRIT: \(hung)"), "the fleet says it of the selected host")
        demo.press(.home, .enter)
        #expect(demo.frame().text(row: 3) == "CRIT: \(hung)")
        let busy = DemoFleet.settled(size: Self.small).fleet.hosts[0].grade.reasons.first
        #expect(busy == "a worker's loop 99% used, above 97% for 60 s; worst api#3 (pid 20113) 99%")
    }

    @Test func withoutItsWorkersAHostNamesNone() {
        let demo = DemoFleet.lived { host, second, snapshot in
            if host == 0 { (snapshot.workers, snapshot.groups) = ([], []) }
        }
        #expect(demo.fleet.hosts[0].grade.reasons.first == "a worker's loop 99% used, above 97% for 60 s")
    }

    /// The workers come a moment after the host is asked for them.
    @Test func theLineInTheLogIsCompletedWhenTheNameIsKnown() {
        let demo = DemoFleet.lived { host, second, snapshot in
            guard host == 0, let index = snapshot.workers.firstIndex(where: { $0.info.id.pid == 20_113 }) else {
                return
            }
            LagGoldenTests.Life.hung.fill(&snapshot.workers[index], at: second)
            snapshot.host[.worstUtilisationPermille] = 340
            snapshot.rollUpLag()
            if second < 90 { (snapshot.workers, snapshot.groups) = ([], []) }
        }
        #expect(demo.frame().text.contains("web-17  CRIT: 1 worker hangs: api#3 (pid 20113)"))
    }

    // MARK: Help

    @Test(arguments: ScreenKind.allCases.filter { $0 != .log })
    func helpBeginsWithKeysAndTheSameKeyLeadsToTheColumns(_ screen: ScreenKind) {
        for key in [Key.character("?"), .tab] {
            var demo = DemoFleet.settled(size: Self.small)
            demo.go(to: screen)
            demo.press(.character("?"))
            #expect(demo.frame().text(row: 2).contains("LAG") && demo.frame().text(row: 2).contains("? again"))
            #expect(demo.frame().text.contains("MOVE"))
            demo.press(key)
            #expect(demo.frame().text(row: 2) == "WHAT THE NUMBERS MEAN")
            #expect(demo.frame().text.contains(screen == .worker ? "strip" : "raises no alarm"))
            var presses = 0
            while demo.state.help != nil, demo.state.help != 0, presses < 5 {
                demo.press(key)
                presses += 1
            }
            #expect(demo.state.help == (key == .tab ? 0 : nil), "round again, or closed")
        }
    }

    @Test func helpThatFitsOnOnePageIsClosedByTheKeyThatOpenedIt() {
        var demo = DemoFleet.settled(size: Size(rows: 150, columns: 200))
        demo.press(.character("?"), .character("?"))
        #expect(demo.state.help == nil)
    }
}
