internal import Model

/// The rows of the table that go by a title, the text a server writes over its arguments. Sources and what was
/// observed: each row. A title is what the process says: it may lie, be cut at any byte, and is only ever compared.
enum TitleRows {
    static func tag(_ entry: ProcessEntry) -> Tag? {
        guard let argument = entry.arguments.first else { return nil }
        let title = argument[...].trimmed
        // One look at the first byte: most processes have no title, and this runs for all of them.
        switch title.utf8.first {
        case UInt8(ascii: "n"): if let rest = title.after("nginx: ") { return nginx(rest) }
        case UInt8(ascii: "g"): if let rest = title.after("gunicorn: ") { return gunicorn(rest) }
        case UInt8(ascii: "p"):
            if let rest = title.after("puma: ") { return pumaWorker(rest) }
            if let rest = title.after("puma ") { return puma(rest) }
            if let rest = title.after("php-fpm: ") { return phpFPM(rest) }
            if let rest = title.after("postgres: ") { return postgres(rest) }
        case UInt8(ascii: "["): if let rest = title.after("[celeryd: ") { return celery(rest) }
        case UInt8(ascii: "s"): if let rest = title.after("sidekiq ") { return sidekiq(rest) }
        case UInt8(ascii: "P"):
            if let rest = title.after("Passenger ") { return passenger(rest) }
            if let rest = title.after("PM2 ") { return pm2(rest) }
        default: break
        }
        guard title.utf8.contains(UInt8(ascii: " ")) else { return nil }
        if entry.arguments.count == 1, let tag = unicorn(title) ?? redis(title) { return tag }
        let file = entry.executable.map { Program.lastComponent($0)[...] } ?? entry.name[...]
        return file.hasStart("uwsgi") || entry.name[...].hasStart("uwsgi") ? uwsgi(title) : nil
    }

    /// `src/os/unix/ngx_process_cycle.c`. A worker that shuts down serves its last clients. Cache managers, cache
    /// loaders and privileged agents serve nobody.
    private static func nginx(_ rest: Substring) -> Tag {
        if let line = rest.after("master process") {
            return Tag(kind: .nginx, role: .master, rule: "nginx: title", identity: [String(line.trimmed)])
        }
        return Tag(kind: .nginx, role: rest.hasStart("worker process") ? .worker : .helper, rule: "nginx: title")
    }

    /// `gunicorn/arbiter.py`, where setproctitle is installed: `master [app]`, `worker [app]`.
    private static func gunicorn(_ rest: Substring) -> Tag {
        let role: Tag.Role = rest.hasStart("master") ? .master : rest.hasStart("worker") ? .worker : .helper
        let app = rest.split(at: " [").map { String($0.1.before("]") ?? $0.1) }.flatMap { $0.isEmpty ? nil : $0 }
        return Tag(kind: .gunicorn, role: role, rule: "gunicorn: title", name: app, identity: app.map { [$0] } ?? [])
    }

    /// `lib/puma/launcher.rb`: `puma 5.6.5 (tcp://0.0.0.0:9292) [tag]`, of a process alone as of a cluster's master.
    private static func puma(_ rest: Substring) -> Tag? {
        guard let (version, behind) = rest.split(at: " ("), isVersion(version) else { return nil }
        let binds = behind.split(at: ") [")?.0 ?? behind.before(")") ?? behind
        let tag = tag(in: behind, opening: ") [")
        return Tag(
            kind: .puma, role: .either, rule: "puma: title", name: tag, identity: [String(binds), tag ?? ""])
    }

    /// `lib/puma/cluster/worker.rb`: `cluster worker 0: 15193 [tag]`.
    private static func pumaWorker(_ rest: Substring) -> Tag {
        guard let behind = rest.after("cluster worker ") else {
            return Tag(kind: .puma, role: .helper, rule: "puma: title")
        }
        let number = behind.split(at: ":").flatMap { UInt32(digits: $0.0) }
        let tag = tag(in: behind, opening: " [")
        return Tag(
            kind: .puma, role: .worker, rule: "puma: title", name: tag, slot: number.flatMap(following),
            identity: [tag ?? ""])
    }

    /// `lib/unicorn/http_server.rb`: `unicorn master -c x`, `unicorn master (old) …`, `unicorn worker[0] …`.
    private static func unicorn(_ title: Substring) -> Tag? {
        let program = Program.lastComponent(String(title.firstWord))
        guard ["unicorn", "unicorn_rails", "rainbows"].contains(program) else { return nil }
        let rest = title[title.firstWord.endIndex...].trimmed
        if let behind = rest.after("master") {
            let line = (behind.after(" (old)") ?? behind).trimmed
            return Tag(kind: .unicorn, role: .master, rule: "unicorn: title", identity: [program, String(line)])
        }
        guard let behind = rest.after("worker[") else { return nil }
        let (number, line) = behind.split(at: "]") ?? (behind, "")
        return Tag(
            kind: .unicorn, role: .worker, rule: "unicorn: title", slot: UInt32(digits: number).flatMap(following),
            identity: [program, String(line.trimmed)])
    }

    /// `master process (/etc/php/fpm.conf)`, `pool www`.
    private static func phpFPM(_ rest: Substring) -> Tag {
        if let pool = rest.after("pool ").map({ String($0.trimmed) }), !pool.isEmpty {
            return Tag(
                kind: .phpFPM, role: .worker, rule: "php-fpm: title", name: "php-fpm \(pool)", identity: [pool],
                part: pool)
        }
        let file = rest.after("master process (").map { $0.before(")") ?? $0 } ?? ""
        return Tag(
            kind: .phpFPM, role: rest.hasStart("master") ? .master : .helper, rule: "php-fpm: title",
            identity: [String(file)])
    }

    /// `core/master.c`, with auto-procname: `uWSGI master`, `uWSGI worker 1`, between a prefix and a suffix. Also
    /// `uWSGI http 1` and others that hand on or do side work.
    private static func uwsgi(_ title: Substring) -> Tag? {
        guard let (prefix, rest) = title.split(at: "uWSGI ") else { return nil }
        let name = prefix.trimmed.isEmpty ? nil : String(prefix.trimmed)
        if rest.hasStart("master") {
            return Tag(kind: .uwsgi, role: .master, rule: "uwsgi: title", name: name, identity: [name ?? ""])
        }
        let number = rest.after("worker ").map { UInt32(digits: $0.firstWord) }
        return Tag(
            kind: .uwsgi, role: number == nil ? .helper : .worker, rule: "uwsgi: title", name: name,
            slot: number.flatMap { $0 }, identity: [name ?? ""])
    }

    /// `celery/platforms.py`, with setproctitle: `[celeryd: shop@host:MainProcess] -active- (-A tasks worker …)`,
    /// `[celeryd: shop@host:ForkPoolWorker-2]`. The pool's numbers count respawns, so they are no slots.
    private static func celery(_ rest: Substring) -> Tag {
        let (inside, behind) = rest.split(at: "]") ?? (rest, "")
        let (node, role) = inside.splitAtLast(":") ?? (inside, "")
        let line = behind.split(at: "(").map { $0.1.before(")") ?? $0.1 } ?? ""
        let words = line.split(separator: " ").map(String.init)
        let named = CeleryLine(node: String(node), arguments: words)
        if role.hasStart("MainProcess") {
            return Tag(
                kind: .celery, role: .master, rule: "celery: title", name: named.name, identity: named.identity)
        }
        return Tag(
            kind: .celery, role: role.contains(ascii: "Worker-") ? .worker : .helper, rule: "celery: title",
            name: named.name, identity: named.identity)
    }

    /// `lib/sidekiq/launcher.rb`: `sidekiq 6.4.1 shop [0 of 5 busy] stopping`.
    private static func sidekiq(_ rest: Substring) -> Tag? {
        let version = rest.firstWord
        guard isVersion(version), let (tag, _) = rest[version.endIndex...].split(at: "[") else { return nil }
        let name = tag.trimmed.isEmpty ? nil : String(tag.trimmed)
        return Tag(kind: .sidekiq, role: .alone, rule: "sidekiq: title", name: name, identity: [name ?? ""])
    }

    /// `helper-scripts/node-loader.js`, `loader_shared_helpers.rb`: `NodeApp: /srv/shop`, `RubyApp: /srv/shop
    /// (production)`, `AppPreloader: /srv/shop`; `core` and `watchdog` keep them.
    private static func passenger(_ rest: Substring) -> Tag {
        guard let (word, root) = rest.split(at: "App: "), !word.utf8.contains(UInt8(ascii: " ")) else {
            let preloads = rest.split(at: "AppPreloader: ").map { Self.root($0.1) }
            let isCore = rest.hasStart("core") || rest.hasStart("AppPreloader")
            return Tag(
                kind: .passenger, role: isCore ? .keeper(.passenger) : .helper, rule: "passenger: title",
                identity: preloads.map { [$0] } ?? [])
        }
        let path = Self.root(root)
        return Tag(kind: .passenger, role: .worker, rule: "passenger: title", name: path, identity: [path])
    }

    private static func root(_ text: Substring) -> String {
        String((text.trimmed.split(at: " (")?.0 ?? text).trimmed)
    }

    /// `postgres: user db [local] idle`, `postgres: user db 10.0.0.1(5555) SELECT`, before that a cluster's name and a
    /// colon where it has one; everything else that postgres starts serves no client.
    private static func postgres(_ rest: Substring) -> Tag {
        let words = rest.parts(at: " ")
        let isClient = words.dropFirst(2).contains { word in
            if word == "[local]" { return true }
            guard let (host, port) = word.before(")")?.split(at: "(") else { return false }
            return !host.isEmpty && UInt32(digits: port) != nil
        }
        return Tag(kind: .postgres, role: isClient ? .worker : .helper, rule: "postgres: title")
    }

    /// `redis-server *:6379`, `[cluster]` or `[sentinel]` behind it; `redis-rdb-bgsave …` is a child that saves.
    private static func redis(_ title: Substring) -> Tag? {
        let program = Program.lastComponent(String(title.firstWord))[...]
        let rest = title[title.firstWord.endIndex...].trimmed
        if program == "redis-rdb-bgsave" || program == "redis-aof-rewrite" || program.hasStart("redis-rdb-to") {
            return Tag(kind: .redis, role: .helper, rule: "redis: title")
        }
        let servers: Set<Substring> = ["redis-server", "redis-sentinel", "valkey-server", "keydb-server"]
        guard servers.contains(program), rest.firstWord.utf8.contains(UInt8(ascii: ":")) else { return nil }
        let family = program.before("-server") ?? program.before("-sentinel") ?? program
        let name = rest.hasEnding("[sentinel]") ? "\(family)-sentinel" : String(family)
        return Tag(
            kind: .redis, role: .alone, rule: "redis: title", name: name, identity: [name, String(rest.firstWord)])
    }

    /// `lib/Daemon.js`: `v5.3.0: God Daemon (/home/x/.pm2)`; `Agent v…` reports to a service.
    private static func pm2(_ rest: Substring) -> Tag? {
        if rest.hasStart("Agent v") { return Tag(kind: .pm2, role: .helper, rule: "pm2: title") }
        guard rest.hasStart("v"), let (_, behind) = rest.split(at: "God Daemon") else { return nil }
        let home = behind.after(" (")?.before(")").map(String.init)
        return Tag(kind: .pm2, role: .keeper(.pm2), rule: "pm2: title", address: home)
    }

    private static func tag(in text: Substring, opening mark: String) -> String? {
        guard let name = text.split(at: mark).map({ $0.1.before("]") ?? $0.1 }), !name.isEmpty else { return nil }
        return String(name)
    }

    private static func isVersion(_ text: Substring) -> Bool {
        guard let first = text.utf8.first, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) else { return false }
        return !text.utf8.contains(UInt8(ascii: " "))
    }

    /// Numbers that begin at 0 become slots, which begin at 1.
    private static func following(_ number: UInt32) -> UInt32? {
        number == .max ? nil : number + 1
    }
}
