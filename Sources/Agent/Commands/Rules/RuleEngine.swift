import Model

/// What a rule comes to for one worker.
struct RuleFinding: Hashable, Sendable {
    enum Deed: Hashable, Sendable {
        case tell
        case propose
        case restart
        /// It would be restarted, but not now; why.
        case withhold(String)
    }

    var place: WorkerPlace
    var rule: ActionRule
    var deed: Deed

    /// For the event: what is done.
    var words: String {
        switch deed {
        case .tell: "told"
        case .propose: "a restart is proposed"
        case .restart: "it is restarted"
        case .withhold(let why): "it is not restarted: \(why)"
        }
    }
}

/// Judges the rules of the configuration over every sweep.
///
/// A rule holds for a worker when its condition was met in every sweep for its time; a sweep that does not know breaks it.
/// `tell` and `propose` come once for as long as it holds, and not again for the slot within the cooldown. `restart` comes
/// for one worker of a group at a time, only while nothing else is done to the group, not within the cooldown after the
/// last one of that rule in the group, and at most so often an hour; what keeps the group back is told once.
struct RuleEngine: Sendable {
    private static let hour = Duration.seconds(3600)

    private struct Held: Hashable {
        var worker: WorkerID
        var rule: ActionRule
    }

    /// Who shares a cooldown: the slot where something is told, the group where something is done.
    private struct Place: Hashable {
        var groupKey: String
        var slot: UInt32?
        var rule: ActionRule
    }

    private struct Holding {
        var since: MonotonicInstant
        var isTold = false
        /// When it was restarted for that, and is still there.
        var tried: MonotonicInstant?

        var turn: MonotonicInstant { tried ?? since }
    }

    private struct Deeds {
        /// The newest last.
        var times: [MonotonicInstant] = []
        /// Why there was none since, as far as it was told.
        var withheld: String?
    }

    private var holding: [Held: Holding] = [:]
    /// Those of the last hour, or of the last cooldown where that is longer.
    private var deeds: [Place: Deeds] = [:]

    /// - Parameters:
    ///   - rules: of an app.
    ///   - isFree: whether nothing is done to the group, and nobody holds it.
    mutating func look(
        at readings: [RuleReading], rules: (_ app: String) -> [ActionRule], isFree: (_ groupKey: String) -> Bool,
        now: MonotonicInstant
    ) -> [RuleFinding] {
        forget(now)
        var still: [Held: Holding] = [:]
        var due: [(place: WorkerPlace, key: Held)] = []
        var known: [String: [ActionRule]] = [:]
        for reading in readings {
            let all = known[reading.place.app] ?? rules(reading.place.app)
            known[reading.place.app] = all
            for rule in all where reading.meets(rule.condition) {
                let key = Held(worker: reading.place.worker, rule: rule)
                let held = holding[key] ?? Holding(since: now)
                still[key] = held
                if now - held.since >= rule.lasting { due.append((reading.place, key)) }
            }
        }
        holding = still
        return findings(of: due, isFree: isFree, now: now)
    }

    /// In each group the one for whom it has held longest comes first, and one that was tried in vain after the others.
    private mutating func findings(
        of due: [(place: WorkerPlace, key: Held)], isFree: (_ groupKey: String) -> Bool, now: MonotonicInstant
    ) -> [RuleFinding] {
        let order = due.sorted { left, right in
            (left.place.groupKey, holding[left.key]?.turn ?? now, left.place.slot)
                < (right.place.groupKey, holding[right.key]?.turn ?? now, right.place.slot)
        }
        var findings: [RuleFinding] = []
        var taken: Set<String> = []
        for (place, key) in order {
            guard var held = holding[key] else { continue }
            if let deed = deed(key.rule, place, &held, taken: taken, isFree: isFree, now: now) {
                if deed == .restart { taken.insert(place.groupKey) }
                findings.append(RuleFinding(place: place, rule: key.rule, deed: deed))
            }
            holding[key] = held
        }
        return findings
    }

    private mutating func deed(
        _ rule: ActionRule, _ place: WorkerPlace, _ held: inout Holding, taken: Set<String>,
        isFree: (String) -> Bool, now: MonotonicInstant
    ) -> RuleFinding.Deed? {
        switch rule.deed {
        case .tell, .propose:
            let key = Place(groupKey: place.groupKey, slot: place.slot, rule: rule)
            if held.isTold || deeds[key]?.times.last.map({ now - $0 < rule.cooldown }) ?? false { return nil }
            held.isTold = true
            deeds[key] = Deeds(times: [now])
            return rule.deed == .tell ? .tell : .propose
        case .restart:
            guard !taken.contains(place.groupKey), isFree(place.groupKey) else { return nil }
            let key = Place(groupKey: place.groupKey, slot: nil, rule: rule)
            var group = deeds[key] ?? Deeds()
            defer { deeds[key] = group }
            if let why = objection(to: rule, group.times, now: now) {
                guard group.withheld != why else { return nil }
                group.withheld = why
                return .withhold(why)
            }
            group.times.append(now)
            group.withheld = nil
            held.tried = now
            return .restart
        }
    }

    private func objection(to rule: ActionRule, _ times: [MonotonicInstant], now: MonotonicInstant) -> String? {
        if times.count(where: { now - $0 < Self.hour }) >= Int(rule.mostPerHour) {
            return "\(rule.mostPerHour) restarts in an hour are the most"
        }
        guard let last = times.last, now - last < rule.cooldown else { return nil }
        return "less than \(Quantity.text(rule.cooldown)) since the last"
    }

    private mutating func forget(_ now: MonotonicInstant) {
        for (place, group) in deeds {
            let span = max(Self.hour, place.rule.cooldown)
            let kept = group.times.filter { now - $0 < span }
            if kept.count != group.times.count {
                deeds[place] = kept.isEmpty ? nil : Deeds(times: kept, withheld: group.withheld)
            }
        }
    }
}
