import Discovery
import Model
import TestSupport
import Testing

/// Titles are text of others: cut, odd or made to deceive.
struct TitleTests {
    private static let titles = [
        "PM2 v5.3.0: God Daemon (/home/ada/.pm2)", "PM2 Agent v2.0: (/home/ada/.pm2)", "gunicorn: master [wsgi:app]",
        "gunicorn: worker [wsgi:app]", "puma 5.6.5 (tcp://127.0.0.1:9292) [shop]",
        "puma: cluster worker 0: 15193 [shop]",
        "unicorn master -c unicorn.rb", "unicorn master (old) -c unicorn.rb", "unicorn worker[0] -c unicorn.rb",
        "nginx: master process nginx -p .", "nginx: worker process", "nginx: worker process is shutting down",
        "php-fpm: master process (/etc/php/fpm.conf)", "php-fpm: pool www", "shop uWSGI worker 1", "uWSGI master",
        "[celeryd: shop@vm:MainProcess] -active- (-A tasks worker -c 2)", "[celeryd: shop@vm:ForkPoolWorker-2]",
        "sidekiq 6.4.1 shop [0 of 5 busy] stopping", "Passenger RubyApp: /srv/shop (production)",
        "Passenger AppPreloader: /srv/shop", "postgres: ada shop [local] idle", "postgres: checkpointer",
        "redis-server *:6379 [cluster]", "node /srv/shop/server.js",
    ]

    @Test func cutAnywhereTheyNeverTrapAndNeverFormTwo() {
        for title in Self.titles {
            for length in 0...title.utf8.count {
                let cut = String(decoding: title.utf8.prefix(length), as: UTF8.self)
                let groups = discover(
                    ProcessTable([
                        .titled(10, cut, executable: "/usr/bin/uwsgi", ports: [80], epoll: true),
                        .titled(11, parent: 10, cut, executable: "/usr/bin/uwsgi", ports: [80]),
                    ])
                ).groups
                #expect(groups.count <= 2)
                #expect(groups.allSatisfy { !$0.info.app.isEmpty }, "\(cut)")
            }
        }
    }

    @Test func mixedFromHostilePiecesTheyNeverTrap() {
        var random = SeededGenerator(seed: printedSeed())
        let pieces =
            Self.titles.flatMap { $0.split(separator: " ").map(String.init) } + [
                "[", "]", "(", ")", ":", " ", "  ", "\u{0}", "\u{1B}[2J", "\n", "é", "e\u{301}", "🦀",
                "99999999999999999999", "4294967295",
                "-1", "+1", "/", "//", "@", "%h", "\u{FFFD}", "..", ".2", ".2]", "-D", "--workers",
                "--multiprocessing-fork",
            ]
        for _ in 0..<4_000 {
            let entries = (1...Int32.random(in: 2...6, using: &random)).map { pid in
                let text = (0..<Int.random(in: 0...8, using: &random)).map { _ in
                    pieces.randomElement(using: &random) ?? ""
                }
                var entry = ProcessEntry.titled(
                    pid, parent: Int32.random(in: 0...6, using: &random),
                    text.joined(separator: Bool.random(using: &random) ? " " : ""),
                    executable: ["/usr/bin/uwsgi", "/usr/bin/node", "/usr/bin/python3.11", ""].randomElement(
                        using: &random),
                    ports: Bool.random(using: &random) ? [80] : [], epoll: Bool.random(using: &random))
                if Bool.random(using: &random) { entry.arguments = text }
                for key in [
                    "pm_id", "name", "SUPERVISOR_PROCESS_NAME", "HOSTNAME", "PS", "pm2_env.pm_id", "PORT",
                    "npm_package_name",
                ]
                where Int.random(in: 0..<6, using: &random) == 0 {
                    entry.environment[key] = pieces.randomElement(using: &random)
                }
                return entry
            }
            let groups = discover(ProcessTable(entries)).groups
            let workers = groups.flatMap { $0.workers.map(\.process) }
            #expect(Set(workers).count == workers.count)
            #expect(Set(groups.map(\.info.key)).count == groups.count)
            for group in groups {
                let slots = group.workers.compactMap(\.slot)
                #expect(Set(slots).count == slots.count)
                #expect(!slots.contains(0))
            }
        }
    }

    @Test func aTitleThatClaimsAStrangersMasterDoesNotJoinIt() {
        let groups = discover(
            ProcessTable([
                .titled(10, "gunicorn: master [shop:app]", ports: [80]),
                .titled(11, parent: 10, "gunicorn: worker [shop:app]", ports: [80]),
                .made(20, "-bash"), .titled(21, parent: 20, "gunicorn: worker [shop:app]"),
                .titled(22, parent: 20, "puma: cluster worker 1: 10 [shop]"),
            ])
        ).groups
        let real = groups.first { $0.info.masterPID == 10 }
        #expect(real?.workers.map(\.process.pid) == [11])
        #expect(groups.count == 3)
        #expect(groups.filter { $0.info.masterPID == nil }.allSatisfy { $0.info.respawn == .nothingKnown })
        #expect(Set(groups.map(\.info.key)).count == 3)
        // What it claims changes nothing about the key of the real one.
        let alone = discover(
            ProcessTable([
                .titled(10, "gunicorn: master [shop:app]", ports: [80]),
                .titled(11, parent: 10, "gunicorn: worker [shop:app]", ports: [80]),
            ])
        ).groups
        #expect(alone.first?.info.key == real?.info.key)
    }

    @Test func keysDoNotFollowWhatTitlesSayOfTheMoment() throws {
        let sidekiq = ["[0 of 5 busy]", "[5 of 5 busy]", "[3 of 5 busy] stopping", "[0 of 10 busy] leader"].map {
            ProcessEntry.titled(10, "sidekiq 6.4.1 shop \($0)", executable: "/usr/bin/ruby3.1")
        }
        #expect(Set(try sidekiq.map { try only([$0]).info.key }).count == 1)
        let celery = ["-active-", "-shutting down-"].map { state in
            [
                ProcessEntry.titled(10, "[celeryd: shop@vm:MainProcess] \(state) (-A tasks worker)"),
                .titled(11, parent: 10, "[celeryd: shop@vm:ForkPoolWorker-1]"),
            ]
        }
        #expect(Set(try celery.map { try only($0).info.key }).count == 1)
        let puma = ["5.6.5", "6.4.0"].map { version in
            [
                ProcessEntry.titled(10, "puma \(version) (tcp://0.0.0.0:80) [shop]"),
                .titled(11, parent: 10, "puma: cluster worker 0: 10 [shop]"),
            ]
        }
        #expect(Set(try puma.map { try only($0).info.key }).count == 1)
    }

    @Test(arguments: [
        "checkpointer", "background writer", "walwriter", "autovacuum launcher", "autovacuum worker shop",
        "archiver last was 0001",
        "logical replication launcher", "stats collector", "15/main: checkpointer",
        "startup recovering 000000010000000000000001",
        "walreceiver streaming 0/3000", "parallel worker for PID 17", "io worker 0", "checkpointer process", "logger",
        "",
    ])
    func postgresHelpersAreNoWorkers(role: String) {
        let table = ProcessTable([
            .made(10, "/usr/lib/postgresql/15/bin/postgres -D /var/lib/pg", ports: [5432]),
            .titled(11, parent: 10, "postgres: \(role)", epoll: true),
            .titled(12, parent: 10, "postgres: \(role)", epoll: true),
        ])
        #expect(discover(table).groups.isEmpty)
    }

    @Test(arguments: [
        "ada shop [local] idle", "ada shop 10.0.0.7(5555) SELECT", "15/main: ada shop [local] idle in transaction",
        "ada shop ::1(40000) INSERT", "checkpointer shop [local] idle",
    ])
    func postgresBackendsAreWorkers(client: String) throws {
        let group = try only([
            .made(10, "/usr/lib/postgresql/15/bin/postgres -D /var/lib/pg", ports: [5432]),
            .titled(11, parent: 10, "postgres: \(client)", epoll: true),
        ])
        #expect(group.info.kind == .postgres)
        #expect(group.workers.map(\.process.pid) == [11])
        #expect(group.info.respawn == .nothingKnown)
    }

    @Test func pumaWorkersThatForkWorkersHaveTheSameMaster() throws {
        let group = try only([
            .titled(10, "puma 6.4.0 (tcp://0.0.0.0:80) [shop]", ports: [80]),
            .titled(11, parent: 10, "puma: cluster worker 0: 10 [shop]"),
            .titled(12, parent: 11, "puma: cluster worker 1: 10 [shop]"),
            .titled(13, parent: 11, "puma: cluster worker 2: 10 [shop]"),
        ])
        #expect(group.info.masterPID == 10)
        #expect(group.workers.map(\.slot) == [1, 2, 3])
    }

    @Test func aMasterWhoseWorkersAreGoneIsNoServerOfItsOwn() {
        for entry in [
            ProcessEntry.titled(10, "puma 6.4.0 (tcp://0.0.0.0:80) [shop]", ports: [80]),
            .titled(10, "php-fpm: master process (/etc/fpm.conf)", ports: [9000], epoll: true),
            .made(10, "uwsgi --master --processes 2", ports: [80], epoll: true),
            .made(10, "uvicorn --workers 2 a:b", ports: [80], epoll: true),
            .made(10, "celery -A x worker"), .titled(10, "nginx: master process nginx", ports: [80]),
        ] {
            #expect(discover(ProcessTable([entry])).groups.isEmpty, "\(entry.arguments)")
        }
    }

    @Test(arguments: ["", "--workers 1 ", "--workers=1 "])
    func aUvicornWithOneWorkerIsIt(option: String) throws {
        let group = try only([.made(10, "uvicorn \(option)web:app --uds /run/web.sock", epoll: true)])
        #expect(group.info.kind == .uvicorn)
        #expect(group.info.app == "web:app")
    }

    @Test func aPumaOnASocketFileServesAlone() throws {
        let group = try only([.titled(10, "puma 6.4.0 (unix:///run/puma.sock) [shop]", epoll: true)])
        #expect(group.info.app == "shop")
        #expect(group.info.ports == [])
    }

    @Test func celeryWithoutProcessesServesAlone() throws {
        let group = try only([
            .made(
                10, "/usr/bin/python3 /usr/bin/celery -A shop.tasks worker --pool=gevent",
                executable: "/usr/bin/python3.11")
        ])
        #expect(group.info.kind == .celery)
        #expect(group.info.app == "shop.tasks")
    }

    @Test func aGunicornWorkerThatForkedIsNoMaster() throws {
        let line = "/usr/bin/python3 /usr/bin/gunicorn wsgi:app"
        let environment = ["PWD": "/srv/shop"]
        let group = try only([
            .made(10, line, ports: [80], environment: environment),
            .made(11, parent: 10, line, ports: [80], environment: environment),
            .made(12, parent: 10, line, ports: [80], environment: environment),
            .made(13, parent: 12, line, environment: environment),
        ])
        #expect(group.workers.map(\.process.pid) == [11, 12])
        #expect(group.workers.last?.folded.map(\.title) == ["fork of gunicorn"])
    }

    private func only(_ entries: [ProcessEntry]) throws -> DiscoveredGroup {
        let groups = discover(ProcessTable(entries)).groups
        try #require(groups.count == 1, "\(groups)")
        return groups[0]
    }
}
