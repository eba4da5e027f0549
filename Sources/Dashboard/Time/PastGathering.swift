import Model

/// Asks hosts for what they keep of a time, until all of it is here. A value: whoever runs it hands in what the links tell.
///
/// A host goes from waiting for its first snapshot (only then its clock is known) over its pieces, the finest that reach back
/// far enough, to its events; one question at a time is open.
struct PastGathering: Sendable {
    private struct Progress: Sendable {
        var question: Query.Body?
        /// Of the next page of events; `nil` when there are no more.
        var events: UInt64? = 0
        var isDone = false
    }

    private(set) var fleet: Fleet
    private(set) var recording: Recording
    let times: ClosedRange<MonotonicInstant>
    private let clock: SteadyClock
    private var progress: [Progress]

    /// - Parameter times: on `clock`.
    init(places: [HostPlace], times: ClosedRange<MonotonicInstant>, clock: SteadyClock) {
        fleet = Fleet(places: places)
        recording = Recording(places: places, byteLimit: .max)
        self.times = times
        self.clock = clock
        progress = places.map { _ in Progress() }
    }

    /// What came in, and what to ask that host next.
    mutating func handle(
        _ event: LinkEvent, from number: Int, now: MonotonicInstant, wall: WallTime
    ) -> Query.Body? {
        guard progress.indices.contains(number) else { return nil }
        fleet.handle(event, from: number, now: now, wall: wall)
        let sampledAt = fleet.hosts[number].sampledAt.map { clock.instant($0) }
        recording.take(event, from: number, sampledAt: sampledAt, now: clock.instant(now))
        switch event {
        case .answer(let question, let answer) where question == progress[number].question:
            progress[number].question = nil
            turnPage(of: number, question, answer)
        case .lost: progress[number].isDone = true
        default: break
        }
        guard fleet.hosts[number].snapshot != nil, progress[number].question == nil, !progress[number].isDone else {
            return nil
        }
        let question = nextQuestion(number, now: clock.instant(now))
        progress[number].question = question
        progress[number].isDone = question == nil
        return question
    }

    /// A page that leads nowhere is the last.
    private mutating func turnPage(of number: Int, _ question: Query.Body, _ answer: Answer.Body) {
        guard case .events(let after) = question else { return }
        progress[number].events = nil
        guard case .events(let events) = answer, let last = events.map(\.sequence).max(), last > after else { return }
        progress[number].events = last
    }

    private func nextQuestion(_ number: Int, now: MonotonicInstant) -> Query.Body? {
        let host = recording.hosts[number]
        if let question = host.question(.workers, for: times, now: now) { return question }
        if host.keeps(.workers, at: times.lowerBound) != true {
            let end = max(times.lowerBound, min(times.upperBound, host.begin(of: .workers) ?? times.upperBound))
            if let question = host.question(.coarse, for: times.lowerBound...end, now: now) { return question }
        }
        return progress[number].events.map { .events(after: $0) }
    }

    var isComplete: Bool { progress.allSatisfy(\.isDone) }

    /// Hosts of which nothing came.
    var missing: [FleetHost] { fleet.hosts.filter { $0.snapshot == nil } }

    /// Hosts that were still telling.
    var unfinished: [FleetHost] {
        fleet.hosts.indices.filter { !progress[$0].isDone && fleet.hosts[$0].snapshot != nil }.map { fleet.hosts[$0] }
    }
}
