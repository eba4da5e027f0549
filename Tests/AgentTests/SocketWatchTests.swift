import Glibc
import Lag
import Model
import ProcFS
import TestSupport
import Testing

@testable import Agent

/// Real TCP connections on the loopback of this machine. Time is the test's own: a second goes by when it says so.
struct SocketWatchTests {
    static let start = Clocks.monotonic()
    static func at(_ seconds: Double) -> MonotonicInstant { start + .seconds(seconds) }

    /// Until the kernel has moved bytes from one end to the other: at once on a loopback, but not within the call.
    static func wait(for condition: () throws -> Bool) async throws -> Bool {
        for _ in 0..<2000 {
            if try condition() { return true }
            try await Task.sleep(for: .milliseconds(5))
        }
        return false
    }

    @Test func withoutConnectionsThereIsNoEvidence() throws {
        let server = try LoopbackServer()
        let watch = try server.watch()
        #expect(!watch.hasConnections)
        #expect(watch.evidence(now: Self.at(0)) == nil)
        #expect(!watch.hasConnections)
    }

    @Test func bytesThatWaitAndBytesThatAreTaken() async throws {
        let server = try LoopbackServer()
        let pair = try server.connect()
        let watch = try server.watch()
        let first = try #require(watch.evidence(now: Self.at(0)))
        #expect(first.consumedBytes == 0 && first.sentBytes == 0 && first.unreadBytes == 0)
        #expect(watch.hasConnections)
        server.send(100, on: pair.client)
        #expect(try await Self.wait { watch.evidence(now: Self.at(0.1))?.unreadBytes == 100 })
        #expect(watch.evidence(now: Self.at(0.2))?.consumedBytes == 0)
        server.receive(60, on: pair.server)
        let second = try #require(watch.evidence(now: Self.at(0.3)))
        #expect(second.consumedBytes == 60 && second.unreadBytes == 40 && second.sentBytes == 0)
        server.send(7, on: pair.server)
        let third = try #require(watch.evidence(now: Self.at(0.4)))
        #expect(third.sentBytes == 7 && third.consumedBytes == 60)
        // They are acknowledged meanwhile, and are no news.
        #expect(try await Self.wait { watch.evidence(now: Self.at(0.5))?.sentBytes == 7 })
    }

    @Test func aConnectionThatIsNotInTheLoopSaysNothing() async throws {
        let server = try LoopbackServer()
        let own = try server.connect()
        let blocking = try server.connect(registering: false)
        let watch = try server.watch()
        _ = watch.evidence(now: Self.at(0))
        server.send(50, on: blocking.client)
        server.receive(50, on: blocking.server)
        server.send(50, on: blocking.client)
        server.send(9, on: own.client)
        #expect(try await Self.wait { watch.evidence(now: Self.at(0.1))?.unreadBytes == 9 })
        #expect(watch.evidence(now: Self.at(0.2))?.consumedBytes == 0)
    }

    @Test func withoutALoopDescriptorAcceptedConnectionsCount() async throws {
        let server = try LoopbackServer()
        let pair = try server.connect(registering: false)
        let watch = try server.watch(wholeProcess: true)
        #expect(watch.evidence(now: Self.at(0)) != nil)
        server.send(4000, on: pair.client)
        let before = try #require(watch.evidence(now: Self.at(0.1))).consumedBytes
        server.receive(4000, on: pair.server)
        // Other tests of this process have connections too, so "at least"; the sample can be full of theirs.
        #expect(try #require(watch.evidence(now: Self.at(0.2))).consumedBytes >= before)
    }

    @Test func countersNeverGoBackWhateverTheConnectionsDo() async throws {
        let server = try LoopbackServer()
        let watch = try server.watch()
        var pairs = try (0..<6).map { _ in try server.connect() }
        var random = SeededGenerator(seed: printedSeed())
        var last = SocketEvidence(consumedBytes: 0, sentBytes: 0, unreadBytes: 0)
        for step in 0..<400 {
            let index = pairs.indices.randomElement(using: &random)
            switch Int.random(in: 0..<8, using: &random) {
            case 0 where pairs.count < 30: pairs.append(try server.connect())
            case 1:
                guard let index else { continue }
                server.close(pairs[index].server)
                server.close(pairs[index].client)
                pairs.remove(at: index)
            case 2:
                guard let index else { continue }
                server.reset(pairs[index].client)
                server.close(pairs[index].server)
                pairs.remove(at: index)
            case 3, 4, 5:
                guard let index else { continue }
                server.send(100, on: pairs[index].client)
                server.receive(100, on: pairs[index].server)
                server.send(30, on: pairs[index].server)
            default:
                guard let index else { continue }
                server.send(10, on: pairs[index].client)
                server.receive(10, on: pairs[index].server)
            }
            guard let evidence = watch.evidence(now: Self.at(Double(step) * 0.1)) else { continue }
            #expect(evidence.consumedBytes >= last.consumedBytes && evidence.sentBytes >= last.sentBytes)
            #expect(evidence.turns >= last.turns)
            last = evidence
        }
        #expect(last.consumedBytes > 0 && last.sentBytes > 0)
    }

    @Test func aConnectionThatTheWorkerClosedIsATurn() throws {
        let server = try LoopbackServer()
        let pair = try server.connect()
        let watch = try server.watch()
        let before = try #require(watch.evidence(now: Self.at(0)))
        server.close(pair.server)
        let after = try #require(watch.evidence(now: Self.at(0.1)))
        #expect(after.consumedBytes > before.consumedBytes && after.sentBytes > before.sentBytes)
    }

    @Test func aConnectionThatTheClientResetIsNone() async throws {
        let server = try LoopbackServer()
        let pair = try server.connect()
        let other = try server.connect()
        let watch = try server.watch()
        let before = try #require(watch.evidence(now: Self.at(0)))
        server.reset(pair.client)
        server.send(1, on: other.client)
        #expect(try await Self.wait { (watch.evidence(now: Self.at(0.1))?.unreadBytes ?? 0) > 0 })
        let after = try #require(watch.evidence(now: Self.at(0.2)))
        #expect(after.consumedBytes == before.consumedBytes && after.sentBytes == before.sentBytes)
    }

    /// A new connection for each request: none lives long enough to be asked twice.
    @Test func newSocketsInTheSetAreTurns() throws {
        let server = try LoopbackServer()
        var pair = try server.connect()
        let watch = try server.watch()
        _ = watch.evidence(now: Self.at(0))
        func next() throws {
            server.close(pair.server)
            server.close(pair.client)
            pair = try server.connect()
        }
        try next()
        var last = try #require(watch.evidence(now: Self.at(0.01)))
        for step in 2..<20 {
            try next()
            let evidence = try #require(watch.evidence(now: Self.at(Double(step) / 100)))
            #expect(evidence.consumedBytes > last.consumedBytes && evidence.sentBytes > last.sentBytes)
            #expect(evidence.turns > last.turns)
            last = evidence
        }
        // And a loop that stands still has none.
        #expect(watch.evidence(now: Self.at(0.21))?.consumedBytes == last.consumedBytes)
        #expect(watch.evidence(now: Self.at(0.22))?.turns == last.turns)
    }

    @Test func dataThatIsLeftWhileTheLoopTurnsIsLeftOnPurpose() async throws {
        let server = try LoopbackServer()
        let paused = try server.connect()
        let busy = try server.connect()
        let watch = try server.watch()
        _ = watch.evidence(now: Self.at(0))
        server.send(500, on: paused.client)
        #expect(try await Self.wait { watch.evidence(now: Self.at(0.1))?.unreadBytes == 500 })
        for step in 0..<6 {
            server.send(10, on: busy.client)
            server.receive(10, on: busy.server)
            _ = watch.evidence(now: Self.at(0.2 + Double(step) * 0.5))
        }
        #expect(watch.evidence(now: Self.at(3.3))?.unreadBytes == 0)
    }

    /// The test process has no siblings that hold the listener, so it is its own.
    @Test func connectionsThatNobodyAcceptsWait() async throws {
        let server = try LoopbackServer()
        let pair = try server.connect()
        let watch = try server.watch()
        _ = watch.evidence(now: Self.at(0))
        #expect(watch.waitingConnections == 0)
        _ = try server.knock()
        _ = try server.knock()
        #expect(
            try await Self.wait {
                _ = watch.evidence(now: Self.at(0.1))
                return watch.waitingConnections == 2
            })
        #expect(watch.evidence(now: Self.at(0.2))?.unreadBytes == 2)
        _ = try server.accept()
        _ = watch.evidence(now: Self.at(0.3))
        #expect(watch.waitingConnections == 1)
        withExtendedLifetime(pair) {}
    }

    @Test func aListenerThatOthersHoldIsNobodysFault() async throws {
        let server = try LoopbackServer()
        let other = try Child(["/bin/cat", "-u", "-"], isTalking: true, inheriting: server.listener)
        #expect(other.ask("up") == "up")
        let pair = try server.connect()
        let watch = try server.watch()
        _ = watch.evidence(now: Self.at(0))
        _ = try server.knock()
        server.send(1, on: pair.client)
        #expect(try await Self.wait { (watch.evidence(now: Self.at(0.1))?.unreadBytes ?? 0) > 0 })
        #expect(watch.evidence(now: Self.at(0.2))?.unreadBytes == 1)
        #expect(watch.waitingConnections == 0)
        withExtendedLifetime(other) {}
    }

    @Test func allWorkersShareOneLook() throws {
        let server = try LoopbackServer()
        _ = try server.connect()
        let diag = SocketDiag(reader: ProcReader())
        let watches = try (0..<5).map { _ in try server.watch(diag: diag) }
        let channel = try #require(diag.channel(of: try diag.reader.processDirectory(getpid())))
        for watch in watches { #expect(watch.evidence(now: Self.at(0)) != nil) }
        #expect(channel.looks == 1)
        for watch in watches { _ = watch.evidence(now: Self.at(0.1)) }
        #expect(channel.looks == 1)
        for watch in watches { _ = watch.evidence(now: Self.at(9)) }
        #expect(channel.looks == 2)
    }

    static let namespaces: Bool = {
        do {
            let isPermitted = try Child(["unshare", "-n", "/bin/echo", "up"], isTalking: true).nextLine() == "up"
            return isPermitted && access("/usr/bin/python3", X_OK) == 0
        } catch {
            return false
        }
    }()

    @Test(.enabled(if: namespaces, "unshare -n is refused here, or there is no python3"))
    func anotherNetworkNamespaceIsEntered() async throws {
        let program = """
            import fcntl, socket, struct, sys
            probe = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            fcntl.ioctl(probe, 0x8914, struct.pack("16sH14s", b"lo", 65, b""))
            server = socket.create_server(("127.0.0.1", 8080))
            client = socket.create_connection(("127.0.0.1", 8080))
            peer = server.accept()[0]
            print("up", flush=True)
            for line in sys.stdin:
                if line == "send\\n": client.sendall(b"x" * 100)
                if line == "take\\n": peer.recv(100, socket.MSG_WAITALL)
                print("ok", flush=True)
            """
        let child = try Child(["unshare", "-n", "/usr/bin/python3", "-c", program], isTalking: true)
        #expect(child.nextLine() == "up")
        let diag = SocketDiag(reader: ProcReader())
        let directory = try diag.reader.processDirectory(child.pid)
        let watch = SocketWatch(pid: child.pid, diag: diag)
        let own = try diag.reader.networkNamespace(of: try diag.reader.processDirectory(getpid()))
        #expect(try diag.reader.networkNamespace(of: directory) != own)
        #expect(watch.evidence(now: Self.at(0))?.unreadBytes == 0)
        #expect(child.ask("send") == "ok")
        #expect(try await Self.wait { watch.evidence(now: Self.at(0.1))?.unreadBytes == 100 })
        #expect(child.ask("take") == "ok")
        #expect(watch.evidence(now: Self.at(0.2))?.consumedBytes == 100)
        // This thread and this process stayed where they were.
        #expect(try diag.reader.networkNamespace(of: try diag.reader.processDirectory(getpid())) == own)
    }
}
