import Discovery
import Model

/// What `looptop-agent discover` prints. Text of processes is escaped; the names in the JSON are a promise.
struct DiscoveryReport {
    static let schema = "looptop-agent/discover/v1"

    let groups: [DiscoveredGroup]
    let table: ProcessTable
    /// Processes that may not be looked into.
    let hidden: Set<Int32>
    /// The agent and those above it.
    let excluded: Set<Int32>
    /// By key; as an agent that starts now numbers the workers.
    private let slots: [String: [ProcessRef: UInt32]]

    init(groups: [DiscoveredGroup], table: ProcessTable, hidden: Set<Int32> = [], excluded: Set<Int32> = []) {
        self.groups = groups
        self.table = table
        self.hidden = hidden
        self.excluded = excluded
        let boot = BootID(high: 0, low: 0)
        var numbers: [String: [ProcessRef: UInt32]] = [:]
        for group in groups {
            var slots = SlotTable()
            let claims = group.workers.map { worker in
                SlotTable.Claim(
                    WorkerID(boot: boot, pid: worker.process.pid, startTicks: worker.process.startTicks),
                    published: worker.slot)
            }
            for (id, slot) in slots.assign(claims, in: "") {
                numbers[group.info.key, default: [:]][ProcessRef(pid: id.pid, startTicks: id.startTicks)] = slot
            }
        }
        slots = numbers
    }

    /// Of a group, by slot.
    func workers(of group: DiscoveredGroup) -> [(slot: UInt32, worker: DiscoveredWorker)] {
        group.workers.map { (slots[group.info.key]?[$0.process] ?? 0, $0) }.sorted { $0.slot < $1.slot }
    }

    // MARK: for programs

    func json(all: Bool) -> [UInt8] {
        var line = AuditLine()
        line.text("schema", Self.schema)
        line.number("hidden_processes", hidden.count)
        line.list("groups", groups) { self.write($1, into: &$0) }
        if all {
            line.list("others", others) { line, other in
                Self.write(other.process, into: &line)
                line.text("name", other.name)
                line.text("reason", other.reason)
            }
        }
        return line.ended()
    }

    private func write(_ group: DiscoveredGroup, into line: inout AuditLine) {
        let info = group.info
        line.text("key", info.key)
        line.text("app", info.app)
        line.text("kind", info.kind.word)
        line.text("rule", group.rule)
        line.text("why", group.why)
        Self.write("manager", info.manager, into: &line)
        Self.write("master", info.master, into: &line)
        line.numbers("ports", info.ports)
        if let expected = info.expected { line.number("expected", expected) } else { line.null("expected") }
        if let orphan = info.orphan {
            line.object("orphan") { line in
                Self.write(orphan.process, into: &line)
                line.number("port", orphan.port)
            }
        } else {
            line.null("orphan")
        }
        line.list("workers", workers(of: group)) { line, entry in
            let (slot, worker) = entry
            Self.write(worker.process, into: &line)
            line.number("slot", slot)
            if let uid = table[worker.process.pid]?.uid { line.number("user_id", uid) } else { line.null("user_id") }
            Self.write("manager", worker.link?.manager, into: &line)
            if let instance = worker.instance { line.text("instance", instance) } else { line.null("instance") }
            line.list("folded", worker.folded) { line, folded in
                Self.write(folded.process, into: &line)
                line.text("role", folded.role.word)
                line.text("title", folded.title)
            }
        }
    }

    private static func write(_ process: ProcessRef, into line: inout AuditLine) {
        line.number("pid", process.pid)
        line.number("start_ticks", process.startTicks)
    }

    private static func write(_ key: String, _ process: ProcessRef?, into line: inout AuditLine) {
        guard let process else { return line.null(key) }
        line.object(key) { write(process, into: &$0) }
    }

    private static func write(_ key: String, _ manager: Manager?, into line: inout AuditLine) {
        guard let manager else { return line.null(key) }
        line.object(key) { line in
            line.text("kind", manager.kind.word)
            line.text("name", manager.name)
        }
    }
}

extension FoldedProcess.Role {
    var word: String {
        switch self {
        case .wrapper: "wrapper"
        case .helper: "helper"
        }
    }
}
