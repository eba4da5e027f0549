import Console
import Model
import Testing

@testable import Dashboard

/// What is said of a host's agent is what it told, and nothing else.
struct AgentScreenTests {
    private func lines(_ demo: DemoFleet, _ host: Int = 0) -> [String] {
        let ink = Ink(glyphs: .block, now: demo.now, wall: demo.wall)
        return AgentScreen(host: demo.fleet.hosts[host], columns: 120, ink: ink).lines(rows: 60)
            .map { $0.pieces.map(\.text.string).joined() }
    }

    private func line(_ demo: DemoFleet, _ label: String, host: Int = 0) throws -> String {
        try #require(lines(demo, host).first { $0.hasPrefix(label) })
    }

    private func lived(_ change: @escaping @Sendable (Int, inout Snapshot) -> Void) -> DemoFleet {
        var demo = DemoFleet(size: Size(rows: 40, columns: 120))
        demo.change = { _, second, snapshot in change(second, &snapshot) }
        demo.connect(0)
        demo.advance(20, sampling: [0])
        return demo
    }

    @Test func whatAnOlderAgentDoesNotSayIsNotKnown() throws {
        let demo = lived { _, snapshot in
            snapshot.host[.agentBeganNanoseconds] = nil
            snapshot.host[.sweepMicroseconds] = nil
            snapshot.host[.missedSweeps] = nil
            snapshot.host[.probeStretchPermille] = nil
        }
        #expect(try line(demo, "agent").contains("runs since -: it does not say"))
        #expect(try line(demo, "sweep").contains("- of every 1.0s"))
        #expect(try line(demo, "missed").contains("- sweeps"))
        #expect(try line(demo, "probes").contains("-: it probes no loops"))
    }

    @Test func trafficIsOfThisConnectionSinceTheLastCount() throws {
        var demo = lived { _, _ in }
        #expect(try line(demo, "link").contains("messages 3.0K/s in, 24B/s out"))
        demo.link(0, .lost(.silent, retryAt: nil))
        demo.connect(0)
        demo.advance(2, sampling: [0])
        demo.link(0, .lost(.silent, retryAt: nil))
        demo.link(0, .connecting(attempt: 1))
        demo.link(0, .connected(DemoFleet.info(0), role: .operator))
        demo.link(0, .traffic(LinkTraffic(received: 100, sent: 100, at: demo.now)))
        demo.advance(2, sampling: [0])
        #expect(lines(demo).contains { $0.contains("messages - in, - out") })
    }

    /// A clock that was set after the agent began: its age is by the other one.
    @Test func itsAgeIsByItsMonotonicClock() throws {
        #expect(try line(lived { _, _ in }, "agent").contains("21m00s"))
    }

    @Test func jitterIsOfTheAgentsOwnTimes() throws {
        let demo = lived { second, snapshot in
            if second == 10 { snapshot.monotonic = snapshot.monotonic + .milliseconds(120) }
        }
        // Late once, and so the next one comes early.
        #expect(try line(demo, "jitter").contains("now 0ms  p50 0ms  p99 120ms  max 120ms"))
        #expect(lines(demo).contains { $0.contains("of 18 samples, 18s") })
    }

    @Test func sweepsThatWereNotSentAreNoJitter() throws {
        let demo = lived { second, snapshot in snapshot.sequence = UInt64(second) * 2 }
        // Twice as many as planned came between two: the cadence is another one than the agent said.
        #expect(try line(demo, "jitter").contains("max 1.0s"))
        let other = lived { second, snapshot in
            snapshot.monotonic = DemoFleet.agentInstant(second * 2)
            snapshot.sequence = UInt64(second) * 2
        }
        #expect(try line(other, "jitter").contains("max 0ms"))
    }

    @Test func whatWasTooMuchIsSaid() throws {
        var demo = lived { _, _ in }
        #expect(!lines(demo).contains { $0.contains("dropped here") })
        demo.link(0, .leftOut(7))
        demo.link(0, .leftOut(5))
        #expect(lines(demo).contains { $0.contains("12 of its events came faster than they could be taken in") })
    }

    @Test func whatItMayNotReadIsASentenceEach() throws {
        let demo = lived { _, snapshot in
            snapshot.limitations = [.ioDenied, .signalsDenied]
            snapshot.host[.pressureCPUMicroseconds] = nil
        }
        let sentences = lines(demo).filter { $0.hasPrefix("- ") }
        #expect(sentences.count == 3)
        #expect(sentences[0].contains("CAP_KILL") && sentences[2].contains("/proc/pressure"))
        #expect(lines(lived { _, snapshot in snapshot.limitations = [] }).last?.contains("Nothing") == true)
    }

    @Test func lagThatTheKernelHidesIsSaid() throws {
        let demo = lived { _, snapshot in
            snapshot.limitations = []
            for index in snapshot.workers.indices where index < 2 {
                DemoLag.countersOnly.fill(&snapshot.workers[index], at: 5)
            }
        }
        var open = demo
        open.press(.enter)
        open.advance(1, sampling: [0])
        #expect(lines(open).contains { $0.hasPrefix("- Of 2 workers no lag is known") })
    }

    @Test func aHostThatIsDownKeepsWhatItSaidLast() throws {
        let demo = DemoFleet.settled(size: Size(rows: 40, columns: 120))
        #expect(try line(demo, "DOWN", host: 1).contains("connect timed out"))
        #expect(lines(demo, 1).contains { $0.contains("What follows is as last known") })
        #expect(try line(demo, "cpu", host: 1).contains("- of a core"))
        #expect(lines(demo, 2).last?.contains("has not answered yet") == true, "and nothing is made up of it")
    }

    @Test func itIsReachedByItsKeyAndItsName() {
        var demo = DemoFleet.settled(size: Size(rows: 24, columns: 80))
        demo.press(.down, .character("d"))
        #expect(demo.frame().text(row: 2).contains("web-22 > agent"))
        demo.press(.character("b"))
        #expect(demo.state.kind == .fleet)
        demo.press(.character(":"))
        demo.type("agent api-03")
        demo.press(.enter)
        #expect(demo.frame().text(row: 2).contains("api-03 > agent"))
        demo.press(.escape, .enter, .character("d"))
        #expect(demo.state.screen.host != nil && demo.state.kind == .agent)
        demo.press(.escape, .escape, .character(":"))
        demo.type("agent")
        demo.press(.enter)
        #expect(demo.state.kind == .agent)
    }

    @Test func itScrollsAndFits() {
        var demo = DemoFleet.settled(size: Size(rows: 24, columns: 80))
        demo.press(.enter, .character("d"))
        for columns in stride(from: 40, through: 300, by: 13) {
            demo.resize(Size(rows: 10 + columns % 50, columns: columns))
            demo.press(.end)
            let frame = demo.frame(.ascii)
            for row in 0..<frame.size.rows { #expect(SafeText(frame.text(row: row)).columns <= columns) }
        }
    }
}
