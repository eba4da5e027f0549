import Discovery
import Model
import Testing

/// Servers alone, and those that are one app though they have no common parent.
struct AlikeTests {
    private func server(_ pid: Int32, _ port: UInt16, _ change: (inout ProcessEntry) -> Void = { _ in }) -> ProcessEntry
    {
        ProcessEntry.made(
            pid, parent: pid - 1, "node /srv/web.js --port \(port)", ports: [port], epoll: true, directory: "/srv"
        ).with(change)
    }

    @Test func serversThatDifferInDigitsOnlyAreOneApp() throws {
        let groups = discover(ProcessTable([server(10, 8001), server(20, 8002)])).groups
        let group = try #require(groups.first)
        #expect(groups.count == 1)
        #expect(group.info.kind == .alike)
        #expect(group.info.ports == [8001, 8002])
        #expect(group.rule == "alike")
        // One left is the same group.
        let left = discover(ProcessTable([server(30, 8002)])).groups
        #expect(left.map(\.info.key) == [group.info.key])
        #expect(left.map(\.info.kind) == [.single])
    }

    @Test func inAnotherPlaceOrDirectoryOfAnotherUserOrProgramTheyAreNot() {
        let changes: [(inout ProcessEntry) -> Void] = [
            { $0.cgroup = "/system.slice/b.service" }, { $0.workingDirectory = "/srv/other" }, { $0.uid = 7 },
            { $0.executable = "/opt/node" }, { $0.arguments.append("--x") },
        ]
        for change in changes {
            let groups = discover(ProcessTable([server(10, 8001), server(20, 8002, change)])).groups
            #expect(groups.map(\.info.kind) == [.single, .single])
            #expect(Set(groups.map(\.info.key)).count == 2)
        }
    }

    @Test func aNewReleaseIsTheSameApp() {
        let release = { (stamp: String) in
            server(10, 8001) {
                $0.arguments = ["/usr/bin/node", "/srv/shop/releases/\(stamp)/web.js"]
                $0.workingDirectory = "/srv/shop/releases/\(stamp)"
            }
        }
        let keys = ["20240101120000", "20240209", "a1b2c3d", "v2"].map {
            discover(ProcessTable([release($0)])).groups.map(\.info.key)
        }
        #expect(Set(keys).count == 1)
        let replaced = server(10, 8001) { $0.executable = "/usr/bin/node (deleted)" }
        #expect(
            discover(ProcessTable([replaced])).groups.map(\.info.key)
                == discover(ProcessTable([server(10, 8001)])).groups.map(\.info.key))
    }

    @Test(arguments: [
        (["npm_package_name": "shop-api"], "node server.js", "/srv/x", "shop-api"),
        (["npm_package_name": "npx", "npm_lifecycle_event": "npx"], "node server.js", "/srv/x", "x"),
        (["PS": "web.1"], "node server.js", "/srv/x", "web"), (["DYNO": "api.3"], "python3 app.py", "/app", "api"),
        ([:], "node index.js", "/srv/shop/current", "shop"), ([:], "node server.js", "/usr/src/app", "server"),
        ([:], "node server.js", "/tmp/x", "server"), ([:], "python3 -c code", "/srv/shop", "shop"),
        ([:], "node -e code", "/", "node -e"), ([:], "python3", "/home/ada", "python3 script"),
        ([:], "node work.js", "/srv/shop", "work"),
        ([:], "ruby /usr/local/bin/bundle exec shopd", "/", "shopd"), (["PS": "x"], "shopd", "/", "shopd"),
    ])
    func namesAnAppByWhereItIs(environment: [String: String], line: String, directory: String, app: String) {
        let entry = ProcessEntry.made(
            10, line, ports: [80], epoll: true, environment: environment, directory: directory)
        #expect(discover(ProcessTable([entry])).groups.map(\.info.app) == [app])
    }

    @Test func aProgramOfItsOwnKeepsItsNameInAUnit() {
        let entry = { (line: String) in
            ProcessEntry.made(10, line, ports: [80], epoll: true, cgroup: "/system.slice/shop.service")
        }
        #expect(discover(ProcessTable([entry("/usr/bin/stored")])).groups.map(\.info.app) == ["stored"])
        #expect(discover(ProcessTable([entry("/usr/bin/python3 serve.py")])).groups.map(\.info.app) == ["shop"])
    }
}
