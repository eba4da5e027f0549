import Model

/// What is wrong at one moment.
struct AlertLook {
    struct Raised {
        var level: Level
        var text: String
        /// Where its host says so.
        var since: Since?
    }

    private(set) var raised: [AlertID: Raised] = [:]
    /// Rows that match a rule that has to hold for a while, and since when.
    var holding: [AlertID: MonotonicInstant]
    let fleet: Fleet
    let now: MonotonicInstant

    init(_ fleet: Fleet, holding: [AlertID: MonotonicInstant], now: MonotonicInstant) {
        self.fleet = fleet
        self.holding = holding
        self.now = now
    }

    /// What rows are graded by, and links. Hosts that are OK cost next to nothing.
    mutating func takeGrades() {
        for number in fleet.shown {
            let state = fleet.hosts[number].state
            switch state {
            case .ok, .connecting, .noData: break
            case .warn, .crit:
                for cause in fleet.hosts[number].grade.causes {
                    let since = cause.since.flatMap { fleet.hosts[number].since($0, now: now) }
                    raise(.host(number), cause.rule, cause.level, cause.reason, since: since)
                }
            case .stale: raise(.host(number), AlertID.link, .warn, "no samples any more")
            case .down, .auth, .untrusted, .version:
                let reason = fleet.hosts[number].failure.map(failureText)
                raise(.host(number), AlertID.link, .crit, state.word + (reason.map { ": \($0)" } ?? ""))
            }
            guard state.isCurrent else { continue }
            if fleet.hosts[number].tellsOfWorkers { takeWorkers(of: number) }
        }
    }

    private mutating func takeWorkers(of number: Int) {
        for id in fleet.hosts[number].troubled {
            guard let track = fleet.hosts[number].workers[id], track.end == nil else { continue }
            for cause in track.grade.causes {
                raise(.worker(host: number, id), cause.rule, cause.level, cause.reason)
            }
        }
    }

    mutating func raise(
        _ place: AlertID.Place, _ rule: String, _ level: Level, _ text: String, since: Since? = nil
    ) {
        let id = AlertID(place: place, rule: rule)
        if let known = raised[id], known.level >= level { return }
        raised[id] = Raised(level: level, text: text, since: since)
    }
}

extension Fleet {
    /// `web-1`, `web-1/api`, `web-1/api#2`.
    func label(of place: AlertID.Place) -> String {
        let name = hosts[place.host].name
        switch place {
        case .host: return name
        case .app(let number, let key): return "\(name)/\(hosts[number].appName(key))"
        case .worker(let number, let worker): return "\(name)/\(hosts[number].label(of: worker))"
        }
    }

    func appName(of place: AlertID.Place) -> String? {
        appKey(of: place).map { hosts[place.host].appName($0) }
    }

    /// By its group's key; `nil` for a host.
    func appKey(of place: AlertID.Place) -> String? {
        switch place {
        case .host: nil
        case .app(_, let key): key
        case .worker(let number, let worker): hosts[number].workers[worker]?.info.groupKey
        }
    }
}
