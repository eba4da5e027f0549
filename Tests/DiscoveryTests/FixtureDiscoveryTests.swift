import Discovery
import Model
import TestSupport
import Testing

/// Discovery over recorded trees of real processes.
struct FixtureDiscoveryTests {
    @Test func findsANodeCluster() throws {
        let group = try only(FixtureTable.entries("node-cluster"))
        #expect(group.info.kind == .nodeCluster)
        #expect(group.info.app == "server")
        #expect(group.info.masterPID == 19569)
        #expect(group.info.ports == [3000])
        #expect(group.info.respawn == .parentMay)
        #expect(group.workers.map(\.process.pid) == [19580, 19581, 19582])
        #expect(group.workers.first?.process.startTicks == 255423)
    }

    @Test func findsANodeClusterWhoseEnvironmentMayNotBeRead() throws {
        let entries = try FixtureTable.entries("node-cluster")
        #expect(entries.count { $0.environment["NODE_UNIQUE_ID"] != nil } == 3)
        let blind = entries.map { entry in
            var blind = entry
            blind.environment = [:]
            return blind
        }
        let (sighted, guessed) = (try only(entries), try only(blind))
        #expect(guessed.info == sighted.info)
        #expect(guessed.workers == sighted.workers)
        #expect(sighted.rule == "node cluster: environment")
        #expect(guessed.rule == "node cluster: command line")
    }

    @Test(arguments: [("gunicorn", Int32(19738), [Int32(19752), 19768]), ("gunicorn-plain", 19921, [19947, 19948])])
    func findsGunicornWithAndWithoutTitles(tree: String, master: Int32, workers: [Int32]) throws {
        let group = try only(FixtureTable.entries(tree))
        #expect(group.info.kind == .gunicorn)
        #expect(group.info.app == "wsgi:app")
        #expect(group.info.masterPID == master)
        #expect(group.info.ports == [8000])
        #expect(group.info.respawn == .master)
        #expect(group.workers.map(\.process.pid) == workers)
    }

    @Test func findsNginxWorkersWithoutItsCacheProcesses() throws {
        let group = try only(FixtureTable.entries("nginx"))
        #expect(group.info.kind == .nginx)
        #expect(group.info.app == "nginx")
        #expect(group.info.masterPID == 20111)
        #expect(group.info.ports == [8080])
        #expect(group.info.respawn == .master)
        #expect(group.workers.map(\.process.pid) == [20113, 20114])
    }

    @Test(arguments: [("container", "server", UInt16(9000), Int32(20298)), ("odd-name", "server", 9001, 20483)])
    func findsASingleServer(tree: String, app: String, port: UInt16, pid: Int32) throws {
        let group = try only(FixtureTable.entries(tree))
        #expect(group.info.kind == .single)
        #expect(group.info.app == app)
        #expect(group.info.masterPID == nil)
        #expect(group.info.ports == [port])
        #expect(group.info.respawn == .nothingKnown)
        #expect(group.workers.map(\.process.pid) == [pid])
    }

    @Test(arguments: ["zombie", "kernel-thread"])
    func findsNothingWhereNothingServes(tree: String) throws {
        #expect(discover(ProcessTable(try FixtureTable.entries(tree))).groups.isEmpty)
    }

    @Test func findsTheSameGroupsWhenAllRunOnOneHost() throws {
        let trees = try FixtureTable.trees.map { try FixtureTable.entries($0) }
        let apart = trees.flatMap { discover(ProcessTable($0)).groups }.sorted { $0.info.key < $1.info.key }
        var random = SeededGenerator(seed: printedSeed())
        let together = discover(ProcessTable(trees.flatMap { $0 }.shuffled(using: &random))).groups
        #expect(together == apart)
        #expect(Set(together.map(\.info.key)).count == 6)
    }

    private func only(_ entries: [ProcessEntry]) throws -> DiscoveredGroup {
        let groups = discover(ProcessTable(entries)).groups
        try #require(groups.count == 1, "\(groups)")
        return groups[0]
    }
}
