public import Model

/// Restarts of all workers of a group, a few at a time, oldest first: the next begins when one is proved.
///
/// - running: workers are under way. All replaced → finished. One is not → nothing more is begun, and when those under way
///   have ended → failed. `pause` or a lost hold → the same, paused. `abort` → the same, aborted.
/// - paused: nothing is under way. `resume` → running, `abort` → aborted.
/// - failed: nothing is under way. `resume` → running with the failed slot first, `abort` → aborted.
/// - finished, aborted: over; everything later is ignored.
///
/// What is asked while workers are under way shows in the reason; the state changes when they have ended. Workers that
/// appear meanwhile are not touched. One that went away before its turn is not signalled: what came in its place has to
/// prove itself like any replacement, and counts as replaced by others.
public struct Roll: Sendable {
    public let id: CommandID
    public let issuer: String
    public let groupKey: String
    public let options: RollOptions
    public private(set) var state = RollSummary.State.running

    private let began: MonotonicInstant
    private var entries: [RollEntry]
    /// Indices of the entries to begin, in order.
    private var queue: [Int]
    private var living: [LiveWorker]
    /// Every worker that was a target: a newcomer is none of them.
    private var originals: Set<WorkerID>
    private var halt: Halt?
    private var reason = ""
    /// What was not replaced, since it began or went on.
    private var failure = ""
    /// The master ended when a worker of it was restarted.
    private var isMasterGone = false
    private var hasBegun = false
    /// Resumed from rest, when nobody told it of workers: it goes on with the next sweep, by these courses.
    private var resumed: [RestartCourse]?
    /// Somebody waits for this leg's end.
    private var owesReport = true

    /// Why nothing more is begun.
    private enum Halt {
        case pause, failure, abort
    }

    /// - Parameters:
    ///   - courses: in the order in which they are to be restarted.
    ///   - group: the living workers of the group now.
    public init(
        id: CommandID, issuer: String, groupKey: String, courses: [RestartCourse], options: RollOptions,
        group: [LiveWorker], began: MonotonicInstant
    ) {
        self.id = id
        self.issuer = issuer
        self.groupKey = groupKey
        self.options = options
        self.began = began
        var seen: Set<WorkerID> = []
        entries = courses.filter { seen.insert($0.target).inserted }.map { RollEntry(course: $0) }
        originals = seen
        queue = Array(entries.indices)
        living = group.filter { $0.groupKey == groupKey }
    }

    public var isOver: Bool { state.isOver }

    /// Targets whose restart goes on.
    public var underWay: [WorkerID] { entries.filter { $0.machine != nil }.map(\.course.target) }

    /// Targets of which the shell still has to tell that or how they ended.
    public var lacksExit: [WorkerID] { entries.filter { $0.machine?.lacksExit == true }.map(\.course.target) }

    /// Whether a sweep soon would help.
    public var awaitsReplacement: Bool {
        resumed != nil || entries.contains { $0.machine?.awaitsReplacement == true }
    }

    /// The longest that one worker can take.
    public var longest: Duration? { entries.map(\.course.longest).max() }

    /// What was seen of one that is under way.
    public func evidence(of target: WorkerID) -> RestartEvidence? {
        entries.first { $0.course.target == target }?.machine?.evidence
    }

    public var summary: RollSummary {
        RollSummary(
            id: id, state: state, issuer: issuer, total: UInt32(clamping: entries.count),
            replaced: UInt32(clamping: entries.filter { $0.phase == .replaced }.count),
            underWay: entries.filter { $0.machine != nil }.map(\.course.slot), reason: shownReason, began: began)
    }

    public mutating func handle(_ event: RollEvent, now: MonotonicInstant) -> [RollEffect] {
        if state.isOver { return [] }
        switch event {
        case .begin:
            guard !hasBegun else { return [] }
            hasBegun = true
            return advance(now)
        case .otherExited(let worker, let status):
            var effects: [RollEffect] = []
            for index in entries.indices where entries[index].machine != nil {
                effects += tell(index, .otherExited(worker, status), now)
            }
            return effects
        case .masterGone:
            var effects: [RollEffect] = []
            for index in entries.indices where entries[index].machine != nil {
                effects += tell(index, .masterGone, now)
            }
            return effects.contains(where: \.isEnd) ? effects + advance(now) : effects
        case .restart(let target, let event):
            if case .workers = event { return [] }
            guard let index = entries.firstIndex(where: { $0.course.target == target }) else { return [] }
            let effects = tell(index, event, now)
            return effects.contains(where: \.isEnd) ? effects + advance(now) : effects
        case .workers(let workers):
            living = workers.filter { $0.groupKey == groupKey }
            var effects: [RollEffect] = []
            for index in entries.indices where entries[index].machine != nil {
                effects += tell(index, .workers(view(of: index)), now)
            }
            if let resumed { return renew(from: resumed, now) }
            return effects.contains(where: \.isEnd) ? effects + advance(now) : effects
        case .pause(let who): return stop(.pause, "paused by \(who)", now)
        case .holdLost: return stop(.pause, "paused, because its hold ended", now)
        case .abort(let who): return stop(.abort, "aborted by \(who)", now)
        case .resume(_, let courses): return resume(courses, now)
        }
    }

    // MARK: orders

    private mutating func stop(_ halt: Halt, _ reason: String, _ now: MonotonicInstant) -> [RollEffect] {
        switch (self.halt, halt) {
        case (nil, _), (.pause, .abort), (.failure, .abort): break
        default: return []
        }
        self.halt = halt
        self.reason = reason
        resumed = nil
        return advance(now)
    }

    private mutating func resume(_ courses: [RestartCourse], _ now: MonotonicInstant) -> [RollEffect] {
        guard hasBegun, halt == .pause || state == .failed else { return [] }
        if state == .failed { owesReport = true }
        let wasAtRest = state != .running
        halt = nil
        state = .running
        reason = ""
        failure = ""
        isMasterGone = false
        resumed = courses
        return wasAtRest ? [.changed(summary)] : renew(from: courses, now)
    }

    private mutating func renew(from courses: [RestartCourse], _ now: MonotonicInstant) -> [RollEffect] {
        resumed = nil
        for index in requeue(courses) where entries[index].phase == .failed { entries[index].phase = .pending }
        return advance(now)
    }

    /// Whose turn it is now, the failed ones first; each with its course as of now.
    private mutating func requeue(_ courses: [RestartCourse]) -> [Int] {
        queue = entries.indices.filter { entries[$0].phase == .failed } + queue
        for index in queue { renew(index, from: courses) }
        return queue
    }

    /// The same, without going on.
    mutating func order(toResume courses: [RestartCourse], among living: [LiveWorker]) -> [RollEntry] {
        self.living = living.filter { $0.groupKey == groupKey }
        return requeue(courses).map { entries[$0] }
    }

    func isOriginal(_ worker: WorkerID) -> Bool { originals.contains(worker) }

    /// A course as of now: for the same worker, or for the one that came in its place and did not prove itself.
    private mutating func renew(_ index: Int, from courses: [RestartCourse]) {
        let entry = entries[index]
        // Only where it has the very slot: another one may be new, and is then none of the roll's.
        let unproved = entry.unproved.flatMap { worker in
            living.contains { $0.id == worker && $0.slot == entry.course.slot } ? worker : nil
        }
        guard let course = courses.first(where: { $0.target == unproved ?? entry.course.target }) else { return }
        entries[index].isRetried = unproved != nil
        entries[index].course = course
        entries[index].unproved = nil
        originals.insert(course.target)
    }

    // MARK: moving on

    /// Begins what may be begun; settles when nothing is under way any more.
    private mutating func advance(_ now: MonotonicInstant) -> [RollEffect] {
        var effects: [RollEffect] = []
        while hasBegun, halt == nil, !queue.isEmpty, underWay.count < Int(max(1, options.maxUnavailable)) {
            effects += start(queue.removeFirst(), now)
        }
        guard hasBegun || halt == .abort, underWay.isEmpty, resumed == nil else { return effects + [.changed(summary)] }
        let isThrough = queue.isEmpty && !entries.contains { $0.phase == .failed }
        switch halt {
        case nil: settle(.finished)
        case .pause where isThrough, .abort where isThrough:  // asked for while the last one was under way
            reason += ": too late, it was through"
            settle(.finished)
        case .pause: settle(.paused)
        case .failure: settle(.failed)
        case .abort: settle(.aborted)
        }
        effects.append(.changed(summary))
        guard state != .paused, owesReport else { return effects }
        owesReport = false
        return effects + [.report(.rolled(summary))]
    }

    private mutating func settle(_ state: RollSummary.State) {
        self.state = state
        let others = entries.filter { $0.phase == .byOthers }.count
        switch state {
        case .finished:
            if others > 0 { reason += (reason.isEmpty ? "" : "; ") + "\(others) had been replaced by others" }
        case .failed:
            reason += rest + (isMasterGone ? "" : "; resume tries it again")
        case .aborted: reason += (failure.isEmpty ? "" : ", after \(failure)") + rest
        case .running, .paused: break
        }
    }

    /// What became of the workers whose turn had not come: only who lives is untouched.
    private var rest: String {
        let waiting = entries.filter { $0.phase == .pending }
        let gone = waiting.count { entry in !living.contains { $0.id == entry.course.target } }
        var text = ""
        if waiting.count > gone { text += "; \(waiting.count - gone) untouched" }
        if gone > 0 { text += "; \(gone) not signalled ended too" }
        return text
    }

    private mutating func start(_ index: Int, _ now: MonotonicInstant) -> [RollEffect] {
        let target = entries[index].course.target
        let lives = living.contains { $0.id == target }
        entries[index].machine =
            lives
            ? Restart(entries[index].course, group: living.map(\.id))
            : Restart(entries[index].course, group: originals.union(claimed(by: nil)), isWatch: true)
        return tell(index, .begin, now) + (lives ? [] : tell(index, .workers(view(of: index)), now))
    }

    /// Hands an event to one restart; its report becomes an end.
    private mutating func tell(_ index: Int, _ event: RestartEvent, _ now: MonotonicInstant) -> [RollEffect] {
        let target = entries[index].course.target
        var effects: [RollEffect] = []
        for effect in entries[index].machine?.handle(event, now: now) ?? [] {
            if case .report(let verdict) = effect {
                effects += conclude(index, verdict, now)
            } else {
                effects.append(.restart(target, effect))
            }
        }
        return effects
    }

    private mutating func conclude(_ index: Int, _ verdict: Verdict, _ now: MonotonicInstant) -> [RollEffect] {
        guard let machine = entries[index].machine else { return [] }
        entries[index].machine = nil
        let target = entries[index].course.target
        if verdict == .targetChanged, !machine.isWatch {
            living.removeAll { $0.id == target }  // it went before the sweep noticed
            return start(index, now)
        }
        if machine.evidence.exited != nil { entries[index].isEndedByUs = true }
        entries[index].fallen.formUnion(machine.fallen)
        if case .replaced = verdict {
            entries[index].phase = entries[index].isEndedByUs ? .replaced : .byOthers
            entries[index].replacement = machine.evidence.replacement
        } else {
            entries[index].phase = .failed
            isMasterGone = isMasterGone || machine.isMasterGone
            failure = "slot \(machine.slot): \(verdict.word)"
            if case .notReady = verdict { entries[index].unproved = machine.evidence.replacement }
            if halt != .abort {
                reason = failure
                halt = .failure
            }
        }
        return [.ended(target, slot: machine.slot, verdict)]
    }

    /// While it is still moving, what it is going to be.
    private var shownReason: String {
        let slots = entries.filter { $0.machine != nil }.map { "\($0.course.slot)" }
        guard state == .running, let halt, !slots.isEmpty else { return reason }
        let end = "slot \(slots.joined(separator: ", ")) \(slots.count == 1 ? "has" : "have") ended"
        return halt == .failure ? "\(reason); it stops once \(end)" : "\(reason), once \(end)"
    }

    // MARK: several at a time

    /// Replacements that belong to other entries.
    private func claimed(by index: Int?) -> Set<WorkerID> {
        var claimed: Set<WorkerID> = []
        for other in entries.indices where other != index {
            claimed.formUnion(entries[other].fallen)
            if let machine = entries[other].machine { claimed.formUnion(machine.fallen) }
            if let worker = entries[other].machine?.trial?.worker ?? entries[other].replacement {
                claimed.insert(worker)
            }
        }
        return claimed
    }

    /// The group as one restart has to see it: newcomers that stand for others are none to it, and targets of others count
    /// as if they still lived, so that it does not take their going for a crash.
    private func view(of index: Int) -> [LiveWorker] {
        guard let machine = entries[index].machine else { return [] }
        let claimed = claimed(by: index)
        let taken = Set(entries.indices.filter { $0 != index }.map { entries[$0].course.slot })
        var view = living.filter { worker in
            machine.atBegin.contains(worker.id) || machine.trial?.worker == worker.id
                || !claimed.contains(worker.id) && (worker.slot == machine.slot || !taken.contains(worker.slot))
        }
        for other in entries.indices where other != index && entries[other].phase != .failed {
            let entry = entries[other]
            guard entry.machine != nil || entry.replacement != nil, machine.atBegin.contains(entry.course.target),
                !living.contains(where: { $0.id == entry.course.target })
            else { continue }
            view.append(
                LiveWorker(
                    id: entry.course.target, groupKey: groupKey, app: "", slot: entry.course.slot, seen: began))
        }
        return view
    }
}

extension RollEffect {
    fileprivate var isEnd: Bool {
        if case .ended = self { true } else { false }
    }
}
