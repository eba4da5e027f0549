import Model

/// The fleet as it was at an instant, made step by step from a recording.
struct Player: Sendable {
    /// Rows of hosts and workers that one step takes in: well below what a key may take.
    static let stepLength = 3000
    /// What beginning a host anew counts for: up to a piece has to be read to find where.
    private static let beginning = 100

    private(set) var target: MonotonicInstant
    /// The newest that is whole; `nil` before the first.
    private(set) var picture: Picture?
    private(set) var scope: Scope
    /// Whether `picture` is of `target`.
    private(set) var isDone = false

    /// `nil`: to be begun.
    private var hosts: [PastHost?] = []

    /// What of the fleet is looked at.
    struct Scope: Hashable, Sendable {
        /// Whose screens: made in full, and first.
        var host: Int?
        /// Of what is in the lists of all the others.
        var detail = RecordedPiece.Detail.host

        func need(_ number: Int) -> PastHost.Need {
            number == host ? .full : PastHost.Need(isInFull: false, detail: detail)
        }
    }

    /// Nothing is made before it is told where to go.
    init(_ scope: Scope) {
        target = MonotonicInstant(nanoseconds: 0)
        self.scope = scope
    }

    /// Sets out for another instant, or the same one with what is known by now.
    mutating func go(to target: MonotonicInstant, _ scope: Scope, in recording: Recording) {
        self.target = target
        self.scope = scope
        isDone = false
        hosts += Array(repeating: nil, count: max(recording.hosts.count - hosts.count, 0))
        for number in hosts.indices {
            // What is there in full also serves for its row.
            let serves = hosts[number].map { scope.need(number).isMet(by: $0.need) } ?? false
            if !serves || hosts[number]?.go(to: target, in: recording.hosts[number]) != true { hosts[number] = nil }
        }
    }

    /// One step; nothing when it is done.
    mutating func work(_ recording: Recording) {
        guard !isDone, hosts.count == recording.hosts.count else { return }
        var left = Self.stepLength
        if let host = scope.host, hosts.indices.contains(host) { work(on: host, recording, &left) }
        for number in hosts.indices where left > 0 && hosts[number]?.isDone != true {
            work(on: number, recording, &left)
        }
        guard left > 0 else { return }
        let shown = zip(hosts, recording.hosts).map { $0?.shown(with: $1) ?? FleetHost(past: $1, interval: nil) }
        var fleet = Fleet(hosts: shown)
        let wall = SteadyClock.wall(target)
        // Who is told of it is told of now, and rules that have to hold for a while need more than a moment.
        _ = fleet.followAlerts([], now: target, wall: wall)
        picture = Picture(fleet: fleet, now: target, wall: wall)
        isDone = true
    }

    private mutating func work(on number: Int, _ recording: Recording, _ left: inout Int) {
        if hosts[number] == nil {
            hosts[number] = PastHost(recording.hosts[number], at: target, scope.need(number))
            left -= Self.beginning
        }
        // Work is counted after it was done: the last bit of it may go beyond the limit, and is done all the same.
        while left > 0, hosts[number]?.isDone == false {
            left -= hosts[number]?.work(recording.hosts[number], limit: left) ?? left
        }
    }

    /// When the newest sample of a host was taken that is in the picture.
    func sampledAt(_ number: Int) -> MonotonicInstant? {
        isDone && hosts.indices.contains(number) ? hosts[number]?.sampledAt : nil
    }

    /// Between two samples of a host there.
    func interval(_ number: Int?) -> Duration {
        guard let number, hosts.indices.contains(number), hosts[number]?.grain == .coarse else { return .seconds(1) }
        return PastHost.Grain.coarseInterval
    }
}
