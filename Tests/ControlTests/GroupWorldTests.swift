import Control
import Model
import TestSupport
import Testing

/// One action on a group in one world: a master or manager of some habit, and what must hold whatever happens.
private final class GroupWorld {
    /// What the master makes of a signal, or the manager of a call.
    enum Habit: CaseIterable {
        case does, slowly, partly, nothing, killsAll, crashing, lingering
    }

    let host: SimulatedHost
    let course: GroupCourse
    let habit: Habit
    let before: Set<WorkerID>
    private var machine: GroupAction
    private var random: SeededGenerator
    private var timers: [GroupTimer: MonotonicInstant] = [:]
    private var isHeld = false
    private let masterChanged: Bool
    private let answer: ManagerAnswer?
    private let readyFrom: MonotonicInstant
    private var nextSlot: UInt32 = 20
    private(set) var reports: [Verdict] = []
    private(set) var complaints: [String] = []
    private var counts: [Int] = []

    init(seed: UInt64) {
        random = SeededGenerator(seed: seed &* 13)
        let count = Int.random(in: 1...5, using: &random)
        host = SimulatedHost(seed: seed, workers: count, habit: .never, pidSpace: 60)
        habit = Habit.allCases.randomElement(using: &random) ?? .does
        let group = host.sweep()
        before = Set(group.map(\.id))
        let unit = GroupCourse.Deed.call(
            .systemd(unit: "web.service", user: nil, .restart), for: CallSubject(process: nil, uid: 0))
        let up = Bool.random(using: &random)
        let steps = Int.random(in: 1...3, using: &random)
        let mayLinger = habit == .lingering && Bool.random(using: &random)
        let choices: [(Action, [GroupCourse.Deed], GroupCourse.Expectation)] = [
            (.reload, [.signal(1)], .renewed(atLeast: UInt32(count), mayLinger: mayLinger)),
            (.reload, [unit], .renewed(atLeast: UInt32(count), mayLinger: false)),
            (
                .scale, Array(repeating: .signal(up ? 21 : 22), count: steps),
                .size(UInt32(up ? count + steps : max(1, count - steps)))
            ),
            (.stop, [unit], .gone), (.start, [unit], .present(atLeast: UInt32(count + 1))),
            (.signal, [.signal(10)], .nothing),
        ]
        var choice = choices.randomElement(using: &random) ?? choices[0]
        if case .size(let size) = choice.2 {
            choice.1 = Array(choice.1.prefix(max(1, abs(Int(size) - count))))
            if Int(size) == count { choice = choices[0] }
        }
        course = GroupCourse(
            action: choice.0, groupKey: "web",
            target: ProcessRef(pid: host.master.pid, startTicks: host.master.startTicks), role: "master",
            steps: choice.1, expectation: choice.2, limit: .seconds(20), callLimit: .seconds(15),
            ready: Int.random(in: 0..<4, using: &random) == 0 ? .tcp(port: 80) : nil)
        masterChanged = Int.random(in: 0..<15, using: &random) == 0
        answer = [ManagerAnswer.done, .done, .done, .failed("no"), nil].randomElement(using: &random) ?? nil
        readyFrom = at(Int.random(in: 0...40_000, using: &random))
        machine = GroupAction(course, boot: boot, group: group)
        host.onEnd = { [unowned self] id in
            if Bool.random(using: &random) { host.after(.zero) { [unowned self] in feed(.workers(host.sweep())) } }
        }
        host.masterReceives = { [unowned self] in act($0) }
        sweep()
    }

    private func sweep() {
        feed(.workers(host.sweep()))
        host.after(.milliseconds(Int.random(in: 200...1000, using: &random))) { [unowned self] in sweep() }
    }

    // MARK: the host

    private func act(_ number: Int32) {
        counts.append(host.workers.count)
        switch number {
        case 21: if habit != .nothing { host.after(delay) { [unowned self] in come() } }
        case 22:
            if habit == .nothing { break }
            let victim = host.workers.max { $0.started < $1.started }.map(\.id)
            host.after(delay) { [unowned self] in if let victim { host.end(victim) } }
        case 1: renew()
        default: break
        }
    }

    private var delay: Duration {
        habit == .slowly ? .seconds(Int.random(in: 1...25, using: &random)) : .milliseconds(200)
    }

    private func come() {
        nextSlot += 1
        let new = host.spawn(slot: nextSlot)
        guard habit == .crashing else { return }
        host.after(.milliseconds(700)) { [unowned self] in
            host.end(new)
            if host.workers.count < 20 { come() }
        }
    }

    private func renew() {
        let old = host.workers.map(\.id).sorted()
        if habit == .nothing { return }
        for (index, id) in old.enumerated() {
            if habit != .killsAll, habit != .partly || index > 0 {
                host.after(delay) { [unowned self] in come() }
            }
            if habit == .lingering, index == 0 { continue }
            host.after(delay) { [unowned self] in host.end(id) }
        }
    }

    private func call() {
        counts.append(host.workers.count)
        switch course.action {
        case .reload: renew()
        case .stop: for worker in host.workers where habit != .nothing { host.end(worker.id) }
        default: if habit != .nothing { for _ in 0..<2 { host.after(delay) { [unowned self] in come() } } }
        }
    }

    // MARK: the desk

    func feed(_ event: GroupActionEvent) {
        var events = [event]
        while !events.isEmpty {
            for effect in machine.handle(events.removeFirst(), now: host.now) {
                if !reports.isEmpty { complaints.append("\(effect) after the report") }
                if let answer = perform(effect) { events.append(answer) }
            }
        }
    }

    private func perform(_ effect: GroupActionEffect) -> GroupActionEvent? {
        switch effect {
        case .verify(let id):
            isHeld = id == host.master && !masterChanged
            return .verified(isHeld ? .held : .failed(.changed))
        case .signal(let number):
            if !isHeld { complaints.append("a signal to who was not verified") }
            return .signalled(host.deliver(number, to: host.master))
        case .call(_, _, let limit):
            host.after(.milliseconds(300)) { [unowned self] in
                if answer == .done { call() }
            }
            host.after(min(.seconds(1), limit)) { [unowned self] in
                if let answer { feed(.called(answer)) }
            }
        case .check(_, _, let number):
            host.after(.milliseconds(50)) { [unowned self] in
                feed(.checked(host.now >= readyFrom ? .done : .failed("refused"), number: number))
            }
        case .arm(let timer, let deadline):
            timers[timer] = deadline
            host.once(deadline) { [unowned self] in
                guard timers[timer] == deadline else { return }
                timers[timer] = nil
                feed(.timerFired(timer))
            }
        case .disarm(let timer): timers[timer] = nil
        case .report(let verdict):
            reports.append(verdict)
            judge(verdict)
        }
        return nil
    }

    private func judge(_ verdict: Verdict) {
        // What ended in the last moments may not have been swept yet.
        let fresh = host.ends.filter { host.now - $0.value < .milliseconds(1100) }.map(\.key)
        let seen = Set(host.workers.map(\.id) + fresh)
        let new = seen.subtracting(before).filter { host.now - (host.born[$0] ?? host.now) >= course.stable }
        switch verdict {
        case .done(let evidence):
            if masterChanged, course.steps.contains(.signal(1)) { complaints.append("done to another master") }
            if course.expectation != .nothing, evidence.elapsed < course.stable { complaints.append("done at once") }
            if course.ready != nil, course.expectation.isOfLiving, host.now < readyFrom {
                complaints.append("done, but not ready")
            }
            switch course.expectation {
            case .nothing: break
            case .gone: if !host.workers.isEmpty { complaints.append("done, but \(host.workers.count) live") }
            case .renewed(let count, let mayLinger):
                if new.count < Int(count) { complaints.append("done with \(new.count) new ones") }
                let old = host.workers.filter { before.contains($0.id) }
                if !old.isEmpty, !mayLinger { complaints.append("done, but old ones live") }
            case .size(let size):
                if habit != .crashing, host.workers.count != Int(size) {
                    complaints.append("size \(host.workers.count)")
                }
                if host.deliveries.count != course.steps.count { complaints.append("\(host.deliveries.count) signals") }
                for (index, count) in counts.enumerated() where habit != .crashing {
                    let due = Int(size) > before.count ? before.count + index : before.count - index
                    if count != due { complaints.append("signal \(index) at \(count) workers") }
                }
            case .present(let count): if seen.count < Int(count) { complaints.append("present \(seen.count)") }
            }
        case .failed(let evidence): if evidence.detail.isEmpty { complaints.append("failed without a reason") }
        case .targetChanged: if !masterChanged || !host.deliveries.isEmpty { complaints.append("target changed") }
        default: complaints.append("\(verdict)")
        }
        if host.deliveries.contains(where: { $0.reached != host.master }) { complaints.append("signals to others") }
    }
}

extension GroupCourse.Expectation {
    fileprivate var isOfLiving: Bool { self != .nothing && self != .gone }
}

/// 4,000 reloads, changes of size, stops, starts and signals, with masters and managers that do it, do it late or in part, do
/// nothing, lose all workers, start ones that crash, or keep old ones.
@Test func noActionOnAGroupSaysDoneOfWhatIsNot() {
    let seed = printedSeed()
    var verdicts: [String: Int] = [:]
    for run in 0..<4000 {
        let world = GroupWorld(seed: seed &+ UInt64(run))
        defer { world.host.stop() }
        world.feed(.begin)
        var turns = 0
        while world.reports.isEmpty, turns < 20_000 {
            world.host.turn()
            turns += 1
        }
        let sent = world.host.deliveries.count
        for _ in 0..<100 { world.host.turn() }
        world.feed(.begin)
        var complaints = world.complaints
        if world.reports.count != 1 { complaints.append("\(world.reports.count) reports") }
        if world.host.deliveries.count != sent { complaints.append("signals after the report") }
        guard complaints.isEmpty else {
            Issue.record("seed \(seed) run \(run): \(complaints) \(world.course) \(world.habit) \(world.reports)")
            return
        }
        let word = world.reports.first.map { "\($0)".prefix { $0 != "(" } } ?? ""
        verdicts["\(world.course.action.word) \(word)", default: 0] += 1
    }
    print("group worlds \(verdicts)")
    for action in ["reload", "scale", "stop", "start"] {
        #expect(verdicts["\(action) done", default: 0] > 0 && verdicts["\(action) failed", default: 0] > 0)
    }
}
