public import Model

/// A group as discovery sees it at one time.
public struct DiscoveredGroup: Equatable, Sendable {
    /// One worker: a process by more than its number, within one boot.
    public struct Member: Hashable, Comparable, Sendable {
        public var pid: Int32
        public var startTicks: UInt64

        public init(pid: Int32, startTicks: UInt64) {
            self.pid = pid
            self.startTicks = startTicks
        }

        public static func < (left: Self, right: Self) -> Bool {
            (left.pid, left.startTicks) < (right.pid, right.startTicks)
        }
    }

    public var info: GroupInfo
    /// Ascending by pid; never empty.
    public var workers: [Member]

    public init(info: GroupInfo, workers: [Member]) {
        self.info = info
        self.workers = workers
    }
}

/// The groups of workers in a process table that `scope` asks for, ascending by key. Pure: the same table, the same groups.
///
/// Each process is a worker of one group at most, and a master is no worker of a kind recognised later. The order: nginx
/// and gunicorn by title, gunicorn by arguments, Node clusters, like children of one parent, and single processes that
/// listen and have an event loop.
public func discover(_ table: ProcessTable, scope: Scope = Scope()) -> [DiscoveredGroup] {
    var claims = Claims(table: table)
    var found: [Candidate] = []
    for recognise in [Nginx.groups, Gunicorn.groups, NodeCluster.groups, Prefork.groups, Single.groups] {
        let candidates = recognise(claims)
        for candidate in candidates { claims.take(candidate) }
        found += candidates
    }
    let admitted = found.compactMap { candidate in
        var narrowed = candidate
        narrowed.workers.removeAll { !scope.admits($0, master: candidate.master, in: table) }
        return narrowed.workers.isEmpty ? nil : narrowed
    }
    return zip(admitted, GroupKey.keys(for: admitted))
        .map { candidate, key in
            DiscoveredGroup(
                info: GroupInfo(
                    key: key, app: candidate.app, kind: candidate.kind, masterPID: candidate.master?.pid,
                    ports: candidate.ports, respawn: candidate.respawn),
                workers: candidate.workers.map { .init(pid: $0.pid, startTicks: $0.startTicks) }.sorted())
        }
        .sorted { $0.info.key < $1.info.key }
}

/// A group before anybody asked for it.
struct Candidate {
    var kind: GroupKind
    var app: String
    var master: ProcessEntry?
    var workers: [ProcessEntry]

    var ports: [UInt16] {
        Set(workers.flatMap(\.listeningPorts) + (master?.listeningPorts ?? [])).sorted()
    }

    /// Only a living master brings anything back.
    var respawn: Respawn {
        guard master != nil else { return .nothingKnown }
        switch kind {
        case .nginx, .gunicorn: return .master
        case .nodeCluster, .prefork: return .parentMay
        case .single: return .nothingKnown
        }
    }
}

/// Entries by the number of their parent, ascending.
func byParent(_ entries: [ProcessEntry]) -> [(Int32, [ProcessEntry])] {
    Dictionary(grouping: entries, by: \.parentPID).sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
}

/// Which processes still belong to nobody.
struct Claims {
    let table: ProcessTable
    private var taken: Set<Int32> = []

    init(table: ProcessTable) { self.table = table }

    /// Processes that could be workers: alive, with a command line, of no group yet.
    var free: [ProcessEntry] { table.entries.filter { !$0.arguments.isEmpty && !taken.contains($0.pid) } }

    /// Claims a candidate's workers and master.
    mutating func take(_ candidate: Candidate) {
        for worker in candidate.workers { taken.insert(worker.pid) }
        if let master = candidate.master { taken.insert(master.pid) }
    }
}
