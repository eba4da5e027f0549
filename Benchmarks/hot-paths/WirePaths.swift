import Model
import Serving
import Wire

@testable import Dashboard

extension HotPaths {
    private static let workers = 200
    /// Before the first round a session has sent its keyframe and a delta.
    private static let before = 2

    private static func host() -> SteadyHost { SteadyHost(workers: workers, snapshots: before + rounds) }

    /// A session that serves all workers of a host to one dashboard.
    private static func session(of host: SteadyHost) -> Session {
        var session = Session(host: host.info, runID: Identifier128(high: 3, low: 1), role: .viewer, readOnly: true)
        let hello = Hello(
            role: .dashboard, host: nil, runID: Identifier128(high: 3, low: 2), wall: SteadyHost.began.wall,
            monotonic: SteadyHost.began.monotonic)
        let subscription = Subscription(id: 1, interest: .workers, interval: .seconds(1))
        _ = session.handle(.opened, writable: true, at: SteadyHost.began)
        _ = session.handle(.message(.hello(hello)), writable: true, at: SteadyHost.began)
        _ = session.handle(.message(.subscribe(subscription)), writable: true, at: SteadyHost.began)
        return session
    }

    /// Snapshot in, bytes out.
    private static func frames(_ session: inout Session, _ snapshot: Snapshot, at now: Moment) -> [[UInt8]] {
        session.handle(.snapshot(snapshot), writable: true, at: now).compactMap { effect in
            if case .send(let message) = effect { message.encoded() } else { nil }
        }
    }

    /// Deltas, as a session sends them each second.
    static func encode() -> HotPath {
        let host = host()
        var session = session(of: host)
        for number in 0..<before { _ = frames(&session, host.snapshots[number], at: SteadyHost.moment(number)) }
        return HotPath(units: workers) { round in
            let number = before + round
            return frames(&session, host.snapshots[number], at: SteadyHost.moment(number)).reduce(0) { $0 + $1.count }
        }
    }

    static func encodeKeyframe() -> HotPath {
        let host = host()
        return HotPath(units: workers) { round in
            Message.keyframe(subscription: 1, host.snapshots[before + round]).encoded().count
        }
    }

    /// Deltas, as a link takes them; what came last is on the screen meanwhile.
    static func decode() throws -> HotPath {
        let host = host()
        var session = session(of: host)
        let sent = host.snapshots.indices.flatMap {
            frames(&session, host.snapshots[$0], at: SteadyHost.moment($0))
        }
        var feed = Feed(interest: .workers)
        _ = feed.subscribe(every: .seconds(1))
        var shown: Snapshot?
        func take(_ frame: [UInt8]) throws -> Int {
            let step: Feed.Step? =
                switch try Message.decode(whole: frame.span) {
                case .keyframe(let subscription, let snapshot): feed.keyframe(snapshot, subscription: subscription)
                case .delta(let delta): feed.delta(delta)
                default: nil
                }
            guard case .snapshot(let snapshot)? = step else { throw Usage(message: "a frame came to \(step as Any)") }
            shown = snapshot
            return shown?.workers.count ?? 0
        }
        for frame in sent.prefix(before) { _ = try take(frame) }
        return HotPath(units: workers) { round in try take(sent[before + round]) }
    }

    static func decodeKeyframe() throws -> HotPath {
        let frame = Message.keyframe(subscription: 1, host().snapshots[before]).encoded()
        return HotPath(units: workers) { _ in
            guard case .keyframe(_, let snapshot)? = try Message.decode(whole: frame.span) else {
                throw Usage(message: "a keyframe was read as something else")
            }
            return snapshot.workers.count
        }
    }
}
