import CLinux
import Model
import ProcFS

/// Looks at the connections of groups of workers. One thread owns it.
///
/// Who holds which socket comes from `/proc/<pid>/fd`, what the sockets are from one sock_diag(7) listing of each network
/// namespace. The first is the dear part, so it is kept: a worker's descriptors are read when it is new, after a minute, and
/// when the listing has a connection, on a port that its group listens on, that nobody is known to hold.
final class ConnectionSurvey {
    /// A listing of descriptors is good for that long, and who refused one is asked again then.
    static let holdingLife = Duration.seconds(60)
    /// Of all groups; more are counted, and nothing else is told of them.
    static let maximumConnections = 131_072

    /// Where a worker is found in the roster.
    struct Place {
        var group: Int
        var worker: Int
    }

    let reader: ProcReader
    let diag: SocketDiag
    private(set) var roster = ConnectionRoster()
    var holdings: [ProcessRef: SocketHolding] = [:]
    /// Who may not be looked into; asked again at that instant.
    private var denied: [ProcessRef: MonotonicInstant] = [:]
    private var gone: Set<ProcessRef> = []
    /// By the inode of the network namespace.
    private var spaces: [UInt64: ConnectionSpace] = [:]
    /// All workers of the roster: holders of sockets are numbers of it.
    private(set) var order: [(process: ProcessRef, place: Place)] = []
    /// Masters that are not workers, and the groups they are masters of.
    private(set) var masters: [ProcessRef: [Int]] = [:]

    /// The look that is going on; by place of the group in the roster, `nil` for those that are not looked at.
    var looks: [ConnectionLook?] = []
    private var stored = 0
    /// How often descriptors were read, for tests and figures.
    private(set) var readings = 0

    init(reader: ProcReader) {
        self.reader = reader
        diag = SocketDiag(reader: reader)
    }

    /// Looks at the groups of these keys, or at all.
    func look(at roster: ConnectionRoster, keys: Set<String>? = nil, now: MonotonicInstant) -> [ConnectionLook] {
        if roster != self.roster { take(roster) }
        stored = 0
        looks = roster.groups.map { group in
            guard keys?.contains(group.key) ?? true else { return nil }
            return ConnectionLook(
                key: group.key, at: now, workers: group.workers.map { .init(id: $0.id, slot: $0.slot) })
        }
        readNewcomers(now: now)
        for namespace in Set(processesInScope().compactMap { holdings[$0]?.namespace }) {
            lookInto(namespace, now: now)
        }
        judge()
        defer { looks = [] }
        return looks.compactMap(\.self)
    }

    private func take(_ roster: ConnectionRoster) {
        self.roster = roster
        order = []
        masters = [:]
        for (index, group) in roster.groups.enumerated() {
            for (number, worker) in group.workers.enumerated() {
                order.append((worker.process, Place(group: index, worker: number)))
            }
            if let master = group.master { masters[master, default: []].append(index) }
        }
        let present = Set(order.map(\.process)).union(masters.keys)
        holdings = holdings.filter { present.contains($0.key) }
        denied = denied.filter { present.contains($0.key) }
        gone.formIntersection(present)
        let namespaces = Set(holdings.values.map(\.namespace))
        // A channel that is kept keeps its namespace alive, which its last process may have left.
        spaces = spaces.filter { namespaces.contains($0.key) }
        for namespace in spaces.keys { spaces[namespace]?.owners = nil }
    }

    /// Workers and masters of the groups that are looked at.
    func processesInScope() -> Set<ProcessRef> {
        var processes: Set<ProcessRef> = []
        for (group, look) in zip(roster.groups, looks) where look != nil {
            for worker in group.workers { processes.insert(worker.process) }
            if let master = group.master { processes.insert(master) }
        }
        return processes
    }

    private func readNewcomers(now: MonotonicInstant) {
        for process in processesInScope() where holdings[process] == nil && !gone.contains(process) {
            if let until = denied[process], now < until { continue }
            read(process, now: now)
        }
    }

    /// Reads its descriptors; what is known of its namespace is renewed then.
    func read(_ process: ProcessRef, now: MonotonicInstant) {
        readings += 1
        let before = holdings.removeValue(forKey: process)
        denied[process] = nil
        switch SocketHolding.read(process, by: reader, now: now) {
        case .held(let holding):
            holdings[process] = holding
            if holding.inodes != before?.inodes || holding.namespace != before?.namespace {
                spaces[holding.namespace]?.owners = nil
            }
        case .denied: denied[process] = now + Self.holdingLife
        case .gone: gone.insert(process)
        }
        if let before, holdings[process]?.namespace != before.namespace { spaces[before.namespace]?.owners = nil }
    }

    private func lookInto(_ namespace: UInt64, now: MonotonicInstant) {
        // Taken out meanwhile: one owner, so that it is changed in place.
        var space = spaces.removeValue(forKey: namespace) ?? ConnectionSpace(namespace: namespace)
        space.look(for: self, now: now)
        spaces[namespace] = space
    }

    /// Whose connections could not be seen.
    private func judge() {
        for (index, group) in roster.groups.enumerated() {
            guard var look = looks[index] else { continue }
            looks[index] = nil  // one owner: it is changed in place
            for (number, worker) in group.workers.enumerated() {
                look.workers[number].standing = standing(of: worker.process)
            }
            let isMasterKnown = group.master.map { standing(of: $0) != .hidden } ?? true
            let areHeldByWorkers = look.listeners.contains { !$0.workers.isEmpty }
            look.areListenersKnown = look.isKnown && (isMasterKnown || areHeldByWorkers)
            looks[index] = look
        }
    }

    private func standing(of process: ProcessRef) -> ConnectionLook.Worker.Standing {
        if gone.contains(process) { return .gone }
        guard let holding = holdings[process], holding.isComplete else { return .hidden }
        return spaces[holding.namespace]?.isAnswering ?? false ? .known : .hidden
    }

    /// A connection of the worker at a place, while a look goes on.
    func add(_ connection: SeenConnection, group: Int) {
        looks[group]?.add(connection, isKept: stored < Self.maximumConnections)
        stored += 1
    }

    /// Whether a namespace that workers are in cannot be entered or asked.
    var hasSilentSpaces: Bool { spaces.values.contains { !$0.isAnswering } }
}
