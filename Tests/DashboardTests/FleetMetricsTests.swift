import Exposition
import Model
import Testing

@testable import Dashboard

/// What of a fleet is told as metrics.
struct FleetMetricsTests {
    /// Events of hosts, each at a second of the dashboard's clock.
    static func metrics(_ places: [String], _ events: [(Int, Double, LinkEvent)]) -> FleetMetrics {
        var metrics = FleetMetrics(places: places.map { HostPlace(label: $0, address: "\($0):1", isNamed: false) })
        for (host, second, event) in events {
            metrics.take(event, from: host, now: DemoFleet.instant(second), wall: DemoFleet.wall(second))
        }
        return metrics
    }

    static func told(_ metrics: FleetMetrics, at second: Double) -> [ExposedHost] {
        var metrics = metrics
        return metrics.exposed(now: DemoFleet.instant(second), wall: DemoFleet.wall(second))
    }

    static let lost = LinkEvent.lost(.closed(reason: "x"), retryAt: nil)

    static func answers(_ host: Int, from second: Int = 1, to last: Int = 3) -> [(Int, Double, LinkEvent)] {
        [(host, Double(second), .connected(DemoFleet.info(host), role: .viewer))]
            + (second...last).map { (host, Double($0), .snapshot(DemoFleet.snapshot(host, at: $0))) }
    }

    @Test func aHostThatIsLiveIsToldWhole() {
        let metrics = Self.metrics(["a"], Self.answers(0))
        let hosts = Self.told(metrics, at: 3.5)
        #expect(hosts.count == 1 && hosts[0].name == DemoFleet.info(0).name && hosts[0].link?.isUp == true)
        #expect(hosts[0].snapshot?.workers.isEmpty == false && metrics.isReady)
    }

    @Test func ofAHostThatIsSilentOrGoneNoNumbersAreTold() {
        let silent = Self.told(Self.metrics(["a"], Self.answers(0)), at: 20)
        #expect(silent[0].link?.isUp == false && silent[0].snapshot == nil && silent[0].link?.age != nil)
        let gone = Self.told(Self.metrics(["a"], Self.answers(0) + [(0, 3.2, Self.lost)]), at: 3.5)
        #expect(gone[0].link?.isUp == false && gone[0].snapshot == nil)
        let back = Self.told(
            Self.metrics(["a"], Self.answers(0) + [(0, 3.2, Self.lost)] + Self.answers(0, from: 4, to: 6)), at: 6.1)
        #expect(back[0].link?.isUp == true && back[0].snapshot != nil)
    }

    @Test func isReadyWhenEachHostHasAnsweredOrFailed() {
        #expect(!Self.metrics(["a", "b"], Self.answers(0)).isReady)
        let lost = (1, 2.0, LinkEvent.lost(.unreachable(reason: "x"), retryAt: nil))
        #expect(Self.metrics(["a", "b"], Self.answers(0) + [lost]).isReady)
    }

    @Test func hostsOfOneNameHaveTheirAddressesBehindIt() {
        var twin = DemoFleet.info(1)
        twin.name = DemoFleet.info(0).name
        let events = Self.answers(0) + [(1, 1, .connected(twin, role: .viewer))]
        let names = Self.told(Self.metrics(["a", "b"], events), at: 3.5).map(\.name)
        #expect(names == ["\(twin.name) a:1", "\(twin.name) b:1"])
    }

    @Test func whatIsNoHostOfOursIsPassedOver() {
        #expect(Self.told(Self.metrics(["a"], Self.answers(1)), at: 3.5).map(\.name) == ["a"])
    }
}
