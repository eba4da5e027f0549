import Model
import Wire

@testable import Serving

/// What the tests of sessions talk about: one host, its snapshots, one dashboard.
enum Samples {
    static let boot = BootID(high: 0xB007, low: 1)
    static let interval = Duration.seconds(1)
    static let host = HostInfo(
        id: HostID(high: 1, low: 2), boot: boot, name: "db-1", kernel: "6.1 x86_64", cores: 4, ticksPerSecond: 100,
        agentVersion: "0", intervalNanoseconds: UInt64(interval.nanoseconds))
    static let run = Identifier128(high: 3, low: 4)

    static func instant(_ seconds: Double) -> MonotonicInstant {
        MonotonicInstant(nanoseconds: 0) + .seconds(1000 + seconds)
    }

    static func moment(_ seconds: Double) -> Moment {
        Moment(monotonic: instant(seconds), wall: WallTime(nanoseconds: Int64(1_790_000_000 + seconds) * 1_000_000_000))
    }

    static func worker(_ pid: Int32) -> WorkerID { WorkerID(boot: boot, pid: pid, startTicks: UInt64(pid) * 10) }

    /// Workers 10, 20 and 30 of one group, whose numbers change from sweep to sweep; taken `sequence` seconds after the
    /// start.
    static func snapshot(_ sequence: UInt64) -> Snapshot {
        let group = GroupInfo(
            key: "node/web/1", app: "web", kind: .nodeCluster, master: ProcessRef(pid: 9, startTicks: 90), ports: [80],
            respawn: .parentMay)
        let workers = [10, 20, 30].enumerated().map { slot, pid in
            var row = WorkerRow()
            row[.cpuNanoseconds] = sequence * 1_000_000 + UInt64(pid)
            row[.residentBytes] = 1 << 20
            let info = WorkerInfo(
                id: worker(Int32(pid)), parentPID: 9, groupKey: group.key, slot: UInt32(slot + 1), uid: 1000,
                name: "node", arguments: ["node", "web.js"], started: WallTime(nanoseconds: 1))
            return WorkerEntry(info: info, row: row)
        }
        var row = GroupRow()
        row[.workers] = 3
        var host = HostRow()
        host[.uptimeNanoseconds] = sequence
        let now = moment(Double(sequence))
        return Snapshot(
            sequence: sequence, monotonic: now.monotonic, wall: now.wall, host: host,
            groups: [GroupEntry(info: group, row: row)], workers: workers)
    }

    static func hello(_ versions: ClosedRange<UInt16> = ProtocolVersion.supported, role: SpeakerRole = .dashboard)
        -> Hello
    {
        let now = moment(0)
        return Hello(versions: versions, role: role, host: nil, runID: run, wall: now.wall, monotonic: now.monotonic)
    }

    static func event(_ sequence: UInt64) -> Event {
        let now = moment(Double(sequence))
        return Event(
            sequence: sequence, monotonic: now.monotonic, wall: now.wall,
            body: .commandAccepted(id: command.id, action: .restart, target: command.target, issuer: "user/ada"))
    }

    static let command = Command(id: CommandID(high: 5, low: 6), action: .restart, target: .worker(worker(10)))
    static let outcome = Outcome(
        id: command.id, action: .restart, target: command.target, issuer: "user/ada", verdict: .targetChanged)

    static let query = Query(id: 7, body: .lives(groupKey: "node/web/1", slot: 1))

    /// One message of each kind, HELLO first.
    static var messages: [Message] {
        let now = moment(0)
        let proof = Array(repeating: UInt8(1), count: 32)
        return [
            .hello(hello()),
            .welcome(
                Welcome(
                    version: 1, features: 0, host: host, role: .viewer, readOnly: false, runID: run, wall: now.wall,
                    monotonic: now.monotonic)),
            .failure(Failure(code: .denied, text: "no")),
            .ping(Ping(nonce: 7)), .pong(Pong(nonce: 7, wall: now.wall, monotonic: now.monotonic)),
            .subscribe(Subscription(id: 1, interest: .workers, interval: interval)), .unsubscribe(1),
            .keyframe(subscription: 1, snapshot(1)),
            .delta(Delta(subscription: 1, from: snapshot(1), to: snapshot(2))), .event(event(1)), .command(command),
            .accepted(command.id), .outcome(outcome), .drain(reason: "bye"), .query(query),
            .answer(Answer(id: 1, body: .unknown("no"))),
            .enrolProof(EnrolProof(nonce: proof, hmac: proof)), .enrolDone,
        ]
    }
}

/// A dashboard as far as a session sees it: it keeps what it was sent, and makes of deltas what they say.
struct Viewer {
    var session: Session
    var writable = true
    /// What it holds of each subscription.
    var held: [UInt32: Snapshot] = [:]
    /// The kinds of what it was sent: `keyframe`, `delta` and so on, with the sequence of snapshots.
    var heard: [String] = []

    init(role: Role = .viewer, readOnly: Bool = false) {
        session = Session(host: Samples.host, runID: Samples.run, role: role, readOnly: readOnly)
    }

    /// One that was welcomed and follows what `interest` names.
    static func following(_ interest: Interest, every interval: Duration = Samples.interval) throws -> Viewer {
        var viewer = Viewer()
        try viewer.feed(.message(.hello(Samples.hello())), at: 0)
        try viewer.feed(.message(.subscribe(Subscription(id: 1, interest: interest, interval: interval))), at: 0)
        viewer.heard = []
        return viewer
    }

    @discardableResult
    mutating func feed(_ input: Session.Input, at seconds: Double) throws -> [Session.Effect] {
        let effects = session.handle(input, writable: writable, at: Samples.moment(seconds))
        for case .send(let message) in effects {
            switch message {
            case .keyframe(let id, let snapshot):
                held[id] = snapshot
                heard.append("keyframe \(snapshot.sequence)")
            case .delta(let delta):
                guard let base = held[delta.subscription] else { throw Strange(message: "a delta without a base") }
                held[delta.subscription] = try delta.applied(to: base)
                heard.append("delta \(delta.sequence)")
            default: heard.append("other")
            }
        }
        return effects
    }

    /// Feeds a sweep at its time.
    mutating func sweep(_ sequence: UInt64) throws {
        try feed(.snapshot(Samples.snapshot(sequence)), at: Double(sequence))
    }
}

struct Strange: Error { var message: String }
