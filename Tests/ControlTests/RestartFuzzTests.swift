import Control
import Model
import TestSupport
import Testing

/// Watches one restart from outside and knows only what a restart may do, not how it works.
private struct Witness {
    let course: RestartCourse
    let atBegin: Set<WorkerID>
    var wasHeld = false
    /// Signals asked for, in order, with when.
    var asked: [(number: Int32, at: MonotonicInstant)] = []
    var callEnds: MonotonicInstant?
    var hasCalled: Bool { callEnds != nil }
    var callAnswer: ManagerAnswer?
    var awaitsSignalResult = false
    var delivered: [Int32] = []
    var sawExit = false
    /// The workers of the newest list, with when they were first listed and when their lag was last not below the bound.
    var listed: [WorkerID: MonotonicInstant] = [:]
    var slow: [WorkerID: MonotonicInstant] = [:]
    var disproved: Set<WorkerID> = []
    var verifying: WorkerID?
    var checks: [UInt32: WorkerID] = [:]
    var ready: Set<WorkerID> = []
    var remains: Remains?
    var reports: [Verdict] = []
    var complaints: [String] = []

    /// What a restart of this course may send, in this order; each with how long after the one before.
    var sequence: [(Int32, Duration)] {
        var sequence: [(Int32, Duration)] = []
        if let prelude = course.prelude { sequence.append((Int32(prelude.signal), .zero)) }
        if case .signals(let polite, let final) = course.departure {
            sequence.append((Int32(polite), course.prelude?.wait ?? .zero))
            if let final { sequence.append((Int32(final), course.grace)) }
        }
        return sequence
    }

    mutating func before(_ event: RestartEvent, _ state: Restart.State, now: MonotonicInstant) {
        switch event {
        case .verified(.held): wasHeld = wasHeld || state == .verifying
        case .verified(.failed(.changed)): if let verifying, state == .proving { disproved.insert(verifying) }
        case .signalled(let result):
            guard awaitsSignalResult else { return }
            awaitsSignalResult = false
            if result == .sent, let number = asked.last?.number { delivered.append(number) }
            if result == .gone { sawExit = true }
        case .called(let answer): if hasCalled { callAnswer = callAnswer ?? answer }
        case .timerFired(.call): if let callEnds, now >= callEnds { callAnswer = callAnswer ?? .timedOut }
        case .checked(.done, let number): if let worker = checks[number] { ready.insert(worker) }
        case .inspected(let remains): if state == .inspecting { self.remains = remains }
        case .exited: if state != .idle { sawExit = true }
        case .workers(let workers):
            var next: [WorkerID: MonotonicInstant] = [:]
            for worker in workers where worker.groupKey == "web" {
                next[worker.id] = listed[worker.id] ?? worker.seen
                let lag = Duration.microseconds(Int64(worker.lagMicroseconds ?? 0))
                if let bound = course.proof.lagBelow, lag >= bound { slow[worker.id] = now }
            }
            listed = next
        default: break
        }
    }

    mutating func after(_ effects: [RestartEffect], now: MonotonicInstant) {
        for effect in effects {
            if !reports.isEmpty { complaints.append("\(effect) after the report") }
            switch effect {
            case .verify(let worker): verifying = worker
            case .signal(let number):
                if !wasHeld { complaints.append("signal before the target was verified") }
                if sawExit { complaints.append("signal \(number) after the exit") }
                awaitsSignalResult = true
                let turn = asked.count
                let isItsTurn = turn < sequence.count && sequence[turn].0 == number
                if !isItsTurn || turn > 0 && now < asked[turn - 1].at + sequence[turn].1 {
                    complaints.append("signal \(number) out of turn")
                }
                asked.append((number, now))
            case .call(_, let subject, let limit):
                if !wasHeld || hasCalled || sawExit { complaints.append("call out of turn") }
                if subject.process?.pid != course.target.pid { complaints.append("call for somebody else") }
                callEnds = now + limit + .seconds(5)
            case .check(_, let worker, let number):
                if checks[number] != nil { complaints.append("two checks of one number") }
                checks[number] = worker
            case .report(let verdict):
                reports.append(verdict)
                judge(verdict, now: now)
            case .arm, .disarm, .inspect: break
            }
        }
    }

    private mutating func judge(_ verdict: Verdict, now: MonotonicInstant) {
        switch verdict {
        case .replaced(let evidence):
            guard let new = evidence.replacement, let seen = listed[new] else {
                return complaints.append("replaced by nobody alive")
            }
            if atBegin.contains(new) || new.startTicks <= 100 { complaints.append("replaced by an old one") }
            let start = max(seen, slow[new] ?? seen)
            if now < start + course.proof.stable { complaints.append("replacement was good for \(now - start)") }
            if !sawExit { complaints.append("replaced before the exit") }
            if disproved.contains(new) { complaints.append("replaced by one the kernel does not know") }
            if course.proof.ready != nil, !ready.contains(new) { complaints.append("replaced, but never ready") }
            if hasCalled, callAnswer == nil { complaints.append("replaced while the manager was still at it") }
        case .notReplaced:
            if !sawExit || remains != Remains() { complaints.append("not replaced, but \(remains as Any)") }
        case .zombieLeft: if !sawExit || remains?.isZombie != true { complaints.append("no zombie") }
        case .orphanHoldsPort(_, let orphan): if remains?.orphan != orphan { complaints.append("no orphan") }
        case .crashLoop(let evidence): if evidence.fallen < 2 { complaints.append("no crash loop") }
        case .notReady(let evidence):
            if course.proof.lagBelow == nil, course.proof.ready == nil { complaints.append("nothing to be ready for") }
            if evidence.replacement.map({ listed[$0] == nil }) ?? true {
                complaints.append("not ready, but nobody there")
            }
        case .unkillable:
            if sawExit || delivered.last != sequence.last?.0 { complaints.append("unkillable, but \(delivered)") }
        case .timedOut: if sawExit, callAnswer != .timedOut { complaints.append("timed out, but gone") }
        case .managerFailed:
            guard case .failed? = callAnswer else {
                return complaints.append("manager failed, but \(callAnswer as Any)")
            }
        case .targetChanged, .refused:
            if !delivered.isEmpty || hasCalled { complaints.append("\(verdict) though something was done") }
        case .interrupted, .done, .failed, .rolled, .planned: complaints.append("\(verdict)")
        }
    }
}

private func randomCourse(_ target: WorkerID, using random: inout SeededGenerator) -> RestartCourse {
    let unit = ManagerCall.systemd(unit: "web.service", user: nil, .restart)
    let departures: [Departure] = [.signals(polite: 15, final: 9), .signals(polite: 3, final: nil), .call(unit)]
    return restartCourse(
        target, departure: departures.randomElement(using: &random) ?? .call(unit),
        prelude: Int.random(in: 0..<5, using: &random) == 0
            ? RestartCourse.Prelude(signal: 20, wait: .milliseconds(Int.random(in: 0...2000, using: &random))) : nil,
        grace: .milliseconds(Int.random(in: 100...5000, using: &random)),
        proof: Proof(
            stable: .milliseconds(Int.random(in: 100...3000, using: &random)),
            lagBelow: Int.random(in: 0..<3, using: &random) == 0 ? .milliseconds(100) : nil,
            ready: Int.random(in: 0..<3, using: &random) == 0 ? .tcp(port: 80) : nil))
}

private let nonsense: [RestartEvent] =
    [
        .begin, .verified(.held), .verified(.failed(.changed)), .signalled(.sent), .signalled(.gone),
        .signalled(.denied), .workers([]), .called(.done), .called(.failed("x")), .checked(.done, number: 1),
        .checked(.timedOut, number: 2), .inspected(Remains()),
    ] + RestartTimer.allCases.map { .timerFired($0) }

/// 30,000 restarts, each told partly what a sane shell tells and partly anything at all.
@Test func noSequenceOfEventsMakesARestartLie() {
    let seed = printedSeed()
    var verdicts: [String: Int] = [:]
    for run in 0..<30_000 {
        var random = SeededGenerator(seed: seed &+ UInt64(run))
        let group = [worker(10), worker(11), worker(12)]
        let course = randomCourse(group[0], using: &random)
        var restart = Restart(course, group: group)
        var witness = Witness(course: course, atBegin: Set(group))
        var now = at(0)
        var alive = group.enumerated().map { living($1, slot: UInt32($0 + 1)) }
        var timers: [RestartTimer: MonotonicInstant] = [:]
        var answers: [RestartEvent] = []
        var ticks: UInt64 = 100
        var steps = 0
        let isCalm = run % 4 == 0  // nobody dies, and no check passes
        while witness.reports.isEmpty, steps < 1000 {
            steps += 1
            let event: RestartEvent
            let dice = Int.random(in: 0..<100, using: &random)
            if steps == 1 {
                event = .begin
            } else if !answers.isEmpty, dice < 90 {
                event = answers.removeFirst()
            } else if dice < 12 || steps > 300, let next = timers.min(by: { $0.value < $1.value }) {
                now = max(now, next.value)  // time passes until the next timer
                timers[next.key] = nil
                event = .timerFired(next.key)
            } else if dice < 75 {
                now = now + .milliseconds(Int.random(in: 0...900, using: &random))
                switch Int.random(in: 0..<10, using: &random) {
                case 0..<3:
                    if !alive.isEmpty, !isCalm { alive.remove(at: Int.random(in: 0..<alive.count, using: &random)) }
                case 3..<6 where !isCalm || alive.count < 4:
                    ticks += UInt64.random(in: 1...3, using: &random)
                    var slot: UInt32 = 1
                    while alive.contains(where: { $0.slot == slot }) { slot += 1 }
                    let pid = Int32.random(in: 10...20, using: &random)
                    alive.removeAll { $0.id.pid == pid }
                    alive.append(living(worker(pid, ticks: ticks), slot: slot, seen: now))
                default: break
                }
                for index in alive.indices {
                    alive[index].lagMicroseconds = [nil, 5000, 200_000].randomElement(using: &random) ?? nil
                }
                event = .workers(alive)
            } else if dice < 84 {
                alive.removeAll { $0.id == group[0] }
                event = .exited(Bool.random(using: &random) ? nil : .signal(15))
            } else {  // early, repeated, unasked
                event = nonsense.randomElement(using: &random) ?? .begin
            }
            witness.before(event, restart.state, now: now)
            let effects = restart.handle(event, now: now)
            witness.after(effects, now: now)
            for effect in effects {
                switch effect {
                case .verify:
                    answers.append(.verified(dice % 8 == 0 ? .failed(.changed) : .held))
                case .signal: answers.append(.signalled(dice % 9 == 0 ? .denied : dice % 7 == 0 ? .gone : .sent))
                case .call: answers.append(.called([.done, .failed("no"), .timedOut][dice % 3]))
                case .check(_, _, let number):
                    answers.append(.checked(dice % 2 == 0 && !isCalm ? .done : .timedOut, number: number))
                case .inspect:
                    let orphan = dice % 5 == 0 ? PortOrphan(process: ProcessRef(pid: 9, startTicks: 1), port: 80) : nil
                    answers.append(.inspected(Remains(isZombie: dice % 3 == 0, orphan: orphan)))
                case .arm(let timer, let deadline): timers[timer] = deadline
                case .disarm(let timer): timers[timer] = nil
                case .report(let verdict):
                    verdicts[String("\(verdict)".prefix { $0 != "(" }), default: 0] += 1
                }
            }
            guard witness.complaints.isEmpty else {
                Issue.record("seed \(seed) run \(run) step \(steps): \(witness.complaints) of \(course)")
                return
            }
        }
        if witness.reports.isEmpty {
            Issue.record("seed \(seed) run \(run): no verdict, stuck in \(restart.state)")
            return
        }
        for event in nonsense + [.exited(nil), .workers(alive)] {
            #expect(restart.handle(event, now: now).isEmpty)
        }
    }
    print("restart fuzz verdicts \(verdicts)")
    #expect(verdicts.count == 11, "every verdict has to be reached: \(verdicts)")
}
