import Control
import Model
import Testing

/// Signals by hand: to whom, which, and with what said first.
@Suite struct PlaybookSignalTests {
    @Test(arguments: Array(UInt8(0)...64))
    func onlySignalsOfTheListAreSent(number: UInt8) {
        let isAllowed: Set<UInt8> = [1, 2, 3, 6, 10, 12, 15, 18, 20, 21, 22, 28]
        for kind in GroupKind.allCases {
            let app = App(kind, link: systemd(), version: "0.30.0")
            for worker in [0, nil] {
                let course = app.plan(.signal, worker: worker) { $0.signal = number }.course
                if !isAllowed.contains(number) { #expect(course == nil, "\(kind)") }
                guard case .act(let act)? = course?.what else { continue }
                #expect(act.steps == [.signal(number)] && act.expectation == .nothing)
                #expect(act.target?.pid == (worker == nil ? 100 : 10))
            }
        }
    }

    @Test func aSignalHasToBeNamed() { #expect(App(.gunicorn).plan(.signal).line.hasPrefix("no: which signal?")) }

    @Test(
        arguments: [
            (App(.uvicorn, version: "0.17.6"), nil, 1, "uvicorn 0.17.6 does not replace"),
            (App(.uvicorn), nil, 21, "uvicorn of unknown version"),
            (App(.postgres), 0, 3, "SIGQUIT to one backend can make the server end all of them"),
            (App(.postgres), 0, 6, "SIGABRT to one backend"),
            (App(.postgres), nil, 3, "SIGQUIT to postgres is no orderly request"),
            (App(.gunicorn), 0, 9, "SIGKILL is not sent by hand"),
            (App(.gunicorn), nil, 19, "SIGSTOP is not sent by hand"),
            (App(.single, master: nil), nil, 15, "shop has no master"),
        ] as [(App, Int?, UInt8, String)])
    func isNotSent(app: App, worker: Int?, number: UInt8, why: String) {
        let line = app.plan(.signal, worker: worker) { $0.signal = number }.line
        #expect(line.hasPrefix("no: \(why)"))
    }

    @Test(
        arguments: [
            (App(.gunicorn), nil, 1, ""), (App(.gunicorn), 0, 15, ""), (App(.gunicorn), nil, 21, ""),
            (App(.gunicorn), 0, 1, "SIGHUP ends a gunicorn worker at once"),
            (App(.gunicorn), nil, 15, "SIGTERM to the master ends all of shop"),
            (App(.gunicorn), nil, 28, "its workers end and no new ones are started"),
            (App(.gunicorn), 0, 12, "a process that does not handle SIGUSR2 ends"),
            (App(.gunicorn), 0, 20, "a process that does not handle SIGTSTP stops until SIGCONT"),
            (App(.gunicorn), 0, 18, ""),
            (App(.puma), nil, 1, "puma takes SIGHUP for SIGINT"),
            (App(.nginx), 0, 3, ""), (App(.uvicorn, version: "0.30.1"), nil, 1, ""),
            (App(.celery), 0, 15, "the task it works on is lost"),
            (App(.postgres), 0, 15, "its client loses the connection"), (App(.postgres), 0, 2, ""),
            (App(.nodeCluster), 0, 10, "SIGUSR1 makes Node listen for a debugger"),
            (App(.single, master: nil, count: 1), 0, 15, "SIGTERM ends it, and nothing is known to start it again"),
            (App(.nodeCluster, respawn: .parentMay), 0, 15, "SIGTERM ends it, and whether its parent starts a new one"),
            (
                App(.single, master: nil, count: 1, own: { _ in systemd() }), 0, 15,
                "a death by SIGTERM is a clean end to systemd: Restart=no and Restart=on-failure do not bring it back"
            ),
            (
                App(.single, master: nil, count: 1, own: { _ in systemd() }), 0, 3,
                "whether systemd starts it again depends on Restart= of its unit"
            ),
            (
                App(.single, master: nil, count: 1, own: { _ in keeper(.docker, container) }), 0, 15,
                "the first process of a container ignores what it does not handle"
            ),
            (
                App(.managed, master: nil, own: { supervisord("web:\($0)") }), 0, 15,
                "whether supervisord starts it again depends on autorestart"
            ),
            (App(.pm2, own: { pm2($0) }), 0, 15, "PM2 counts it as an unstable restart"),
        ] as [(App, Int?, UInt8, String)])
    func warns(app: App, worker: Int?, number: UInt8, expected: String) throws {
        let course = try app.plan(.signal, worker: worker, { $0.signal = number }).get()
        let warnings = course.warnings.joined(separator: "; ")
        #expect(expected.isEmpty ? warnings.isEmpty : warnings.hasPrefix(expected))
    }
}
