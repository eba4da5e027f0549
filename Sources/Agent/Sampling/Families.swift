import Discovery
import Model

/// Remembers the workers of unknown masters from one look to the next, which discovery cannot: it knows them by being
/// two or more like children of one parent. While one of two is being replaced, the other is still a worker of that
/// group and keeps its slot, and the group's counters go on.
struct Families {
    /// What all children of one family have in common, and where they come from.
    private struct Family {
        var group: DiscoveredGroup
        var master: ProcessRef
        var executable: String?
        var arguments: [String]
        var uid: UInt32
    }

    private var families: [String: Family] = [:]

    /// The groups that were found, and those of the families that shrank below what discovery recognises. A family is
    /// forgotten with its master.
    mutating func complete(_ found: [DiscoveredGroup], in table: ProcessTable) -> [DiscoveredGroup] {
        var groups = found
        let keys = Set(found.map(\.info.key))
        for (key, family) in families.sorted(by: { $0.key < $1.key }) where !keys.contains(key) {
            guard table[family.master.pid]?.startTicks == family.master.startTicks else {
                families[key] = nil
                continue
            }
            let members = Self.members(of: family, in: table, besides: groups)
            guard !members.isEmpty else { continue }
            // What is known of one of them as a group of its own (its wrappers and helpers) stays known.
            let known = Dictionary(
                groups.flatMap(\.workers).map { ($0.process, $0) }, uniquingKeysWith: { first, _ in first })
            for index in groups.indices { groups[index].workers.removeAll { members.contains($0.process) } }
            groups.removeAll { $0.workers.isEmpty }
            var group = family.group
            group.workers = members.sorted().map { DiscoveredWorker(process: $0, folded: known[$0]?.folded ?? []) }
            groups.append(group)
        }
        for group in found where group.info.kind == .prefork { remember(group, in: table) }
        return groups.sorted { $0.info.key < $1.info.key }
    }

    private mutating func remember(_ group: DiscoveredGroup, in table: ProcessTable) {
        guard let master = group.info.master, table[master.pid]?.startTicks == master.startTicks,
            let worker = group.workers.first.flatMap({ table[$0.process.pid] })
        else { return }
        families[group.info.key] = Family(
            group: group, master: master, executable: worker.executable,
            arguments: Self.essence(of: worker.arguments), uid: worker.uid)
    }

    /// Living children of the master that are like the others were, and of no group but their own.
    private static func members(
        of family: Family, in table: ProcessTable, besides groups: [DiscoveredGroup]
    ) -> Set<ProcessRef> {
        let taken = Set(groups.filter { $0.info.kind != .single }.flatMap(\.workers).map(\.process))
        let members = table.children(of: family.master.pid).filter {
            $0.executable == family.executable && $0.uid == family.uid && !$0.arguments.isEmpty
                && essence(of: $0.arguments) == family.arguments
        }
        return Set(members.map { ProcessRef(pid: $0.pid, startTicks: $0.startTicks) }).subtracting(taken)
    }

    /// Python's spawned workers differ in the numbers of their pipes only.
    private static func essence(of arguments: [String]) -> [String] {
        guard let first = arguments.first, arguments.last == "--multiprocessing-fork" else { return arguments }
        return [first, "--multiprocessing-fork"]
    }
}
