import Control
import Model
import TestSupport
import Testing

/// Watches one restart from outside and knows only what a restart may do, not how it works.
private struct Witness {
    let grace: Duration
    let atBegin: Set<WorkerID>
    var wasHeld = false
    var askedTerm: MonotonicInstant?
    var awaitsSignalResult = false
    var deliveredSignals = 0
    var sawExit = false
    var exitInstant: MonotonicInstant?
    /// The workers of the newest list, with when they were first listed.
    var listed: [WorkerID: MonotonicInstant] = [:]
    var disproved: Set<WorkerID> = []
    var asked: WorkerID?
    var reports: [Verdict] = []
    var complaints: [String] = []

    mutating func before(_ event: RestartEvent, _ state: Restart.State, now: MonotonicInstant) {
        switch event {
        case .verified(.held): wasHeld = wasHeld || state == .verifying
        case .verified(.failed(.changed)): if let asked, state == .proving { disproved.insert(asked) }
        case .signalled(let result):
            guard awaitsSignalResult else { return }
            awaitsSignalResult = false
            if result == .sent { deliveredSignals += 1 }
            if result == .gone { left(now) }
        case .exited: if state != .idle { left(now) }
        case .workers(let workers):
            var next: [WorkerID: MonotonicInstant] = [:]
            for worker in workers where worker.groupKey == "web" { next[worker.id] = listed[worker.id] ?? worker.seen }
            listed = next
        default: break
        }
    }

    private mutating func left(_ now: MonotonicInstant) {
        sawExit = true
        exitInstant = exitInstant ?? now
    }

    mutating func after(_ effects: [RestartEffect], now: MonotonicInstant) {
        for effect in effects {
            if !reports.isEmpty { complaints.append("\(effect) after the report") }
            switch effect {
            case .verify(let worker): asked = worker
            case .signal(let number):
                if !wasHeld { complaints.append("signal before the target was verified") }
                if sawExit { complaints.append("signal \(number) after the exit") }
                awaitsSignalResult = true
                switch (number, askedTerm) {
                case (15, nil): askedTerm = now
                case (9, .some(let term)) where now >= term + grace: break
                default: complaints.append("signal \(number) out of turn")
                }
            case .report(let verdict):
                reports.append(verdict)
                judge(verdict, now: now)
            case .arm, .disarm: break
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
            if now < seen + .seconds(2) { complaints.append("replacement lived \(now - seen)") }
            if !sawExit { complaints.append("replaced before the exit") }
            if disproved.contains(new) { complaints.append("replaced by one the kernel does not know") }
        case .notReplaced: if !sawExit { complaints.append("not replaced, but never gone") }
        case .timedOut: if sawExit { complaints.append("timed out, but gone") }
        case .targetChanged, .refused:
            if deliveredSignals > 0 { complaints.append("\(verdict) though a signal was sent") }
        }
    }
}

/// 30,000 restarts, each told partly what a sane shell tells and partly anything at all.
@Test func noSequenceOfEventsMakesARestartLie() {
    let seed = printedSeed()
    var verdicts: [String: Int] = [:]
    for run in 0..<30_000 {
        var random = SeededGenerator(seed: seed &+ UInt64(run))
        let grace = Duration.milliseconds(Int.random(in: 100...5000, using: &random))
        let group = [worker(10), worker(11), worker(12)]
        var restart = Restart(target: group[0], groupKey: "web", slot: 1, grace: grace, group: group)
        var witness = Witness(grace: grace, atBegin: Set(group))
        var now = at(0)
        var alive = group.enumerated().map { living($1, slot: UInt32($0 + 1)) }
        var timers: [RestartTimer: MonotonicInstant] = [:]
        var answers: [RestartEvent] = []
        var ticks: UInt64 = 100
        var steps = 0
        while witness.reports.isEmpty, steps < 400 {
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
                case 0..<3: if !alive.isEmpty { alive.remove(at: Int.random(in: 0..<alive.count, using: &random)) }
                case 3..<6:
                    ticks += UInt64.random(in: 1...3, using: &random)
                    var slot: UInt32 = 1
                    while alive.contains(where: { $0.slot == slot }) { slot += 1 }
                    alive.append(
                        living(
                            worker(.random(in: 10...20, using: &random), ticks: ticks), slot: slot, seen: now))
                default: break
                }
                event = .workers(alive)
            } else if dice < 84 {
                alive.removeAll { $0.id == group[0] }
                event = .exited(Bool.random(using: &random) ? nil : .signal(15))
            } else {  // nonsense: early, repeated, unasked
                event =
                    [
                        .begin, .verified(.held), .verified(.failed(.changed)), .signalled(.sent), .signalled(.gone),
                        .signalled(.denied), .timerFired(.grace), .timerFired(.kill), .timerFired(.replacement),
                        .timerFired(.stability), .workers([]),
                    ].randomElement(using: &random) ?? .begin
            }
            witness.before(event, restart.state, now: now)
            let effects = restart.handle(event, now: now)
            witness.after(effects, now: now)
            for effect in effects {
                switch effect {
                case .verify:
                    answers.append(.verified(dice % 8 == 0 ? .failed(.changed) : .held))
                case .signal: answers.append(.signalled(dice % 9 == 0 ? .denied : dice % 7 == 0 ? .gone : .sent))
                case .arm(let timer, let deadline): timers[timer] = deadline
                case .disarm(let timer): timers[timer] = nil
                case .report(let verdict): verdicts[String("\(verdict)".prefix(8)), default: 0] += 1
                }
            }
            guard witness.complaints.isEmpty else {
                Issue.record("seed \(seed) run \(run) step \(steps): \(witness.complaints)")
                return
            }
        }
        if witness.reports.isEmpty {
            Issue.record("seed \(seed) run \(run): no verdict, stuck in \(restart.state)")
            return
        }
        for event in [RestartEvent.begin, .exited(nil), .workers(alive), .timerFired(.kill), .signalled(.sent)] {
            #expect(restart.handle(event, now: now).isEmpty)
        }
    }
    print("restart fuzz verdicts \(verdicts)")
    #expect(verdicts.count == 5, "every verdict has to be reached: \(verdicts)")
}
