import Console
import Model
import Testing

@testable import Dashboard

/// Workers of the whole fleet, sorted without their rows.
struct WorkerOrderTests {
    /// With one that ended, and two hosts of one name.
    private static func rows() -> FleetRows {
        var demo = DemoFleet.settled(size: Size(rows: 40, columns: 120))
        demo.change = { number, _, snapshot in
            if number == 0 { snapshot.workers.removeFirst() }
        }
        demo.advance(2, sampling: [0])
        var namesake = demo.fleet.hosts[0]
        namesake.info?.id = HostID(high: 7, low: 7)
        let fleet = Fleet(hosts: demo.fleet.hosts + [namesake])
        return FleetRows(fleet: fleet, scope: FleetTabs.Scope(), now: demo.now, wall: demo.wall)
    }

    @Test(arguments: WorkerSubject.columns.map(\.key) + ["nothing"], [false, true])
    func isThatOfTheirRows(column: String, inverted: Bool) {
        let rows = Self.rows()
        #expect(rows.workers.count > 10 && rows.workers.contains { $0.track.end != nil })
        // Those of two hosts of one name that have everything in common may stand either way.
        func standing(_ host: Int, _ id: WorkerID) -> [String] {
            [rows.fleet.hosts[host].name, String(id.pid), String(id.startTicks)]
        }
        let light = rows.workers(by: column, inverted: inverted) { _ in true }.compactMap { row -> [String]? in
            guard case .worker(let host, let id) = row else { return nil }
            return standing(host, id)
        }
        let whole = sorted(rows.workers, by: column, inverted: inverted).map { standing($0.number, $0.info.id) }
        #expect(light == whole)
    }

    @Test func leavesOutWhatIsNotShown() {
        let rows = Self.rows()
        let one = rows.workers(by: "cpu", inverted: false) { $0.info.slot == 1 }
        #expect(one.count == rows.workers.count { $0.info.slot == 1 } && !one.isEmpty)
    }
}
