internal import Model

/// The rows of the table that go by a command line: servers before they write a title or where they write none, and the
/// programs that keep others.
enum CommandRows {
    static func tag(_ entry: ProcessEntry, _ program: Program) -> Tag? {
        guard let row = rows[program.name] else {
            // `uwsgi`, `uwsgi-core`, `uwsgi_python3`: the plugin is in the name.
            return program.command[...].hasStart("uwsgi") ? uwsgi(entry, program) : nil
        }
        return row(entry, program)
    }

    private typealias Row = @Sendable (ProcessEntry, Program) -> Tag?

    private static let rows: [String: Row] = [
        "gunicorn": { _, program in
            // Without setproctitle master and workers have the same arguments: only the tree tells them apart.
            Tag(
                kind: .gunicorn, role: .either, rule: "gunicorn: command line",
                name: AppName.pythonApplication(in: program.rest), identity: program.rest)
        },
        "uvicorn": { _, program in
            Tag(
                kind: .uvicorn, role: .either, rule: "uvicorn: command line",
                name: AppName.pythonApplication(in: program.rest), identity: program.rest)
        },
        "celery": { _, program in
            guard program.rest.contains("worker") else { return nil }
            let line = CeleryLine(node: nil, arguments: program.rest)
            return Tag(
                kind: .celery, role: .either, rule: "celery: command line", name: line.name, identity: line.identity)
        },
        "sl-run": strongSupervisor, "slr": strongSupervisor,
        "postgres": postgres, "postmaster": postgres,
        "redis-server": redis, "redis-sentinel": redis, "valkey-server": redis, "keydb-server": redis,
        "PassengerAgent": passenger, "PassengerHelperAgent": passenger,
        "supervisord": { _, _ in keeper(.supervisord) },
        "circusd": { _, _ in keeper(.circus) },
        "process-compose": { _, _ in keeper(.processCompose) },
        "pm2-runtime": { entry, _ in keeper(.pm2, at: entry.environment["PM2_HOME"]) },
        "pm2-docker": { entry, _ in keeper(.pm2, at: entry.environment["PM2_HOME"]) },
        "pm2": { entry, program in
            program.rest.contains("--no-daemon") ? keeper(.pm2, at: entry.environment["PM2_HOME"]) : nil
        },
        "Daemon": { entry, program in
            program.target?[...].hasEnding("/pm2/lib/Daemon.js") ?? false
                ? keeper(.pm2, at: entry.environment["PM2_HOME"]) : nil
        },
    ]

    private static func keeper(_ kind: Manager.Kind, at address: String? = nil) -> Tag {
        Tag(kind: .managed, role: .keeper(kind), rule: "\(kind.word): command line", address: address)
    }

    /// strong-supervisor: `node …/bin/sl-run.js --cluster=4 --control=pmctl app`, of the master as of its workers.
    private static let strongSupervisor: Row = { entry, program in
        let clusters = program.rest.contains { $0[...].hasStart("--cluster") || $0[...].hasStart("--control") }
        guard program.runtime == "node" || clusters else { return nil }
        let control = program.rest.compactMap { $0[...].after("--control=").map(String.init) }.first
        let directory = program.rest.last { !$0[...].hasStart("-") && $0 != "." }
        return Tag(
            kind: .strongSupervisor, role: .either, rule: "strong-supervisor: command line",
            name: directory.map(Program.stem), identity: program.rest,
            address: control ?? entry.environment["STRONGLOOP_CONTROL"])
    }

    private static let postgres: Row = { _, program in
        let data = program.rest.firstIndex(of: "-D").flatMap { index in
            index + 1 < program.rest.count ? program.rest[index + 1] : nil
        }
        return Tag(
            kind: .postgres, role: .master, rule: "postgres: title", identity: data.map { [$0] } ?? program.rest)
    }

    /// Where `set-proc-title` is off.
    private static let redis: Row = { entry, program in
        guard entry.waitsInEpoll, entry.arguments.count > 1 || entry.executable == entry.arguments.first else {
            return nil
        }
        let isSentinel = program.rest.contains("--sentinel") || program.name[...].hasEnding("-sentinel")
        let family = program.name[...].before("-server") ?? program.name[...].before("-sentinel") ?? program.name[...]
        return Tag(
            kind: .redis, role: .alone, rule: "redis: command line",
            name: isSentinel ? "\(family)-sentinel" : String(family),
            identity: program.rest)
    }

    private static let passenger: Row = { _, program in
        let keeps = program.name == "PassengerHelperAgent" || program.rest.first == "core"
        return Tag(
            kind: .passenger, role: keeps ? .keeper(.passenger) : .helper, rule: "passenger: command line")
    }

    private static func uwsgi(_ entry: ProcessEntry, _ program: Program) -> Tag {
        Tag(
            kind: .uwsgi, role: .either, rule: "uwsgi: command line", name: UwsgiLine.app(in: program.rest),
            identity: program.rest)
    }
}
