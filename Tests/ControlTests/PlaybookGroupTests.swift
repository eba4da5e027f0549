import Control
import Model
import Testing

/// Row by row: what is done to a whole group of each kind.
@Suite struct PlaybookGroupTests {
    struct Row: CustomTestStringConvertible {
        let testDescription: String
        let app: App
        let action: Action
        let expected: String
        var size = Scale.by(1)

        init(_ what: String, _ app: App, _ action: Action, _ expected: String, size: Scale = .by(1)) {
            testDescription = "\(action.word): \(what)"
            self.app = app
            self.action = action
            self.expected = expected
            self.size = size
        }
    }

    static let reloads = [
        Row("gunicorn", App(.gunicorn), .reload, "SIGHUP 100 !"),
        Row("uvicorn since 0.30", App(.uvicorn, version: "0.34.1"), .reload, "SIGHUP 100"),
        Row(
            "uvicorn before", App(.uvicorn, version: "0.17.6"), .reload,
            "no: uvicorn 0.17.6 does not replace a worker that ends: that began with 0.30, and its parent dies of SIGHUP"
        ),
        Row(
            "uvicorn before, in a unit", App(.uvicorn, link: systemd(), version: "0.17.6"), .reload,
            "systemctl restart web.service !"),
        Row("puma", App(.puma), .reload, "SIGUSR1 100"),
        Row("puma that preloads", App(.puma, arguments: ["puma", "--preload"]), .reload, "SIGUSR2 100"),
        Row("unicorn", App(.unicorn), .reload, "SIGHUP 100 !"),
        Row("nginx", App(.nginx), .reload, "SIGHUP 100 !"),
        Row("php-fpm", App(.phpFPM), .reload, "SIGUSR2 100"),
        Row("Apache", App(.prefork, arguments: ["apache2", "-k", "start"]), .reload, "SIGUSR1 100 !"),
        Row("uWSGI", App(.uwsgi), .reload, "SIGHUP 100"),
        Row("postgres re-reads its settings", App(.postgres), .reload, "SIGHUP 100"),
        Row(
            "celery in a unit", App(.celery, link: systemd("celery.service")), .reload,
            "systemctl restart celery.service !"),
        Row("celery alone", App(.celery), .reload, "no: celery's parent ends after its tasks on SIGTERM"),
        Row("sidekiq alone", App(.sidekiq), .reload, "no: sidekiq is renewed by ending it"),
        Row("PM2", App(.pm2, own: { pm2($0) }), .reload, "no: PM2 reloads one worker at a time: roll it"),
        Row("strong-supervisor", App(.strongSupervisor), .reload, "no: looptop does not speak to strong-supervisor"),
        Row(
            "Passenger, which knows apps by their directory",
            App(.passenger, master: nil, link: keeper(.passenger, "/srv/shop")), .reload,
            "no: looptop does not speak to Passenger: passenger-config restart-app /srv/shop"),
        Row("redis", App(.redis, master: nil, count: 1), .reload, "no: redis has no reload"),
        Row("node:cluster", App(.nodeCluster), .reload, "no: no reload is known for it"),
        Row(
            "a unit with a reload of its own", App(.single, master: nil, count: 1, link: systemd()), .reload,
            "systemctl reload web.service"),
        Row(
            "the configuration's signal", App(.prefork, rule: AppStrategy(reloadSignal: 12)), .reload, "SIGUSR2 100"),
        Row(
            "the configuration's signal to a daemon alone",
            App(.single, master: nil, count: 1, rule: AppStrategy(reloadSignal: 1)), .reload, "SIGHUP 10"),
        Row(
            "the configuration's command", App(.nginx, rule: AppStrategy(reloadCommand: ["nginx", "-s", "reload"])),
            .reload, "nginx -s reload"),
        Row(
            "a command that needs a worker", App(.nginx, rule: AppStrategy(reloadCommand: ["x", "{pid}"])), .reload,
            "no: the configured command needs {pid}"),
    ]

    static let sizes = [
        Row("gunicorn", App(.gunicorn), .scale, "SIGTTIN 100"),
        Row("gunicorn, two less", App(.gunicorn), .scale, "SIGTTOU 100, SIGTTOU 100", size: .to(1)),
        Row("puma", App(.puma), .scale, "SIGTTIN 100, SIGTTIN 100", size: .to(5)),
        Row("unicorn", App(.unicorn), .scale, "SIGTTOU 100", size: .by(-1)),
        Row("uvicorn since 0.30", App(.uvicorn, version: "0.30"), .scale, "SIGTTIN 100"),
        Row("uvicorn before", App(.uvicorn), .scale, "no: uvicorn of unknown version"),
        Row("to none", App(.gunicorn), .scale, "no: shop would have no worker left", size: .to(0)),
        Row("below none", App(.gunicorn), .scale, "no: shop would have no worker left", size: .by(.min)),
        Row("to what it is", App(.gunicorn), .scale, "no: shop has 3 workers already", size: .to(3)),
        Row("to far too many", App(.gunicorn), .scale, "no: that is 4294967292 workers at once", size: .to(.max)),
        Row("nginx", App(.nginx), .scale, "no: nginx has as many as worker_processes"),
        Row("php-fpm", App(.phpFPM), .scale, "no: php-fpm's pool sizes itself"),
        Row("PM2", App(.pm2), .scale, "no: looptop does not scale PM2: pm2 scale shop N"),
        Row("uWSGI", App(.uwsgi), .scale, "no: uWSGI is scaled by"),
        Row("celery", App(.celery), .scale, "no: celery control pool_grow"),
        Row("strong-supervisor", App(.strongSupervisor), .scale, "no: looptop does not speak to strong-supervisor"),
        Row("postgres", App(.postgres), .scale, "no: a backend is a client's session"),
        Row(
            "a template", App(.managed, master: nil, own: { systemd("web@\($0).service") }), .scale,
            "no: start another instance of the unit"),
        Row("node:cluster", App(.nodeCluster), .scale, "no: no way to give shop more or fewer workers is known"),
    ]

    static let stops = [
        Row("a unit", App(.gunicorn, link: systemd()), .stop, "systemctl stop web.service"),
        Row(
            "a unit that holds more", App(.gunicorn, link: systemd(isMain: false)), .stop,
            "systemctl stop web.service !"),
        Row("a container", App(.nginx, link: keeper(.docker, container)), .stop, "docker: stop abababababab"),
        Row(
            "children of supervisord", App(.managed, master: nil, count: 2, own: { supervisord("web:\($0)") }), .stop,
            "supervisord unix:///run/supervisor.sock: stopProcess web:1, "
                + "supervisord unix:///run/supervisor.sock: stopProcess web:0"),
        Row("PM2", App(.pm2, count: 1, own: { pm2($0) }), .stop, "pm2 (/home/web/.pm2): stop 0"),
        Row("a master alone", App(.gunicorn), .stop, "no: nothing is known that could stop shop"),
        Row("kubernetes", App(.gunicorn, link: keeper(.kubernetes, container)), .stop, "no: kubernetes keeps"),
        Row("the configuration's", App(.gunicorn, rule: AppStrategy(stopCommand: ["web", "stop"])), .stop, "web stop"),
        Row("nothing runs", App(.gunicorn, master: nil, count: 0, link: systemd()), .stop, "no: shop does not run"),
        Row(
            "a unit", App(.gunicorn, master: nil, count: 0, link: systemd(), expected: 4), .start,
            "systemctl start web.service"),
        Row(
            "a group of supervisord", App(.managed, master: nil, count: 0, link: supervisord("web:*")), .start,
            "supervisord unix:///run/supervisor.sock: startProcess web:*"),
        Row("it runs", App(.gunicorn, link: systemd()), .start, "no: shop runs: 3 workers live"),
        Row(
            "children of supervisord that are gone", managedApp(.supervisord), .start,
            "no: what supervisord calls its processes is not known when none lives"),
        Row(
            "instances that are gone", managedApp(.systemd, "web@.service"), .start,
            "no: which instances ran is not known when none lives: systemctl start web@N.service"),
        Row(
            "circus", App(.managed, master: nil, own: { _ in keeper(.circus, "") }), .stop,
            "no: looptop does not speak to circus: circusctl stop WATCHER"),
        Row(
            "PM2's that are gone", managedApp(.pm2), .start, "no: its ids are not known when none lives: pm2 start shop"
        ),
        Row("nobody is known", App(.gunicorn, master: nil, count: 0), .start, "no: nothing is known that could start"),
        Row(
            "the configuration's",
            App(.single, master: nil, count: 0, rule: AppStrategy(startCommand: ["web", "start"])), .start, "web start"),
    ]

    /// None lives, and their names at their manager were their own.
    private static func managedApp(_ kind: Manager.Kind, _ name: String = "shop") -> App {
        var app = App(.managed, master: nil, count: 0)
        app.group.info.manager = Manager(kind: kind, name: name)
        return app
    }

    @Test(arguments: reloads + sizes + stops) func doesItToTheGroup(row: Row) {
        let line = row.app.plan(row.action) { $0.size = row.size }.line
        #expect(row.expected.contains("no: ") ? line.hasPrefix(row.expected) : line == row.expected)
    }

    private func expectation(_ app: App, _ action: Action) -> GroupCourse.Expectation? {
        guard case .act(let course)? = app.plan(action, { $0.size = .by(1) }).course?.what else { return nil }
        return course.expectation
    }

    @Test func expectsWhatTheActionIsFor() {
        #expect(expectation(App(.gunicorn), .reload) == .renewed(atLeast: 3, mayLinger: false))
        #expect(expectation(App(.nginx), .reload) == .renewed(atLeast: 3, mayLinger: true))
        #expect(expectation(App(.phpFPM), .reload) == .renewed(atLeast: 1, mayLinger: false))
        #expect(expectation(App(.postgres), .reload) == .present(atLeast: 1))
        #expect(expectation(App(.gunicorn), .scale) == .size(4))
        #expect(expectation(App(.gunicorn, link: systemd()), .stop) == .gone)
        let stopped = App(.gunicorn, master: nil, count: 0, link: systemd(), expected: 4)
        #expect(expectation(stopped, .start) == .present(atLeast: 4))
    }

    @Test func reloadsSayWhatTheyRisk() {
        let gunicorn = App(.gunicorn).plan(.reload).warnings
        #expect(gunicorn.contains("code that does not load takes the whole server down"))
        #expect(gunicorn.contains("with preload_app it keeps the old code"))
        let preloading = App(.gunicorn, arguments: ["gunicorn", "--preload"]).plan(.reload).warnings
        #expect(preloading.contains("it runs with --preload"))
        #expect(App(.nginx).plan(.reload).warnings.contains("does not run `nginx -t`"))
        #expect(App(.unicorn, expected: 5).plan(.reload).warnings.contains("3 of 5 workers live now"))
    }

    // MARK: roll

    @Test func rollsOldestFirst() {
        let line = App(.nginx).plan(.roll).line
        #expect(line == "SIGQUIT 12, SIGKILL 12, SIGQUIT 11, SIGKILL 11, SIGQUIT 10, SIGKILL 10")
        let supervised = App(.managed, master: nil, count: 2, own: { supervisord("web:\($0)") }).plan(.roll).line
        #expect(supervised.contains("startProcess web:1, supervisord"))
    }

    /// PM2 starts the new one first where it can.
    @Test func pm2ReloadsInARoll() {
        #expect(App(.pm2, count: 1, own: { pm2($0) }).plan(.roll).line == "pm2 (/home/web/.pm2): reload 0")
    }

    @Test(
        arguments: [
            ("no worker", App(.gunicorn, count: 0), "no worker of shop lives: there is nobody to replace"),
            ("postgres", App(.postgres), "backends of postgres are never rolled"),
            ("uvicorn before 0.30", App(.uvicorn), "uvicorn of unknown version"),
            ("a unit for all", App(.alike, master: nil, link: systemd()), "each restart takes all 3 workers"),
            ("Passenger", App(.passenger), "Passenger drains"),
            ("alone", App(.single, master: nil, count: 1), "nothing is known to start it again"),
        ] as [(String, App, String)])
    func doesNotRoll(what: String, app: App, why: String) {
        #expect(app.plan(.roll).line.hasPrefix("no: \(why)"), "\(what)")
    }

    @Test func aRollOfGunicornWarnsOfCodeThatDoesNotLoad() {
        let warning = "a new worker that does not load the app ends gunicorn itself, and with it all 3 workers"
        #expect(App(.gunicorn).plan(.roll).warnings.hasPrefix(warning))
        #expect(App(.gunicorn, arguments: ["gunicorn", "--preload", "app"]).plan(.roll).warnings.isEmpty)
        #expect(App(.unicorn).plan(.roll).warnings.isEmpty)
        let restart = App(.gunicorn).plan(.restart, worker: 0)
        #expect(restart.warnings.isEmpty)
        #expect(
            restart.course?.plan.success.last == "the new one loads the app: one that does not ends gunicorn itself")
    }

    @Test func rollsWarnOfTheWholeGroupDown() {
        let app = App(.puma, expected: 4)
        #expect(app.plan(.roll, { $0.roll.maxUnavailable = 3 }).warnings.contains("all 3 workers may be down"))
        #expect(app.plan(.roll).warnings == "3 of 4 workers live now")
    }

    @Test func coursesOfARollThatGoesOnAreThoseOfTheLiving() throws {
        let command = Command(
            id: CommandID(high: 1, low: 2), action: .roll,
            target: .group(GroupTarget(boot: boot, key: "web", master: nil)))
        let app = App(.gunicorn)
        let courses = try Playbook.courses(
            command, group: app.group, workers: app.workers, experience: Experience()
        ).get()
        #expect(courses.map(\.target.pid) == [12, 11, 10])
        let none = try Playbook.courses(command, group: app.group, workers: [], experience: Experience()).get()
        #expect(none.isEmpty)
    }
}
