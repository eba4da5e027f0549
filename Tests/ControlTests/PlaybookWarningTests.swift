import Control
import Model
import Testing

/// What a plan warns of, word for word: whoever was not warned is refused with it.
@Suite struct PlaybookWarningTests {
    private func restart(_ app: App) -> [String]? { app.plan(.restart, worker: 0).course?.warnings }

    private func signal(_ app: App, _ number: UInt8, worker: Int? = nil) -> [String]? {
        app.plan(.signal, worker: worker) { $0.signal = number }.course?.warnings
    }

    @Test func whoWasNotWarnedIsRefusedWithTheWarning() {
        let text = "the task it works on is lost, unless it is one with acks_late"
        #expect(App(.celery).plan(.restart, worker: 0, warned: false).line == "no: \(text)")
        #expect(restart(App(.celery)) == [text])
    }

    @Test func ofARestart() {
        #expect(
            restart(App(.postgres)) == [
                """
                its client loses the connection and what it has not committed; SIGKILL does not follow, because the \
                server would end all other backends
                """
            ])
        #expect(
            restart(App(.prefork, respawn: .parentMay, arguments: ["/usr/sbin/apache2", "-k", "start"])) == [
                """
                Apache's workers are not ended gracefully one by one: those of its event and worker MPM heed no \
                SIGTERM, and lose their requests with SIGKILL. A reload lets all finish
                """
            ])
        #expect(
            restart(App(.managed, own: { _ in keeper(.circus, "") }))
                == ["not tried here yet: circus starts no new one where its watcher has respawn = False"])
        #expect(
            restart(App(.single, master: nil, count: 1, link: systemd(isMain: false)))
                == ["it restarts the whole of web.service, and what else runs in it"])
        var app = App(.nodeCluster, respawn: .parentMay)
        #expect(restart(app) == ["not tried here yet: whether its parent starts a new one is not known"])
        app.experience = Experience(replaced: 0, notReplaced: 2)
        let warnings = restart(app) ?? []
        #expect(
            Set(warnings) == [
                "its parent has not started a new one that stayed so far",
                "2 of 2 restarts that looptop made here brought no new worker that stayed",
            ])
    }

    @Test func ofAReload() {
        let preload = "with preload_app it keeps the old code; only USR2 (a new master beside the old) loads new"
        let memory = """
            old and new workers are in memory together, the number goes back to the configured one, and code that does \
            not load takes the whole server down
            """
        func reload(_ app: App) -> [String]? { app.plan(.reload).course?.warnings }
        #expect(reload(App(.gunicorn)) == [memory, preload])
        #expect(
            reload(App(.gunicorn, arguments: ["gunicorn", "--preload"]))
                == [memory, "it runs with --preload: \(preload)"])
        #expect(reload(App(.unicorn)) == [preload])
        #expect(
            reload(App(.nginx))
                == ["looptop does not run `nginx -t`: with a broken configuration nginx keeps the old workers"])
        #expect(
            reload(App(.prefork, arguments: ["apache2", "-k", "start"]))
                == ["looptop does not run `apachectl configtest`: with a broken configuration Apache ends"])
        #expect(
            reload(App(.celery, link: systemd("celery.service")))
                == ["it takes all 3 workers of shop at once"])
    }

    @Test func ofARoll() {
        #expect(
            App(.gunicorn).plan(.roll).course?.warnings == [
                """
                a new worker that does not load the app ends gunicorn itself, and with it all 3 workers: try the new \
                code first
                """
            ])
        let many = App(.puma, expected: 2).plan(.roll) { $0.roll.maxUnavailable = 3 }
        #expect(
            many.course?.warnings
                == ["3 workers live now, more than its 2", "all 3 workers may be down at a time"])
    }

    @Test func ofAStop() {
        #expect(
            App(.gunicorn, link: systemd(isMain: false)).plan(.stop).course?.warnings
                == ["it stops the whole of web.service, and what else runs in it"])
    }

    @Test func ofASignalToAWorker() {
        #expect(
            signal(App(.gunicorn), 1, worker: 0)?.first
                == "SIGHUP ends a gunicorn worker at once: SIGTERM is graceful")
        #expect(
            signal(App(.nodeCluster, respawn: .parentMay), 15, worker: 0)?.first
                == "SIGTERM ends it, and whether its parent starts a new one is not known")
        let unit = App(.single, master: nil, count: 1, own: { _ in systemd() })
        #expect(
            signal(unit, 3, worker: 0)?.first
                == "whether systemd starts it again depends on Restart= of its unit: restart does")
        let clean = """
            a death by SIGTERM is a clean end to systemd: Restart=no and Restart=on-failure do not bring it back
            """
        #expect(signal(unit, 15, worker: 0)?.first == clean)
        #expect(
            signal(App(.single, master: nil, count: 1, own: { _ in keeper(.docker, container) }), 15, worker: 0)?.first
                == """
                the first process of a container ignores what it does not handle, and whether it is started again \
                depends on the container's restart policy
                """)
        #expect(
            signal(App(.managed, master: nil, own: { supervisord("web:\($0)") }), 15, worker: 0)?.first
                == "whether supervisord starts it again depends on autorestart and its exit code: restart does")
        #expect(
            signal(App(.pm2, own: { pm2($0) }), 15, worker: 0)?.first
                == "PM2 counts it as an unstable restart: restart asks PM2 instead")
    }

    @Test func ofASignalToTheMaster() {
        #expect(signal(App(.gunicorn), 15) == ["SIGTERM to the master ends all of shop"])
        #expect(
            signal(App(.gunicorn), 28)
                == ["its workers end and no new ones are started (gunicorn and unicorn: only where they are daemons)"])
        #expect(
            signal(App(.puma), 1)
                == ["puma takes SIGHUP for SIGINT, and ends, unless its log is redirected to a file"])
    }
}
