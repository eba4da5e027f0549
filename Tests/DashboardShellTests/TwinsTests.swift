import Console
import Model
import Testing

@testable import Dashboard

/// Several addresses of one host are one row.
@Suite struct TwinsTests {
    private static func info(_ id: UInt64) -> HostInfo {
        var info = SampleFleet.web
        info.id = HostID(high: 0, low: id)
        return info
    }

    private static func fleet(_ steps: [(host: Int, event: LinkEvent)]) -> Fleet {
        var fleet = Fleet(places: ["a:1", "b:1", "c:1", "d:1"])
        for (host, event) in steps { fleet.handle(event, from: host, now: SampleFleet.start, wall: SampleFleet.wall) }
        return fleet
    }

    private static func connected(_ host: Int, _ id: UInt64) -> (host: Int, event: LinkEvent) {
        (host, .connected(info(id), role: .operator))
    }

    private static func lost(_ host: Int) -> (host: Int, event: LinkEvent) { (host, .lost(.silent, retryAt: nil)) }

    @Test func whoDidNotAnswerYetHasARow() {
        #expect(Self.fleet([]).shown == [0, 1, 2, 3])
        #expect(Self.fleet([Self.connected(0, 1), Self.connected(1, 2)]).shown == [0, 1, 2, 3])
    }

    @Test func theFirstThatIsConnectedStandsForAll() {
        let fleet = Self.fleet([Self.connected(2, 7), Self.connected(1, 7), Self.connected(3, 7)])
        #expect(fleet.shown == [0, 1])
        #expect(fleet.hosts[1].alsoAt == ["c:1", "d:1"])
        #expect(fleet.hosts[2].alsoAt.isEmpty)
        #expect(fleet.hosts[1].alsoNote == "also reachable as c:1, d:1")
        #expect(fleet.hosts[1].names == ["web-1", "b:1", "c:1", "d:1"], "a selector may name any of them")
    }

    @Test func anotherTakesItsPlaceWhenItsLinkIsLost() {
        var steps = [Self.connected(0, 7), Self.connected(2, 7), Self.lost(0)]
        #expect(Self.fleet(steps).shown == [1, 2, 3])
        #expect(Self.fleet(steps).hosts[2].alsoAt == ["a:1"])
        steps.append(Self.lost(2))
        #expect(Self.fleet(steps).shown == [0, 1, 3], "of those that are all lost the first")
        steps.append(Self.connected(0, 7))
        #expect(Self.fleet(steps).shown == [0, 1, 3])
    }

    @Test func anAddressThatLeadsElsewhereNowHasItsOwnRow() {
        let fleet = Self.fleet([Self.connected(0, 7), Self.connected(1, 7), Self.lost(1), Self.connected(1, 8)])
        #expect(fleet.shown == [0, 1, 2, 3])
        #expect(fleet.hosts[0].alsoAt.isEmpty)
    }

    /// As copies of one disk are, both of which run.
    @Test func twoMachinesWithOneIdAreTwo() {
        var copy = Self.info(7)
        copy.boot = BootID(high: 99, low: 99)
        let fleet = Self.fleet([Self.connected(0, 7), (host: 1, event: .connected(copy, role: .operator))])
        #expect(fleet.shown == [0, 1, 2, 3])
    }

    @Test func protectedByOneAddressIsProtectedByAll() {
        var fleet = Fleet(places: [
            HostPlace("a:1"), HostPlace(label: "b", address: "b:1", context: "prod", protectedBy: "prod"),
        ])
        for (host, event) in [Self.connected(0, 7), Self.connected(1, 7)] {
            fleet.handle(event, from: host, now: SampleFleet.start, wall: SampleFleet.wall)
        }
        #expect(fleet.shown == [0] && fleet.hosts[0].protectedBy == "prod")
    }

    @Test func itsNumbersCountOnce() {
        let steps = [0, 1].flatMap { [Self.connected($0, 7), (host: $0, event: .snapshot(SampleFleet.snapshot(1)))] }
        let fleet = Self.fleet(steps)
        #expect(FleetSums(fleet).workers == 3)
        let rows = FleetRows(
            fleet: fleet, scope: FleetTabs().scope, now: SampleFleet.start, wall: SampleFleet.wall)
        #expect(rows.hosts.map(\.number) == [0, 2, 3])
        #expect(rows.apps.allSatisfy { $0.parts.count == 1 })
    }
}
