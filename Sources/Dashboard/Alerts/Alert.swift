import Model

/// What tells one alert from all others: about what it is, and what is wrong.
struct AlertID: Hashable, Sendable {
    enum Place: Hashable, Sendable {
        case host(Int)
        case app(host: Int, key: String)
        case worker(host: Int, WorkerID)

        var host: Int {
            switch self {
            case .host(let number), .app(let number, _), .worker(let number, _): number
            }
        }
    }

    let place: Place
    /// As `Grade.Cause.rule`, `AlertID.link`, or the name of a configured rule.
    let rule: String

    /// The host does not answer as it should.
    static let link = "link"
}

/// Something that is wrong, from when it was first seen until it was over.
struct Alert: Sendable {
    enum End: Sendable {
        /// Seen to be as it should.
        case over
        /// Its worker ended.
        case gone
        /// Nobody looks at it any more, and its host is well.
        case untold
    }

    let id: AlertID
    /// `web-1`, `web-1/api#2`: as it was called then.
    let place: String
    fileprivate(set) var level: Level
    /// What is wrong, with the numbers of when it was seen last.
    fileprivate(set) var text: String
    /// On our clock and calendar.
    let since: MonotonicInstant
    let sinceWall: WallTime
    /// When it was seen last.
    fileprivate(set) var seen: MonotonicInstant
    /// When it was seen last at the level that it has.
    fileprivate(set) var seenAtLevel: MonotonicInstant
    fileprivate(set) var acknowledged: MonotonicInstant?
    fileprivate(set) var end: End?

    /// How long it lasted until it was seen last, or lasts.
    func length(now: MonotonicInstant) -> Duration { (end == nil ? now : seen) - since }
}

/// What is wrong now and was lately, and what the operator said to it. Whatever makes a row WARN or CRIT is an alert, and
/// what the configured rules say.
///
/// An alert is over when it was not seen for `release`, and becomes milder as slowly, so that it does not flap. While its
/// host tells nothing it stands as it is: what is not known is not over. One that was acknowledged and becomes worse
/// counts as new again.
struct AlertBook: Sendable {
    static let release = Duration.seconds(15)
    /// A row that a silence is for stays silent for so long.
    static let silence = Duration.seconds(3600)
    /// Alerts that are over and still listed.
    static let overKept = 200
    /// More at a time are only counted.
    static let activeKept = 2000

    /// What a silence is about: it outlives a restart of the worker.
    private struct Scope: Hashable {
        let host: Int
        let app: String?
        let rule: String
    }

    private(set) var active: [AlertID: Alert] = [:]
    /// Oldest first.
    private(set) var over: [Alert] = []
    /// Alerts that are not in the book because it is full.
    private(set) var unlisted = 0
    private var silences: [Scope: MonotonicInstant] = [:]
    private var scopes: [AlertID: Scope] = [:]
    /// Rows that match a rule that has to hold for a while, and since when.
    private var holding: [AlertID: MonotonicInstant] = [:]

    init() {}

    func isSilenced(_ id: AlertID, now: MonotonicInstant) -> Bool {
        guard let scope = scopes[id], let until = silences[scope] else { return false }
        return now < until
    }

    /// Neither acknowledged nor silenced: by their level.
    func new(_ level: Level, now: MonotonicInstant) -> Int {
        active.values.count { $0.level == level && $0.acknowledged == nil && !isSilenced($0.id, now: now) }
    }

    mutating func acknowledge(_ id: AlertID, now: MonotonicInstant) {
        guard let alert = active[id] else { return }
        active[id]?.acknowledged = alert.acknowledged == nil ? now : nil
    }

    mutating func silence(_ id: AlertID, now: MonotonicInstant) {
        guard let scope = scopes[id] else { return }
        silences[scope] = isSilenced(id, now: now) ? nil : now + Self.silence
    }

    /// Takes in what is wrong now; returns what is new and not silenced, also what became worse.
    mutating func follow(_ fleet: Fleet, _ rules: [AlertRule], now: MonotonicInstant, wall: WallTime) -> [Alert] {
        var look = AlertLook(fleet, holding: holding, now: now)
        look.takeGrades()
        look.takeRules(rules, wall: wall)
        holding = look.holding
        silences = silences.filter { now < $0.value }
        unlisted = 0
        var news: [Alert] = []
        for (id, raised) in look.raised {
            if let alert = raise(id, raised, fleet, now: now, wall: wall), !isSilenced(id, now: now) {
                news.append(alert)
            }
        }
        settle(fleet, raised: look.raised, now: now)
        return news.sorted { ($1.level, $0.place) < ($0.level, $1.place) }
    }

    private mutating func raise(
        _ id: AlertID, _ raised: AlertLook.Raised, _ fleet: Fleet, now: MonotonicInstant, wall: WallTime
    ) -> Alert? {
        guard var alert = active[id] ?? takenUp(id, fleet) else {
            guard active.count < Self.activeKept else {
                unlisted += 1
                return nil
            }
            scopes[id] = Scope(host: id.place.host, app: fleet.appKey(of: id.place), rule: id.rule)
            let since = raised.since ?? Since(wall: wall, ago: .zero)
            let new = Alert(
                id: id, place: fleet.label(of: id.place), level: raised.level, text: raised.text,
                since: now - since.ago, sinceWall: since.wall, seen: now, seenAtLevel: now)
            active[id] = new
            return new
        }
        let isWorse = raised.level > alert.level
        alert.seen = now
        alert.text = raised.text
        if isWorse || raised.level == alert.level || now - alert.seenAtLevel >= Self.release {
            alert.level = raised.level
            alert.seenAtLevel = now
        }
        if isWorse { alert.acknowledged = nil }
        active[id] = alert
        return isWorse ? alert : nil
    }

    /// One that nobody looked at for a while goes on where it was, when it is seen again.
    private mutating func takenUp(_ id: AlertID, _ fleet: Fleet) -> Alert? {
        guard let place = over.lastIndex(where: { $0.id == id && $0.end == .untold }) else { return nil }
        var alert = over.remove(at: place)
        alert.end = nil
        scopes[id] = Scope(host: id.place.host, app: fleet.appKey(of: id.place), rule: id.rule)
        return alert
    }

    /// Ends what was not seen for long enough.
    private mutating func settle(_ fleet: Fleet, raised: [AlertID: AlertLook.Raised], now: MonotonicInstant) {
        for (id, alert) in active where raised[id] == nil {
            guard let end = end(of: alert, fleet, now: now) else { continue }
            var ended = alert
            ended.end = end
            active[id] = nil
            scopes[id] = nil
            over.append(ended)
        }
        if over.count > Self.overKept { over.removeFirst(over.count - Self.overKept) }
    }

    private func end(of alert: Alert, _ fleet: Fleet, now: MonotonicInstant) -> Alert.End? {
        let number = alert.id.place.host
        guard fleet.hosts[number].state.isCurrent || alert.id.rule == AlertID.link else { return nil }
        if case .worker(_, let worker) = alert.id.place {
            let track = fleet.hosts[number].workers[worker]
            if track.map({ $0.end != nil }) ?? true { return .gone }
            guard now - alert.seen >= Self.release else { return nil }
            return fleet.hosts[number].tellsOfWorkers ? .over : .untold
        }
        return now - alert.seen >= Self.release ? .over : nil
    }
}
