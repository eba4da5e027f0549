public import Model

/// One restart of one worker that something else started: end it, see somebody replace it, see the replacement live.
///
/// - idle: nothing happened. `begin` → verifying.
/// - verifying: the kernel is asked whether the target is still the process on the operator's screen.
///   Held → the course's first step: quieting, terminating or asking. Otherwise done; nothing was signalled.
/// - quieting: a signal lets it finish what it has. Time over → terminating or asking.
/// - terminating: the polite signal was asked for. Exit → awaitingReplacement. Grace over → the final signal, killing; where
///   the course has none → done, timed out. Gone before the signal reached it → done, target changed. Signal forbidden →
///   done, refused.
/// - killing: the final signal was asked for. Exit → awaitingReplacement. 5 s later still there → done, unkillable.
/// - asking: a manager was asked. Exit → awaitingReplacement. It failed and the worker lives → done, manager failed.
/// - awaitingReplacement: the target is gone. A new worker of the group that stands for it → proving.
///   15 s after the exit (or the manager's answer) none has, or the master is gone too → inspecting.
/// - proving: the replacement has to live for the stable window, with its lag below the bound and the ready check passed
///   where those are asked for, and then answer for itself. It does → done, replaced. It ends → awaitingReplacement, or
///   inspecting where the time is over or too many fell. It lives and does not come through in its time → done, not ready.
/// - inspecting: what is left of the target, and who holds the port → done, with the verdict that says so.
/// - done: reported once; everything later is ignored.
///
/// Events that do not belong to the state are late or repeated and change nothing. There is no way to "ok" that does not
/// pass through a living new worker.
public struct Restart: Sendable {
    public enum State: Hashable, Sendable, CaseIterable {
        case idle, verifying, quieting, terminating, killing, asking, awaitingReplacement, proving, inspecting, done
    }

    /// After the final signal; a process still there is in uninterruptible sleep.
    public static let killLimit = Duration.seconds(5)
    /// For the end of the worker to be noticed after its manager answered that it failed.
    public static let noticeLimit = Duration.seconds(2)
    /// A manager that has not answered this long after its limit is taken to be lost.
    static let callSlack = Duration.seconds(5)
    /// For one look of a ready check.
    public static let checkLimit = Duration.seconds(5)
    /// Between a ready check that failed and the next look.
    public static let retryPause = Duration.seconds(1)
    /// For lag and ready check, after the stable window could have been over.
    public static let proofLimit = Duration.seconds(60)
    /// So many replacements that fell end the wait early.
    public static let fallenLimit = 5

    public let course: RestartCourse
    public internal(set) var state = State.idle
    /// What was seen so far.
    public internal(set) var evidence = RestartEvidence()

    public var target: WorkerID { course.target }
    public var groupKey: String { course.groupKey }
    public var slot: UInt32 { course.slot }

    /// Somebody else ended the target: nothing is signalled, its replacement is waited for and proved.
    let isWatch: Bool
    /// The group's workers when the restart began, the target among them: none of them can be its replacement.
    let atBegin: Set<WorkerID>
    /// When the target was verified and the command thereby accepted: durations of the evidence count from here.
    var accepted = MonotonicInstant(nanoseconds: 0)
    var exited: MonotonicInstant?
    var timers = Deadlines<RestartTimer>()
    /// The worker on trial in `proving`.
    var trial: Trial?
    /// Replacements that ended on trial.
    var fallen: Set<WorkerID> = []
    /// The wait for a replacement ended while one was on trial.
    var isWindowOver = false
    /// The ready checks asked for so far, by number.
    var checks: UInt32 = 0
    /// How the last of them ended.
    var lastFall: ExitStatus?
    /// The one that had to start a replacement has ended too.
    private(set) var isMasterGone = false
    /// The signal whose result is not known yet.
    private var unanswered: Int32?
    /// The manager was asked and has not answered.
    private(set) var isCallOpen = false
    /// It answered anything but done.
    private var failure: ManagerAnswer?

    /// - Parameter group: the living workers of the target's group now.
    public init(_ course: RestartCourse, group: some Sequence<WorkerID>) {
        self.init(course, group: group, isWatch: false)
    }

    init(_ course: RestartCourse, group: some Sequence<WorkerID>, isWatch: Bool) {
        self.course = course
        self.isWatch = isWatch
        atBegin = Set(group).union([course.target])
    }

    /// Whether the shell still has to tell that or how the target ended.
    public var lacksExit: Bool {
        switch state {
        case .quieting, .terminating, .killing, .asking: exited == nil
        case .awaitingReplacement, .proving: !isWatch && evidence.exitStatus == nil
        case .idle, .verifying, .inspecting, .done: false
        }
    }

    /// Whether a sweep soon would help.
    public var awaitsReplacement: Bool { state == .awaitingReplacement }

    public mutating func handle(_ event: RestartEvent, now: MonotonicInstant) -> [RestartEffect] {
        switch (state, event) {
        case (.done, _): return []
        case (.idle, .begin): return begin(now)
        case (.verifying, .verified(.held)):
            accepted = now
            return depart(now, isQuiet: course.prelude == nil)
        case (.verifying, .verified(.failed(let failure))): return finish(failure.verdict)
        case (.verifying, .exited): return finish(.targetChanged)
        case (.quieting, .exited(let status)), (.terminating, .exited(let status)), (.killing, .exited(let status)),
            (.asking, .exited(let status)):
            return ended(status, now)
        case (.awaitingReplacement, .exited(let status)), (.proving, .exited(let status)):
            evidence.exitStatus = evidence.exitStatus ?? status
            return []
        case (.awaitingReplacement, .workers(let workers)): return choose(from: workers, now)
        case (.awaitingReplacement, .masterGone): return isCallOpen ? [] : disarm(.replacement) + inspect()
        case (.proving, .otherExited(let worker, let status)):
            if trial?.worker == worker { lastFall = status }
            return []
        case (.proving, .workers(let workers)): return observe(workers, now)
        case (.proving, .verified(let answer)): return judged(answer)
        case (.proving, .checked(let answer, let number)): return checked(answer, number, now)
        case (.inspecting, .inspected(let remains)): return finish(verdict(of: remains))
        case (_, .signalled(let result)): return answered(result, now)
        case (_, .called(let answer)): return called(answer, now)
        case (_, .timerFired(let timer)):
            switch timers.fire(timer, now: now) {
            case .due: return fired(timer, now)
            case .early(let deadline): return [.arm(timer, deadline)]
            case .unknown: return []
            }
        case (_, .begin), (_, .verified), (_, .exited), (_, .workers), (_, .otherExited), (_, .masterGone),
            (_, .checked), (_, .inspected):
            return []
        }
    }

    private mutating func begin(_ now: MonotonicInstant) -> [RestartEffect] {
        guard isWatch else {
            state = .verifying
            return [.verify(target)]
        }
        accepted = now
        exited = now
        return awaitReplacement(now)
    }

    // MARK: departure

    private mutating func depart(_ now: MonotonicInstant, isQuiet: Bool) -> [RestartEffect] {
        if !isQuiet, let prelude = course.prelude {
            state = .quieting
            return [send(prelude.signal), arm(.prelude, now + prelude.wait)]
        }
        switch course.departure {
        case .signals(let polite, _):
            state = .terminating
            return [send(polite), arm(.grace, now + course.grace)]
        case .call(let call):
            state = .asking
            isCallOpen = true
            return [
                .call(call, for: course.subject, limit: course.callLimit),
                arm(.call, now + course.callLimit + Self.callSlack),
            ]
        }
    }

    private mutating func answered(_ result: SignalResult, _ now: MonotonicInstant) -> [RestartEffect] {
        guard let number = unanswered else { return [] }
        unanswered = nil
        let hadPart = !evidence.signals.isEmpty  // a prelude reached it before
        if result == .sent {
            evidence.signals.append(SentSignal(number: UInt8(clamping: number), after: elapsed(at: now)))
        }
        switch (state, result) {
        case (.quieting, .sent), (.terminating, .sent): return exited == nil ? [] : awaitReplacement(now)
        case (.quieting, .gone), (.terminating, .gone): return hadPart ? ended(nil, now) : finish(.targetChanged)
        case (.quieting, .denied), (.terminating, .denied):
            guard exited == nil else { return hadPart ? awaitReplacement(now) : finish(.targetChanged) }
            return finish(hadPart ? .timedOut(evidence) : .refused(.notPermitted))
        case (.killing, .gone): return ended(nil, now)
        default: return []
        }
    }

    private mutating func called(_ answer: ManagerAnswer, _ now: MonotonicInstant) -> [RestartEffect] {
        guard isCallOpen, case .call(let call) = course.departure else { return [] }
        isCallOpen = false
        if answer != .done { failure = answer }
        evidence.detail = "\(call.text): \(answer.text)"
        let effects = disarm(.call)
        switch state {
        case .asking: return effects + [arm(.grace, now + (answer == .done ? course.grace : Self.noticeLimit))]
        case .awaitingReplacement: return effects + [arm(.replacement, now + course.proof.replacementLimit)]
        case .proving:
            return effects + [arm(.replacement, now + course.proof.replacementLimit)] + limitProof(from: now)
                + advance()
        default: return effects
        }
    }

    private mutating func fired(_ timer: RestartTimer, _ now: MonotonicInstant) -> [RestartEffect] {
        switch (state, timer) {
        case (.quieting, .prelude): return exited == nil ? depart(now, isQuiet: true) : awaitReplacement(now)
        case (.terminating, .grace):
            guard exited == nil else { return awaitReplacement(now) }
            guard case .signals(_, let final?) = course.departure else { return finish(.timedOut(evidence)) }
            state = .killing
            return [send(final), arm(.kill, now + Self.killLimit)]
        case (.killing, .kill):
            guard case .signals(_, let final?) = course.departure, evidence.signals.last?.number == final else {
                return finish(.timedOut(evidence))  // it could not be sent
            }
            return finish(.unkillable(evidence))
        case (.asking, .grace):
            if failure == nil { evidence.detail += ", but the old worker still lives" }
            return finish(failed() ?? .timedOut(evidence))
        case (_, .call): return called(.timedOut, now)
        case (.awaitingReplacement, .replacement): return inspect()
        case (.proving, .replacement):
            isWindowOver = true
            return []
        case (.proving, .stability), (.proving, .retry), (.proving, .proof): return proofFired(timer, now)
        default: return []
        }
    }

    /// The target ended. While the result of the first signal is open it is not known whether we had a part in it: wait for
    /// that.
    private mutating func ended(_ status: ExitStatus?, _ now: MonotonicInstant) -> [RestartEffect] {
        exited = exited ?? now
        evidence.exited = evidence.exited ?? elapsed(at: now)
        evidence.exitStatus = evidence.exitStatus ?? status
        if state == .quieting || state == .terminating, evidence.signals.isEmpty {
            return unanswered == nil ? finish(.targetChanged) : []
        }
        return awaitReplacement(now)
    }

    /// A manager that is still at it starts the new one last: the time for that counts from its answer.
    private mutating func awaitReplacement(_ now: MonotonicInstant) -> [RestartEffect] {
        state = .awaitingReplacement
        let effects = disarm(.prelude) + disarm(.grace) + disarm(.kill)
        if isCallOpen { return effects }
        let left = if case .call = course.departure { now } else { exited ?? accepted }
        return effects + [arm(.replacement, left + course.proof.replacementLimit)]
    }

    // MARK: ends

    mutating func inspect() -> [RestartEffect] {
        state = .inspecting
        return [.inspect]
    }

    /// Why there is no replacement, by what explains the most.
    private mutating func verdict(of remains: Remains) -> Verdict {
        if !fallen.isEmpty, let lastFall { add("what came in its place ended with \(lastFall.words)") }
        if let master = remains.master {
            isMasterGone = true
            add(master.sentence(living: remains.workers, of: atBegin.count))
        }
        if let orphan = remains.orphan { return .orphanHoldsPort(evidence, orphan) }
        if fallen.count >= 2 { return .crashLoop(evidence) }
        if remains.isZombie { return .zombieLeft(evidence) }
        return failed() ?? .notReplaced(evidence)
    }

    private mutating func add(_ detail: String) {
        evidence.detail += (evidence.detail.isEmpty ? "" : "; ") + detail
    }

    /// The manager's failure as a verdict.
    private func failed() -> Verdict? {
        switch failure {
        case nil, .done?: nil
        case .failed?: .managerFailed(evidence)
        case .timedOut?: .timedOut(evidence)
        }
    }

    mutating func finish(_ verdict: Verdict) -> [RestartEffect] {
        state = .done
        return timers.clear().map { .disarm($0) } + [.report(verdict)]
    }

    private mutating func send(_ number: UInt8) -> RestartEffect {
        unanswered = Int32(number)
        return .signal(Int32(number))
    }

    mutating func arm(_ timer: RestartTimer, _ deadline: MonotonicInstant) -> RestartEffect {
        timers.arm(timer, deadline)
        return .arm(timer, deadline)
    }

    mutating func disarm(_ timer: RestartTimer) -> [RestartEffect] { timers.disarm(timer) ? [.disarm(timer)] : [] }

    func elapsed(at instant: MonotonicInstant) -> Duration { max(.zero, instant - accepted) }
}

extension ManagerAnswer {
    /// For evidence.
    var text: String {
        switch self {
        case .done: "done"
        case .failed(let why): "failed: \(why)"
        case .timedOut: "no answer in time"
        }
    }
}
