import Model

@testable import Dashboard

extension HotPaths {
    /// A snapshot comes in from a host's link: rates, grades and histories of all its workers. Ten minutes of it are known.
    static func apply() -> HotPath {
        let workers = 200
        let before = 2
        let host = SteadyHost(workers: workers, snapshots: before + rounds)
        var fleet = Fleet(places: [HostPlace(host.info.name)])
        func take(_ event: LinkEvent, at now: Moment) {
            fleet.handle(event, from: 0, now: now.monotonic, wall: now.wall)
        }
        take(.connected(host.info, role: .viewer), at: SteadyHost.began)
        for number in 0..<before { take(.snapshot(host.snapshots[number]), at: SteadyHost.moment(number)) }
        return HotPath(units: workers) { round in
            let number = before + round
            take(.snapshot(host.snapshots[number]), at: SteadyHost.moment(number))
            return fleet.hosts[0].troubled.count
        }
    }
}
