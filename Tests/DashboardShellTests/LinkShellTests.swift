import Model
import Testing
import Transport
import Wire

@testable import Dashboard

/// A link over a real unix socket to a scripted agent: what the pure tests cannot see (wiring, order, threads).
@Suite(.timeLimit(.minutes(1))) struct LinkShellTests {
    /// What the link to `path` tells, in order.
    private func events(_ path: String, network: Network) -> (AsyncStream<LinkEvent>, LinkShell) {
        let (stream, continuation) = AsyncStream.makeStream(of: LinkEvent.self)
        let shell = LinkShell(
            endpoint: .unix(path: path), membership: nil, run: LinkHarness.run, network: network
        ) { continuation.yield($0) }
        return (stream, shell)
    }

    @Test func listsTheWorkersOfAnAgent() async throws {
        let network = Network()
        defer { network.shutdown() }
        let agent = try FakeAgent(network: network)
        try agent.listen()
        defer { agent.stop() }
        let (stream, shell) = events(agent.path, network: network)
        shell.want(.workers)
        shell.dial()
        var gathering = Gathering(places: ["unix:\(agent.path)"], snapshots: 2)
        for await event in stream {
            gathering.handle(event, from: 0, now: SampleFleet.start, wall: SampleFleet.wall)
            if gathering.isComplete { break }
        }
        let listing = Listing(
            .workers, of: gathering, filter: .everything, now: SampleFleet.start, wall: SampleFleet.wall)
        #expect(listing.missing.isEmpty)
        #expect(listing.workers.map { $0.track.info.id.pid } == [201, 202, 300])
        #expect(listing.workers.first?.track.rates.cpu == 0.5, "two samples, one second apart")
    }

    @Test func carriesACommandThereAndTheVerdictBack() async throws {
        let network = Network()
        defer { network.shutdown() }
        let agent = try FakeAgent(verdict: .refused(.policy(app: "api")), network: network)
        try agent.listen()
        defer { agent.stop() }
        let (stream, shell) = events(agent.path, network: network)
        shell.dial()
        let worker = SampleFleet.worker(1, pid: 201).id
        var run = CommandRun(
            [CommandRun.Job(host: 0, action: .restart, target: .worker(worker), label: "web-1/api#1")], waits: true)
        var reports: [CommandRun.Effect] = []
        for await event in stream {
            if case .connected = event {
                for case .issue(_, let command) in run.start() { shell.issue(command) }
            }
            reports += run.handle(event, from: 0)
            if run.isOver { break }
        }
        #expect(reports.last == .finish(.notAllowed))
        let targets = agent.received.compactMap { message -> WorkerID? in
            if case .command(let command) = message { command.target.worker } else { nil }
        }
        #expect(targets == [worker])
    }

    @Test func anAgentThatIsNotThereIsUnreachable() async throws {
        let network = Network()
        defer { network.shutdown() }
        let agent = try FakeAgent(network: network)
        defer { agent.stop() }
        let (stream, shell) = events(agent.path, network: network)
        shell.dial()
        for await event in stream {
            guard case .lost(let failure, let retryAt) = event else { continue }
            guard case .unreachable = failure else {
                Issue.record("lost for another reason: \(failure)")
                return
            }
            #expect(retryAt != nil)
            return
        }
    }

    @Test func withoutACertificateNobodyIsDialledOverTCP() async throws {
        let network = Network()
        defer { network.shutdown() }
        let (stream, continuation) = AsyncStream.makeStream(of: LinkEvent.self)
        let shell = LinkShell(
            endpoint: .tls(SocketName(host: "192.0.2.1", port: 7433), host: nil), membership: nil, run: LinkHarness.run,
            network: network
        ) { continuation.yield($0) }
        shell.dial()
        for await event in stream {
            guard case .lost(let failure, let retryAt) = event else { continue }
            guard case .authentication = failure else {
                Issue.record("lost for another reason: \(failure)")
                return
            }
            #expect(retryAt == nil)
            return
        }
    }
}
