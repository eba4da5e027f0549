import Console
import Model
import Testing

@testable import Dashboard

/// An app with too few workers, on the screens and in `why`.
struct MissingWorkersTests {
    /// The `api` of web-17 has lost all its workers at 14:02:02.
    private static func demo() -> DemoFleet {
        var demo = DemoFleet(size: Size(rows: 24, columns: 80))
        demo.change = { _, second, snapshot in
            snapshot.host[.worstUtilisationPermille] = 100
            guard second >= 10 else { return }
            for index in snapshot.groups.indices where snapshot.groups[index].info.app == "api" {
                snapshot.groups[index].row[.workers] = 0
                snapshot.groups[index].info.expected = 3
                snapshot.groups[index].info.missingSince = DemoFleet.wall(10.5)
            }
            snapshot.workers.removeAll { $0.info.groupKey == "api" }
        }
        demo.connect(0)
        demo.advance(9, sampling: [0])
        return demo
    }

    @Test func itsHostIsCriticalAndTheReasonNamesTheApp() throws {
        var demo = Self.demo()
        #expect(demo.fleet.hosts[0].state == .ok)
        demo.advance(3, sampling: [0])
        #expect(demo.fleet.hosts[0].state == .ok, "a restart is no trouble")
        demo.advance(1, sampling: [0])
        #expect(demo.fleet.hosts[0].state == .crit)
        #expect(demo.fleet.hosts[0].grade.reasons == ["app api: 0 of 3 workers since 14:02:02Z"])
    }

    /// Whoever asks once, and only for the host, is told the same.
    @Test func oneLookAtTheHostRowAloneIsEnough() {
        var demo = Self.demo()
        var told = Snapshot(sequence: 1, monotonic: DemoFleet.agentInstant(20), wall: DemoFleet.wall(20))
        told.troubles = [
            HostTrouble(.missingWorkers, .warn, value: 2, app: "web", expected: 3),
            HostTrouble(.hostCPU, .warn, value: 880),
        ]
        demo.link(0, .snapshot(told.narrowed(to: .host)))
        demo.tick()
        #expect(demo.fleet.hosts[0].state == .warn)
        #expect(
            demo.fleet.hosts[0].grade.reasons == ["app web: 2 of 3 workers", "host CPU 88%, above 85% for 60 s"])
    }

    @Test func whyIsAskedOfSlotsWhereNobodyLives() throws {
        var demo = Self.demo()
        demo.advance(5, sampling: [0])
        var gathering = Gathering(places: ["web-17:7433"], snapshots: 1)
        gathering.handle(.connected(DemoFleet.info(0), role: .viewer), from: 0, now: demo.now, wall: demo.wall)
        var snapshot = try #require(demo.fleet.hosts[0].snapshot)
        snapshot.sequence += 1
        gathering.handle(.snapshot(snapshot), from: 0, now: demo.now, wall: demo.wall)
        let listing = Listing(
            .apps, of: gathering, filter: try Filter(parsing: "web-17/api"), now: demo.now, wall: demo.wall)
        #expect(listing.subjects(slot: nil).map(\.slot) == [1, 2, 3])
        #expect(listing.subjects(slot: 2).map(\.slot) == [2])
        #expect(listing.subjects(slot: 9).isEmpty)
        let text = listing.subjects(slot: nil).first?.missing(on: listing.fleet.hosts[0], wall: demo.wall)
        #expect(text == "web-17/api: 0 of 3 workers since 14:02:02Z")
    }

    @Test func eventsSayWhenAndHowARunBegan() {
        let demo = Self.demo()
        let host = demo.fleet.hosts[0]
        #expect(
            host.text(of: .agentStarted(version: "0.1.0", previous: nil))
                == "agent 0.1.0 started; no run before this one is known")
        let died = RunEnd(.died, at: DemoFleet.wall(90))
        #expect(
            host.text(of: .agentStarted(version: "0.1.0", previous: died)).hasPrefix(
                "agent 0.1.0 started; the run before it ended without a word, last heard of at 2026-11-20 14:03:2"))
        let found = Event.Body.workerFound(DemoFleet.worker(0, slot: 2, at: 0), app: "api")
        #expect(host.text(of: found).hasPrefix("api#2 found, pid 20112, running since 2026-11-"))
    }
}
