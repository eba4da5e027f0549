public import Model

/// One restart of one worker that something else started: end it, see somebody replace it, see the replacement live.
///
/// - idle: nothing happened. `begin` → verifying.
/// - verifying: the kernel is asked whether the target is still the process on the operator's screen.
///   Held → SIGTERM, terminating. Otherwise done; nothing was signalled.
/// - terminating: SIGTERM was asked for. Exit → awaitingReplacement. Grace over → SIGKILL, killing.
///   Gone before the signal reached it → done, target changed. Signal forbidden → done, refused.
/// - killing: SIGKILL was asked for. Exit → awaitingReplacement. 5 s later still there → done, timed out.
/// - awaitingReplacement: the target is gone. A new worker of the group that stands for it → proving.
///   15 s after the exit none has → done, not replaced.
/// - proving: the replacement has to live for 2 s and then answer for itself. It does → done, replaced.
///   It ends → awaitingReplacement, or done, not replaced, where the 15 s are over.
/// - done: reported once; everything later is ignored.
///
/// Events that do not belong to the state are late or repeated and change nothing. There is no way to "ok" that does not
/// pass through a living new worker.
public struct Restart: Sendable {
    public enum State: Hashable, Sendable, CaseIterable {
        case idle, verifying, terminating, killing, awaitingReplacement, proving, done
    }

    public static let graceLimits: ClosedRange<Duration> = .milliseconds(100) ... .seconds(300)
    /// After SIGKILL; a process still there is in uninterruptible sleep.
    public static let killLimit = Duration.seconds(5)
    /// From the exit to the first sight of a replacement.
    public static let replacementLimit = Duration.seconds(15)
    /// A replacement that lives this long is one (strong-supervisor's figure).
    public static let stabilityWindow = Duration.seconds(2)

    public let target: WorkerID
    public let groupKey: String
    public let slot: UInt32
    public let grace: Duration
    public private(set) var state = State.idle
    /// What was seen so far.
    public private(set) var evidence = RestartEvidence()

    /// The group's workers when the restart began, the target among them: none of them can be its replacement.
    private let atBegin: Set<WorkerID>
    /// When the target was verified and the command thereby accepted: durations of the evidence count from here.
    private var accepted = MonotonicInstant(nanoseconds: 0)
    private var exited: MonotonicInstant?
    /// The signal whose result is not known yet.
    private var unanswered: Int32?
    private var armed: [RestartTimer: MonotonicInstant] = [:]
    /// The worker on trial in `proving`.
    private var candidate: LiveWorker?
    /// Replacements that ended within the stability window.
    private var fallen: Set<WorkerID> = []
    /// The wait for a replacement ended while one was on trial.
    private var isWindowOver = false

    /// - Parameter group: the living workers of the target's group now.
    public init(target: WorkerID, groupKey: String, slot: UInt32, grace: Duration, group: some Sequence<WorkerID>) {
        self.target = target
        self.groupKey = groupKey
        self.slot = slot
        self.grace = min(max(grace, Self.graceLimits.lowerBound), Self.graceLimits.upperBound)
        atBegin = Set(group).union([target])
    }

    /// Whether the shell still has to tell that or how the target ended.
    public var lacksExit: Bool {
        switch state {
        case .terminating, .killing: exited == nil
        case .awaitingReplacement, .proving: evidence.exitStatus == nil
        case .idle, .verifying, .done: false
        }
    }

    public mutating func handle(_ event: RestartEvent, now: MonotonicInstant) -> [RestartEffect] {
        switch (state, event) {
        case (.idle, .begin):
            state = .verifying
            return [.verify(target)]
        case (.verifying, .verified(.held)):
            accepted = now
            state = .terminating
            return [send(15), arm(.grace, now + grace)]
        case (.verifying, .verified(.failed(let failure))): return finish(Self.verdict(of: failure))
        case (.verifying, .exited): return finish(.targetChanged)
        case (.terminating, .exited(let status)), (.killing, .exited(let status)): return ended(status, now)
        case (.awaitingReplacement, .exited(let status)), (.proving, .exited(let status)):
            evidence.exitStatus = evidence.exitStatus ?? status
            return []
        case (.awaitingReplacement, .workers(let workers)): return choose(from: workers)
        case (.proving, .workers(let workers)):
            guard let candidate, !workers.contains(where: { $0.id == candidate.id }) else { return [] }
            return lost(candidate.id) + choose(from: workers)
        case (.proving, .verified(let answer)):
            guard let candidate, armed[.stability] == nil else { return [] }  // not asked yet
            // Only a plain "no longer that one" disproves it; where the kernel will not tell, the sweep's word stands.
            return answer == .failed(.changed) ? lost(candidate.id) : finish(.replaced(evidence))
        case (.done, _): return []
        case (_, .signalled(let result)): return answered(result, now)
        case (_, .timerFired(let timer)): return fired(timer, now)
        case (_, .begin), (_, .verified), (.idle, _), (_, .workers): return []
        }
    }

    private mutating func answered(_ result: SignalResult, _ now: MonotonicInstant) -> [RestartEffect] {
        guard let number = unanswered else { return [] }
        unanswered = nil
        if result == .sent {
            evidence.signals.append(SentSignal(number: UInt8(clamping: number), after: elapsed(at: now)))
        }
        switch (state, result) {
        case (.terminating, .sent): return exited == nil ? [] : awaitReplacement()
        case (.terminating, .gone): return finish(.targetChanged)
        case (.terminating, .denied): return finish(exited == nil ? .refused(.notPermitted) : .targetChanged)
        case (.killing, .gone): return ended(nil, now)
        default: return []
        }
    }

    private mutating func fired(_ timer: RestartTimer, _ now: MonotonicInstant) -> [RestartEffect] {
        guard let deadline = armed[timer] else { return [] }
        guard now >= deadline else { return [.arm(timer, deadline)] }  // a shell that woke early has to wait again
        armed[timer] = nil
        switch (state, timer) {
        case (.terminating, .grace):
            guard exited == nil else { return awaitReplacement() }
            state = .killing
            return [send(9), arm(.kill, now + Self.killLimit)]
        case (.killing, .kill): return finish(.timedOut(evidence))
        case (.awaitingReplacement, .replacement): return finish(.notReplaced(evidence))
        case (.proving, .replacement):
            isWindowOver = true
            return []
        case (.proving, .stability): return candidate.map { [.verify($0.id)] } ?? []
        default: return []
        }
    }

    /// The target ended. While the result of SIGTERM is open it is not known whether we had a part in it: wait for that.
    private mutating func ended(_ status: ExitStatus?, _ now: MonotonicInstant) -> [RestartEffect] {
        exited = exited ?? now
        evidence.exited = evidence.exited ?? elapsed(at: now)
        evidence.exitStatus = evidence.exitStatus ?? status
        if state == .terminating, evidence.signals.isEmpty {
            return unanswered == nil ? finish(.targetChanged) : []
        }
        return awaitReplacement()
    }

    private mutating func awaitReplacement() -> [RestartEffect] {
        state = .awaitingReplacement
        return disarm(.grace) + disarm(.kill) + [arm(.replacement, (exited ?? accepted) + Self.replacementLimit)]
    }

    /// A newcomer stands for the target when it took its slot, or when newcomers outnumber the *other* workers that left
    /// since the beginning: a neighbour that crashed and came back meanwhile is no replacement.
    private mutating func choose(from workers: [LiveWorker]) -> [RestartEffect] {
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
        candidate = chosen
        state = .proving
        evidence.replacement = chosen.id
        evidence.replaced = elapsed(at: chosen.seen)
        // One that was there before the old one left still has to hold out without it.
        return [arm(.stability, max(chosen.seen, exited ?? accepted) + Self.stabilityWindow)]
    }

    private mutating func lost(_ worker: WorkerID) -> [RestartEffect] {
        fallen.insert(worker)
        candidate = nil
        if isWindowOver { return finish(.notReplaced(evidence)) }
        state = .awaitingReplacement
        return disarm(.stability)
    }

    private mutating func finish(_ verdict: Verdict) -> [RestartEffect] {
        let leftOver = RestartTimer.allCases.flatMap { disarm($0) }
        state = .done
        return leftOver + [.report(verdict)]
    }

    private mutating func send(_ number: Int32) -> RestartEffect {
        unanswered = number
        return .signal(number)
    }

    private mutating func arm(_ timer: RestartTimer, _ deadline: MonotonicInstant) -> RestartEffect {
        armed[timer] = deadline
        return .arm(timer, deadline)
    }

    private mutating func disarm(_ timer: RestartTimer) -> [RestartEffect] {
        armed.removeValue(forKey: timer) == nil ? [] : [.disarm(timer)]
    }

    private func elapsed(at instant: MonotonicInstant) -> Duration { max(.zero, instant - accepted) }

    private static func verdict(of failure: VerificationFailure) -> Verdict {
        switch failure {
        case .changed: .targetChanged
        case .denied: .refused(.notPermitted)
        case .unsupportedKernel: .refused(.unsupportedKernel)
        case .protected: .refused(.protectedProcess)
        case .exhausted: .refused(.tooManyCommands)
        }
    }
}
