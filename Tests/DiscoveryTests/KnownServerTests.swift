import Discovery
import Model
import Testing

/// nginx, gunicorn and node:cluster where the tree is not the simple one.
struct KnownServerTests {
    @Test func workersWhoseMasterEndedAreAGroupThatNobodyRestarts() {
        let table = ProcessTable([
            .titled(11, "nginx: worker process"), .titled(12, "nginx: worker process is shutting down"),
            .titled(21, "gunicorn: worker [a:b]"),
            .made(31, "/usr/bin/node /srv/shop/server.js", epoll: true, environment: ["NODE_UNIQUE_ID": "1"]),
        ])
        let groups = discover(table).groups
        #expect(groups.map(\.info.kind) == [.gunicorn, .nginx, .nodeCluster])
        #expect(groups.allSatisfy { $0.info.masterPID == nil && $0.info.respawn == .nothingKnown })
        #expect(groups.map(\.workers.count) == [1, 2, 1])
    }

    @Test func aGunicornThatReplacesItselfIsTwoGroups() {
        let line = "/usr/bin/python3 /usr/bin/gunicorn wsgi:app"
        let table = ProcessTable([
            .made(10, line, ports: [80]), .made(11, parent: 10, line, ports: [80]),
            .made(20, parent: 10, line, ports: [80]), .made(21, parent: 20, line, ports: [80]),
        ])
        let groups = discover(table).groups
        #expect(Set(groups.map(\.info.masterPID)) == [10, 20])
        #expect(Set(groups.map { $0.workers.map(\.process.pid) }) == [[11], [21]])
        #expect(Set(groups.map(\.info.key)).count == 2)
    }

    @Test func oneMasterOfTwoNodeAppsIsTwoGroups() {
        let table = ProcessTable([
            .titled(10, "PM2 v5.3.0: God Daemon (/home/x/.pm2)", executable: "/usr/bin/node"),
            .made(11, parent: 10, "node /srv/a/shop.js", ports: [80], environment: ["NODE_UNIQUE_ID": "1"]),
            .made(12, parent: 10, "node /srv/a/shop.js", ports: [80], environment: ["NODE_UNIQUE_ID": "1"]),
            .made(13, parent: 10, "node /srv/b/mail.js", ports: [81], environment: ["NODE_UNIQUE_ID": "1"]),
        ])
        let groups = discover(table).groups
        #expect(groups.map(\.info.app) == ["mail", "shop"])
        #expect(groups.map(\.workers.count) == [1, 2])
    }

    @Test func aNodeScriptThatRunsAnotherIsNoCluster() {
        let table = ProcessTable([
            .made(10, "node build.js", epoll: true), .made(11, parent: 10, "node minify.js", epoll: true),
            .made(12, parent: 10, "node build.js --part 2", epoll: true),
        ])
        #expect(discover(table).groups.isEmpty)
    }

    @Test(arguments: [
        ("node server.js", "server"), ("/usr/bin/node -r dotenv/config --inspect /srv/shop/api.mjs --x", "api"),
        ("node /srv/shop/index.js", "shop"), ("node /srv/shop/dist/main.js", "shop"), ("node index.js", "index"),
        ("bun run api.ts", "api"), ("python3 -u /srv/worker.py", "worker"),
        ("python3.11 -m http.server 80", "http.server"),
        ("python3 -X dev manage.py runserver", "manage"), ("python3 -c code", "python3 -c"),
        ("uvicorn main:app --port 80", "main:app"),
        ("python3 -m uvicorn --host 0.0.0.0 pkg.main:create()", "pkg.main:create()"),
        ("ruby3.1 -I lib app.rb", "app"),
        ("java -cp a.jar:b.jar -Xmx1g com.example.Shop", "com.example.Shop"), ("java -jar /srv/shop.jar --x", "shop"),
        ("/opt/shop/bin/shopd --fg", "shopd"), ("-shopd", "shopd"), ("dotnet /srv/Shop.dll", "Shop"),
    ])
    func namesAnAppAsAPersonWould(commandLine: String, app: String) {
        let groups = discover(ProcessTable([.made(10, commandLine, ports: [80], epoll: true)])).groups
        #expect(groups.map(\.info.app) == [app])
    }

    @Test(arguments: [
        ("gunicorn -b localhost:8000 -k gthread shop.wsgi", "shop.wsgi"), ("gunicorn --name shop wsgi:app", "shop"),
        ("gunicorn --name=shop wsgi:app", "shop"), ("gunicorn -c conf.py", "gunicorn"),
        ("gunicorn -b unix:/run/x wsgi:app", "wsgi:app"),
    ])
    func namesAMastersAppAsAPersonWould(commandLine: String, app: String) {
        let groups = discover(ProcessTable([.made(10, commandLine), .made(11, parent: 10, commandLine)])).groups
        #expect(groups.map(\.info.app) == [app])
    }

    @Test(arguments: [
        ("redis-server *:6379", "redis"), ("node /srv/shop/server.js", "shop"), ("php-fpm: pool www", "php-fpm www"),
        ("/opt/My Shop/shop", "shop"),
    ])
    func namesAnAppByItsTitle(title: String, app: String) {
        let executable = title.hasPrefix("/opt") ? title : "/usr/bin/x"
        let groups = discover(
            ProcessTable([.titled(10, title, executable: executable, ports: [80], epoll: true)])
        ).groups
        #expect(groups.map(\.info.app) == [app])
    }

    @Test(arguments: [(ports: [UInt16](), epoll: true), (ports: [80], epoll: false)])
    func aSingleNeedsAPortAndAnEventLoop(ports: [UInt16], epoll: Bool) {
        #expect(discover(ProcessTable([.made(10, "shopd", ports: ports, epoll: epoll)])).groups.isEmpty)
    }
}
