import Console
import Model
import Testing

@testable import Dashboard

/// What the screens say of loops that stall, hang, or cannot be measured, as an operator sees it.
struct LagGoldenTests {
    enum Life: String, CaseIterable {
        case stuck, starved, bounded, loopless, counters, runtime, hung

        func fill(_ entry: inout WorkerEntry, at second: Int) {
            switch self {
            case .stuck: DemoLag.stuck.fill(&entry, at: second)
            case .hung:
                var lag = DemoLag.stuck
                lag.method.isHung = second > 88
                lag.fill(&entry, at: second)
            case .starved:
                DemoLag.starved.fill(&entry, at: second)
                entry.row[.probeGapMicroseconds] = 180_000
            case .bounded: DemoLag.bounded.fill(&entry, at: second)
            case .loopless: DemoLag.withoutLoop.fill(&entry, at: second)
            case .counters: DemoLag.countersOnly.fill(&entry, at: second)
            case .runtime:
                DemoLag.healthy(3).fill(&entry, at: second)
                entry.row[.runtimeDelayP99Microseconds] = 12_000
                entry.row[.runtimeDelayMaxMicroseconds] = 21_400
                entry.row[.runtimeUtilisationPermille] = 430
                entry.row[.runtimeHeapBytes] = 80 << 20
                entry.row[.runtimeGCMicroseconds] = UInt64(second) * 12_000
            }
            // The demo's slot 3 is busy all the time; here its lag is the subject.
            let isStuck = self == .stuck || self == .hung
            let busy = UInt64(isStuck ? min(second, 83) : second)
            entry.row[.cpuNanoseconds] = busy * 310_000_000
            entry.row[.loopRunNanoseconds] = busy * 300_000_000
            entry.row[.state] = UInt64(UInt8(ascii: "S"))
        }

        func demo(_ size: Size) -> DemoFleet {
            var demo = Self.demos[self] ?? DemoFleet.settled(size: size)
            demo.resize(size)
            return demo
        }

        /// Each lived once for all tests.
        private static let demos = Dictionary(uniqueKeysWithValues: allCases.map { ($0, $0.lived()) })

        private func lived() -> DemoFleet {
            DemoFleet.lived { host, second, snapshot in
                guard host == 0, let index = snapshot.workers.firstIndex(where: { $0.info.id.pid == 20_113 }) else {
                    return
                }
                snapshot.host[.worstUtilisationPermille] = 340
                snapshot.groups[0].row[.worstUtilisationPermille] = 340
                fill(&snapshot.workers[index], at: second)
                snapshot.rollUpLag()
            }
        }
    }

    private static let sizes = [Size(rows: 24, columns: 80), Size(rows: 40, columns: 120)]

    /// The demo's worker 3 on web-17.
    private func worker(_ life: Life, _ size: Size) -> DemoFleet {
        var demo = life.demo(size)
        demo.press(.character("/"))
        demo.type("web-17")
        demo.press(.enter, .home, .enter, .character("/"))
        demo.type("20113")
        demo.press(.enter, .end, .enter)
        return demo
    }

    @Test(arguments: Life.allCases, sizes)
    func aWorkersLag(_ life: Life, _ size: Size) throws {
        try Golden.check(worker(life, size).frame(), "lag-\(life.rawValue)-\(size.columns)x\(size.rows)")
    }

    @Test(arguments: [Life.stuck, .bounded])
    func withoutUTF8(_ life: Life) throws {
        let frame = worker(life, Self.sizes[0]).frame(.ascii)
        #expect(frame.text.utf8.allSatisfy { $0 < 128 })
        try Golden.check(frame, "lag-\(life.rawValue)-80x24-ascii")
    }

    @Test(arguments: sizes)
    func aHostWithAHungWorker(_ size: Size) throws {
        var demo = Life.hung.demo(size)
        demo.press(.home, .enter)
        try Golden.check(demo.frame(), "host-hung-\(size.columns)x\(size.rows)")
    }

    @Test func aFleetWithAHungWorker() throws {
        try Golden.check(Life.hung.demo(Self.sizes[0]).frame(), "fleet-hung-80x24")
    }

    @Test(arguments: Life.allCases)
    func fitsEverySize(_ life: Life) {
        var demo = worker(life, Self.sizes[0])
        for columns in stride(from: 40, through: 300, by: 7) {
            let size = Size(rows: 10 + columns * 7 % 70, columns: columns)
            demo.resize(size)
            for glyphs in [Glyphs.block, .ascii] {
                let frame = demo.frame(glyphs)
                let longest = (0..<size.rows).map { SafeText(frame.text(row: $0)).columns }.max() ?? 0
                #expect(longest <= columns, "\(life) at \(size)")
            }
        }
    }

    @Test func theStateIsDrawnToBeSeenWithoutColours() {
        let frame = worker(.hung, Self.sizes[0]).frame()
        #expect(frame.text(row: 2).contains("HUNG"))
        #expect(Palette.word(WorkerState.hung).tone == .critState)
    }
}
