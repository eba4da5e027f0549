import Control
import Model
import TestSupport

/// A host with a handful of pids, one group under one master, and strangers that come and go and take over pids.
///
/// Time is turned by an agenda: nothing happens between its items, so a run is the same for the same seed.
final class SimulatedHost {
    /// How the master behaves towards workers that end.
    enum Habit: Hashable {
        /// Starts a new one after this long.
        case replaces(after: Duration)
        case never
        /// Leaves it unreaped, and starts none.
        case leavesZombies
        /// New ones end after this long; the first so many of them, then they live.
        case crashes(times: Int, after: Duration)
        /// Starts none, and a stranger takes the port.
        case losesPort
    }

    struct Process {
        let id: WorkerID
        /// `nil` for strangers.
        let slot: UInt32?
        let started: MonotonicInstant
        var isZombie = false
        /// Ignores anything but KILL.
        var isDeaf = false
        /// Ends by nothing (uninterruptible sleep).
        var isStuck = false
        /// How long it takes to end after a signal.
        var slowness = Duration.zero
        /// In its last sweeps.
        var lag: UInt64?
    }

    struct Delivery {
        let meant: WorkerID
        let reached: WorkerID
        let number: Int32
        let at: MonotonicInstant
    }

    var random: SeededGenerator
    private(set) var now = at(0)
    private(set) var processes: [Int32: Process] = [:]
    private(set) var deliveries: [Delivery] = []
    /// Every worker that ever was, and when it ended.
    private(set) var born: [WorkerID: MonotonicInstant] = [:]
    private(set) var ends: [WorkerID: MonotonicInstant] = [:]
    var habit: Habit
    var orphan: PortOrphan?
    /// Told of each end of a worker the moment it happens.
    var onEnd: (WorkerID) -> Void = { _ in }
    var masterReceives: (Int32) -> Void = { _ in }
    let master: WorkerID
    private let pidSpace: Int32
    private var ticks: UInt64 = 100
    private var crashes = 0
    private var firstSeen: [WorkerID: MonotonicInstant] = [:]
    private var agenda: [(at: MonotonicInstant, item: () -> Void)] = []

    init(seed: UInt64, workers: Int, habit: Habit, pidSpace: Int32 = 40) {
        random = SeededGenerator(seed: seed)
        self.habit = habit
        self.pidSpace = pidSpace
        master = worker(1000, ticks: 50)
        for slot in 1...UInt32(workers) { spawn(slot: slot) }
        unrest()
    }

    // MARK: time

    func after(_ delay: Duration, _ item: @escaping () -> Void) {
        let moment = now + delay
        var index = agenda.count  // the next item is the last; of one moment, what was asked for first
        while index > 0, agenda[index - 1].at <= moment { index -= 1 }
        agenda.insert((moment, item), at: index)
    }

    func once(_ moment: MonotonicInstant, _ item: @escaping () -> Void) { after(max(.zero, moment - now), item) }

    /// Lets go of everything: items may hold on to who made them.
    func stop() {
        agenda = []
        onEnd = { _ in }
        masterReceives = { _ in }
    }

    /// Lets the next thing happen.
    func turn() {
        guard let next = agenda.popLast() else { return }
        now = max(now, next.at)
        next.item()
    }

    // MARK: processes

    var workers: [Process] { processes.values.filter { $0.slot != nil && !$0.isZombie } }

    func lives(_ id: WorkerID) -> Bool {
        id == master || processes[id.pid].map { $0.id == id && !$0.isZombie } ?? false
    }

    func isZombie(_ id: WorkerID) -> Bool { processes[id.pid].map { $0.id == id && $0.isZombie } ?? false }

    /// What the kernel says of an identity.
    func verify(_ id: WorkerID) -> Verification { lives(id) ? .held : .failed(.changed) }

    func change(_ id: WorkerID, _ change: (inout Process) -> Void) {
        guard lives(id), id != master, var process = processes[id.pid] else { return }
        change(&process)
        processes[id.pid] = process
    }

    @discardableResult
    func spawn(slot: UInt32?) -> WorkerID {
        ticks += UInt64.random(in: 1...3, using: &random)
        var pid = Int32.random(in: 2...pidSpace, using: &random)
        while processes[pid] != nil { pid = pid % pidSpace + 2 }
        let id = worker(pid, ticks: ticks)
        processes[pid] = Process(id: id, slot: slot, started: now)
        if slot != nil { born[id] = now }
        return id
    }

    func end(_ id: WorkerID) {
        guard lives(id), id != master, let process = processes[id.pid], !process.isStuck else { return }
        ends[id] = now
        let isKept = process.slot != nil && habit == .leavesZombies
        if isKept { processes[id.pid]?.isZombie = true } else { processes[id.pid] = nil }
        guard let slot = process.slot else { return }
        onEnd(id)
        switch habit {
        case .replaces(let delay): after(delay) { [unowned self] in refill(slot) }
        case .never, .leavesZombies: break
        case .crashes(let times, let life):
            after(.milliseconds(50)) { [unowned self] in
                guard let id = refill(slot), crashes < times else { return }
                crashes += 1
                after(life) { [unowned self] in end(id) }
            }
        case .losesPort:
            let stranger = spawn(slot: nil)
            orphan = PortOrphan(process: ProcessRef(pid: stranger.pid, startTicks: stranger.startTicks), port: 80)
        }
    }

    @discardableResult
    func refill(_ slot: UInt32) -> WorkerID? {
        workers.contains { $0.slot == slot } ? nil : spawn(slot: slot)
    }

    /// A signal through a pidfd: it reaches that process or nobody.
    func deliver(_ number: Int32, to id: WorkerID) -> SignalResult {
        if id == master {
            deliveries.append(Delivery(meant: id, reached: id, number: number, at: now))
            masterReceives(number)
            return .sent
        }
        guard lives(id), let process = processes[id.pid] else { return .gone }
        deliveries.append(Delivery(meant: id, reached: process.id, number: number, at: now))
        if number == 20 { return .sent }
        guard !process.isDeaf || number == 9 else { return .sent }
        after(number == 9 ? .milliseconds(1) : process.slowness) { [unowned self] in end(id) }
        return .sent
    }

    /// What a sweep tells of the group.
    func sweep() -> [LiveWorker] {
        workers.map { process in
            let seen = firstSeen[process.id] ?? now
            firstSeen[process.id] = seen
            return LiveWorker(
                id: process.id, groupKey: "web", app: "web", slot: process.slot ?? 0,
                lagMicroseconds: process.lag, seen: seen)
        }.sorted { $0.id < $1.id }
    }

    /// Strangers come and go, so that a pid that was free is soon somebody else's.
    private func unrest() {
        let strangers = processes.values.filter { $0.slot == nil }
        if strangers.count > 8, let gone = strangers.map(\.id).sorted().randomElement(using: &random) { end(gone) }
        spawn(slot: nil)
        after(.milliseconds(Int.random(in: 50...900, using: &random))) { [unowned self] in unrest() }
    }
}
