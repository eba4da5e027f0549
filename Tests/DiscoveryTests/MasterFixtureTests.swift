import Discovery
import Model
import TestSupport
import Testing

/// Discovery over the recorded processes of real masters.
struct MasterFixtureTests {
    struct Expected: Sendable {
        var table: String
        var kind: GroupKind
        var app: String
        var master: Int32?
        var workers: [Int32]
        var slots: [UInt32?] = []
        var ports: [UInt16]
        var respawn: Respawn
        var manager: Manager?
        var rule: String
    }

    static let expected: [Expected] = [
        .init(
            table: "gunicorn", kind: .gunicorn, app: "wsgi:app", master: 15154, workers: [15155, 15156, 15159],
            ports: [8000], respawn: .master, manager: unit("api.service"), rule: "gunicorn: title"),
        .init(
            table: "gunicorn-plain", kind: .gunicorn, app: "wsgi:app", master: 15165, workers: [15170, 15171, 15172],
            ports: [8000], respawn: .master, manager: unit("api.service"), rule: "gunicorn: command line"),
        .init(
            table: "uvicorn", kind: .uvicorn, app: "web:app", master: 27237, workers: [27243, 27244], ports: [8000],
            respawn: .parentMay, manager: unit("api.service"), rule: "uvicorn: command line"),
        .init(
            table: "uvicorn-single", kind: .uvicorn, app: "web:app", workers: [27245], ports: [8000],
            respawn: .manager, manager: unit("api.service"), rule: "uvicorn: command line"),
        .init(
            table: "puma", kind: .puma, app: "shop", master: 15193, workers: [15196, 15197], slots: [1, 2],
            ports: [9292], respawn: .master, manager: unit("shop.service"), rule: "puma: title"),
        .init(
            table: "puma-single", kind: .puma, app: "puma", workers: [15210], ports: [9292, 9293], respawn: .manager,
            manager: unit("shop.service"), rule: "puma: title"),
        .init(
            table: "unicorn", kind: .unicorn, app: "shop", master: 15215, workers: [15216, 15217], slots: [1, 2],
            ports: [8080], respawn: .master, manager: unit("shop.service"), rule: "unicorn: title"),
        .init(
            table: "nginx", kind: .nginx, app: "nginx", master: 15221, workers: [15222, 15229, 15230], ports: [8080],
            respawn: .master, manager: unit("nginx.service"), rule: "nginx: title"),
        .init(
            table: "php-fpm", kind: .phpFPM, app: "php-fpm blog", master: 15233, workers: [15236, 15237],
            ports: [9001], respawn: .master, manager: unit("php8.2-fpm.service"), rule: "php-fpm: title"),
        .init(
            table: "php-fpm", kind: .phpFPM, app: "php-fpm www", master: 15233, workers: [15234, 15235],
            ports: [9000], respawn: .master, manager: unit("php8.2-fpm.service"), rule: "php-fpm: title"),
        .init(
            table: "uwsgi", kind: .uwsgi, app: "shop", master: 27922, workers: [27933, 27934], ports: [8000],
            respawn: .master, manager: unit("shop.service"), rule: "uwsgi: command line"),
        .init(
            table: "uwsgi-titled", kind: .uwsgi, app: "shop", master: 27950, workers: [27955, 27956], slots: [1, 2],
            ports: [8000], respawn: .master, manager: unit("shop.service"), rule: "uwsgi: title"),
        .init(  // and neither its HTTP router nor the router's port alone
            table: "uwsgi-http", kind: .uwsgi, app: "shop", master: 27965, workers: [27966, 27967],
            ports: [8000, 37257],
            respawn: .master, manager: unit("shop.service"), rule: "uwsgi: command line"),
        .init(
            table: "celery", kind: .celery, app: "shop", master: 16720, workers: [16724, 16725], ports: [],
            respawn: .master, manager: unit("celery.service"), rule: "celery: title"),
        .init(
            table: "celery-plain", kind: .celery, app: "shop", master: 16731, workers: [16733, 16734], ports: [],
            respawn: .master, manager: unit("celery.service"), rule: "celery: command line"),
        .init(
            table: "sidekiq", kind: .sidekiq, app: "shop", workers: [16741], ports: [], respawn: .manager,
            manager: unit("sidekiq.service"), rule: "sidekiq: title"),
        .init(
            table: "redis", kind: .redis, app: "redis", workers: [16667], ports: [6379], respawn: .manager,
            manager: unit("redis-server.service"), rule: "redis: title"),
        .init(
            table: "redis", kind: .redis, app: "redis", workers: [16668], ports: [6380, 16380], respawn: .manager,
            manager: unit("redis-server@b.service"), rule: "redis: title"),
        .init(
            table: "redis", kind: .redis, app: "redis-sentinel", workers: [16669], ports: [26379], respawn: .manager,
            manager: unit("redis-sentinel.service"), rule: "redis: title"),
        .init(
            table: "postgres", kind: .postgres, app: "postgres", master: 16703, workers: [16713, 16714, 16715],
            ports: [5432], respawn: .nothingKnown, manager: unit("postgresql@15-main.service"),
            rule: "postgres: title"),
        .init(
            table: "node-cluster", kind: .nodeCluster, app: "shop", master: 16763, workers: [16770, 16771, 16772],
            ports: [3000], respawn: .parentMay, manager: unit("shop.service"), rule: "node cluster: environment"),
        .init(
            table: "npm", kind: .single, app: "shop-api", workers: [16804], ports: [3000], respawn: .manager,
            manager: unit("shop.service"), rule: "single"),
        .init(
            table: "supervisord", kind: .managed, app: "web", workers: [15662, 15664, 15665], slots: [1, 2, 3],
            ports: [7000, 7001, 7002], respawn: .manager, manager: .init(kind: .supervisord, name: "web"),
            rule: "supervisord: environment"),
        .init(
            table: "supervisord", kind: .managed, app: "mail", workers: [15659], ports: [7100], respawn: .manager,
            manager: .init(kind: .supervisord, name: "jobs:mail"), rule: "supervisord: environment"),
        .init(
            table: "supervisord", kind: .managed, app: "thumbs", workers: [15660], ports: [7101], respawn: .manager,
            manager: .init(kind: .supervisord, name: "jobs:thumbs"), rule: "supervisord: environment"),
        .init(
            table: "supervisord", kind: .managed, app: "queue", workers: [15663], ports: [], respawn: .manager,
            manager: .init(kind: .supervisord, name: "queue:queue"), rule: "supervisord: environment"),
        // gunicorn's title is written over its environment, so supervisord's name for it is not known.
        .init(
            table: "supervisord", kind: .gunicorn, app: "wsgi:app", master: 15658, workers: [15667, 15668],
            ports: [8000], respawn: .master, manager: .init(kind: .supervisord, name: ""), rule: "gunicorn: title"),
        .init(
            table: "circus", kind: .managed, app: "web", workers: [50004, 50005, 50006],
            ports: [8130], respawn: .manager, manager: .init(kind: .circus, name: ""),
            rule: "circus: parent"),
        .init(
            table: "circus", kind: .managed, app: "mail", workers: [50007],
            ports: [8131], respawn: .manager, manager: .init(kind: .circus, name: ""),
            rule: "circus: parent"),
        .init(
            table: "passenger", kind: .passenger, app: "postcards", workers: [50186, 50222],
            ports: [], respawn: .manager, manager: .init(kind: .passenger, name: "/srv/passenger/postcards"),
            rule: "passenger: title"),
        .init(
            table: "passenger", kind: .passenger, app: "stamps", workers: [50287, 50305],
            ports: [34797, 43791], respawn: .manager, manager: .init(kind: .passenger, name: "/srv/passenger/stamps"),
            rule: "passenger: title"),
        .init(
            table: "passenger", kind: .prefork, app: "apache2", master: 50052, workers: [50101, 50102, 50103],
            ports: [8141], respawn: .parentMay, manager: nil,
            rule: "prefork: like children"),
        .init(
            table: "docker", kind: .gunicorn, app: "shop:app", master: 50453, workers: [50467, 50508],
            ports: [8150], respawn: .master,
            manager: .init(kind: .docker, name: "40145665cf02ff26f8f3f4d98c98ff7ca0a84139b20024d13eca9370a248c58a"),
            rule: "gunicorn: title"),
        .init(
            table: "docker", kind: .single, app: "mailer", workers: [50503],
            ports: [8151], respawn: .manager,
            manager: .init(kind: .docker, name: "aea46cfc82b0ecb3fb4f0fe85547f780820af880dd42415cdb80588662e246c9"),
            rule: "single"),
        .init(
            table: "podman", kind: .gunicorn, app: "shop:app", master: 50676, workers: [50686, 50695],
            ports: [8160], respawn: .master,
            manager: .init(kind: .podman, name: "2f54014c1533852053acdf3f860a9bc59944882188835b52ceabbb76c0019c61"),
            rule: "gunicorn: title"),
        .init(
            table: "podman", kind: .single, app: "mailer", workers: [50708],
            ports: [8161], respawn: .manager,
            manager: .init(kind: .podman, name: "6c50a49985a7112b199ee9d3e0430a09236eddd46a2e0459fe124ce75a498309"),
            rule: "single"),
        .init(
            table: "systemd", kind: .single, app: "always", workers: [50898],
            ports: [8602], respawn: .manager, manager: unit("always.service"),
            rule: "single"),
        .init(
            table: "systemd", kind: .single, app: "never", workers: [50901],
            ports: [8603], respawn: .manager, manager: unit("never.service"),
            rule: "single"),
        .init(
            table: "systemd", kind: .single, app: "stubborn", workers: [50904],
            ports: [8605], respawn: .manager, manager: unit("stubborn.service"),
            rule: "single"),
        .init(
            table: "systemd", kind: .single, app: "breaks", workers: [50899],
            ports: [8606], respawn: .manager, manager: unit("breaks.service"),
            rule: "single"),
        .init(
            table: "systemd", kind: .single, app: "deep", workers: [50900],
            ports: [8607], respawn: .manager, manager: unit("deep.service"),
            rule: "single"),
        .init(
            table: "systemd", kind: .single, app: "odd\\x2dname", workers: [50902],
            ports: [8608], respawn: .manager, manager: unit("odd\\x2dname.service"),
            rule: "single"),
        .init(
            table: "systemd", kind: .single, app: "wrapped", workers: [50911],
            ports: [8604], respawn: .manager, manager: unit("wrapped.service"),
            rule: "single"),
        .init(
            table: "systemd", kind: .managed, app: "web", workers: [50907, 50908, 50909], slots: [1, 2, 3],
            ports: [8611, 8612, 8613], respawn: .manager, manager: unit("web@.service"),
            rule: "systemd: template"),
        .init(
            table: "systemd", kind: .gunicorn, app: "shop:app", master: 50903, workers: [50930, 50931, 50932],
            ports: [8601], respawn: .master, manager: unit("shop.service"),
            rule: "gunicorn: title"),
    ]

    static let tables = Set(expected.map(\.table)).sorted()

    private static func unit(_ name: String) -> Manager { Manager(kind: .systemd, name: name) }

    @Test(arguments: tables)
    func findsEveryGroupOfAMasterAndNoOther(table: String) throws {
        check(discover(ProcessTable(try MasterTable.entries(table))).groups, Self.expected.filter { $0.table == table })
    }

    /// All tables on one machine, as if each were a tree of it, beside 300 ordinary processes.
    @Test func findsTheSameAmongAllOthersAndOrdinaryProcesses() throws {
        var random = SeededGenerator(seed: printedSeed())
        let all = try Self.tables.flatMap { try MasterTable.entries($0) } + OrdinaryProcesses.entries
        #expect(OrdinaryProcesses.entries.count >= 300)
        check(discover(ProcessTable(all.shuffled(using: &random))).groups, Self.expected)
        let together = discover(ProcessTable(all)).groups
        // celery's two were started the same way, one of them without setproctitle: there they are the same app twice.
        for table in Self.tables where !table.hasPrefix("celery") {
            let apart = discover(ProcessTable(try MasterTable.entries(table))).groups
            #expect(apart.allSatisfy { group in together.contains { $0.info.key == group.info.key } }, "\(table)")
        }
    }

    @Test(arguments: tables)
    func keysSurviveNewWorkersAndNewMasters(table: String) throws {
        let entries = try MasterTable.entries(table)
        let before = discover(ProcessTable(entries)).groups
        let pids = Set(entries.map(\.pid))
        let restarted = entries.map { entry in
            entry.with {
                $0.pid += 5000
                $0.startTicks += 1_000_000
                if pids.contains($0.parentPID) { $0.parentPID += 5000 }
            }
        }
        #expect(discover(ProcessTable(restarted)).groups.map(\.info.key) == before.map(\.info.key))
        for group in before where group.workers.count > 1 {
            for dead in group.workers {
                let left = discover(ProcessTable(entries.filter { $0.pid != dead.process.pid })).groups
                #expect(left.map(\.info.key) == before.map(\.info.key))
                let same = left.first { $0.info.key == group.info.key }
                #expect(same?.workers == group.workers.filter { $0 != dead }, "slots and all else of the others stay")
            }
        }
    }

    @Test func twoOfAKindSideBySideAreTwoGroups() throws {
        for table in Self.tables {
            let one = try MasterTable.entries(table)
            let pids = Set(one.map(\.pid))
            let other = one.map { entry in
                entry.with {
                    $0.pid += 5000
                    if pids.contains($0.parentPID) { $0.parentPID += 5000 }
                    $0.workingDirectory = $0.workingDirectory.map { "\($0)/other" }
                    $0.cgroup = $0.cgroup?.split(separator: ".service").first.map { "\($0)-b.service" }
                    $0.environment = $0.environment.mapValues { $0.hasPrefix("unix:") ? "\($0)b" : $0 }
                }
            }
            let apart = discover(ProcessTable(one)).groups + discover(ProcessTable(other)).groups
            let together = discover(ProcessTable(one + other)).groups
            #expect(together.map(\.info.key) == apart.map(\.info.key).sorted(), "\(table)")
            #expect(Set(together.map(\.info.key)).count == apart.count)
        }
    }

    @Test func withoutEnvironmentsTheGroupsAreTheSame() throws {
        for table in Self.tables where !["supervisord", "npm"].contains(table) {
            let blind = try MasterTable.entries(table).map { $0.with { $0.environment = [:] } }
            let groups = discover(ProcessTable(blind)).groups
            #expect(
                groups.map(\.workers) == discover(ProcessTable(try MasterTable.entries(table))).groups.map(\.workers))
        }
    }

    private func check(_ groups: [DiscoveredGroup], _ expected: [Expected]) {
        #expect(groups.count == expected.count, "\(groups.map(\.info.key))")
        for one in expected {
            guard let group = groups.first(where: { $0.workers.map(\.process.pid) == one.workers }) else {
                Issue.record("\(one.table): no group of \(one.workers)")
                continue
            }
            #expect(group.info.kind == one.kind, "\(one.table)")
            #expect(group.info.app == one.app, "\(one.table)")
            #expect(group.info.masterPID == one.master, "\(one.table)")
            #expect(group.info.ports == one.ports, "\(one.table)")
            #expect(group.info.respawn == one.respawn, "\(one.table)")
            #expect(group.info.manager == one.manager, "\(one.table)")
            #expect(group.info.orphan == nil, "\(one.table)")
            #expect(group.rule == one.rule, "\(one.table)")
            #expect(!group.why.isEmpty)
            let slots = one.slots.isEmpty ? one.workers.map { _ in nil } : one.slots
            #expect(group.workers.map(\.slot) == slots, "\(one.table)")
        }
    }
}
