import Discovery
import Model

/// Who is of which group, and who of none could be left over from one that is gone.
struct FoundMembers {
    /// Keys by worker and master.
    private(set) var keys: [ProcessRef: String] = [:]
    /// Processes that listen, lost their parent and have no living master: their parent is the first process, a user's manager
    /// or nobody.
    private(set) var adopted: [ProcessEntry] = []

    init(_ groups: [DiscoveredGroup], in table: ProcessTable) {
        var led: Set<ProcessRef> = []
        for group in groups {
            for worker in group.workers { keys[worker.process] = group.info.key }
            guard let master = group.info.master else { continue }
            keys[master] = group.info.key
            led.insert(master)
            led.formUnion(group.workers.map(\.process))
        }
        adopted = table.entries.filter { entry in
            guard !entry.listening.isEmpty, !entry.isZombie, entry.pid != 1 else { return false }
            let parent = entry.parentPID > 1 ? table[entry.parentPID] : nil
            let isAdopted = parent.map { $0.name == "systemd" || $0.name == "init" } ?? true
            return isAdopted && !led.contains(ProcessRef(pid: entry.pid, startTicks: entry.startTicks))
        }
    }
}
