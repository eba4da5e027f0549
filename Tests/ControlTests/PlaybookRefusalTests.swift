import Model
import Testing

@testable import Control

/// Why something is not to be had, word for word: it says what to do instead.
@Suite struct PlaybookRefusalTests {
    private static let old = "uvicorn 0.17.6 does not replace a worker that ends: that began with 0.30"
    private static let unknown =
        "uvicorn of unknown version (taken to be old) does not replace a worker that ends: that began with 0.30"
    private static let byHand =
        "SIGTERM by `signal` ends it, and a `restart` of the configuration says how it is started again"
    private static let signals =
        "SIGHUP, SIGINT, SIGQUIT, SIGABRT, SIGUSR1, SIGUSR2, SIGTERM, SIGCONT, SIGTSTP, SIGTTIN, SIGTTOU, SIGWINCH"
    private static let pod = """
        kubernetes keeps web-0, and an agent must not work against it: kubectl delete pod web-0, or kubectl rollout \
        restart
        """

    /// That the plan is refused with this.
    private func refuses(
        _ app: App, _ action: Action, worker: Int? = nil, _ sentence: String,
        sourceLocation: SourceLocation = #_sourceLocation, _ change: (inout CommandParameters) -> Void = { _ in }
    ) {
        let line = app.plan(action, worker: worker, change).line
        #expect(line == "no: \(sentence)", sourceLocation: sourceLocation)
    }

    private func kept(_ link: ManagerLink) -> App { App(.single, master: nil, count: 1, own: { _ in link }) }

    // MARK: restart

    @Test func noWorkerIsEndedThatNobodyBringsBack() {
        func restart(_ app: App, _ sentence: String, sourceLocation: SourceLocation = #_sourceLocation) {
            refuses(app, .restart, worker: 0, sentence, sourceLocation: sourceLocation)
        }
        restart(App(.uvicorn, version: "0.17.6"), Self.old + ". Restart the server the way it was started")
        restart(App(.uvicorn), Self.unknown + ". Restart the server the way it was started")
        restart(
            App(.passenger), "Passenger drains a process before it ends it: passenger-config detach-process 10")
        restart(App(.prefork, respawn: .never), "nothing is known to start it again: " + Self.byHand)
        restart(
            App(.gunicorn, master: nil),
            "its master is gone, and nothing else is known to start it again: " + Self.byHand)
        restart(
            App(.pm2), "PM2's id and home of it are not known (they are in its environment): pm2 reload")
        restart(
            App(.gunicorn, rule: AppStrategy(restartSignal: 9)),
            "the configured SIGKILL is none of the signals that may be sent")
    }

    @Test func noManagerIsAskedForWhatIsNotPlainlyItsOwn() {
        func restart(_ link: ManagerLink, _ sentence: String, sourceLocation: SourceLocation = #_sourceLocation) {
            refuses(kept(link), .restart, worker: 0, sentence, sourceLocation: sourceLocation)
        }
        restart(systemd("session-3.scope"), "session-3.scope is no service that systemd could restart")
        restart(systemd(user: "ada"), "the user manager of web.service is not known")
        restart(
            supervisord("web:web_0", url: "http://evil.example:9001"),
            "supervisord's address is not known, or not on this host: supervisorctl restart web:web_0")
        restart(supervisord("--all"), "supervisord's name of the process is not a plain one")
        restart(
            ManagerLink(manager: Manager(kind: .pm2, name: "0"), address: "web", isMain: true),
            "PM2's home or the worker's id is not known: pm2 restart 0")
        restart(keeper(.docker, "web"), "the container's id is not known: docker restart CONTAINER")
        restart(keeper(.podman, "web"), "the container's id is not known: podman restart CONTAINER")
        restart(
            keeper(.containerd, container),
            "looptop does not speak to containerd: restart the container with what started it")
        restart(keeper(.kubernetes, "web-0"), Self.pod)
        restart(
            keeper(.processCompose, "web"),
            "looptop does not speak to process-compose: process-compose process restart web")
        restart(keeper(.strongSupervisor, "web"), "looptop does not speak to strong-supervisor: slc ctl restart")
    }

    @Test func whatAManagerDoesNotHaveIsNotAskedOfIt() {
        let app = App(.single, master: nil, count: 1)
        let situation = Situation(
            group: app.group, worker: nil, workers: app.workers, experience: app.experience)
        let wanted: [(ManagerLink, ManagerCall.Verb, String)] = [
            (supervisord("web:0"), .reload, "supervisord has no reload of a process: roll it"),
            (keeper(.docker, container), .reload, "docker has no reload: restart it"),
            (keeper(.podman, container), .reload, "podman has no reload: restart it"),
            (
                keeper(.passenger, "/srv/shop"), .reload,
                "Passenger drains a process before it ends it: passenger-config restart-app /srv/shop"
            ),
            (keeper(.passenger, "/srv/shop"), .stop, "looptop does not speak to Passenger"),
            (keeper(.circus, ""), .stop, "looptop does not speak to circus: circusctl stop WATCHER"),
            (keeper(.circus, "web"), .stop, "looptop does not speak to circus: circusctl stop web"),
        ]
        for (link, verb, sentence) in wanted {
            #expect(throws: Refusal.unsuited(sentence)) { try situation.call(link, verb, owner: 0) }
        }
    }

    // MARK: reload

    @Test func noReloadIsMadeUp() {
        func reload(_ app: App, _ sentence: String, sourceLocation: SourceLocation = #_sourceLocation) {
            refuses(app, .reload, sentence, sourceLocation: sourceLocation)
        }
        reload(
            App(.uvicorn, version: "0.17.6"),
            Self.old + ", and its parent dies of SIGHUP. Restart the server the way it was started")
        reload(App(.celery), "celery's parent ends after its tasks on SIGTERM, and nothing is known to start it again")
        reload(App(.sidekiq), "sidekiq is renewed by ending it, and nothing is known to start it again")
        reload(App(.pm2, own: { pm2($0) }), "PM2 reloads one worker at a time: roll it")
        reload(App(.pm2), "PM2 reloads one worker at a time: pm2 reload shop")
        reload(
            App(.strongSupervisor), "looptop does not speak to strong-supervisor: slc ctl restart, or roll it")
        reload(App(.redis, master: nil, count: 1), "redis has no reload: CONFIG SET, or a restart")
        reload(
            App(.nodeCluster), "no reload is known for it: roll it, or name a `reload` in the configuration")
        reload(
            App(.single, master: nil, count: 1),
            "no reload is known for it: name a `reload` in the configuration")
        reload(App(.nodeCluster, link: keeper(.kubernetes, "web-0")), "kubernetes keeps it: kubectl rollout restart")
        reload(
            App(.nginx, rule: AppStrategy(reloadCommand: ["x", "{pid}"])),
            "the configured command needs {pid}, and there is none")
        reload(
            App(.nginx, rule: AppStrategy(reloadSignal: 9)),
            "the configured SIGKILL is none of the signals that may be sent")
    }

    // MARK: scale

    @Test func noSizeIsGivenThatCannotBe() {
        func scale(
            _ app: App, to size: Scale? = .by(1), _ sentence: String,
            sourceLocation: SourceLocation = #_sourceLocation
        ) {
            refuses(app, .scale, sentence, sourceLocation: sourceLocation) { $0.size = size }
        }
        scale(App(.gunicorn), to: nil, "scale needs to know how many workers there are to be")
        scale(App(.gunicorn), to: .to(0), "shop would have no worker left: stop it instead")
        scale(App(.gunicorn), to: .to(3), "shop has 3 workers already")
        scale(App(.gunicorn), to: .to(100), "that is 97 workers at once: at most 64 in one command")
        scale(App(.uvicorn), Self.unknown + ", and so did scaling it. Restart it with --workers N")
        scale(App(.nginx), "nginx has as many as worker_processes of its configuration says, and then a reload")
        scale(App(.phpFPM), "php-fpm's pool sizes itself: pm.max_children and the like, and then a reload")
        scale(App(.pm2), "looptop does not scale PM2: pm2 scale shop N")
        scale(App(.uwsgi), "uWSGI is scaled by + and - on its master FIFO, or by `cheaper`")
        scale(App(.celery), "celery control pool_grow N, or --concurrency")
        scale(App(.strongSupervisor), "looptop does not speak to strong-supervisor: slc ctl set-size N")
        scale(App(.passenger), "Passenger's pool sizes itself: passenger_max_pool_size")
        scale(App(.postgres), "a backend is a client's session: clients make them")
        scale(App(.nodeCluster), "no way to give shop more or fewer workers is known")
    }

    @Test func whoKeepsAnAppIsNamedWhereItHasTheSize() {
        for (link, sentence) in [
            (systemd("web@1.service"), "start another instance of the unit: systemctl start NAME@N.service"),
            (supervisord("web:0"), "supervisord has as many as `numprocs` says: supervisorctl update"),
            (keeper(.circus, "web"), "circusctl incr web"),
            (keeper(.processCompose, "web"), "process-compose process scale web N"),
            (keeper(.kubernetes, "web-0"), "kubectl scale"), (keeper(.docker, container), "run another container"),
        ] {
            refuses(App(.managed, master: nil, own: { _ in link }), .scale, sentence) { $0.size = .by(1) }
        }
    }

    // MARK: stop and start

    /// None lives, and their names at their manager were their own.
    private func gone(_ kind: Manager.Kind, _ name: String = "shop") -> App {
        var app = App(.managed, master: nil, count: 0)
        app.group.info.manager = Manager(kind: kind, name: name)
        return app
    }

    @Test func nobodyIsStoppedOrStartedByGuess() {
        refuses(
            App(.gunicorn), .stop,
            "nothing is known that could stop shop: name a `stop` in the configuration, or send SIGTERM to its master")
        refuses(App(.gunicorn, link: keeper(.kubernetes, "web-0")), .stop, Self.pod)
        refuses(
            App(.gunicorn, master: nil, count: 0, link: systemd()), .stop,
            "shop does not run: no worker of it lives, and no master")
        var many = App(.managed, master: nil, count: 1)
        let one = many.workers[0]
        many.workers = (0..<65).map { index in
            var worker = one
            worker.link = supervisord("web:\(index)")
            return worker
        }
        refuses(many, .stop, "65 calls at once are too many")
        refuses(App(.gunicorn, link: systemd()), .start, "shop runs: 3 workers live")
        refuses(
            App(.gunicorn, count: 2, link: systemd(), expected: 4), .start,
            "shop runs: its master lives, with 2 of 4 workers")
        refuses(
            gone(.supervisord), .start,
            "what supervisord calls its processes is not known when none lives: supervisorctl start")
        refuses(
            gone(.systemd, "web@.service"), .start,
            "which instances ran is not known when none lives: systemctl start web@N.service")
        refuses(gone(.pm2), .start, "its ids are not known when none lives: pm2 start shop")
        refuses(
            App(.gunicorn, master: nil, count: 0), .start,
            "nothing is known that could start shop: name a `start` in the configuration")
    }

    // MARK: signal

    @Test func noSignalIsSentThatIsNoRequest() {
        func signal(
            _ app: App, _ number: UInt8?, worker: Int? = nil, _ sentence: String,
            sourceLocation: SourceLocation = #_sourceLocation
        ) {
            refuses(app, .signal, worker: worker, sentence, sourceLocation: sourceLocation) { $0.signal = number }
        }
        signal(App(.gunicorn), nil, "which signal? " + Self.signals)
        signal(
            App(.gunicorn), 9, worker: 0,
            "SIGKILL is not sent by hand (\(Self.signals) are); a restart ends a worker for certain")
        signal(
            App(.uvicorn, version: "0.17.6"), 1,
            Self.old + ", and its parent dies of SIGHUP and leaves its workers on the port. Restart its unit")
        signal(App(.uvicorn), 21, Self.unknown + ", and SIGTTIN would only stop its parent")
        signal(
            App(.postgres), 3,
            "SIGQUIT to postgres is no orderly request: SIGHUP re-reads settings, SIGINT ends it fast")
        signal(
            App(.postgres), 3, worker: 0,
            "SIGQUIT to one backend can make the server end all of them: SIGINT cancels its query, SIGTERM ends it")
        signal(App(.gunicorn, master: nil), 15, "the master of shop is gone")
        signal(App(.single, master: nil), 15, "shop has no master: choose one of its workers")
    }

    // MARK: roll

    @Test func noRollIsBegunThatCannotGoOn() throws {
        refuses(App(.gunicorn, count: 0), .roll, "no worker of shop lives: there is nobody to replace")
        refuses(
            App(.postgres), .roll,
            "backends of postgres are never rolled: each is a client's session. Reload re-reads its settings")
        var app = App(.nodeCluster, respawn: .parentMay)
        refuses(
            app, .roll,
            "restart one worker first: whether the parent of shop starts a new one is only known once it was tried")
        app.experience = Experience(replaced: 0, notReplaced: 2)
        refuses(
            app, .roll, "none of the 2 restarts tried here brought a new worker that stayed: restart one first")
        refuses(
            App(.alike, master: nil, link: systemd()), .roll,
            "each restart takes all 3 workers of shop at once: restart one, and all are renewed")
        let command = Command(
            id: CommandID(high: 1, low: 2), action: .roll,
            target: .group(GroupTarget(boot: boot, key: "web", master: nil)))
        let none = App(.gunicorn, master: nil, count: 0)
        let courses = Playbook.courses(command, group: none.group, workers: [], experience: Experience())
        let sentence = """
            no worker of shop lives and nothing is known to start one: start it the way it was started, then resume, \
            or abort the roll
            """
        #expect(throws: Refusal.unsuited(sentence)) { try courses.get() }
    }

    @Test(arguments: [
        (RollSummary.State.running, 8, "the roll runs"), (.paused, 7, "the roll is paused already"),
        (.failed, 7, "the roll has stopped already: it failed"), (.finished, 7, "the roll is over"),
        (.aborted, 9, "the roll is over"),
    ])
    func anOrderToARollThatDoesNotSuitIt(state: RollSummary.State, number: Int, sentence: String) {
        var app = App(.gunicorn)
        app.group.info.roll = RollSummary(
            id: CommandID(high: 9, low: 9), state: state, issuer: "x", total: 3, began: at(0))
        #expect(app.offers()[number].unavailable == sentence)
    }

    @Test func refusalsOfEverythingHaveWords() {
        let wanted: [(Refusal, String)] = [
            (
                .protectedProcess,
                "pid 1, a kernel thread, the agent or one of its ancestors: never signalled"
            ),
            (.notAWorker, "not a living worker"), (.notAGroup, "not a group that is known"),
            (.noSuchRoll, "no roll is in a state for that"), (.unsuited("x"), "x"), (.warning("y"), "y"),
        ]
        for (refusal, sentence) in wanted { #expect(refusal.sentence == sentence) }
    }
}
