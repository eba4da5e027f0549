import Discovery
import Model
import Testing

/// What is a group of like children, and what only looks like one.
struct PreforkTests {
    @Test func likeChildrenOfAListeningParentAreAGroup() throws {
        let table = ProcessTable([
            .made(10, "/opt/web --conf a", ports: [80]), .made(11, parent: 10, "/opt/web --conf a"),
            .made(12, parent: 10, "/opt/web --conf a"),
        ])
        let group = try only(table)
        #expect(group.info.kind == .prefork)
        #expect(group.info.app == "web")
        #expect(group.info.masterPID == 10)
        #expect(group.info.ports == [80])
        #expect(group.info.respawn == .parentMay)
        #expect(group.workers.map(\.process.pid) == [11, 12])
    }

    @Test func likeWorkersOfAShellAreAGroupWithoutAMaster() throws {
        for launcher in [
            "-bash", "/bin/sh -c ./start", "make demo", "tmux: server", "/sbin/init", "sudo -u x y", "sshd: ada",
        ] {
            let table = ProcessTable([
                .made(10, launcher), .made(11, parent: 10, "python3 work.py", epoll: true),
                .made(12, parent: 10, "python3 work.py", epoll: true),
            ])
            let group = try only(table)
            #expect(group.info.masterPID == nil, "\(launcher)")
            #expect(group.info.app == "work")
            #expect(group.info.respawn == .nothingKnown)
        }
    }

    @Test func theFirstProcessIsAMasterOnlyOfItsOwnForks() throws {
        let forked = ProcessTable([
            .made(1, parent: 0, "/app/web", ports: [80]), .made(11, "/app/web", epoll: true),
            .made(12, "/app/web", epoll: true),
        ])
        #expect(try only(forked).info.masterPID == 1)
        let adopted = ProcessTable([
            .made(1, parent: 0, "/app/start"), .made(11, "/app/web", epoll: true), .made(12, "/app/web", epoll: true),
        ])
        #expect(try only(adopted).info.masterPID == nil)
    }

    @Test func aBusyWorkerDoesNotBreakItsGroup() throws {
        let table = ProcessTable([
            .made(10, "bash"), .made(11, parent: 10, "worker"), .made(12, parent: 10, "worker", epoll: true),
        ])
        #expect(try only(table).workers.count == 2)
    }

    @Test func likeMastersAreNotWorkersOfTheirShell() {
        let table = ProcessTable([
            .made(10, "bash"), .made(20, parent: 10, "web", ports: [80]), .made(30, parent: 10, "web", ports: [81]),
            .made(21, parent: 20, "web", ports: [80]), .made(22, parent: 20, "web", ports: [80]),
            .made(31, parent: 30, "web", ports: [81]), .made(32, parent: 30, "web", ports: [81]),
        ])
        let groups = discover(table).groups
        #expect(groups.map(\.info.masterPID) == [20, 30])
        #expect(groups.map { $0.workers.map(\.process.pid) } == [[21, 22], [31, 32]])
        #expect(Set(groups.map(\.info.key)).count == 2)
    }

    @Test func spawnedPythonWorkersAreAGroupNamedAfterTheirMaster() throws {
        let spawn = { (pid: Int32, pipe: Int) in
            ProcessEntry(
                pid: pid, parentPID: 10, startTicks: UInt64(pid), uid: 0, name: "python3",
                arguments: [
                    "/usr/bin/python3", "-c",
                    "from multiprocessing.spawn import spawn_main; spawn_main(tracker_fd=5, pipe_handle=\(pipe))",
                    "--multiprocessing-fork",
                ], executable: "/usr/bin/python3.11", listening: [.init(port: 8000)], waitsInEpoll: true)
        }
        let master = ProcessEntry.made(
            10, "/usr/bin/python3 /usr/bin/uvicorn --workers 2 main:app", executable: "/usr/bin/python3.11",
            ports: [8000])
        let tracker = ProcessEntry.made(
            11, parent: 10, "/usr/bin/python3 -c from multiprocessing.resource_tracker import main;main(4)",
            executable: "/usr/bin/python3.11")
        let group = try only(ProcessTable([master, tracker, spawn(12, 7), spawn(13, 9)]))
        #expect(group.info.app == "main:app")
        #expect(group.info.masterPID == 10)
        #expect(group.workers.map(\.process.pid) == [12, 13])
        let respawned = try only(ProcessTable([master, tracker, spawn(14, 11), spawn(13, 9)]))
        #expect(respawned.info.key == group.info.key)
    }

    @Test func anOrdinaryMachineHasNoGroups() {
        var entries: [ProcessEntry] = [
            .made(1, parent: 0, "/sbin/init", ports: [22], epoll: true), .made(50, "/usr/sbin/sshd -D", ports: [22]),
            .made(51, "/usr/sbin/cron -f"), .made(52, "/usr/bin/dbus-daemon --system", epoll: true),
            .made(53, "/lib/systemd/systemd-logind", epoll: true),
        ]
        var pid: Int32 = 100
        func add(_ parent: Int32, _ commandLine: String, epoll: Bool = false) {
            entries.append(.made(pid, parent: parent, commandLine, epoll: epoll))
            pid += 1
        }
        for _ in 0..<20 { add(50, "sshd: ada [priv]") }  // the same program as their listening parent
        for session in Int32(100)..<120 { for _ in 0..<2 { add(session, "-bash") } }
        for _ in 0..<10 { add(51, "/usr/sbin/CRON -f") }
        for _ in 0..<20 { add(51, "/bin/sh -c /opt/job") }
        for _ in 0..<30 { add(52, "python3 /opt/job.py") }
        for _ in 0..<30 { add(120, "cc1 -O2 x.c") }
        for _ in 0..<20 { add(121, "sleep 60") }
        for _ in 0..<20 { add(1, "/sbin/agetty tty", epoll: true) }
        for _ in 0..<10 { add(1, "/lib/systemd/systemd --user", epoll: true) }
        add(122, "vim notes", epoll: true)
        #expect(entries.count >= 200)
        #expect(discover(ProcessTable(entries)).groups.isEmpty)
    }

    @Test func jobsSideBySideAreNoGroup() {
        for launcher in ["xargs -P 4 node job.js", "parallel node job.js ::: 1 2", "node build.js"] {
            let table = ProcessTable([
                .made(10, launcher, epoll: launcher.hasPrefix("node")),
                .made(11, parent: 10, "node job.js", epoll: true),
                .made(12, parent: 10, "node job.js", epoll: true),
            ])
            #expect(discover(table).groups.isEmpty, "\(launcher)")
        }
    }

    @Test func anEditorsNameIsAServersElsewhere() {
        let code = { (cgroup: String) in
            discover(ProcessTable([.made(10, "/opt/code", ports: [80], epoll: true, cgroup: cgroup)])).groups
        }
        #expect(code("/user.slice/user-1000.slice/user@1000.service/app.slice/app-code-1.scope").isEmpty)
        #expect(code("/system.slice/code.service").map(\.info.app) == ["code"])
    }

    @Test func twoServicesThatRunTheSameAreTwoApps() {
        let table = ProcessTable(
            ["a", "b"].enumerated().map { index, unit in
                .made(
                    Int32(10 + index), "python3 work.py", ports: [80], epoll: true,
                    cgroup: "/system.slice/\(unit).service")
            })
        #expect(discover(table).groups.map(\.info.app) == ["a", "b"])
    }

    @Test func programsAListeningServerRunsAreNoWorkers() {
        let table = ProcessTable([
            .made(10, "/opt/web", ports: [80]), .made(11, parent: 10, "convert a b"),
            .made(12, parent: 10, "convert a b"),
            .made(13, parent: 10, "/bin/sh -c x", ports: [80]), .made(14, parent: 10, "/bin/sh -c x", ports: [80]),
        ])
        #expect(discover(table).groups.isEmpty)
    }

    @Test func kernelThreadsAndZombiesAreNoWorkers() {
        let threads = (10...20).map { pid in
            ProcessEntry(
                pid: pid, parentPID: 2, startTicks: 1, uid: 0, name: "kworker", arguments: ["x"], waitsInEpoll: true,
                isKernelThread: true)
        }
        let zombies = (30...32).map { pid in
            ProcessEntry(pid: pid, parentPID: 9, startTicks: 1, uid: 0, name: "web", arguments: [], waitsInEpoll: true)
        }
        #expect(discover(ProcessTable(threads + zombies)).groups.isEmpty)
    }

    @Test func differentUsersOrArgumentsAreNotAlike() {
        var other = ProcessEntry.made(12, parent: 10, "web a", epoll: true)
        other.uid = 7
        let table = ProcessTable([
            .made(10, "bash"), .made(11, parent: 10, "web a", epoll: true), other,
            .made(13, parent: 10, "web b", epoll: true),
        ])
        #expect(discover(table).groups.isEmpty)
    }

    @Test func aTableWithACircleOfParentsEnds() {
        let table = ProcessTable([
            .made(10, parent: 11, "web", epoll: true), .made(11, parent: 10, "web", epoll: true),
            .made(12, parent: 12, "web", ports: [80], epoll: true), .made(13, parent: 10, "web", epoll: true),
        ])
        #expect(discover(table, scope: Scope(underPID: 999)).groups.isEmpty)
        #expect(!discover(table).groups.isEmpty)
    }

    private func only(_ table: ProcessTable) throws -> DiscoveredGroup {
        let groups = discover(table).groups
        try #require(groups.count == 1, "\(groups)")
        return groups[0]
    }
}
