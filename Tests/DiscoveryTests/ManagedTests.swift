import Discovery
import Model
import Testing

/// What managers keep: tables by hand of those that are not to be had where this is tested, after their sources.
struct ManagedTests {
    private let home = "/home/ada/.pm2"
    private var daemon: ProcessEntry {
        .titled(10, "PM2 v5.3.0: God Daemon (\(home))", executable: "/usr/bin/node", ports: [3000, 3001], epoll: true)
    }

    /// As `lib/God/ClusterMode.js` starts it: what counts of `pm2_env`, and node's own number.
    private func cluster(_ pid: Int32, _ name: String, id: Int, instance: Int, port: UInt16? = nil) -> ProcessEntry {
        var environment = [
            "NODE_UNIQUE_ID": "\(pid)", "NODE_CHANNEL_FD": "3", "pm2_env.name": name, "pm2_env.pm_id": "\(id)",
            "pm2_env.NODE_APP_INSTANCE": "\(instance)", "pm2_env.exec_mode": "cluster_mode",
            "pm2_env.pm_pid_path": "\(home)/pids/\(name)-\(id).pid", "pm2_env.namespace": "default",
        ]
        environment["pm2_env.PORT"] = port.map { "\($0)" }
        // libuv's title is no longer than the command line was.
        return .titled(
            pid, parent: 10, "node /srv/\(name)/ser", executable: "/usr/bin/node", epoll: true, environment: environment
        )
    }

    private func fork(_ pid: Int32, _ line: String, _ name: String, id: Int, ports: [UInt16] = [], parent: Int32 = 10)
        -> ProcessEntry
    {
        .made(
            pid, parent: parent, line, ports: ports, epoll: !ports.isEmpty,
            environment: [
                "name": name, "pm_id": "\(id)", "exec_mode": "fork_mode", "NODE_APP_INSTANCE": "0", "PM2_HOME": home,
                "pm_pid_path": "\(home)/pids/\(name)-\(id).pid", "namespace": "default",
            ])
    }

    @Test func findsAppsOfPM2ByTheirEnvironment() throws {
        let groups = discover(
            ProcessTable([
                daemon, cluster(11, "shop", id: 0, instance: 0, port: 3000),
                cluster(12, "shop", id: 1, instance: 1, port: 3000),
                cluster(13, "shop", id: 2, instance: 2, port: 3000),
                cluster(14, "mail", id: 3, instance: 0, port: 3001),
                fork(15, "python3 /srv/queue.py", "queue", id: 4),
                fork(16, "/usr/bin/node /srv/api.js", "api", id: 5, ports: [3100]),
                .titled(17, parent: 10, "PM2 Agent v2.0: (\(home))", executable: "/usr/bin/node", epoll: true),
            ])
        ).groups
        #expect(groups.map(\.info.app) == ["api", "mail", "queue", "shop"])
        #expect(groups.allSatisfy { $0.info.kind == .pm2 && $0.info.master == nil && $0.info.respawn == .manager })
        #expect(groups.allSatisfy { $0.rule == "pm2: environment" })
        #expect(groups.map(\.info.ports) == [[3100], [3001], [], [3000]])
        let shop = groups[3]
        #expect(shop.workers.map(\.process.pid) == [11, 12, 13])
        #expect(shop.workers.map(\.slot) == [1, 2, 3])
        #expect(shop.workers.map { $0.link?.manager.name } == ["0", "1", "2"])
        #expect(shop.workers.allSatisfy { $0.link?.address == home && $0.link?.isMain == true })
        #expect(shop.info.manager == Manager(kind: .pm2, name: "shop"))
        #expect(groups[2].link == ManagerLink(manager: .init(kind: .pm2, name: "4"), address: home, isMain: true))
    }

    @Test func ofTwoWithOneNumberTheLaterHasIt() throws {
        // `pm2 reload`: the new one is started before the old one ends.
        let table = ProcessTable([
            daemon, cluster(11, "shop", id: 0, instance: 0), cluster(12, "shop", id: 1, instance: 1),
            cluster(19, "shop", id: 0, instance: 0),
        ])
        let group = try only(table)
        #expect(group.workers.map(\.slot) == [nil, 2, 1])
        #expect(group.info.ports == [3000, 3001], "alone in cluster mode it has all that PM2 listens on")
    }

    @Test func withoutInstanceNumbersTheIdentifierIsTheSlot() throws {
        let table = ProcessTable(
            [4, 7].map { id in
                fork(Int32(20 + id), "/usr/bin/node /srv/api.js", "api", id: id).with {
                    $0.environment["NODE_APP_INSTANCE"] = nil
                }
            } + [daemon])
        #expect(try only(table).workers.map(\.slot) == [5, 8])
    }

    @Test func findsAppsOfPM2ByTitleWhereTheEnvironmentMayNotBeRead() {
        let blind = { (entry: ProcessEntry) in entry.with { $0.environment = [:] } }
        let groups = discover(
            ProcessTable([
                daemon, blind(cluster(11, "shop", id: 0, instance: 0)), blind(cluster(12, "shop", id: 1, instance: 1)),
                blind(fork(13, "python3 /srv/queue.py", "queue", id: 2)),
            ])
        ).groups
        #expect(groups.map(\.info.kind) == [.pm2, .pm2])
        #expect(groups.map { $0.workers.map(\.process.pid) } == [[13], [11, 12]])
        #expect(groups.map(\.info.app) == ["queue", "ser"])
        #expect(groups.allSatisfy { $0.rule == "pm2: title" && $0.workers.allSatisfy { $0.link?.manager.name == "" } })
    }

    @Test(arguments: ["PM2 v5.3.0: God Daemon (/home/a", "PM2 v5.3.0: God Daemon"])
    func aCutTitleOfPM2StillSaysWhoItIs(title: String) throws {
        let table = ProcessTable([
            .titled(10, title, executable: "/usr/bin/node", epoll: true), cluster(11, "shop", id: 0, instance: 0),
        ])
        #expect(try only(table).workers.first?.link?.address == home, "from the path of its pid file")
    }

    @Test func inAContainerPM2KeepsItsNameOfACommand() throws {
        for line in [
            "node /usr/local/bin/pm2-runtime start eco.config.js", "node /usr/bin/pm2 start eco.config.js --no-daemon",
        ] {
            let table = ProcessTable([
                .made(10, line, executable: "/usr/bin/node", epoll: true), cluster(11, "shop", id: 0, instance: 0),
            ])
            let group = try only(table)
            #expect(group.info.app == "shop")
            #expect(group.info.kind == .pm2)
        }
    }

    @Test func whatAnAppOfPM2StartsInheritsItsEnvironmentAndIsNoAppOfPM2() throws {
        let app = fork(20, "npm start", "shop", id: 0)
        let below = { (pid: Int32, parent: Int32, line: String, ports: [UInt16]) in
            fork(pid, line, "shop", id: 0, ports: ports, parent: parent)
        }
        let group = try only(
            ProcessTable([
                daemon, app, below(21, 20, "sh -c node_server.js", []), below(22, 21, "node server.js", [3000]),
                below(23, 22, "/srv/node_modules/esbuild --service=0.19 --ping", []), below(24, 22, "/bin/cat", []),
            ]))
        #expect(group.workers.map(\.process.pid) == [22])
        #expect(group.workers.first?.link?.isMain == false)
        #expect(group.workers.first?.folded.map(\.process.pid) == [20, 21, 23, 24])
        #expect(group.workers.first?.folded.map(\.role) == [.wrapper, .wrapper, .helper, .helper])
        #expect(group.workers.first?.folded.map(\.title) == ["npm start", "sh -c", "esbuild", "cat"])
        // Its daemon gone, nobody keeps it.
        let orphan = try only(
            ProcessTable([
                fork(20, "node server.js", "shop", id: 0, ports: [3000], parent: 1), .made(1, parent: 0, "/sbin/init"),
            ]))
        #expect(orphan.info.kind == .single)
        #expect(orphan.info.manager == nil)
    }

    @Test func aMasterThatPM2KeepsHasItsOwnWorkers() throws {
        let group = try only(
            ProcessTable([
                daemon, fork(20, "/usr/bin/node cluster.js", "shop", id: 3),
                .made(
                    21, parent: 20, "/usr/bin/node /srv/cluster.js", ports: [80], epoll: true,
                    environment: ["NODE_UNIQUE_ID": "1", "pm_id": "3", "name": "shop"]),
                .made(
                    22, parent: 20, "/usr/bin/node /srv/cluster.js", ports: [80], epoll: true,
                    environment: ["NODE_UNIQUE_ID": "2", "pm_id": "3", "name": "shop"]),
            ]))
        #expect(group.info.kind == .nodeCluster)
        #expect(group.info.masterPID == 20)
        #expect(group.link == ManagerLink(manager: .init(kind: .pm2, name: "3"), address: home, isMain: true))
        #expect(group.workers.allSatisfy { $0.link == nil })
    }

    @Test func findsWorkersOfStrongSupervisor() throws {
        let line =
            "/usr/lib/strong-supervisor/bin/sl-run.js --cluster=2 --control=/srv/shop/pmctl --profile /srv/shop"
        let group = try only(
            ProcessTable([
                .made(
                    9, "node /usr/lib/node_modules/strong-pm/bin/sl-pm.js --listen 8701", executable: "/usr/bin/node"),
                .made(10, parent: 9, "node \(line)", executable: "/usr/bin/node", ports: [3000], epoll: true),
                .made(
                    11, parent: 10, "/usr/bin/node \(line)", epoll: true,
                    environment: ["NODE_UNIQUE_ID": "4", "STRONGLOOP_CLUSTER": "2"]),
                .made(
                    12, parent: 10, "/usr/bin/node \(line)", epoll: true,
                    environment: ["NODE_UNIQUE_ID": "2", "STRONGLOOP_CLUSTER": "2"]),
            ]))
        #expect(group.info.kind == .strongSupervisor)
        #expect(group.info.app == "shop")
        #expect(group.info.masterPID == 10)
        #expect(group.info.ports == [3000])
        #expect(group.info.respawn == .master)
        #expect(group.workers.map(\.process.pid) == [11, 12])
        #expect(group.workers.allSatisfy { $0.slot == nil }, "node's number counts respawns")
    }

    @Test func findsChildrenOfCircus() {
        let groups = discover(
            ProcessTable([
                .made(
                    10, "/usr/bin/python3 /usr/bin/circusd circus.ini", executable: "/usr/bin/python3.11", epoll: true),
                .made(11, parent: 10, "", executable: "/usr/bin/python3.11", ports: [5557], epoll: true).with {
                    $0.arguments = ["python3", "-c", "from circus import stats; stats.main()", "--endpoint", "tcp://x"]
                },
                .made(
                    12, parent: 10, "/usr/bin/python3 web.py --fd 5 --id 1", executable: "/usr/bin/python3.11",
                    ports: [8000], epoll: true),
                .made(
                    13, parent: 10, "/usr/bin/python3 web.py --fd 5 --id 2", executable: "/usr/bin/python3.11",
                    ports: [8000], epoll: true),
                .made(14, parent: 10, "/usr/bin/python3 mail.py", executable: "/usr/bin/python3.11"),
            ])
        ).groups
        #expect(groups.map(\.info.app) == ["mail", "web"])
        #expect(groups.map { $0.workers.map(\.process.pid) } == [[14], [12, 13]])
        #expect(
            groups.allSatisfy {
                $0.info.kind == .managed && $0.info.manager?.kind == .circus && $0.info.respawn == .manager
            })
    }

    @Test func findsReplicasOfProcessCompose() {
        let replica = { (pid: Int32, name: String, number: Int) in
            ProcessEntry.made(
                pid, parent: 10, "bash -c ./\(name)",
                environment: ["PC_PROC_NAME": name, "PC_REPLICA_NUM": "\(number)"])
        }
        let groups = discover(
            ProcessTable([
                .made(10, "/usr/bin/process-compose up", epoll: true, environment: ["PC_PROC_NAME": "outer"]),
                replica(11, "web", 0), replica(12, "web", 1), replica(13, "mail", 0),
                .made(
                    21, parent: 11, "./web", ports: [80], epoll: true,
                    environment: ["PC_PROC_NAME": "web", "PC_REPLICA_NUM": "0"]),
                .made(
                    22, parent: 12, "./web", ports: [81], epoll: true,
                    environment: ["PC_PROC_NAME": "web", "PC_REPLICA_NUM": "1"]),
                .made(23, parent: 13, "./mail", environment: ["PC_PROC_NAME": "mail", "PC_REPLICA_NUM": "0"]),
            ])
        ).groups
        #expect(groups.map(\.info.app) == ["mail", "web"])
        #expect(groups.map { $0.workers.map(\.process.pid) } == [[23], [21, 22]])
        #expect(groups[1].workers.map(\.slot) == [1, 2])
        #expect(groups[1].workers.map(\.instance) == ["web-0", "web-1"])
        #expect(groups[1].workers.map { $0.folded.map(\.title) } == [["bash -c"], ["bash -c"]])
    }

    @Test func findsAppsOfPassenger() {
        let groups = discover(
            ProcessTable([
                .made(8, "PassengerAgent watchdog", epoll: true),
                .made(9, parent: 8, "PassengerAgent core", ports: [80], epoll: true),
                .titled(10, parent: 9, "Passenger AppPreloader: /srv/shop/current", executable: "/usr/bin/ruby3.1"),
                .titled(
                    11, parent: 10, "Passenger RubyApp: /srv/shop/current (staging)", executable: "/usr/bin/ruby3.1"),
                .titled(
                    12, parent: 10, "Passenger RubyApp: /srv/shop/current (staging)", executable: "/usr/bin/ruby3.1"),
                .titled(13, parent: 9, "Passenger NodeApp: /srv/chat", executable: "/usr/bin/node", epoll: true),
                .made(14, parent: 9, "/usr/bin/python3 wsgi-loader.py", directory: "/srv/blog"),
                .titled(15, parent: 9, "Passenger ust-router", executable: "/usr/bin/PassengerAgent"),
            ])
        ).groups
        #expect(groups.map(\.info.app) == ["blog", "chat", "shop"])
        #expect(groups.map { $0.workers.map(\.process.pid) } == [[14], [13], [11, 12]])
        #expect(groups.allSatisfy { $0.info.kind == .passenger && $0.info.respawn == .manager })
        #expect(groups[2].info.manager == Manager(kind: .passenger, name: "/srv/shop/current"))
    }

    private func only(_ table: ProcessTable) throws -> DiscoveredGroup {
        let groups = discover(table).groups
        try #require(groups.count == 1, "\(groups)")
        return groups[0]
    }
}
