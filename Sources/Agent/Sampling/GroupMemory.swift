import Discovery
import Model

/// What groups were, beyond what is seen of them at one time: how many workers each should have, and those that lost all
/// their workers.
///
/// A group that was there for `ExpectedSize.settlingTime` and has no workers any more is remembered, without workers, as long
/// as its master lives, and for `memoryTime` after that; for `passingTime` where nothing says that it is a server to stay: of no
/// kind that is known, without a port, kept by nobody. It is forgotten before when the configuration hides it, when its
/// workers live on (they became something else, or another group has them), and when another group has taken its place: the
/// same app as it is started now, or whoever listens on its ports since.
///
/// What is to outlive the agent is in `GroupMemory+Keeping.swift`.
struct GroupMemory: Sendable {
    static let memoryTime = Duration.seconds(86_400)
    static let passingTime = Duration.seconds(600)
    /// Of those without workers.
    static let limit = 1000
    /// Who is to take a group's place may come so long before it goes.
    static let overlap = Duration.seconds(60)

    struct Remembered: Sendable {
        /// As it was found last.
        var group: DiscoveredGroup
        var size = ExpectedSize()
        /// When each worker started, as found last.
        var starts: [MonotonicInstant] = []
        var found: MonotonicInstant
        /// What it listened on, and one of its processes.
        var door = GroupDoor()
        var sample: ProcessEntry?
        /// Since when it has no workers, and since when no master either.
        var vanished: MonotonicInstant?
        var deserted: MonotonicInstant?
        /// Workers of another group that is remembered, whose master ended before them.
        var isLeftover = false
    }

    var groups: [String: Remembered] = [:]

    /// Takes what discovery found.
    /// - Parameter start: when a process started, on the agent's clock.
    mutating func look(
        _ found: [DiscoveredGroup], in table: ProcessTable, overrides: [AppOverride] = [], now: MonotonicInstant,
        start: (ProcessRef) -> MonotonicInstant
    ) {
        let census = FoundMembers(found, in: table)
        let keys = Set(found.map(\.info.key))
        for group in found { remember(group, in: table, now: now, start: start) }
        for key in groups.keys.sorted() where !keys.contains(key) {
            guard var memory = groups[key] else { continue }
            if memory.vanished == nil { memory.vanished = now }
            if memory.group.info.master?.isAlive(in: table) ?? false {
                memory.deserted = nil
            } else {
                memory.deserted = memory.deserted ?? now
                memory.group.loseMaster()
            }
            groups[key] = memory
            if livesOn(memory, in: table, census) || isReplaced(memory, by: found, in: table)
                || isHidden(memory, overrides)
            {
                groups[key] = nil
            } else {
                // Who came later is no leftover.
                let holders = census.adopted.filter { entry in
                    start(ProcessRef(pid: entry.pid, startTicks: entry.startTicks)) <= memory.vanished ?? now
                }
                groups[key]?.group.info.orphan = memory.door.orphan(among: holders)
            }
        }
    }

    /// All groups there are to be shown, those without workers among them, ascending by key; with the sizes that are
    /// expected by now.
    mutating func groups(at now: MonotonicInstant) -> [DiscoveredGroup] {
        for key in groups.keys {
            guard var memory = groups[key] else { continue }
            let isThere = memory.vanished == nil
            memory.size.see(isThere ? memory.starts : [], master: memory.group.info.master, now: now)
            groups[key] = memory
            guard !isThere else { continue }
            let limit = memory.group.info.isToStay ? Self.memoryTime : Self.passingTime
            let isPast = memory.deserted.map { now - $0 >= limit } ?? false
            if isPast || !memory.size.hasSettled || memory.isLeftover { groups[key] = nil }
        }
        for key in oldestBeyondLimit { groups[key] = nil }
        return groups.values.map(\.shown).sorted { $0.info.key < $1.info.key }
    }

    /// Somebody set the size of a group, to what is known or not.
    mutating func sizeWasSet(_ key: String, to size: UInt32?) { groups[key]?.size.set(to: size) }

    /// Whether the group is what outlived the master of another one.
    func isLeftover(_ key: String) -> Bool { groups[key]?.isLeftover ?? false }

    private var oldestBeyondLimit: [String] {
        let vanished = groups.filter { $0.value.vanished != nil }
        guard vanished.count > Self.limit else { return [] }
        let order = vanished.sorted {
            ($0.value.vanished ?? $0.value.found, $0.key) < ($1.value.vanished ?? $1.value.found, $1.key)
        }
        return order.prefix(vanished.count - Self.limit).map(\.key)
    }

    // MARK: what is found

    private mutating func remember(
        _ group: DiscoveredGroup, in table: ProcessTable, now: MonotonicInstant, start: (ProcessRef) -> MonotonicInstant
    ) {
        let key = group.info.key
        var memory = groups[key] ?? Remembered(group: group, found: now)
        if groups[key] == nil { memory.isLeftover = isLeftover(group) }
        memory.group = group
        memory.vanished = nil
        memory.deserted = nil
        memory.starts = group.workers.map { start($0.process) }
        memory.sample = group.workers.first.flatMap { table[$0.process.pid] } ?? memory.sample
        memory.door = GroupDoor(of: group, in: table)
        groups[key] = memory
    }

    /// Its master ended, and discovery finds the workers that outlived it as a group of their own.
    private func isLeftover(_ group: DiscoveredGroup) -> Bool {
        guard group.info.master == nil else { return false }
        let workers = Set(group.workers.map(\.process))
        return groups.values.contains { other in
            other.group.info.kind == group.info.kind && other.group.info.key != group.info.key
                && other.group.workers.contains { workers.contains($0.process) }
        }
    }

    // MARK: what is not found any more

    /// Some of its last workers live, and are none of it. Those that only outlived their master do not count.
    private func livesOn(_ memory: Remembered, in table: ProcessTable, _ census: FoundMembers) -> Bool {
        memory.group.workers.contains { worker in
            guard worker.process.isAlive(in: table) else { return false }
            guard let key = census.keys[worker.process] else { return true }
            return !(groups[key]?.isLeftover ?? false)
        }
    }

    /// The same app with another command line, or another one on its ports, that came when it went.
    private func isReplaced(_ memory: Remembered, by found: [DiscoveredGroup], in table: ProcessTable) -> Bool {
        guard let vanished = memory.vanished else { return false }
        let info = memory.group.info
        return found.contains { group in
            guard let other = groups[group.info.key], !other.isLeftover, other.found > memory.found,
                other.found + Self.overlap > vanished
            else { return false }
            let isSame = group.info.kind == info.kind && group.info.app == info.app
            if isSame, info.ports.isEmpty || !Set(info.ports).isDisjoint(with: group.info.ports) { return true }
            // Elsewhere, after nothing was left of it: else it would keep its name from the one that lives.
            if isSame, memory.deserted != nil, other.found > vanished { return true }
            return other.found > vanished && memory.door.isShared(with: other.door)
                && !memory.door.isHeldByInheritance(other.door)
        }
    }

    /// The configuration hides it by now.
    private func isHidden(_ memory: Remembered, _ overrides: [AppOverride]) -> Bool {
        overrides.contains { override in
            guard override.hide else { return false }
            // The key has the name that discovery gave it, whatever it was called since.
            guard let match = override.match else { return memory.group.info.key.contains("/\(override.name)/") }
            return memory.sample.map(match) ?? false
        }
    }
}

extension GroupMemory.Remembered {
    fileprivate var shown: DiscoveredGroup {
        var group = group
        if vanished != nil { group.workers = [] }
        // The configuration wins. Where demand decides how many there are, fewer is no fault.
        if group.info.expected == nil, !group.info.kind.isElastic { group.info.expected = size.value }
        return group
    }
}

extension GroupInfo {
    /// A server that somebody means to run for long, rather than what ran for a while.
    fileprivate var isToStay: Bool {
        switch kind {
        case .single, .prefork, .alike: !ports.isEmpty || manager != nil
        default: true
        }
    }
}

extension GroupKind {
    /// Whether there are as many workers as there is work for.
    fileprivate var isElastic: Bool {
        switch self {
        case .phpFPM, .postgres, .passenger: true
        default: false
        }
    }
}

extension DiscoveredGroup {
    /// Who could bring its workers back now is its manager, where it has one.
    fileprivate mutating func loseMaster() {
        guard info.master != nil || info.respawn == .master || info.respawn == .parentMay else { return }
        info.master = nil
        info.respawn = info.manager == nil ? .nothingKnown : .manager
    }
}

extension ProcessRef {
    /// Whether the process lives; a zombie does not.
    fileprivate func isAlive(in table: ProcessTable) -> Bool {
        guard let entry = table[pid], entry.startTicks == startTicks else { return false }
        return !entry.isZombie && !entry.arguments.isEmpty
    }
}
