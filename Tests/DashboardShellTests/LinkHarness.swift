import Model
import Wire

@testable import Dashboard

/// A link with a clock of its own, and short names for what tests ask it.
struct LinkHarness {
    static let host = HostID(high: 1, low: 2)
    static let run = Identifier128(high: 3, low: 4)
    static let agentRun = Identifier128(high: 5, low: 6)
    static let boot = BootID(high: 7, low: 8)

    var link: Link
    var now = MonotonicInstant(nanoseconds: 1_000_000_000_000)
    /// Runs with `now`, an hour of 1970 apart from it.
    var wall: WallTime { WallTime(nanoseconds: Int64(now.nanoseconds) + 3_600_000_000_000) }

    init(expecting host: HostID? = Self.host, seed: UInt64 = 1) {
        link = Link(expecting: host, run: Self.run, seed: seed)
    }

    /// A link whose agent has said WELCOME.
    static func ready(interest: Interest = .host) -> LinkHarness {
        var harness = LinkHarness()
        harness.feed(.interest(interest))
        harness.feed(.dial)
        harness.feed(
            .opened(.agent(host: host, certificate: PeerCertificate(serial: "1", issued: WallTime(nanoseconds: 0)))))
        harness.feed(.received(.welcome(welcome())))
        return harness
    }

    @discardableResult
    mutating func feed(_ event: Link.Event) -> [Link.Effect] { link.handle(event, now: now, wall: wall) }

    mutating func pass(_ duration: Duration) { now = now + duration }

    /// Lets time pass and fires the timer.
    @discardableResult
    mutating func wait(_ duration: Duration) -> [Link.Effect] {
        pass(duration)
        return feed(.timer)
    }

    static func welcome(
        host: HostID = Self.host, version: UInt16 = ProtocolVersion.supported.upperBound, role: Role = .operator,
        readOnly: Bool = false, run: Identifier128 = Self.agentRun
    ) -> Welcome {
        Welcome(
            version: version, host: info(host), role: role, readOnly: readOnly, runID: run,
            wall: WallTime(nanoseconds: 0), monotonic: MonotonicInstant(nanoseconds: 0))
    }

    static func info(_ host: HostID = Self.host) -> HostInfo {
        HostInfo(
            id: host, boot: boot, name: "web-1", kernel: "6.1.0 x86_64", cores: 4, ticksPerSecond: 100,
            agentVersion: "0.1.0", intervalNanoseconds: 1_000_000_000)
    }

    static func snapshot(_ sequence: UInt64) -> Snapshot {
        var host = HostRow()
        host[.workers] = sequence
        return Snapshot(
            sequence: sequence, monotonic: MonotonicInstant(nanoseconds: sequence * 1_000_000_000),
            wall: WallTime(nanoseconds: Int64(sequence) * 1_000_000_000), host: host)
    }

    static func delta(_ subscription: UInt32, from base: UInt64, to next: UInt64) -> Message {
        .delta(Delta(subscription: subscription, from: snapshot(base), to: snapshot(next)))
    }

    static func command(_ id: UInt64, timeToLive: Duration = .seconds(15)) -> Command {
        Command(
            id: CommandID(high: 0, low: id), action: .restart,
            target: .worker(WorkerID(boot: boot, pid: 42, startTicks: 99)), timeToLive: timeToLive)
    }
}

extension [Link.Effect] {
    var sent: [Message] {
        compactMap { if case .send(let message) = $0 { message } else { nil } }
    }

    var emitted: [LinkEvent] {
        compactMap { if case .emit(let event) = $0 { event } else { nil } }
    }

    var dials: Bool {
        contains { if case .dial = $0 { true } else { false } }
    }

    var closes: Bool {
        contains { if case .close = $0 { true } else { false } }
    }

    /// What the agent is told before the close.
    var farewell: Failure? {
        compactMap { if case .close(let failure) = $0 { failure } else { nil } }.first
    }

    var armed: MonotonicInstant? {
        compactMap { if case .arm(let instant) = $0 { instant } else { nil } }.last
    }

    /// The loss it reports, with the moment of the next try.
    var loss: (failure: LinkFailure, retryAt: MonotonicInstant?)? {
        for case .lost(let failure, let retryAt) in emitted { return (failure, retryAt) }
        return nil
    }

    var snapshots: [UInt64] {
        emitted.compactMap { if case .snapshot(let snapshot) = $0 { snapshot.sequence } else { nil } }
    }

    var attempts: [Int] {
        emitted.compactMap { if case .connecting(let attempt) = $0 { attempt } else { nil } }
    }
}
