import Control
import Glibc
import Model
import TestSupport
import Testing

@testable import Agent

@Suite struct ReadyTrialTests {
    let managers = SystemManagers()
    let limit = Duration.seconds(60)

    func check(
        _ check: ReadyCheck, _ strategy: AppStrategy? = nil, pid: pid_t = getpid(), limit: Duration = .seconds(20)
    ) async -> ManagerAnswer {
        await managers.check(check, strategy: strategy, pid: pid, limit: limit)
    }

    @Test func aPortThatTakesAConnectionIsReady() async throws {
        let server = try FakeServer { _ in .silence }
        #expect(await check(.tcp(port: server.port)) == .done)
        let port = freePort()
        #expect(
            await check(.tcp(port: port))
                == .failed("port \(port) does not let us connect: Connection refused"))
        #expect(await check(.tcp(port: 0)) == .failed("0 is no port"))
    }

    @Test(arguments: [(200, true), (204, true), (301, true), (399, true), (400, false), (404, false), (503, false)])
    func theStatusDecides(_ status: Int, _ isReady: Bool) async throws {
        let server = try FakeServer { _ in .text("HTTP/1.1 \(status) X\r\nLocation: /x\r\nContent-Length: 3\r\n\r\nabc")
        }
        let answer = await check(.http(port: server.port, path: "/health?a=b"))
        #expect(answer == (isReady ? .done : .failed("GET /health?a=b on port \(server.port): status \(status)")))
        #expect(server.requests == ["GET /health?a=b HTTP/1.1"])
    }

    @Test func theBodyIsNotWaitedFor() async throws {
        let server = try FakeServer { _ in
            .bytes(Array("HTTP/1.1 200 OK\r\n\r\n".utf8) + [UInt8](repeating: 65, count: 3_000_000))
        }
        #expect(await check(.http(port: server.port, path: "/")) == .done)
    }

    @Test func whatIsNoHTTPIsNotReady() async throws {
        let server = try FakeServer { _ in .text("220 mail.example.com ESMTP\r\n") }
        #expect(
            await check(.http(port: server.port, path: "/"))
                == .failed("GET / on port \(server.port): its answer is not HTTP"))
        let mute = try FakeServer { _ in .silence }
        #expect(await check(.http(port: mute.port, path: "/"), limit: .seconds(1)) == .timedOut)
        try await until("it was asked") { mute.requests.count == 1 }
        #expect(await check(.http(port: mute.port, path: "/a b\r\n")) == .failed("/a b is no path to ask for"))
        #expect(mute.requests.count == 1)
    }

    @Test func theConfiguredCommandDecides() async throws {
        #expect(
            await check(.configured) == .failed("the agent's configuration names no ready command for this app"))
        #expect(await check(.configured, AppStrategy(readyCommand: ["/bin/true"])) == .done)
        let talking = AppStrategy(readyCommand: ["/bin/sh", "-c", "echo \"not yet $0\"; exit 2", "{pid}"])
        #expect(await check(.configured, talking) == .failed("/bin/sh ended with 2: not yet \(getpid())"))
        let slow = AppStrategy(readyCommand: ["/bin/sleep", "1000"])
        #expect(await check(.configured, slow, limit: .milliseconds(200)) == .timedOut)
    }

    @Test(.enabled(if: geteuid() == 0)) func theConfiguredCommandRunsAsItsUser() async throws {
        let strategy = AppStrategy(readyCommand: ["/bin/sh", "-c", "test $(id -u) = 65534"], runAs: 65534)
        #expect(await check(.configured, strategy) == .done)
    }

    @Test func aWorkerThatEndedIsToldSo() async throws {
        let worker = try Started(["/bin/sleep", "1000"])
        worker.end()
        #expect(await check(.tcp(port: 80), pid: worker.pid) == .failed("process \(worker.pid) has ended"))
    }

    /// A server on no loopback address, as one that is bound to the address of a network card.
    static let lan = """
        import socket, sys
        s = socket.socket(); s.bind((sys.argv[1], int(sys.argv[2]))); s.listen()
        open(sys.argv[3], 'w').write(str(s.getsockname()[1]))
        while True:
            c, _ = s.accept(); c.recv(1000); c.sendall(b'HTTP/1.0 200 OK\\r\\n\\r\\n'); c.close()
        """

    @Test(.enabled(if: geteuid() == 0 && access("/usr/bin/unshare", X_OK) == 0))
    func theWorkersOwnNetworkIsAsked() async throws {
        let folder = Folder()
        let script = try folder.write("lan.py", Self.lan)
        // Its own network, with an address that only it has.
        let setUp =
            "ip link set lo up && ip address add 10.77.0.1/32 dev lo && exec python3 \(script) 10.77.0.1 8080 \(folder.path)/up"
        let worker = try Started(["/usr/bin/unshare", "-n", "/bin/sh", "-c", setUp], output: folder.path + "/out")
        try await until("it listens: \(contents(of: folder.path + "/out") ?? "")") {
            access(folder.path + "/up", F_OK) == 0
        }
        #expect(await check(.tcp(port: 8080), pid: worker.pid) == .done)
        #expect(await check(.http(port: 8080, path: "/"), pid: worker.pid) == .done)
        #expect(await check(.tcp(port: 8080)) == .failed("port 8080 does not let us connect: Connection refused"))
        #expect(
            await check(.tcp(port: 8081), pid: worker.pid)
                == .failed("port 8081 does not let us connect: Connection refused"))
        let command = AppStrategy(readyCommand: ["/bin/sh", "-c", "ip address show dev lo | grep -q 10.77.0.1"])
        #expect(await check(.configured, command, pid: worker.pid) == .done)
        #expect(await check(.configured, command) != .done)
        // A supervisord in a container of its own is not mixed up with ours on the same port.
        let ours = try FakeServer { _ in .silence }
        let call = ManagerCall.supervisord(url: "http://127.0.0.1:\(ours.port)", process: "web", .restart)
        #expect(
            await managers.perform(call, for: worker.subject, limit: limit)
                == .failed(
                    "the supervisord at 127.0.0.1:\(ours.port): does not let us connect: Connection refused"))
        #expect(ours.requests.isEmpty)
    }
}

@Suite struct ListeningAddressesTests {
    static let table = """
          sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
           0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1 0 100 0 0 10 0
           1: 01004D0A:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 2 1 0 100 0 0 10 0
           2: 02004D0A:1F90 01004D0A:9999 01 00000000:00000000 00:00000000 00000000     0        0 3 1 0 100 0 0 10 0
           3: 01004D0A:1F91 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4 1 0 100 0 0 10 0
        """

    @Test func listenersOfThePortAreFound() {
        #expect(
            ListeningAddresses.parse(Array(Self.table.utf8), port: 8080) == [
                .version4([127, 0, 0, 1]), .version4([10, 77, 0, 1]),
            ])
        let six = "   0: 00000000000000000000000001000000:0050 x:0 0A 0"
        #expect(ListeningAddresses.parse(Array(six.utf8), port: 80) == [.loopback6])
    }

    @Test(arguments: 1...20) func noiseDoesNoHarm(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<100 { _ = ListeningAddresses.parse(random.mutant(of: Array(Self.table.utf8)), port: 8080) }
    }
}
