import Exposition
import Model

/// A fleet as metrics: in comes what links tell, out goes what a scrape is made from.
///
/// Of a host that is not live nothing is told but that: numbers that are old would look like those of now.
struct FleetMetrics: Sendable {
    private(set) var fleet: Fleet
    /// By number of the host.
    private var counts: [SlotCounts]
    private var newest: [Snapshot?]

    init(places: [HostPlace]) {
        fleet = Fleet(places: places)
        counts = places.map { _ in SlotCounts() }
        newest = places.map { _ in nil }
    }

    mutating func take(_ event: LinkEvent, from host: Int, now: MonotonicInstant, wall: WallTime) {
        guard counts.indices.contains(host) else { return }
        fleet.handle(event, from: host, now: now, wall: wall)
        guard case .snapshot(let snapshot) = event else { return }
        counts[host].take(snapshot)
        newest[host] = snapshot
    }

    /// Whether each host has answered, or is known not to.
    var isReady: Bool { fleet.shown.allSatisfy { fleet.hosts[$0].state != .connecting } }

    /// Hosts of one name have their addresses behind it.
    mutating func exposed(now: MonotonicInstant, wall: WallTime) -> [ExposedHost] {
        fleet.tick(now: now, wall: wall)
        let hosts = fleet.shown.map { (number: $0, host: fleet.hosts[$0]) }
        let names = Dictionary(hosts.map { ($0.host.name, 1) }, uniquingKeysWith: +)
        var taken: Set<String> = []
        return hosts.compactMap { number, host in
            let name = names[host.name] == 1 ? host.name : "\(host.name) \(host.address)"
            guard taken.insert(name).inserted else { return nil }
            let isUp = host.state.isCurrent && newest[number] != nil
            return ExposedHost(
                name: name, link: ExposedHost.Link(isUp: isUp, age: host.age(now: now)), info: host.info,
                snapshot: isUp ? newest[number] : nil, counts: counts[number])
        }
    }
}
