import Control
import Model

/// Whose connections are looked at: as much of the living as that takes.
struct ConnectionRoster: Equatable, Sendable {
    struct Worker: Hashable, Sendable {
        var id: WorkerID
        var slot: UInt32

        var process: ProcessRef { ProcessRef(pid: id.pid, startTicks: id.startTicks) }
    }

    struct Group: Equatable, Sendable {
        var key: String
        /// Of its listening sockets that only the master holds, those with these ports count: one master can be that of
        /// several groups (PM2's daemon).
        var ports: [UInt16] = []
        var master: ProcessRef?
        var workers: [Worker] = []
    }

    /// A look tells workers apart by 16 bits.
    static let maximumWorkers = Int(UInt16.max)

    private(set) var groups: [Group] = []

    init() {}

    init(workers: [LiveWorker], groups: [LiveGroup]) {
        var places: [String: Int] = [:]
        for group in groups where places[group.info.key] == nil {
            places[group.info.key] = self.groups.count
            self.groups.append(Group(key: group.info.key, ports: group.info.ports, master: group.info.master))
        }
        // Workers of a group mostly follow one another.
        var (key, place) = ("", self.groups.count)
        for worker in workers {
            if key != worker.groupKey || place == self.groups.count {
                key = worker.groupKey
                place = places[key] ?? self.groups.count
            }
            if place == self.groups.count {
                places[key] = place
                self.groups.append(Group(key: key))
            }
            guard self.groups[place].workers.count < Self.maximumWorkers else { continue }
            self.groups[place].workers.append(Worker(id: worker.id, slot: worker.slot))
        }
    }

    var keys: Set<String> { Set(groups.map(\.key)) }
    var workers: Set<WorkerID> { Set(groups.lazy.flatMap(\.workers).map(\.id)) }

    func key(of target: CommandTarget) -> String? {
        switch target {
        case .group(let target): groups.first { $0.key == target.key }?.key
        case .worker(let id): groups.first { $0.workers.contains { $0.id == id } }?.key
        }
    }
}
