import Control
import Glibc
import Model
import TestSupport
import Testing

@testable import Agent

/// Against Debian's supervisord itself.
@Suite(.enabled(if: Supervisord.isHere && geteuid() == 0)) struct SupervisordCallTests {
    let managers = SystemManagers()
    let limit = Duration.seconds(60)

    func subject(_ pid: pid_t, uid: UInt32 = 0) -> CallSubject {
        CallSubject(process: Started.reference(to: pid), uid: uid)
    }

    @Test(arguments: [true, false]) func aPoliteAppComesBack(_ overUnix: Bool) async throws {
        let daemon = try await Supervisord(programs: Supervisord.program("web"))
        let url = overUnix ? daemon.unixURL : daemon.tcpURL
        let old = try await daemon.children()[0]
        let call = ManagerCall.supervisord(url: url, process: "web:web", .restart)
        #expect(await managers.perform(call, for: subject(old), limit: limit) == .done)
        let new = try await daemon.children()[0]
        #expect(new != old)
        #expect(!Started.isAlive(old))

        // What happens to it otherwise: it is not missed.
        try await until("it is ready") { access("\(daemon.folder.path)/ready.\(new)", F_OK) == 0 }
        kill(new, SIGTERM)
        try await until("it has ended") { !Started.isAlive(new) }
        let start = ManagerCall.supervisord(url: url, process: "web", .start)
        #expect(await managers.perform(start, limit: limit) == .done)
        #expect(try await daemon.children()[0] != new)
    }

    @Test func oneOfSeveralIsRestartedAndNoOther() async throws {
        let many = "numprocs=3\nprocess_name=%(program_name)s_%(process_num)02d"
        let daemon = try await Supervisord(programs: Supervisord.program("web", "polite.py", many))
        let before = try await daemon.children(3)
        let names = before.map { contents(of: "/proc/\($0)/environ") ?? "" }
        let second = try #require(names.firstIndex { $0.contains("SUPERVISOR_PROCESS_NAME=web_01") })
        let url = try #require(
            names[second].split(separator: "\0").first { $0.hasPrefix("SUPERVISOR_SERVER_URL=") }.map {
                String($0.drop { $0 != "=" }.dropFirst())
            })
        let call = ManagerCall.supervisord(url: url, process: "web:web_01", .restart)
        #expect(await managers.perform(call, for: subject(before[second]), limit: limit) == .done)
        let after = try await daemon.children(3)
        #expect(Set(before).symmetricDifference(after).count == 2)
        #expect(!after.contains(before[second]))
    }

    @Test func stoppingAndStartingTwiceIsNoFault() async throws {
        let daemon = try await Supervisord(programs: Supervisord.program("web"))
        let old = try await daemon.children()[0]
        let stop = ManagerCall.supervisord(url: daemon.unixURL, process: "web", .stop)
        let start = ManagerCall.supervisord(url: daemon.unixURL, process: "web", .start)
        #expect(await managers.perform(start, for: subject(old), limit: limit) == .done)
        #expect(try await daemon.children() == [old])
        #expect(await managers.perform(stop, for: subject(old), limit: limit) == .done)
        _ = try await daemon.children(0)
        #expect(await managers.perform(stop, limit: limit) == .done)
        #expect(await managers.perform(start, limit: limit) == .done)
        _ = try await daemon.children(1)
    }

    @Test func aWorkerBelowTheChildIsItsOwnToo() async throws {
        let parent = "import os, time\nif os.fork() == 0:\n  time.sleep(1000)\nos.wait()"
        let daemon = try await Supervisord(
            programs: Supervisord.program("web", "parent.py", "stopasgroup=true\nautostart=false"))
        try daemon.folder.write("parent.py", parent)
        let start = ManagerCall.supervisord(url: daemon.unixURL, process: "web", .start)
        #expect(await managers.perform(start, limit: limit) == .done)
        let child = try await daemon.children()[0]
        let worker = try await eventually("a worker") { Started.children(of: child).first }
        let call = ManagerCall.supervisord(url: daemon.unixURL, process: "web", .restart)
        #expect(await managers.perform(call, for: subject(worker), limit: limit) == .done)
        #expect(try await daemon.children()[0] != child)
    }

    @Test func anAppCannotPointAtSomebodyElsesProcess() async throws {
        let daemon = try await Supervisord(programs: Supervisord.program("web") + Supervisord.program("other"))
        let before = try await daemon.children(2)
        let liar = try Started(["/bin/sleep", "1000"])
        for verb in [ManagerCall.Verb.restart, .stop] {
            let call = ManagerCall.supervisord(url: daemon.tcpURL, process: "web", verb)
            guard case .failed(let text) = await managers.perform(call, for: liar.subject, limit: limit) else {
                Issue.record("not refused")
                continue
            }
            #expect(text.hasSuffix("process \(liar.pid) is not its own"), "\(text)")
        }
        // Nor at another process of its own supervisord.
        let wrong = before.first { (contents(of: "/proc/\($0)/environ") ?? "").contains("SUPERVISOR_PROCESS_NAME=web") }
        let call = ManagerCall.supervisord(url: daemon.unixURL, process: "other", .restart)
        #expect(await managers.perform(call, for: subject(try #require(wrong)), limit: limit) != .done)
        #expect(try await daemon.children(2) == before)
    }

    @Test func aSocketOfAThirdUserIsNotAsked() async throws {
        let folder = Folder()
        chmod(folder.path, 0o777)
        let path = folder.path + "/s.sock"
        let script = """
            import os, socket
            s = socket.socket(socket.AF_UNIX); s.bind('\(path).new'); s.listen()
            os.rename('\(path).new', '\(path)')
            while True:
                c, _ = s.accept(); d = c.recv(100)
                if d: open('\(folder.path)/asked', 'w').write('yes')
            """
        let server = try Started([
            "/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "/usr/bin/python3", "-c", script,
        ])
        try await until("it listens") { access(path, F_OK) == 0 && Started.isAlive(server.pid) }
        let worker = try Started(["/bin/sleep", "1000"])
        let call = ManagerCall.supervisord(url: "unix://\(path)", process: "web", .restart)
        let answer = await managers.perform(call, for: worker.subject(uid: 1), limit: limit)
        let expected =
            "the supervisord at \(path): its socket is kept by user 65534, who is neither root nor the app's own"
        #expect(answer == .failed(expected))
        #expect(await managers.perform(call, limit: limit) == .failed(expected))
        #expect(access(folder.path + "/asked", F_OK) != 0)
        // Of its own user it is.
        let own = Task { await managers.perform(call, for: worker.subject(uid: 65534), limit: .seconds(20)) }
        try await until("it is asked") { access(folder.path + "/asked", F_OK) == 0 }
        server.end()
        guard case .failed(let text) = await own.value else { return }
        #expect(!text.contains("kept by user"), "\(text)")
    }

    @Test func whatItRefusesIsASentence() async throws {
        let broken = "autostart=false\nstartsecs=1\nstartretries=0"
        let daemon = try await Supervisord(programs: Supervisord.program("web", "missing.py", broken))
        func ask(_ name: String, _ verb: ManagerCall.Verb) async -> ManagerAnswer {
            await managers.perform(.supervisord(url: daemon.unixURL, process: name, verb), limit: limit)
        }
        #expect(await ask("web", .reload) == .failed("supervisord has no reload of a process: restart it"))
        #expect(await ask("web:*", .stop) == .failed("web:* is no name of one process of supervisord"))
        #expect(await ask("nobody", .stop) == .failed("the supervisord at \(daemon.socket) knows no process nobody"))
        guard case .failed(let text) = await ask("web", .start) else {
            Issue.record("a program that is not there was started")
            return
        }
        // Which of its two faults it is depends on how soon the program ends.
        #expect(text.hasPrefix("supervisord cannot start it: "), "\(text)")
        #expect(text.contains(": web (fault 40)") || text.contains(": web (fault 50)"), "\(text)")
        guard case .failed(let again) = await ask("web", .restart) else { return }
        #expect(again.hasPrefix("supervisord stopped web, and cannot start it:"), "\(again)")
    }

    @Test func aPasswordIsNotGuessed() async throws {
        let daemon = try await Supervisord(programs: Supervisord.program("web"), password: true)
        let old = try await daemon.children()
        let call = ManagerCall.supervisord(url: daemon.tcpURL, process: "web", .restart)
        #expect(
            await managers.perform(call, limit: limit)
                == .failed(
                    "the supervisord at 127.0.0.1:\(daemon.port): it wants a user name and password, which the agent does not have"
                ))
        #expect(try await daemon.children() == old)
    }

    /// supervisord waits a minute before it kills; the answer is due after 3 s. It must not stay stopped.
    @Test func aProcessThatIsSlowToStopIsStartedAllTheSame() async throws {
        let daemon = try await Supervisord(
            programs: Supervisord.program("web", "stubborn.py", "stopwaitsecs=60\nautostart=false"))
        // The first one; who comes after it ends as it is told.
        let stubborn = """
            import os, signal, time
            if not os.path.exists('FOLDER/on'): signal.signal(15, signal.SIG_IGN)
            open('FOLDER/on', 'w')
            time.sleep(1000)
            """
        try daemon.folder.write("stubborn.py", stubborn.replacing("FOLDER", with: daemon.folder.path))
        #expect(
            await managers.perform(.supervisord(url: daemon.unixURL, process: "web", .start), limit: limit) == .done)
        let old = try await daemon.children()[0]
        try await until("it ignores TERM") { access(daemon.folder.path + "/on", F_OK) == 0 }
        let call = ManagerCall.supervisord(url: daemon.unixURL, process: "web", .restart)
        let answer = await managers.perform(call, for: subject(old), limit: .seconds(3))
        #expect(
            answer
                == .failed("supervisord still waits for web to stop; it is told to start it again after that"))
        #expect(Started.isAlive(old))
        kill(old, SIGKILL)
        let new = try await eventually("it comes back") { Started.children(of: daemon.pid).first { $0 != old } }
        #expect(new != old && !Started.isAlive(old))
    }

    @Test func whereNobodyListensIsASentence() async throws {
        let url = "http://localhost:\(freePort())"
        let port = url.split(separator: ":").last ?? ""
        #expect(
            await managers.perform(.supervisord(url: url, process: "web", .start), limit: limit)
                == .failed("the supervisord at 127.0.0.1:\(port): does not let us connect: Connection refused"))
        #expect(
            await managers.perform(.supervisord(url: "unix:///no/such.sock", process: "web", .start), limit: limit)
                == .failed("the supervisord at /no/such.sock: /no/such.sock: No such file or directory"))
        #expect(
            await managers.perform(.supervisord(url: "unix:///etc/passwd", process: "web", .start), limit: limit)
                == .failed("the supervisord at /etc/passwd: /etc/passwd is not a socket"))
    }
}

/// Against servers that mean no good.
@Suite struct HostileSupervisordTests {
    let managers = SystemManagers()

    func ask(_ server: FakeServer, limit: Duration = .seconds(20)) async -> ManagerAnswer {
        let url = "http://127.0.0.1:\(server.port)"
        return await managers.perform(.supervisord(url: url, process: "web", .restart), limit: limit)
    }

    @Test(arguments: 1...8) func noiseIsAnswered(_ seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        let good = Array("HTTP/1.1 200 OK\r\nContent-Length: \(XMLRPCAnswerTests.record.count)\r\n\r\n".utf8)
        let answers = (0..<20).map { round in
            round % 2 == 0 ? random.noise(3000) : random.mutant(of: good + XMLRPCAnswerTests.record)
        }
        for answer in answers {
            let server = try FakeServer { _ in .bytes(answer) }
            // Whether it is taken for an answer does not matter, as long as there is an end.
            let answer = await ask(server)
            #expect(server.requests.allSatisfy { $0 == "POST /RPC2 HTTP/1.1" })
            #expect(answer != .timedOut)
        }
    }

    @Test func silenceIsTimedOut() async throws {
        let server = try FakeServer { _ in .silence }
        #expect(await ask(server, limit: .milliseconds(200)) == .timedOut)
    }

    @Test func anEndlessAnswerIsCut() async throws {
        let server = try FakeServer { _ in
            .bytes(Array("HTTP/1.1 200 OK\r\n\r\n<methodResponse>".utf8) + [UInt8](repeating: 65, count: 5_000_000))
        }
        #expect(
            await ask(server)
                == .failed("the supervisord at 127.0.0.1:\(server.port): its answer is longer than 64 KiB"))
    }

    @Test func aRedirectIsNotFollowed() async throws {
        let other = try FakeServer { _ in .silence }
        let server = try FakeServer { _ in
            .text("HTTP/1.1 302 X\r\nLocation: http://127.0.0.1:\(other.port)/\r\nContent-Length: 0\r\n\r\n")
        }
        #expect(
            await ask(server)
                == .failed(
                    "the supervisord at 127.0.0.1:\(server.port): it answers supervisor.getProcessInfo with HTTP status 302"
                ))
        #expect(other.requests.isEmpty)
    }
}
