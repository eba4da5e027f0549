import Discovery
import Model
import TestSupport
import Testing

/// A key stays while the group does, and no two groups share one.
struct GroupKeyTests {
    @Test(arguments: ["node-cluster", "gunicorn", "gunicorn-plain", "nginx", "container", "odd-name"])
    func survivesNewWorkersAndANewMaster(tree: String) throws {
        let entries = try FixtureTable.entries(tree)
        let before = try key(entries)
        // Every process of the tree replaced by one with another number, started later.
        let pids = Set(entries.map(\.pid))
        let replaced = entries.map { entry in
            var later = entry
            later.pid += 5000
            later.startTicks += 1_000_000
            if pids.contains(entry.parentPID) { later.parentPID += 5000 }
            return later
        }
        #expect(try key(replaced) == before)
        // One worker replaced.
        let group = try #require(discover(ProcessTable(entries)).groups.first)
        let dead = try #require(group.workers.first)
        let respawned = entries.map { entry in
            var newer = entry
            if entry.pid == dead.process.pid { newer.pid = 30_001 }
            return newer
        }
        #expect(try key(respawned) == before)
        // One worker gone.
        if group.workers.count > 1 { #expect(try key(entries.filter { $0.pid != dead.process.pid }) == before) }
    }

    @Test func doesNotDependOnPortsThatComeAndGo() throws {
        let entries = try FixtureTable.entries("gunicorn")
        let silent = entries.map { entry in
            var silent = entry
            silent.listening = []
            return silent
        }
        #expect(try key(silent) == key(entries))
    }

    @Test func tellsTwoOfTheSameNameApartByTheirPorts() {
        let server = { (pid: Int32, port: UInt16) in
            [
                ProcessEntry.titled(pid, "gunicorn: master [wsgi:app]", ports: [port]),
                .titled(pid + 1, parent: pid, "gunicorn: worker [wsgi:app]", ports: [port]),
            ]
        }
        let keys = { (entries: [ProcessEntry]) in
            Dictionary(
                uniqueKeysWithValues: discover(ProcessTable(entries)).groups.map { ($0.info.ports, $0.info.key) })
        }
        let before = keys(server(10, 80) + server(20, 81))
        #expect(Set(before.values).count == 2)
        // The first restarts and is now the later one: neither takes the other's key.
        #expect(keys(server(30, 80) + server(20, 81)) == before)
    }

    @Test func tellsTwoOfTheSameNameAndPortsApartByANumber() {
        let groups = discover(
            ProcessTable([
                .titled(10, "gunicorn: master [a:b]", ports: [80]),
                .titled(11, parent: 10, "gunicorn: worker [a:b]", ports: [80]),
                .titled(20, "gunicorn: master [a:b]", ports: [80]),
                .titled(21, parent: 20, "gunicorn: worker [a:b]", ports: [80]),
            ])
        ).groups
        #expect(groups.count == 2)
        #expect(Set(groups.map(\.info.key)).count == 2)
    }

    @Test func aMasterThatIsAboutToReplaceAnotherDoesNotTakeItsKey() throws {
        for name in ["gunicorn", "gunicorn-plain", "unicorn"] {
            let alone = try only(MasterTable.entries(name))
            let both = discover(ProcessTable(try MasterTable.entries("\(name)-usr2"))).groups
            #expect(both.map(\.info.key) == [alone.info.key, "\(alone.info.key)/new"])
            #expect(both.first?.info.master == alone.info.master)
            #expect(both.map(\.info.app) == [alone.info.app, alone.info.app])
            // The old one quits, and its child is adopted.
            let old = try #require(alone.info.master)
            let gone = Set(alone.workers.map(\.process.pid) + [old.pid])
            let after = try MasterTable.entries("\(name)-usr2").filter { !gone.contains($0.pid) }
                .map { entry in entry.with { if $0.parentPID == old.pid { $0.parentPID = 1 } } }
            let left = try only(after)
            // Until it renames itself a titled gunicorn is the second of its name.
            if name != "gunicorn" { #expect(left.info.key == alone.info.key) }
        }
    }

    @Test func theSameAppStartedInAnotherWayIsAnotherGroup() {
        let groups = discover(
            ProcessTable([
                .made(10, parent: 5, "node /srv/a/server.js", ports: [80], epoll: true),
                .made(20, parent: 6, "node /srv/b/server.js", ports: [81], epoll: true),
            ])
        ).groups
        #expect(groups.map(\.info.app) == ["a", "b"])
        #expect(Set(groups.map(\.info.key)).count == 2)
    }

    @Test func keysAreUniqueAndEachProcessIsAWorkerOnceInAnyTable() {
        var random = SeededGenerator(seed: printedSeed())
        let lines = [
            "bash", "node server.js", "/usr/bin/node /srv/server.js", "gunicorn wsgi:app", "web", "web", "sshd -D",
            "python3 work.py",
        ]
        let titles = [
            "nginx: master process x", "nginx: worker process", "gunicorn: master [a:b]", "gunicorn: worker [a:b]",
        ]
        for _ in 0..<1_500 {
            let count = Int32.random(in: 0...14, using: &random)
            let entries = (0..<count).map { index in
                let parent = Int32.random(in: 0...count + 1, using: &random)
                let ports: [UInt16] = Bool.random(using: &random) ? [UInt16.random(in: 80...81, using: &random)] : []
                let epoll = Bool.random(using: &random)
                if Bool.random(using: &random) {
                    return ProcessEntry.titled(
                        index + 1, parent: parent, titles.randomElement(using: &random) ?? "", ports: ports,
                        epoll: epoll)
                }
                return ProcessEntry.made(
                    index + 1, parent: parent, lines.randomElement(using: &random) ?? "", ports: ports, epoll: epoll,
                    environment: Bool.random(using: &random) ? ["NODE_UNIQUE_ID": "1"] : [:])
            }
            let groups = discover(ProcessTable(entries)).groups
            let keys = groups.map(\.info.key)
            #expect(Set(keys).count == keys.count)
            #expect(keys == keys.sorted())
            let workers = groups.flatMap(\.workers)
            #expect(Set(workers.map(\.process)).count == workers.count)
            #expect(
                groups.allSatisfy {
                    $0.workers.map(\.process) == $0.workers.map(\.process).sorted() && !$0.workers.isEmpty
                })
            #expect(discover(ProcessTable(entries.shuffled(using: &random))).groups == groups)
        }
    }

    private func key(_ entries: [ProcessEntry]) throws -> String { try only(entries).info.key }

    private func only(_ entries: [ProcessEntry]) throws -> DiscoveredGroup {
        let groups = discover(ProcessTable(entries)).groups
        try #require(groups.count == 1)
        return groups[0]
    }
}
