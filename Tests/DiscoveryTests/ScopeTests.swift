import Discovery
import Model
import Testing

/// Which groups a user asked for.
struct ScopeTests {
    /// A wrapper (9) with a master and two workers, and a server beside it.
    private let table = ProcessTable([
        .made(9, "/bin/sh ./start"), .made(10, parent: 9, "web --site a", ports: [80]),
        .made(11, parent: 10, "web --site a", ports: [80]), .made(12, parent: 10, "web --site a", ports: [80]),
        .made(20, "shopd --site b", ports: [90], epoll: true),
    ])

    @Test func withoutLimitsEverything() {
        #expect(apps(Scope()) == ["web", "shopd"])
    }

    @Test(arguments: [Int32(9), 10])
    func underAWrapperOrAMasterItsWorkers(pid: Int32) {
        #expect(apps(Scope(underPID: pid)) == ["web"])
    }

    @Test func underAWorkerOnlyThatOne() {
        let groups = discover(table, scope: Scope(underPID: 12)).groups
        #expect(groups.map { $0.workers.map(\.process.pid) } == [[12]])
        #expect(groups.map(\.info.masterPID) == [10])
    }

    @Test func underANumberNobodyHasNothing() {
        #expect(apps(Scope(underPID: 4711)) == [])
    }

    @Test func matchesAWorkerOrItsMaster() {
        #expect(apps(Scope(match: { $0.contains("site b") })) == ["shopd"])
        #expect(apps(Scope(match: { $0 == "web --site a" })) == ["web"])
        let titled = ProcessTable([
            .titled(10, "nginx: master process /usr/sbin/nginx -c /etc/shop.conf"),
            .titled(11, parent: 10, "nginx: worker process"),
        ])
        #expect(discover(titled, scope: Scope(match: { $0.contains("shop.conf") })).groups.count == 1)
        #expect(discover(titled, scope: Scope(match: { $0.contains("mail.conf") })).groups.isEmpty)
    }

    @Test func anExcludedProcessIsNeverAWorkerButMayBeAMaster() {
        #expect(apps(Scope(excludedPIDs: [20, 9])) == ["web"])
        let groups = discover(table, scope: Scope(excludedPIDs: [10, 11, 20])).groups
        #expect(groups.map { $0.workers.map(\.process.pid) } == [[12]])
        #expect(groups.map(\.info.masterPID) == [10])
    }

    @Test func narrowingLeavesTheKeysAlone() {
        let all = discover(table).groups.map(\.info.key)
        for scope in [Scope(underPID: 9), Scope(underPID: 12), Scope(excludedPIDs: [20])] {
            #expect(Set(discover(table, scope: scope).groups.map(\.info.key)).isSubset(of: all))
        }
    }

    private func apps(_ scope: Scope) -> [String] {
        discover(table, scope: scope).groups.map(\.info.app).sorted(by: >)
    }
}
