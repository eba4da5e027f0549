import Model

/// Which moment the screens show.
///
/// *live* → `z` *held*: rows keep their places, their values go on → `z` *paused*: nothing moves, while data keeps coming in
/// behind → `z` *live*. `[`, `{` and `T` lead from each of them to the *past*, where keys go from moment to moment, and `.`
/// leads to *live* from everywhere. Of a file there is nothing but the past.
struct TimeTravel: Sendable {
    private enum State: Sendable {
        case live, held
        case paused(Picture)
        /// With what was on the screen before, until the first moment is made.
        case past(Player, before: Picture)
    }

    private var state = State.live
    private(set) var recording = Recording(places: [])
    /// Of the recording; `nil` before anything came in.
    private(set) var clock: SteadyClock?
    /// A file's first and last instant; `nil` where there is a present.
    let file: ClosedRange<MonotonicInstant>?
    /// Hosts are asked for something of the moment.
    var isFetching = false
    /// What is being typed into "go to time"; `nil` while nothing is.
    var input: String?

    init() { file = nil }

    /// Nothing but a recording, from the first moment on at which its hosts are known.
    init(_ stored: StoredRecording) {
        recording = stored.recording
        file = stored.span
        let places = recording.hosts.map(\.place)
        let wall = SteadyClock.wall(stored.span.lowerBound)
        let nothing = Picture(fleet: Fleet(places: places), now: stored.span.lowerBound, wall: wall)
        state = .past(Player(Player.Scope()), before: nothing)
        play { $0.go(to: stored.opening, $0.scope, in: $1) }
    }

    // MARK: What the screens show

    /// Rows keep their places.
    var holdsOrder: Bool { if case .held = state { true } else { false } }

    var isPaused: Bool { if case .paused = state { true } else { false } }

    var isPast: Bool { player != nil }

    private var player: Player? { if case .past(let player, _) = state { player } else { nil } }

    /// What does not move any more; `nil` while it is live.
    var still: Picture? {
        switch state {
        case .live, .held: nil
        case .paused(let picture): picture
        case .past(let player, let before): player.picture ?? before
        }
    }

    func picture(_ fleet: Fleet, now: MonotonicInstant, wall: WallTime) -> Picture {
        guard var still else { return Picture(fleet: fleet, now: now, wall: wall) }
        let newcomers = fleet.hosts.dropFirst(still.fleet.hosts.count)
        if !newcomers.isEmpty { still.fleet.add(newcomers.map { FleetHost(place: $0.place) }) }
        return still
    }

    /// Which moment of the past is, or is going to be, on the screen.
    var moment: WallTime? { player.map { SteadyClock.wall($0.target) } }

    /// Something of the moment is still to come.
    var isReading: Bool { isBuilding || isFetching }

    /// Whether `work` has something to do.
    var isBuilding: Bool { player.map { !$0.isDone } ?? false }

    /// Why nothing can be done to what is on the screen.
    var refusal: String { file == nil ? "this is the past; press . for live" : "this is a recording" }

    /// What `z` does next, for the key line.
    var holdWord: String {
        switch state {
        case .live, .past: "z hold"
        case .held: "z pause"
        case .paused: "z live"
        }
    }

    // MARK: What comes in

    mutating func record(_ event: LinkEvent, from number: Int, fleet: Fleet, now: MonotonicInstant, wall: WallTime) {
        guard fleet.hosts.indices.contains(number) else { return }
        let clock = clock ?? SteadyClock(now: now, wall: wall)
        self.clock = clock
        recording.add(fleet.hosts.dropFirst(recording.hosts.count))
        let sampledAt = fleet.hosts[number].sampledAt.map { clock.instant($0) }
        recording.take(event, from: number, sampledAt: sampledAt, now: clock.instant(now))
        // What was asked for is shown once all of it is there, and until then once a second.
        if case .answer = event, isPast, question(of: number, now: now) == nil { refresh() }
    }

    /// Shows the moment with what is known of it by now.
    mutating func refresh() {
        guard let player, player.isDone, file == nil else { return }
        play { $0.go(to: $0.target, $0.scope, in: $1) }
    }

    private mutating func play(_ body: (inout Player, Recording) -> Void) {
        guard case .past(var player, let before) = state else { return }
        state = .live  // one owner, so that it changes in place
        body(&player, recording)
        player.work(recording)
        state = .past(player, before: before)
    }

    // MARK: Where to

    /// `z`. Of the past there is nothing to hold.
    mutating func hold(_ fleet: Fleet, now: MonotonicInstant, wall: WallTime) {
        switch state {
        case .live: state = .held
        case .held: state = .paused(Picture(fleet: fleet, now: now, wall: wall))
        case .paused: state = .live
        case .past: break
        }
    }

    mutating func goLive() {
        guard file == nil else { return }
        state = .live
        recording.needed = nil
    }

    /// Sets out for a moment; `fleet` is what is on the screen until the first is made. It is there at once where little is to be
    /// done for it.
    mutating func go(to target: MonotonicInstant, _ scope: Player.Scope, before: Picture) {
        let target = file.map { min(max(target, $0.lowerBound), $0.upperBound) } ?? target
        recording.needed = target - PastHost.Need.full.duration(.coarse)...target
        if !isPast { state = .past(Player(scope), before: before) }
        play { $0.go(to: target, scope, in: $1) }
    }

    /// Other screens show other parts of the fleet.
    mutating func look(at scope: Player.Scope) {
        guard let player, scope != player.scope else { return }
        play { $0.go(to: $0.target, scope, in: $1) }
    }

    /// One step of what is to be made.
    mutating func work() { play { _, _ in } }

    /// The moment that is shown, on the recording's clock; live it is now.
    func shownAt(now: MonotonicInstant) -> MonotonicInstant? {
        if let player { return player.target }
        if case .paused(let picture) = state { return clock?.instant(picture.now) }
        return clock?.instant(now)
    }

    /// One sample further, or back: half-way between two of the host that is looked at, so that none is met twice.
    func step(_ count: Int, of number: Int?, now: MonotonicInstant) -> MonotonicInstant? {
        guard let shown = shownAt(now: now) else { return nil }
        let interval = player?.interval(number) ?? .seconds(1)
        var sampled: MonotonicInstant?
        if let number {
            sampled = player == nil ? recording.hosts[number].newest : player?.sampledAt(number)
        }
        guard let sampled, shown - sampled < interval * 3 else { return shown + interval * count }
        return sampled + interval * 0.5 + interval * count
    }

    /// A moment that shows the next event after what is shown, or the one before it: of one host, or of all.
    ///
    /// It is a little after the event. The agent's clock is known to us by estimates that get better, so that the sample that
    /// showed it may be found a little later than the event was.
    func event(_ direction: Int, of number: Int?, now: MonotonicInstant) -> MonotonicInstant? {
        guard let shown = shownAt(now: now) else { return nil }
        let hosts = number.map { [recording.hosts[$0]] } ?? recording.hosts
        let event =
            if direction < 0 {
                // What comes within half a second is one event for who jumps.
                hosts.compactMap { $0.marks.last { $0 < shown - Self.afterEvent * 2 } }.max()
            } else {
                hosts.compactMap { $0.marks.first { $0 > shown } }.min()
            }
        return event.map { $0 + Self.afterEvent }
    }

    private static let afterEvent = Duration.milliseconds(500)

    // MARK: What is asked for it

    /// What to ask a host so that the moment can be shown.
    func question(of number: Int, now: MonotonicInstant) -> Query.Body? {
        guard let player, let clock, file == nil, recording.hosts.indices.contains(number) else { return nil }
        let host = recording.hosts[number]
        let need = player.scope.need(number)
        let now = clock.instant(now)
        func times(_ grain: PastHost.Grain) -> ClosedRange<MonotonicInstant> {
            player.target - need.duration(grain)...player.target
        }
        let fine: PastTier = need.detail == .workers ? .workers : .host
        // An agent that watches many workers may not keep all of a quarter of an hour.
        if now - player.target < Backfill.reach, host.keeps(fine, at: player.target) ?? true {
            return host.question(fine, for: times(.fine), now: now)
        }
        return host.question(.coarse, for: times(.coarse), now: now)
    }
}
