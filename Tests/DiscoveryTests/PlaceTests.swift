import Discovery
import Model
import Testing

/// systemd, containers and pods: who keeps what, and what is one app.
struct PlaceTests {
    private static let id = "3f8c1b0a5e7d924610ff8e2d4c6b7a9903152738495a6b7c8d9e0f1a2b3c4d5e"
    private static let init1 = ProcessEntry.made(
        1, parent: 0, "/sbin/init", executable: "/usr/lib/systemd/systemd", cgroup: "/init.scope"
    )
    .with { $0.networkNamespace = 1 }

    private func instance(_ pid: Int32, _ number: String, _ line: String = "node /srv/web.js", ports: [UInt16] = [80])
        -> ProcessEntry
    {
        .made(
            pid, line, executable: "/usr/bin/node", ports: ports, epoll: true,
            cgroup: "/system.slice/system-web.slice/web@\(number).service")
    }

    @Test func numberedInstancesOfATemplateAreOneGroup() throws {
        let group = try only([Self.init1, instance(11, "1"), instance(12, "2"), instance(13, "12")])
        #expect(group.info.kind == .managed)
        #expect(group.info.app == "web")
        #expect(group.info.manager == Manager(kind: .systemd, name: "web@.service"))
        #expect(group.workers.map(\.slot) == [1, 2, 12])
        #expect(group.workers.map(\.instance) == ["web@1.service", "web@2.service", "web@12.service"])
        #expect(group.workers.map { $0.link?.manager.name } == ["web@1.service", "web@2.service", "web@12.service"])
        #expect(group.workers.allSatisfy { $0.link?.isMain == true && $0.link?.address == nil })
        let one = try only([Self.init1, instance(12, "2")])
        #expect(one.info.key == group.info.key)
        #expect(one.workers.map(\.slot) == [2])
    }

    @Test func namedInstancesAreAppsOfTheirOwn() {
        let groups = discover(ProcessTable([Self.init1, instance(11, "blue"), instance(12, "green", ports: [81])]))
            .groups
        #expect(groups.map(\.info.kind) == [.single, .single])
        #expect(Set(groups.map(\.info.app)) == ["web@blue", "web@green"])
    }

    @Test func anInstanceThatIsAMasterHasItsOwnGroup() {
        let master = { (pid: Int32, number: Int) in
            [
                ProcessEntry.titled(pid, "gunicorn: master [a:b]", cgroup: "/system.slice/web@\(number).service"),
                .titled(pid + 1, parent: pid, "gunicorn: worker [a:b]", cgroup: "/system.slice/web@\(number).service"),
            ]
        }
        let groups = discover(ProcessTable([Self.init1] + master(10, 1) + master(20, 2))).groups
        #expect(groups.count == 2)
        #expect(Set(groups.compactMap { $0.info.manager?.name }) == ["web@1.service", "web@2.service"])
        #expect(groups.allSatisfy { $0.link?.isMain == true })
    }

    @Test func aUsersUnitsBelongToThatUsersManager() throws {
        let group = try only([
            .made(
                50, "/lib/systemd/systemd --user", executable: "/usr/lib/systemd/systemd",
                cgroup: "/user.slice/user-1000.slice/user@1000.service/init.scope"),
            .made(
                51, parent: 50, "node /srv/web.js", ports: [80], epoll: true,
                cgroup: "/user.slice/user-1000.slice/user@1000.service/app.slice/shop.service"),
        ])
        #expect(
            group.link
                == ManagerLink(manager: .init(kind: .systemd, name: "shop.service"), address: "1000", isMain: true))
        #expect(group.info.app == "shop")
    }

    @Test func whatAPersonStartedInAServiceIsNotKeptByIt() throws {
        for (unit, launcher) in [
            ("ssh.service", "sshd: ada@pts/1"), ("shop.service", "tmux new"), ("cron.service", "/usr/sbin/CRON -f"),
        ] {
            let group = try only([
                .made(20, launcher, cgroup: "/system.slice/\(unit)"),
                .made(21, parent: 20, "-bash", cgroup: "/system.slice/\(unit)"),
                .made(22, parent: 21, "node /srv/web.js", ports: [80], epoll: true, cgroup: "/system.slice/\(unit)"),
            ])
            #expect(group.info.manager == nil, "\(unit)")
            #expect(group.info.app == "web")
            #expect(group.info.respawn == .nothingKnown)
        }
        let window = try only([
            .made(
                22, "node /srv/web.js", ports: [80], epoll: true, cgroup: "/user.slice/user-1000.slice/session-3.scope")
        ])
        #expect(window.info.manager == nil)
    }

    @Test func aChildOfAServicesMainProcessIsKeptByItButNotItsMain() throws {
        let group = try only([
            Self.init1, .made(20, "/opt/shop/launch", cgroup: "/system.slice/shop.service"),
            .made(21, parent: 20, "node /srv/web.js", ports: [80], epoll: true, cgroup: "/system.slice/shop.service"),
        ])
        #expect(group.link == ManagerLink(manager: .init(kind: .systemd, name: "shop.service"), isMain: false))
    }

    @Test(arguments: [
        ("/system.slice/docker-\(id).scope", Manager.Kind.docker), ("/docker/\(id)", .docker),
        ("/machine.slice/libpod-\(id).scope/container", .podman), ("/k8s.io/containerd-\(id)", .containerd),
    ])
    func aContainersEngineKeepsIt(path: String, engine: Manager.Kind) throws {
        let shim = ProcessEntry.made(
            5, "/usr/bin/containerd-shim-runc-v2 -id x", cgroup: "/system.slice/containerd.service")
        let group = try only([
            shim, .made(10, parent: 5, "/sbin/tini -- node server.js", cgroup: path),
            .made(11, parent: 10, "node server.js", ports: [80], epoll: true, cgroup: path, directory: "/usr/src/app"),
        ])
        #expect(group.info.manager == Manager(kind: engine, name: Self.id))
        #expect(group.link?.isMain == false)
        #expect(group.workers.first?.folded.map(\.title) == ["tini"])
        #expect(group.info.app == "server")
        let alone = try only([shim, .made(10, parent: 5, "node server.js", ports: [80], epoll: true, cgroup: path)])
        #expect(alone.link?.isMain == true)
    }

    @Test func containersAreAppsOfTheirOwnThoughTheyRunTheSame() {
        let other = "/docker/\(Self.id.replacingFirst())"
        let groups = discover(
            ProcessTable(
                [
                    .made(10, parent: 5, "node server.js", ports: [80], epoll: true, cgroup: "/docker/\(Self.id)"),
                    .made(11, parent: 6, "node server.js", ports: [80], epoll: true, cgroup: other),
                    .made(20, parent: 5, "/usr/bin/python3 /usr/bin/supervisord", cgroup: "/docker/\(Self.id)"),
                    .made(30, parent: 6, "/usr/bin/python3 /usr/bin/supervisord", cgroup: other),
                ]
                    + [(21, 20, "/docker/\(Self.id)"), (31, 30, other)].map {
                        (pid: Int32, parent: Int32, path: String) in
                        .made(
                            pid, parent: parent, "python3 job.py",
                            environment: [
                                "SUPERVISOR_PROCESS_NAME": "job", "SUPERVISOR_GROUP_NAME": "job",
                                "SUPERVISOR_SERVER_URL": "unix:///var/run/supervisor.sock",
                            ], cgroup: path)
                    })
        ).groups
        #expect(groups.count == 4)
        #expect(Set(groups.map(\.info.key)).count == 4)
    }

    @Test func podsOfOneControllerAreOneGroup() throws {
        let pod = { (pid: Int32, uid: String, name: String) in
            ProcessEntry.made(
                pid, parent: 5, "node server.js", ports: [80], epoll: true,
                environment: ["HOSTNAME": name, "KUBERNETES_SERVICE_HOST": "10.0.0.1"],
                cgroup: "/kubepods/burstable/pod\(uid)/\(Self.id.dropLast())\(pid % 10)"
            ).with { $0.networkNamespace = UInt64(pid) }
        }
        let uids = ["0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0", "1f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"]
        let group = try only([
            Self.init1, pod(11, uids[0], "shop-7d4b9c5f6d-x2x9z"), pod(12, uids[1], "shop-7d4b9c5f6d-k8s7w"),
        ])
        #expect(group.info.kind == .managed)
        #expect(group.info.app == "shop")
        #expect(group.info.manager?.kind == .kubernetes)
        #expect(group.workers.map(\.instance) == ["shop-7d4b9c5f6d-x2x9z", "shop-7d4b9c5f6d-k8s7w"])
        #expect(group.workers.map { $0.link?.manager.name } == group.workers.map(\.instance))
        // A new release of it is the same group.
        #expect(try only([Self.init1, pod(13, uids[1], "shop-66c77dc8f4-zzzzz")]).info.key == group.info.key)
        let stateful = try only([Self.init1, pod(11, uids[0], "store-0"), pod(12, uids[1], "store-3")])
        #expect(stateful.info.app == "store")
        #expect(stateful.workers.map(\.slot) == [1, 4])
        #expect(try only([Self.init1, pod(11, uids[0], "agent-x2x9z")]).info.app == "agent")
        // In its node's network a pod has the node's name.
        let onHost = try only([
            Self.init1,
            pod(11, uids[0], "node-1").with {
                $0.networkNamespace = 1
                $0.workingDirectory = "/srv/proxy"
            },
        ])
        #expect(onHost.info.kind == .single)
        #expect(onHost.info.app == "proxy")
        #expect(onHost.info.manager == Manager(kind: .kubernetes, name: uids[0]))
    }

    private func only(_ entries: [ProcessEntry]) throws -> DiscoveredGroup {
        let groups = discover(ProcessTable(entries)).groups
        try #require(groups.count == 1, "\(groups)")
        return groups[0]
    }
}

extension String {
    fileprivate func replacingFirst() -> String { "a\(dropFirst())" }
}
