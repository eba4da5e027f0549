public import Model

/// One reload, scale, stop, start or signal: do the course's steps in order, then see what is expected of the workers.
///
/// - idle: nothing happened. `begin` → verifying where signals are among the steps, else acting.
/// - verifying: the kernel is asked whether the target is still that process. Held → acting. Otherwise done; nothing was
///   signalled.
/// - acting: a step was taken and its answer is awaited. Answered → growing, the next step, or watching after the last one.
///   Anything but done → done, failed; target changed or refused where nothing had been done yet.
/// - growing: a signal that changes the size has to show in the number of workers before the next one. It does → the next
///   step, or watching. Its time over → done, failed.
/// - watching: what is expected does not hold. It does → proving. The limit over, or nothing at all has changed for as long
///   as a master takes that turns it down → done, failed.
/// - proving: it holds, and has to for the stable window, then pass the ready check. It does → done. It breaks → watching, or
///   failed where the limit is over.
/// - done: reported once; everything later is ignored.
public struct GroupAction: Sendable {
    public enum State: Hashable, Sendable, CaseIterable {
        case idle, verifying, acting, growing, watching, proving, done
    }

    public let course: GroupCourse
    public private(set) var state = State.idle

    private let boot: BootID
    /// The workers when the first step was taken.
    private var before: Set<WorkerID>
    private var living: [LiveWorker]
    private var accepted = MonotonicInstant(nanoseconds: 0)
    /// The step that is being taken, and whether any had an effect.
    private var step = 0
    private var hasActed = false
    /// Its answer is open.
    private var isOpen = false
    private var timers = Deadlines<GroupTimer>()
    /// Workers that were there when what is expected began to hold, and still are.
    private var witnesses: Set<WorkerID> = []
    private var isStable = false
    private var isLimitOver = false
    private var checks: UInt32 = 0
    private var openCheck: UInt32?
    private var checkFailure: String?
    private var deeds: [String] = []

    /// - Parameter group: the living workers of the group now.
    public init(_ course: GroupCourse, boot: BootID, group: [LiveWorker]) {
        self.course = course
        self.boot = boot
        living = group.filter { $0.groupKey == course.groupKey }
        before = Set(living.map(\.id))
    }

    /// Whether a sweep soon would help.
    public var awaitsWorkers: Bool { state == .growing || state == .watching }

    public mutating func handle(_ event: GroupActionEvent, now: MonotonicInstant) -> [GroupActionEffect] {
        if state == .done { return [] }
        if case .workers(let workers) = event {
            living = workers.filter { $0.groupKey == course.groupKey }
            return looked(now)
        }
        switch (state, event) {
        case (.idle, .begin):
            guard course.signals else { return start(now) }
            guard let target = course.target else { return finish(.refused(.notAGroup)) }
            state = .verifying
            return [.verify(WorkerID(boot: boot, pid: target.pid, startTicks: target.startTicks))]
        case (.verifying, .verified(.held)): return start(now)
        case (.verifying, .verified(.failed(let failure))): return finish(failure.verdict)
        case (.acting, .signalled(let result)): return answered(result, now)
        case (.acting, .called(let answer)): return answered(answer, now)
        case (.proving, .checked(let answer, let number)): return checked(answer, number, now)
        case (_, .timerFired(let timer)):
            switch timers.fire(timer, now: now) {
            case .due: return fired(timer, now)
            case .early(let deadline): return [.arm(timer, deadline)]
            case .unknown: return []
            }
        case (_, .begin), (_, .verified), (_, .signalled), (_, .called), (_, .checked), (_, .workers): return []
        }
    }

    // MARK: steps

    private mutating func start(_ now: MonotonicInstant) -> [GroupActionEffect] {
        accepted = now
        before = Set(living.map(\.id))
        return take(now)
    }

    private mutating func take(_ now: MonotonicInstant) -> [GroupActionEffect] {
        guard step < course.steps.count else { return watch(now) }
        state = .acting
        isOpen = true
        switch course.steps[step] {
        case .signal(let number): return [.signal(Int32(number))]
        case .call(let call, let subject):
            return [
                .call(call, for: subject, limit: course.callLimit),
                arm(.call, now + course.callLimit + Restart.callSlack),
            ]
        }
    }

    private mutating func answered(_ result: SignalResult, _ now: MonotonicInstant) -> [GroupActionEffect] {
        guard isOpen, case .signal(let number) = course.steps[step] else { return [] }
        isOpen = false
        switch result {
        case .sent: break
        case .gone: return hasActed ? fail("the \(course.role) is gone", now) : finish(.targetChanged)
        case .denied:
            return hasActed ? fail("\(SignalNumber.name(number)) is forbidden", now) : finish(.refused(.notPermitted))
        }
        hasActed = true
        deeds.append("\(SignalNumber.name(number)) sent to the \(course.role)")
        guard case .size = course.expectation else { return next(now) }
        state = .growing
        return [arm(.step, now + course.limit)] + looked(now)
    }

    private mutating func answered(_ answer: ManagerAnswer, _ now: MonotonicInstant) -> [GroupActionEffect] {
        guard isOpen, case .call(let call, _) = course.steps[step] else { return [] }
        isOpen = false
        hasActed = true
        deeds.append("\(call.text): \(answer.text)")
        return disarm(.call) + (answer == .done ? next(now) : fail("", now))
    }

    private mutating func next(_ now: MonotonicInstant) -> [GroupActionEffect] {
        step += 1
        return take(now)
    }

    // MARK: what is expected

    private mutating func watch(_ now: MonotonicInstant) -> [GroupActionEffect] {
        if course.expectation == .nothing { return finish(.done(evidence(now))) }
        state = .watching
        let veto = course.veto.map { [arm(.veto, now + $0.after)] } ?? []
        return [arm(.limit, now + course.limit)] + veto + looked(now)
    }

    /// After each sweep, and when a state begins that asks for one.
    private mutating func looked(_ now: MonotonicInstant) -> [GroupActionEffect] {
        switch state {
        case .growing: return hasGrown ? disarm(.step) + next(now) : []
        case .watching:
            guard holds else { return [] }
            state = .proving
            isStable = false
            witnesses = Set(counted.map(\.id))
            return [arm(.stability, now + course.stable)]
        case .proving:
            witnesses.formIntersection(counted.map(\.id))
            guard !holds || witnesses.count < wanted else { return [] }
            state = .watching
            openCheck = nil
            let effects = disarm(.stability) + disarm(.retry)
            return effects + (isLimitOver ? fail(missing, now) : looked(now))
        case .idle, .verifying, .acting, .done: return []
        }
    }

    /// Whether the signal of this step shows.
    private var hasGrown: Bool {
        guard case .size(let size) = course.expectation else { return true }
        let taken = step + 1
        return Int(size) > before.count ? living.count >= before.count + taken : living.count <= before.count - taken
    }

    /// The workers that what is expected speaks of.
    private var counted: [LiveWorker] {
        if case .renewed = course.expectation { living.filter { !before.contains($0.id) } } else { living }
    }

    private var wanted: Int {
        switch course.expectation {
        case .nothing, .gone: 0
        case .renewed(let count, _), .present(let count), .size(let count): Int(count)
        }
    }

    private var holds: Bool {
        switch course.expectation {
        case .nothing: true
        case .gone: living.isEmpty
        case .size: living.count == wanted
        case .present: living.count >= wanted
        case .renewed(_, let mayLinger):
            counted.count >= wanted && (mayLinger || !living.contains { before.contains($0.id) })
        }
    }

    private mutating func fired(_ timer: GroupTimer, _ now: MonotonicInstant) -> [GroupActionEffect] {
        switch (state, timer) {
        case (.acting, .call): return answered(.timedOut, now)
        case (.growing, .step): return fail("the number of workers did not change within \(course.limit.words)", now)
        case (.watching, .limit): return fail(missing, now)
        case (.watching, .veto):
            guard let veto = course.veto, !before.isEmpty, Set(living.map(\.id)) == before else { return [] }
            return fail(veto.words, now)
        case (.proving, .limit):
            isLimitOver = true
            return isStable ? fail(missing, now) : []
        case (.proving, .stability):
            isStable = true
            return check(now)
        case (.proving, .retry):
            if openCheck != nil { checkFailure = nil }  // lost: as if it had not come in time
            openCheck = nil
            return isLimitOver ? fail(missing, now) : check(now)
        default: return []
        }
    }

    private mutating func check(_ now: MonotonicInstant) -> [GroupActionEffect] {
        guard let ready = course.ready, let worker = witnesses.min() else { return finish(.done(evidence(now))) }
        checks &+= 1  // a name for the answer, no count
        openCheck = checks
        return [
            .check(ready, of: worker, number: checks), arm(.retry, now + Restart.checkLimit + Restart.retryPause),
        ]
    }

    private mutating func checked(_ answer: ManagerAnswer, _ number: UInt32, _ now: MonotonicInstant)
        -> [GroupActionEffect]
    {
        guard openCheck == number else { return [] }
        openCheck = nil
        if answer == .done { return finish(.done(evidence(now))) }
        checkFailure = answer.text
        return isLimitOver ? fail(missing, now) : [arm(.retry, now + Restart.retryPause)]
    }

    /// What is expected and does not hold.
    private var missing: String {
        if state == .proving, isStable { return "ready check: \(checkFailure ?? "no answer in time")" }
        let old = living.filter { before.contains($0.id) }.count
        switch course.expectation {
        case .nothing: return ""
        case .gone: return "\(living.count) still live"
        case .size, .present: return "\(living.count) of \(wanted) live"
        case .renewed(_, let mayLinger):
            let new = "\(living.count - old) of \(wanted) new ones live"
            return old > 0 && !mayLinger ? "\(old) of before still live, \(new)" : new
        }
    }

    // MARK: ends

    private func evidence(_ now: MonotonicInstant, missing: String = "") -> GroupEvidence {
        let present = Set(living.map(\.id))
        return GroupEvidence(
            before: UInt32(clamping: before.count), after: UInt32(clamping: present.count),
            wanted: wanted > 0 ? UInt32(clamping: wanted) : nil,
            gone: UInt32(clamping: before.subtracting(present).count),
            new: UInt32(clamping: present.subtracting(before).count), elapsed: max(.zero, now - accepted),
            detail: (deeds + [missing]).filter { !$0.isEmpty }.joined(separator: "; "))
    }

    private mutating func fail(_ missing: String, _ now: MonotonicInstant) -> [GroupActionEffect] {
        finish(.failed(evidence(now, missing: missing)))
    }

    private mutating func finish(_ verdict: Verdict) -> [GroupActionEffect] {
        state = .done
        return timers.clear().map { .disarm($0) } + [.report(verdict)]
    }

    private mutating func arm(_ timer: GroupTimer, _ deadline: MonotonicInstant) -> GroupActionEffect {
        timers.arm(timer, deadline)
        return .arm(timer, deadline)
    }

    private mutating func disarm(_ timer: GroupTimer) -> [GroupActionEffect] {
        timers.disarm(timer) ? [.disarm(timer)] : []
    }
}
