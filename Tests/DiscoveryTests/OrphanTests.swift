import Discovery
import Model
import Testing

/// Who holds a port of a group and does not belong to it, and who rightly shares one.
struct OrphanTests {
    private func gunicorn(_ inode: UInt64 = 7, address: String = "0.0.0.0") -> [ProcessEntry] {
        let entries: [ProcessEntry] = [
            .made(1, parent: 0, "/sbin/init", executable: "/usr/lib/systemd/systemd"),
            .titled(10, "gunicorn: master [shop:app]", executable: "/usr/bin/python3.11"),
            .titled(11, parent: 10, "gunicorn: worker [shop:app]", executable: "/usr/bin/python3.11"),
        ]
        return entries.map { entry in
            entry.with { if $0.pid > 1 { $0.listening = [.init(port: 8000, inode: inode, address: address)] } }
        }
    }

    private func holder(_ inode: UInt64, _ change: (inout ProcessEntry) -> Void = { _ in }) -> ProcessEntry {
        ProcessEntry.titled(5, "gunicorn: worker [shop:app]", executable: "/usr/bin/python3.11").with {
            $0.listening = [.init(port: 8000, inode: inode, address: "0.0.0.0")]
            change(&$0)
        }
    }

    private func orphan(_ entries: [ProcessEntry]) -> PortOrphan? {
        discover(ProcessTable(entries)).groups.first { $0.info.masterPID == 10 }?.info.orphan
    }

    @Test func aWorkerOfAnEarlierMasterIsOne() {
        let found = PortOrphan(process: .init(pid: 5, startTicks: 50), port: 8000)
        #expect(orphan(gunicorn() + [holder(7)]) == found)
        #expect(orphan(gunicorn() + [holder(8)]) == found, "with a socket of its own, by reuse_port")
        #expect(
            orphan(gunicorn() + [holder(7) { $0.arguments = ["python3", "x.py"] }]) == found,
            "the very socket, another title")
        #expect(orphan(gunicorn(address: "127.0.0.1") + [holder(7)]) == found)
    }

    /// Workers that outlived their master and the new master, both without a parent: the old ones are left over.
    @Test func whoLeadsAGroupIsNoneOfThoseThatAreLeftOver() throws {
        func fork(_ pid: Int32, parent: Int32, inode: UInt64) -> ProcessEntry {
            .made(pid, parent: parent, "python3 shared.py", executable: "/usr/bin/python3.11").with {
                $0.listening = [.init(port: 9000, inode: inode, address: "0.0.0.0")]
                $0.waitsInEpoll = pid != 20
            }
        }
        let entries =
            [ProcessEntry.made(1, parent: 0, "/sbin/init", executable: "/usr/lib/systemd/systemd")]
            + [11, 12].map { fork($0, parent: 1, inode: 7) }
            + [fork(20, parent: 1, inode: 8)] + [21, 22].map { fork($0, parent: 20, inode: 8) }
        let groups = discover(ProcessTable(entries)).groups
        let led = try #require(groups.first { $0.info.masterPID == 20 })
        #expect(led.info.orphan?.process.pid == 11)
        #expect(groups.filter { $0.info.masterPID == nil }.map(\.info.orphan) == [nil])
    }

    @Test func theGroupItselfKeepsItsKey() {
        let alone = discover(ProcessTable(gunicorn())).groups
        let both = discover(ProcessTable(gunicorn() + [holder(7)])).groups
        #expect(both.count == 2)
        #expect(both.contains { $0.info.key == alone.first?.info.key && $0.info.masterPID == 10 })
    }

    @Test func whoRightlySharesAPortIsNone() {
        // Another app that agreed to share it; the same program, but with other arguments, user or title.
        #expect(
            orphan(
                gunicorn() + [
                    holder(8) {
                        $0.executable = "/usr/bin/node"
                        $0.arguments = ["node", "x.js"]
                    }
                ]) == nil)
        #expect(orphan(gunicorn() + [holder(8) { $0.arguments = ["python3", "x.py"] }]) == nil)
        #expect(orphan(gunicorn() + [holder(8) { $0.uid = 7 }]) == nil)
        #expect(orphan(gunicorn() + [holder(8) { $0.arguments = ["gunicorn: worker [mail:app]"] }]) == nil)
        // Another network, another address, another unit or container.
        #expect(orphan(gunicorn() + [holder(8) { $0.networkNamespace = 99 }]) == nil)
        #expect(orphan(gunicorn(address: "10.0.0.1") + [holder(8) { $0.listening[0].address = "10.0.0.2" }]) == nil)
        #expect(orphan(gunicorn() + [holder(8) { $0.cgroup = "/system.slice/mail.service" }]) == nil)
        #expect(orphan(gunicorn() + [holder(7) { $0.cgroup = "/docker/\(String(repeating: "a", count: 64))" }]) == nil)
        // The parent is alive: whoever it is, it answers for it.
        #expect(orphan(gunicorn() + [.made(4, "-bash"), holder(7) { $0.parentPID = 4 }]) == nil)
    }

    @Test func neitherIsWhoIsAboveOrBelow() {
        var entries = gunicorn()
        // systemd holds the socket it hands on, a wrapper inherited it, a worker's child too.
        entries[0].listening = [.init(port: 8000, inode: 7, address: "0.0.0.0")]
        entries[1].parentPID = 9
        let wrapper = holder(7) {
            $0.pid = 9
            $0.arguments = ["/bin/sh", "-c", "x"]
            $0.executable = "/usr/bin/python3.11"
        }
        let child = holder(7) {
            $0.pid = 12
            $0.parentPID = 11
            $0.arguments = ["python3", "x.py"]
        }
        #expect(orphan(entries + [wrapper, child]) == nil)
    }

    @Test func anUpgradeIsNoOrphan() throws {
        for name in ["gunicorn-usr2", "gunicorn-plain-usr2", "unicorn-usr2"] {
            #expect(discover(ProcessTable(try MasterTable.entries(name))).groups.allSatisfy { $0.info.orphan == nil })
        }
    }

    @Test func aLeftWorkerOfAClusterHoldsItsMastersPort() {
        let left = ProcessEntry.made(
            5, "/usr/bin/node /srv/server.js", epoll: true, environment: ["NODE_UNIQUE_ID": "1"]
        )
        .with { $0.listening = [.init(port: 80, inode: 3, address: "::")] }
        let groups = discover(
            ProcessTable([
                left, .made(10, "/usr/bin/node /srv/server.js", ports: [80], epoll: true),
                .made(
                    11, parent: 10, "/usr/bin/node /srv/server.js", epoll: true, environment: ["NODE_UNIQUE_ID": "1"]),
            ])
        ).groups
        #expect(groups.first { $0.info.masterPID == 10 }?.info.orphan?.process.pid == 5)
    }
}
