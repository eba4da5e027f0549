import Console
import Model

@testable import Dashboard

/// A dashboard without links, terminal and clocks.
private struct Screens {
    var fleet: Fleet
    var state: UIState
    private let size = Size(rows: 40, columns: 120)

    init(_ hosts: [SteadyHost]) {
        fleet = Fleet(places: hosts.map { HostPlace($0.info.name) })
        state = UIState(size: size, hosts: hosts.count)
        for (number, host) in hosts.enumerated() {
            take(.connecting(attempt: 1), from: number, at: SteadyHost.began)
            take(.connected(host.info, role: .viewer), from: number, at: SteadyHost.began)
        }
    }

    mutating func take(_ event: LinkEvent, from number: Int, at now: Moment) {
        _ = update(&state, fleet: &fleet, event: .link(host: number, event), now: now.monotonic, wall: now.wall)
    }

    /// As the loop does for each frame that follows something new; how many rows are others than in the frame before.
    mutating func draw(over last: inout Frame?, at now: Moment) -> Int {
        state.isUnsettled = true
        _ = state.settle(fleet, now: now.monotonic, wall: now.wall)
        let frame = render(
            state, fleet: fleet, size: size, glyphs: .block, now: now.monotonic, wall: now.wall
        ).frame
        let changed = (0..<size.rows).count { row in last.map { $0[row: row] != frame[row: row] } ?? true }
        last = frame
        return changed
    }
}

extension HotPaths {
    static var paths: [String: ([Int32]) throws -> HotPath] {
        [
            "render-hosts": { _ in renderHosts() },
            "render-workers": { _ in renderWorkers() },
        ]
    }

    /// The list of hosts; a unit is a host.
    static func renderHosts() -> HotPath {
        let count = 1000
        let hosts = (1...count).map { SteadyHost(workers: 2, snapshots: 1, seed: UInt64($0)) }
        var screens = Screens(hosts)
        for host in hosts.indices {
            let snapshot = hosts[host].snapshots[0].narrowed(to: .groups)
            screens.take(.snapshot(snapshot), from: host, at: SteadyHost.moment(0))
        }
        return draw(screens, units: count, from: SteadyHost.moment(0))
    }

    /// The workers of one host; a unit is a worker.
    static func renderWorkers() -> HotPath {
        let count = 50
        let host = SteadyHost(workers: count, snapshots: 3)
        var screens = Screens([host])
        for number in 0..<3 { screens.take(.snapshot(host.snapshots[number]), from: 0, at: SteadyHost.moment(number)) }
        screens.state.push(.host(0, HostView(), folded: []))
        return draw(screens, units: count, from: SteadyHost.moment(2))
    }

    /// Thirty frames a second.
    private static func draw(_ screens: Screens, units: Int, from start: Moment) -> HotPath {
        var screens = screens
        var last: Frame?
        _ = screens.draw(over: &last, at: start)
        return HotPath(units: units) { round in
            let elapsed = Duration.milliseconds(33 * (round + 1))
            let now = Moment(
                monotonic: start.monotonic + elapsed,
                wall: WallTime(nanoseconds: start.wall.nanoseconds + elapsed.nanoseconds))
            return screens.draw(over: &last, at: now)
        }
    }
}
