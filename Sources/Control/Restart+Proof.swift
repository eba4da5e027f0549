internal import Model

/// What one replacement has shown so far.
struct Trial: Sendable {
    let worker: WorkerID
    /// It lived through the stable window, with its lag below the bound where one is set.
    var isStable = false
    /// A lag below the bound was read within the present window.
    var hasLag = false
    var isReady = false
    /// The ready check that is being asked.
    var check: UInt32?
    /// The kernel was asked whether it is still there: the last question.
    var isAsked = false
    /// Its lag or ready check as it was last, for who asks why it did not come through.
    var lag: UInt64?
    var failure: String?

    /// Takes in a reading; whether it is below the bound, `nil` where there is none of either.
    mutating func note(_ lag: UInt64?, bound: Duration?) -> Bool? {
        guard let lag, let bound else { return nil }
        self.lag = lag
        hasLag = Duration.microseconds(Int64(clamping: lag)) < bound
        if !hasLag { isStable = false }
        return hasLag
    }
}

/// The second half of a restart: who stands for the target, and what it has to show.
extension Restart {
    /// A newcomer stands for the target when it took its slot, or when newcomers outnumber the *other* workers that left
    /// since the beginning: a neighbour that crashed and came back meanwhile is no replacement.
    mutating func choose(from workers: [LiveWorker], _ now: MonotonicInstant) -> [RestartEffect] {
        guard state == .awaitingReplacement else { return [] }
        let group = workers.filter { $0.groupKey == groupKey }
        let departures = atBegin.subtracting(group.map(\.id)).subtracting([target]).count
        let newcomers = group.filter {
            !atBegin.contains($0.id) && !fallen.contains($0.id)
                && $0.id.boot == target.boot && $0.id.startTicks > target.startTicks
        }
        let oldest = newcomers.min { ($0.id.startTicks, $0.id.pid) < ($1.id.startTicks, $1.id.pid) }
        guard
            let chosen = newcomers.first(where: { $0.slot == slot })
                ?? (newcomers.count > departures ? oldest : nil)
        else { return [] }
        var trial = Trial(worker: chosen.id)
        state = .proving
        lastFall = nil
        evidence.replacement = chosen.id
        evidence.replaced = elapsed(at: chosen.seen)
        // One that was there before the old one left still has to hold out without it.
        var start = max(chosen.seen, exited ?? accepted)
        if course.proof.lagBelow != nil { start = max(start, now) }  // nobody looked at its lag before
        _ = trial.note(chosen.lagMicroseconds, bound: course.proof.lagBelow)
        self.trial = trial
        var effects = [arm(.stability, start + course.proof.stable)]
        if !isCallOpen { effects += limitProof(from: max(start, now)) }
        return effects
    }

    /// While its manager is still at it, a replacement has all the time there is.
    mutating func limitProof(from start: MonotonicInstant) -> [RestartEffect] {
        guard course.proof.lagBelow != nil || course.proof.ready != nil else { return [] }
        return [arm(.proof, start + course.proof.stable + Self.proofLimit)]
    }

    /// A sweep while one is on trial: is it still there, and does it keep its lag?
    mutating func observe(_ workers: [LiveWorker], _ now: MonotonicInstant) -> [RestartEffect] {
        guard var trial else { return [] }
        guard let found = workers.first(where: { $0.id == trial.worker }) else {
            return lost(trial.worker) + choose(from: workers, now)
        }
        let isGood = trial.note(found.lagMicroseconds, bound: course.proof.lagBelow)
        self.trial = trial
        return isGood == false ? [arm(.stability, now + course.proof.stable)] : []
    }

    mutating func proofFired(_ timer: RestartTimer, _ now: MonotonicInstant) -> [RestartEffect] {
        guard trial != nil else { return [] }
        switch timer {
        case .stability:
            if course.proof.lagBelow != nil, trial?.hasLag == false {
                return [arm(.stability, now + Self.retryPause)]  // no reading yet: nothing is known
            }
            trial?.isStable = true
            return advance()
        case .retry: return advance()
        case .proof:
            evidence.detail += (evidence.detail.isEmpty ? "" : "; ") + shortfall
            return finish(.notReady(evidence))
        default: return []
        }
    }

    mutating func checked(_ answer: ManagerAnswer, _ number: UInt32, _ now: MonotonicInstant) -> [RestartEffect] {
        guard trial?.check == number else { return [] }
        trial?.check = nil
        guard answer == .done else {
            trial?.failure = answer.text
            return [arm(.retry, now + Self.retryPause)]
        }
        trial?.isReady = true
        return advance()
    }

    /// The next question, once the stable window is over: the ready check, then the kernel. A manager that is still at it may
    /// yet think otherwise: its answer comes first.
    mutating func advance() -> [RestartEffect] {
        guard let trial, trial.isStable, trial.check == nil, !isCallOpen else { return [] }
        if let ready = course.proof.ready, !trial.isReady {
            guard !timers.isArmed(.retry) else { return [] }
            checks &+= 1  // a name for the answer, no count
            self.trial?.check = checks
            return [.check(ready, of: trial.worker, number: checks)]
        }
        self.trial?.isAsked = true
        return [.verify(trial.worker)]
    }

    /// Only a plain "no longer that one" disproves it; where the kernel will not tell, the sweep's word stands.
    mutating func judged(_ answer: Verification) -> [RestartEffect] {
        guard let trial, trial.isAsked else { return [] }
        return answer == .failed(.changed) ? lost(trial.worker) : finish(.replaced(evidence))
    }

    private mutating func lost(_ worker: WorkerID) -> [RestartEffect] {
        fallen.insert(worker)
        evidence.fallen = UInt32(clamping: fallen.count)
        trial = nil
        let effects = disarm(.stability) + disarm(.retry) + disarm(.proof)
        if isWindowOver || fallen.count >= Self.fallenLimit { return effects + disarm(.replacement) + inspect() }
        state = .awaitingReplacement
        return effects
    }

    /// What the one on trial still lacks.
    private var shortfall: String {
        guard let trial else { return "" }
        if let bound = course.proof.lagBelow, !trial.isStable || !trial.hasLag {
            guard let lag = trial.lag else { return "its lag is not known" }
            return "its longest stretch was \(lag / 1000) ms, not below \(bound.words)"
        }
        return "ready check: \(trial.failure ?? "no answer in time")"
    }
}

extension Duration {
    /// For sentences: `10 s`, `250 ms`.
    var words: String {
        let milliseconds = nanoseconds / 1_000_000
        return milliseconds % 1000 == 0 ? "\(milliseconds / 1000) s" : "\(milliseconds) ms"
    }
}
