import Control
import Model

/// Drives a roll, or one restart as a roll of one, on a simulated host as the command desk does it, and notes what a desk
/// must never see.
final class SimulatedDesk {
    /// What is driven, as a roll sees it.
    struct Machine {
        var handle: (RollEvent, MonotonicInstant) -> [RollEffect]
        var lacksExit: () -> [WorkerID]
        /// What rests is told of no workers.
        var isUnderWay: () -> Bool
    }

    /// What a manager does when it is asked: how long it takes, what it says, whether it does it.
    struct Manager {
        var delay = Duration.milliseconds(500)
        var answer: ManagerAnswer? = ManagerAnswer.done
        var acts = true
    }

    let host: SimulatedHost
    let machine: Machine
    var manager = Manager()
    /// Whether a ready check passes now.
    var isReady: () -> Bool = { true }
    var onEffect: (RollEffect) -> Void = { _ in }
    private(set) var complaints: [String] = []
    private(set) var reports: [Verdict] = []
    private(set) var ended: [(target: WorkerID, verdict: Verdict, at: MonotonicInstant)] = []
    private(set) var summaries: [RollSummary] = []
    private var handles: Set<WorkerID> = []
    private var timers: [TimerName: MonotonicInstant] = [:]

    private struct TimerName: Hashable {
        let target: WorkerID
        let timer: RestartTimer
    }

    init(host: SimulatedHost, machine: Machine) {
        self.host = host
        self.machine = machine
        host.onEnd = { [unowned self] id in
            guard Int.random(in: 0..<10, using: &host.random) < 7 else { return }  // the poll has to find the others
            host.after(.zero) { [unowned self] in
                feed(.restart(id, .exited(.signal(15))))
                tellOfWorkers()
            }
        }
        sweep()
        poll()
    }

    func complain(_ text: String) { complaints.append("at \((host.now - at(0)).seconds) s: \(text)") }

    private func tellOfWorkers() {
        let workers = host.sweep()
        if machine.isUnderWay() { feed(.workers(workers)) }
    }

    private func sweep() {
        tellOfWorkers()
        host.after(.milliseconds(Int.random(in: 200...1000, using: &host.random))) { [unowned self] in sweep() }
    }

    private func poll() {
        noticeExits()
        host.after(.milliseconds(500)) { [unowned self] in poll() }
    }

    private func noticeExits() {
        for target in machine.lacksExit() where handles.contains(target) && !host.lives(target) {
            feed(.restart(target, .exited(Bool.random(using: &host.random) ? .signal(15) : nil)))
        }
    }

    func feed(_ event: RollEvent) {
        var events = [event]
        while !events.isEmpty {
            for effect in machine.handle(events.removeFirst(), host.now) {
                onEffect(effect)
                switch effect {
                case .restart(let target, let effect):
                    if let answer = perform(effect, for: target) { events.append(.restart(target, answer)) }
                case .ended(let target, _, let verdict): ended.append((target, verdict, host.now))
                case .changed(let summary): summaries.append(summary)
                case .report(let verdict): reports.append(verdict)
                }
            }
        }
    }

    private func perform(_ effect: RestartEffect, for target: WorkerID) -> RestartEvent? {
        switch effect {
        case .verify(let id):
            let answer = host.verify(id)
            if id == target, answer == .held { handles.insert(id) }
            return .verified(answer)
        case .signal(let number):
            guard handles.contains(target) else {
                complain("signal \(number) to \(target.pid), which was not verified")
                return .signalled(.gone)
            }
            return .signalled(host.deliver(number, to: target))
        case .call(_, let subject, let limit): call(target, subject, limit)
        case .check(_, _, let number):
            host.after(.milliseconds(Int.random(in: 1...3000, using: &host.random))) { [unowned self] in
                feed(.restart(target, .checked(isReady() ? .done : .failed("refused"), number: number)))
            }
        case .inspect: return .inspected(Remains(isZombie: host.isZombie(target), orphan: host.orphan))
        case .arm(let timer, let deadline):
            let name = TimerName(target: target, timer: timer)
            timers[name] = deadline
            host.once(deadline) { [unowned self] in
                guard timers[name] == deadline else { return }
                timers[name] = nil
                noticeExits()
                feed(.restart(target, .timerFired(timer)))
            }
        case .disarm(let timer): timers[TimerName(target: target, timer: timer)] = nil
        case .report: complain("a report within a roll")
        }
        return nil
    }

    private func call(_ target: WorkerID, _ subject: CallSubject, _ limit: Duration) {
        if subject.process?.pid != target.pid { complain("called for \(subject)") }
        if manager.acts { host.after(manager.delay) { [unowned self] in host.end(target) } }
        host.after(min(manager.delay + .milliseconds(100), limit)) { [unowned self] in
            if let answer = manager.answer { feed(.restart(target, .called(answer))) }
        }
    }
}

extension SimulatedDesk.Machine {
    /// One restart as a roll of one.
    static func restart(_ restart: Restart) -> Self {
        final class Box {
            var restart: Restart
            init(_ restart: Restart) { self.restart = restart }
        }
        let box = Box(restart)
        return Self(
            handle: { event, now in
                let effects: [RestartEffect]
                switch event {
                case .begin: effects = box.restart.handle(.begin, now: now)
                case .restart(let target, let event):
                    effects = target == box.restart.target ? box.restart.handle(event, now: now) : []
                case .workers(let workers): effects = box.restart.handle(.workers(workers), now: now)
                case .otherExited(let worker, let status):
                    effects = box.restart.handle(.otherExited(worker, status), now: now)
                case .masterGone: effects = box.restart.handle(.masterGone, now: now)
                case .pause, .resume, .abort, .holdLost: effects = []
                }
                return effects.map { effect in
                    if case .report(let verdict) = effect {
                        .report(verdict)
                    } else {
                        .restart(box.restart.target, effect)
                    }
                }
            }, lacksExit: { box.restart.lacksExit ? [box.restart.target] : [] }, isUnderWay: { true })
    }

    static func roll(_ roll: Roll) -> (Self, () -> Roll) {
        final class Box {
            var roll: Roll
            init(_ roll: Roll) { self.roll = roll }
        }
        let box = Box(roll)
        return (
            Self(
                handle: { box.roll.handle($0, now: $1) }, lacksExit: { box.roll.lacksExit },
                isUnderWay: { box.roll.state == .running }), { box.roll }
        )
    }
}
