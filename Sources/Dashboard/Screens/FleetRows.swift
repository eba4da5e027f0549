import Model

typealias FleetView = ListView<Int>

/// The hosts that the fleet screen shows, in its order.
func fleetRows(_ fleet: Fleet, _ view: FleetView, now: MonotonicInstant) -> [Int] {
    let subjects = fleet.hosts.indices.map { HostSubject(fleet: fleet, number: $0, now: now) }
    let shown = view.filter.isEmpty ? subjects : subjects.filter { view.filter.filter.matches($0) }
    return sorted(shown, by: view.order, inverted: view.inverted).map(\.number)
}

extension HostSubject {
    /// What `s` goes through.
    static let orders = ["state", "cpu", "mem", "util", "lag", "host"]
}
