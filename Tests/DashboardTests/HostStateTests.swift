import Console
import Model
import Testing

@testable import Dashboard

/// How a host's state follows its link and its numbers.
struct HostStateTests {
    private func connected() -> DemoFleet {
        var demo = DemoFleet(size: Size(rows: 24, columns: 80))
        demo.connect(0)
        demo.advance(5, sampling: [0])
        return demo
    }

    @Test func isConnectingUntilTheFirstSample() {
        var demo = DemoFleet(size: Size(rows: 24, columns: 80))
        #expect(demo.fleet.hosts[0].state == .connecting)
        demo.connect(0)
        #expect(demo.fleet.hosts[0].state == .connecting)
        demo.advance(1, sampling: [0])
        #expect(demo.fleet.hosts[0].state == .ok)
        #expect(demo.fleet.hosts[0].rates.cpu == nil)  // one sample makes no rate
    }

    @Test func isStaleAfterThreeMissedIntervalsAndComesBack() {
        var demo = connected()
        demo.advance(3, sampling: [])
        #expect(demo.fleet.hosts[0].state == .ok)
        demo.advance(1, sampling: [])
        #expect(demo.fleet.hosts[0].state == .stale)
        #expect(demo.fleet.hosts[0].age(now: demo.now) == .seconds(4))
        demo.advance(1, sampling: [0])
        #expect(demo.fleet.hosts[0].state == .ok)
    }

    /// A simulated world found it: of samples that come once a minute three may be missing for three minutes.
    @Test func isStaleAfterNineSilentSecondsHoweverRarelySamplesCome() {
        var demo = connected()
        var info = DemoFleet.info(0)
        info.intervalNanoseconds = 60_000_000_000
        demo.link(0, .connected(info, role: .operator))
        demo.advance(1, sampling: [0])
        demo.advance(9, sampling: [])
        #expect(demo.fleet.hosts[0].state == .ok)
        demo.link(0, .measured(roundTrip: .milliseconds(1), clockOffset: .zero))
        demo.advance(9, sampling: [])
        #expect(demo.fleet.hosts[0].state == .ok)
        demo.advance(1, sampling: [])
        #expect(demo.fleet.hosts[0].state == .stale)
        demo.link(0, .measured(roundTrip: .milliseconds(1), clockOffset: .zero))
        #expect(demo.fleet.hosts[0].state == .ok)
    }

    @Test func aClockThatIsWrongIsSaid() {
        var demo = connected()
        func measured(_ offset: Duration, roundTrip: Duration = .milliseconds(1)) -> HostState {
            demo.link(0, .measured(roundTrip: roundTrip, clockOffset: offset))
            demo.advance(1, sampling: [0])
            return demo.fleet.hosts[0].state
        }
        #expect(measured(.milliseconds(1900)) == .ok)
        #expect(measured(.milliseconds(4200)) == .warn)
        #expect(demo.fleet.hosts[0].grade.reasons == ["its clock is 4.2s ahead of ours; times shown are corrected"])
        #expect(measured(.seconds(-31)) == .crit)
        #expect(demo.fleet.hosts[0].grade.reasons == ["its clock is 31s behind ours; times shown are corrected"])
        #expect(measured(.milliseconds(2400), roundTrip: .seconds(5)) == .ok, "the agent was stopped")
        #expect(measured(.zero) == .ok)
    }

    @Test func aGapStaysInTheHistory() {
        var demo = connected()
        demo.advance(6, sampling: [])
        demo.advance(2, sampling: [0])
        let points = demo.fleet.hosts[0].history.memoryUsed.suffix(9)
        #expect(points.map { $0 == nil } == [false] + Array(repeating: true, count: 6) + [false, false])
        #expect(demo.fleet.hosts[0].history.cpu.suffix(2).map { $0 == nil } == [true, false])
    }

    @Test func drawsTheMissingSamplesOfAStaleHostAsAGap() {
        var demo = connected()
        demo.advance(4, sampling: [])
        #expect(demo.frame().text.contains("····"))
    }

    @Test func isDownWhenTheLinkEndsAndStaysSoWhileTryingAgain() {
        var demo = connected()
        demo.link(0, .lost(.closed(reason: "reset by peer"), retryAt: demo.now + .seconds(8)))
        #expect(demo.fleet.hosts[0].state == .down)
        let sentence = demo.fleet.hosts[0].sentence(now: demo.now, columns: 200)
        #expect(sentence == "connection closed: reset by peer; retry in 8s; last seen 14:01:57Z (0s ago); Ctrl-R: now")
        demo.link(0, .connecting(attempt: 2))
        #expect(demo.fleet.hosts[0].state == .down)
        #expect(demo.fleet.hosts[0].sentence(now: demo.now, columns: 200)?.contains("trying now (try 2)") == true)
        demo.connect(0)
        demo.advance(1, sampling: [0])
        #expect(demo.fleet.hosts[0].state == .ok)
    }

    @Test(arguments: [
        (LinkFailure.authentication(reason: ""), HostState.auth), (.untrusted(reason: ""), .untrusted),
        (.version(theirs: 2...2, ours: 1...1), .version), (.silent, .down), (.protocolError(reason: ""), .down),
        (.unreachable(reason: "refused"), .down), (.noDescriptor(allowed: 100), .down),
    ])
    func namesWhatIsWrong(_ failure: LinkFailure, _ state: HostState) {
        var demo = connected()
        demo.link(0, .lost(failure, retryAt: nil))
        #expect(demo.fleet.hosts[0].state == state)
        #expect(demo.fleet.hosts[0].sentence(now: demo.now, columns: 300)?.contains("not retried") == true)
    }

    @Test func disturbsNoOtherHost() {
        var demo = DemoFleet.settled(size: Size(rows: 24, columns: 80))
        let before = demo.fleet.hosts.map(\.state)
        demo.link(0, .lost(.silent, retryAt: nil))
        #expect(demo.fleet.hosts.map(\.state).dropFirst() == before.dropFirst())
        #expect(demo.fleet.hosts.count == 7)
    }

    @Test func becomesCriticalOnlyWhenTheLimitHeldForItsTime() {
        var demo = DemoFleet(size: Size(rows: 24, columns: 80))
        demo.connect(0)
        demo.advance(59, sampling: [0])
        #expect(demo.fleet.hosts[0].state == .ok)
        demo.advance(1, sampling: [0])
        #expect(demo.fleet.hosts[0].state == .crit)
        #expect(
            demo.fleet.hosts[0].grade.reasons
                == ["a worker's loop 99% used, above 97% for 60 s; worst api#3 (pid 20113) 99%"])
    }

    @Test func anotherBootForgetsWhatWasThere() {
        var demo = connected()
        var info = DemoFleet.info(0)
        info.boot = BootID(high: 3, low: 3)
        demo.link(0, .connected(info, role: .operator))
        #expect(demo.fleet.hosts[0].snapshot == nil)
        #expect(demo.fleet.hosts[0].workers.values.allSatisfy { $0.end != nil })
        #expect(demo.fleet.hosts[0].history == HostHistory())
    }

    @Test func aRepeatedKeyframeIsNoNewSample() {
        var demo = connected()
        let count = demo.fleet.hosts[0].history.cpu.count
        demo.sample(0)
        #expect(demo.fleet.hosts[0].history.cpu.count == count)
    }

    @Test func snapshotsWithoutWorkersEndNone() {
        var demo = connected()
        demo.second(add: 1)
        demo.link(0, .snapshot(DemoFleet.snapshot(0, at: demo.second).narrowed(to: .host)))
        #expect(demo.fleet.hosts[0].workers.values.allSatisfy { $0.end == nil })
        #expect(demo.fleet.hosts[0].groups.count == 2)
    }

    @Test func toldTwiceAnEventCountsOnce() {
        var demo = connected()
        demo.exit(0, slot: 1, .code(0))
        demo.exit(0, slot: 1, .code(0))
        #expect(demo.fleet.hosts[0].exits.count == 1)
        #expect(demo.fleet.hosts[0].log.count { if case .agent = $0.body { true } else { false } } == 1)
    }

    @Test func unknownHostsAreIgnored() {
        var demo = connected()
        demo.link(99, .draining(reason: "x"))
        demo.link(-1, .draining(reason: "x"))
        #expect(demo.fleet.hosts.count == 7)
    }
}
