import Control
import Model
import Testing

/// Row by row: what restarts one worker of each kind.
@Suite struct PlaybookTests {
    struct Row: CustomTestStringConvertible {
        let testDescription: String
        let app: App
        /// As `restart()` says it; a prefix is enough.
        let expected: String

        init(_ what: String, _ app: App, _ expected: String) {
            testDescription = what
            self.app = app
            self.expected = expected
        }
    }

    static let masters = [
        Row("gunicorn", App(.gunicorn), "SIGTERM 10, SIGKILL 10"),
        Row("uvicorn since 0.30", App(.uvicorn, version: "0.30.0"), "SIGTERM 10, SIGKILL 10"),
        Row("uvicorn 1.0", App(.uvicorn, version: "1.0"), "SIGTERM 10, SIGKILL 10"),
        Row(
            "uvicorn before", App(.uvicorn, version: "0.17.6"),
            "no: uvicorn 0.17.6 does not replace a worker that ends: that began with 0.30. Restart the server"),
        Row("uvicorn of unknown version", App(.uvicorn), "no: uvicorn of unknown version (taken to be old) does not"),
        Row(
            "uvicorn before, in a unit", App(.uvicorn, link: systemd(), version: "0.29.9"),
            "systemctl restart web.service !"),
        Row("puma", App(.puma), "SIGTERM 10, SIGKILL 10"),
        Row("unicorn", App(.unicorn), "SIGQUIT 10, SIGKILL 10"),
        Row("nginx", App(.nginx), "SIGQUIT 10, SIGKILL 10"),
        Row("php-fpm", App(.phpFPM), "SIGQUIT 10, SIGKILL 10"),
        Row("uWSGI", App(.uwsgi), "SIGHUP 10, SIGKILL 10"),
        Row("celery loses a task", App(.celery), "SIGTERM 10, SIGKILL 10 !"),
        Row("sidekiq below a parent", App(.sidekiq), "SIGTSTP 10, SIGTERM 10, SIGKILL 10"),
        Row(
            "sidekiq in a unit", App(.sidekiq, master: nil, count: 1, link: systemd()),
            "SIGTSTP 10, systemctl restart web.service"),
        Row("strong-supervisor", App(.strongSupervisor), "SIGTERM 10, SIGKILL 10"),
        Row("a postgres backend, never KILL", App(.postgres), "SIGTERM 10 !"),
        Row("Passenger", App(.passenger), "no: Passenger drains a process before it ends it: passenger-config detach"),
        Row(
            "node:cluster not tried yet", App(.nodeCluster, respawn: .parentMay), "SIGTERM 10, SIGKILL 10 !"),
        Row("prefork that replaces", App(.prefork), "SIGTERM 10, SIGKILL 10"),
        Row("prefork that never does", App(.prefork, respawn: .never), "no: nothing is known to start it again"),
        Row(
            "prefork that never does, in a unit", App(.prefork, respawn: .never, link: systemd()),
            "systemctl restart web.service !"),
        Row("workers of a master that is gone", App(.gunicorn, master: nil), "no: its master is gone"),
        Row("gunicorn in a unit keeps its row", App(.gunicorn, link: systemd()), "SIGTERM 10, SIGKILL 10"),
        Row(
            "gunicorn in a pod: the master's row by host pid", App(.gunicorn, link: keeper(.kubernetes, container)),
            "SIGTERM 10, SIGKILL 10"),
    ]

    static let managed = [
        Row("redis alone", App(.redis, master: nil, count: 1), "no: nothing is known to start it again"),
        Row(
            "redis in a unit", App(.redis, master: nil, count: 1, link: systemd("redis.service")),
            "systemctl restart redis.service"),
        Row("a daemon alone", App(.single, master: nil, count: 1), "no: nothing is known to start it again"),
        Row("processes alike", App(.alike, master: nil), "no: nothing is known to start it again"),
        Row(
            "a unit's main process", App(.single, master: nil, count: 1, own: { _ in systemd() }),
            "systemctl restart web.service"),
        Row(
            "a unit of a user", App(.single, master: nil, count: 1, own: { _ in systemd(user: "1000") }),
            "systemctl --user --machine=1000@ restart web.service"),
        Row(
            "a unit it is only a child in",
            App(.single, master: nil, count: 1, link: systemd(isMain: false)), "systemctl restart web.service !"),
        Row(
            "a child of a unit, as each worker says", App(.alike, master: nil, own: { _ in systemd(isMain: false) }),
            "systemctl restart web.service !"),
        Row(
            "a session is no service", App(.single, master: nil, count: 1, link: systemd("session-3.scope")),
            "no: session-3.scope is no service"),
        Row(
            "a unit that looks like an option",
            App(.single, master: nil, count: 1, link: systemd("--force.service")), "no: --force.service is no service"),
        Row(
            "instances of a template",
            App(.managed, master: nil, own: { systemd("web@\($0).service") }), "systemctl restart web@0.service"),
        Row(
            "a child of supervisord", App(.managed, master: nil, own: { supervisord("web:web_\($0)") }),
            "supervisord unix:///run/supervisor.sock: stopProcess and startProcess web:web_0"),
        Row(
            "a supervisord elsewhere",
            App(.managed, master: nil, own: { supervisord("web:web_\($0)", url: "http://evil.example:9001") }),
            "no: supervisord's address is not known, or not on this host"),
        Row(
            "a supervisord whose name only begins like this host",
            App(.managed, master: nil, own: { supervisord("web:web_\($0)", url: "http://localhost.evil:9001") }),
            "no: supervisord's address"),
        Row("PM2", App(.pm2, own: { pm2($0) }), "pm2 (/home/web/.pm2): restart 0"),
        Row("PM2 without its environment", App(.pm2), "no: PM2's id and home of it are not known"),
        Row(
            "a container's first process",
            App(.single, master: nil, count: 1, own: { _ in keeper(.docker, container) }),
            "docker: restart abababababab"),
        Row(
            "a container without an id", App(.single, master: nil, count: 1, own: { _ in keeper(.docker, "web") }),
            "no: the container's id is not known"),
        Row(
            "kubernetes is not fought",
            App(.single, master: nil, count: 1, own: { _ in keeper(.kubernetes, container) }),
            "no: kubernetes keeps"),
        Row(
            "containerd", App(.single, master: nil, count: 1, own: { _ in keeper(.containerd, container) }),
            "no: looptop does not speak to containerd"),
        Row(
            "podman", App(.single, master: nil, count: 1, own: { _ in keeper(.podman, container) }),
            "podman: restart abababababab"),
        Row(
            "a container of podman without an id",
            App(.single, master: nil, count: 1, own: { _ in keeper(.podman, "web") }),
            "no: the container's id is not known: podman restart CONTAINER"),
        Row("a process of circus", App(.managed, own: { _ in keeper(.circus, "") }), "SIGTERM 10, SIGKILL 10 !"),
        Row(
            "Apache", App(.prefork, respawn: .parentMay, arguments: ["/usr/sbin/apache2", "-k", "start"]),
            "SIGTERM 10, SIGKILL 10 !"),
        Row(
            "process-compose", App(.managed, own: { _ in keeper(.processCompose, "web") }),
            "no: looptop does not speak to process-compose: process-compose process restart web"),
    ]

    @Test(arguments: masters + managed) func restartsOneWorker(row: Row) {
        let line = row.app.restart()
        #expect(row.expected.contains("no: ") ? line.hasPrefix(row.expected) : line == row.expected)
    }

    @Test func whatTheConfigurationSaysWinsOverAll() {
        let command = AppStrategy(restartCommand: ["/usr/bin/web", "restart", "{slot}", "{pid}"], runAs: 33)
        #expect(App(.gunicorn, rule: command).restart(worker: 1) == "/usr/bin/web restart 2 11 as uid 33")
        #expect(App(.redis, master: nil, rule: command).restart().hasPrefix("/usr/bin/web restart 1 10"))
        #expect(App(.gunicorn, rule: AppStrategy(restartSignal: 3)).restart() == "SIGQUIT 10, SIGKILL 10")
        #expect(App(.postgres, rule: AppStrategy(restartSignal: 3)).restart() == "SIGQUIT 10", "never KILL")
        #expect(App(.gunicorn, rule: AppStrategy(restartSignal: 9)).restart().hasPrefix("no: the configured SIGKILL"))
        let all = AppStrategy(restartCommand: ["systemctl", "restart", "web"])
        #expect(App(.gunicorn, rule: all).restart() == "systemctl restart web !")
        #expect(App(.gunicorn, rule: all).plan(.roll).line.hasPrefix("no: each restart takes all 3 workers"))
        let patient = AppStrategy(grace: .seconds(40), replacementLimit: .seconds(90))
        guard case .restart(let course)? = App(.gunicorn, rule: patient).plan(.restart, worker: 0).course?.what else {
            Issue.record("no restart")
            return
        }
        #expect(course.grace == .seconds(40) && course.proof.replacementLimit == .seconds(90))
    }

    @Test func aContainerIsCalledByTheBeginningOfItsID() {
        let app = App(.single, master: nil, count: 1, link: keeper(.podman, container, isMain: false))
        let whole = "the whole of container abababababab, and what else runs in it"
        #expect(app.plan(.restart, worker: 0).warnings == "it restarts \(whole)")
        #expect(app.plan(.stop).warnings == "it stops \(whole)")
    }

    @Test func firstRestartsOfAnUnknownParentNeedAWarning() {
        var app = App(.nodeCluster, respawn: .parentMay)
        #expect(app.plan(.restart, worker: 0, warned: false).line.hasPrefix("no: not tried here yet"))
        #expect(app.plan(.roll).line.hasPrefix("no: restart one worker first"))
        app.experience = Experience(replaced: 1, notReplaced: 0)
        #expect(app.plan(.restart, worker: 0, warned: false).line == "SIGTERM 10, SIGKILL 10")
        #expect(app.plan(.roll, warned: false).course != nil)
        app.experience = Experience(replaced: 0, notReplaced: 2)
        #expect(app.plan(.restart, worker: 0).warnings.contains("2 of 2 restarts that looptop made here"))
        #expect(app.plan(.roll).course == nil)
    }

    @Test(arguments: [(nil, 15), (1000, 15), (9000, 18), (50_000, 60)] as [(Int?, Int)])
    func aSlowAppHasTheTimeItTook(slowest: Int?, seconds: Int) {
        var app = App(.gunicorn)
        app.experience = Experience(replaced: 1, slowest: slowest.map { .milliseconds($0) })
        guard case .restart(let course)? = app.plan(.restart, worker: 0).course?.what else {
            Issue.record("no restart")
            return
        }
        #expect(course.proof.replacementLimit == .seconds(seconds))
    }

    @Test func aWarningComesOnlyToWhoWasWarned() {
        let app = App(.celery)
        guard case .failure(.warning(let text)) = app.plan(.restart, worker: 0, warned: false) else {
            Issue.record("no warning")
            return
        }
        #expect(text.contains("the task it works on is lost"))
        #expect(app.plan(.restart, worker: 0, warned: false) { $0.dryRun = true }.course?.plan.warnings.count == 1)
        #expect(app.plan(.restart, worker: 0, warned: true).course != nil)
    }

    @Test func nobodyTouchesPidOne() {
        var app = App(.gunicorn, master: 1)
        #expect(app.plan(.reload).line == "no: protectedProcess")
        #expect(app.plan(.scale) { $0.size = .by(1) }.line == "no: protectedProcess")
        #expect(app.plan(.signal) { $0.signal = 1 }.line == "no: protectedProcess")
        #expect(app.restart() == "SIGTERM 10, SIGKILL 10", "its workers are not it")
        app.workers[0].id.pid = 1
        #expect(app.restart() == "no: protectedProcess")
        #expect(app.plan(.signal, worker: 0) { $0.signal = 15 }.line == "no: protectedProcess")
    }

    @Test func aRestartNeedsAWorker() { #expect(App(.gunicorn).plan(.restart).line == "no: notAWorker") }

    @Test func sidekiqHasTimeForItsJobs() {
        guard case .restart(let course)? = App(.sidekiq).plan(.restart, worker: 0).course?.what else {
            Issue.record("no restart")
            return
        }
        #expect(course.prelude == RestartCourse.Prelude(signal: 20, wait: .seconds(10)))
        #expect(course.grace == .seconds(30))
    }

    @Test func aRestartAsksForWhatWasAskedFor() {
        let options = RollOptions(stable: .seconds(5), lagBelow: .milliseconds(50), ready: .http(port: 80, path: "/"))
        guard case .restart(let course)? = App(.gunicorn).plan(.restart, worker: 0, { $0.roll = options }).course?.what
        else {
            Issue.record("no restart")
            return
        }
        #expect(course.proof.stable == .seconds(5) && course.proof.lagBelow == .milliseconds(50))
        #expect(course.proof.ready == .http(port: 80, path: "/"))
        let rule = AppStrategy(readyCommand: ["/bin/true"])
        guard case .restart(let configured)? = App(.gunicorn, rule: rule).plan(.restart, worker: 0).course?.what else {
            Issue.record("no restart")
            return
        }
        #expect(configured.proof.ready == .configured)
    }

    @Test func rollsSteerOnlyWhatThereIs() {
        var app = App(.gunicorn)
        let id = CommandID(high: 9, low: 9)
        for action in [Action.pause, .resume, .abort] { #expect(app.plan(action).line == "no: noSuchRoll") }
        let wanted: [(RollSummary.State, [Action])] = [
            (.running, [.pause, .abort]), (.paused, [.resume, .abort]), (.failed, [.resume, .abort]), (.finished, []),
            (.aborted, []),
        ]
        for (state, actions) in wanted {
            app.group.info.roll = RollSummary(id: id, state: state, issuer: "x", total: 3, began: at(0))
            for action in [Action.pause, .resume, .abort] {
                #expect((app.plan(action).course != nil) == actions.contains(action), "\(state) \(action)")
                #expect(app.plan(action) { $0.subject = CommandID(high: 1, low: 1) }.line == "no: noSuchRoll")
            }
        }
    }
}
