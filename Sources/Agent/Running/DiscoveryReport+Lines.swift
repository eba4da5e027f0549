import Discovery
import Model

/// For people.
extension DiscoveryReport {
    func lines(all: Bool) -> [String] {
        var lines = groups.flatMap { self.lines(of: $0) + [""] }
        let workers = groups.reduce(0) { $0 + $1.workers.count }
        lines.append("\(Self.count(groups.count, "app")), \(Self.count(workers, "worker"))")
        if !hidden.isEmpty {
            lines.append(
                """
                \(Self.count(hidden.count, "process", "processes")) of other users may not be looked into: workers among \
                them are missing, or have less about them. Run it as root, or give it CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH.
                """)
        }
        if all {
            lines += ["", "of no app:"]
            lines += others.map { "  \(Self.right($0.process.pid))  \(LogOutput.escaped($0.name)): \($0.reason)" }
        }
        return lines
    }

    private func lines(of group: DiscoveredGroup) -> [String] {
        let info = group.info
        let size = info.expected.map { "\(group.workers.count) of \(Self.count(Int($0), "worker"))" }
        var head = "\(LogOutput.escaped(info.app)) (\(info.kind.word)): "
        head += size ?? Self.count(group.workers.count, "worker")
        if !info.ports.isEmpty {
            head += ", port \(info.ports.map(String.init).joined(separator: ", "))"
        }
        var lines = [
            head, "  why      \(group.rule): \(LogOutput.escaped(group.why))",
            "  key      \(LogOutput.escaped(info.key))",
        ]
        if let master = info.master { lines.append("  master   \(master.pid)") }
        if let manager = info.manager { lines.append("  manager  \(Self.text(manager))") }
        if let orphan = info.orphan {
            let name = table[orphan.process.pid].map { " (\(LogOutput.escaped($0.name)))" } ?? ""
            lines.append("  orphan   \(orphan.process.pid)\(name) holds port \(orphan.port) and is not of this app")
        }
        for (slot, worker) in workers(of: group) {
            var text = "  worker \(slot)\(slot < 10 ? " " : "")"
            text += "\(Self.right(worker.process.pid))  \(user(of: worker))"
            if let instance = worker.instance { text += "  \(LogOutput.escaped(instance))" }
            if let manager = worker.link?.manager, manager != info.manager { text += "  \(Self.text(manager))" }
            lines.append(text)
            for folded in worker.folded {
                lines.append(
                    "    with  \(Self.right(folded.process.pid))  \(folded.role.word) \(LogOutput.escaped(folded.title))"
                )
            }
        }
        return lines
    }

    private func user(of worker: DiscoveredWorker) -> String {
        guard let uid = table[worker.process.pid]?.uid else { return "-" }
        return UserRecord(uid: uid).map { LogOutput.escaped($0.name) } ?? "uid \(uid)"
    }

    private static func text(_ manager: Manager) -> String {
        manager.name.isEmpty ? manager.kind.word : "\(manager.kind.word) \(LogOutput.escaped(manager.name))"
    }

    private static func right(_ pid: Int32) -> String {
        let text = "\(pid)"
        return String(repeating: " ", count: max(0, 7 - text.count)) + text
    }

    private static func count(_ count: Int, _ one: String, _ many: String? = nil) -> String {
        "\(count) \(count == 1 ? one : many ?? one + "s")"
    }

    // MARK: processes of no app

    struct Other: Hashable {
        var process: ProcessRef
        var name: String
        var reason: String
    }

    /// Ascending by pid.
    var others: [Other] {
        var taken: [Int32: String?] = [:]
        for group in groups {
            for worker in group.workers {
                taken[worker.process.pid] = .some(nil)
                for folded in worker.folded { taken[folded.process.pid] = .some(nil) }
            }
            if let master = group.info.master { taken[master.pid] = .some(nil) }
            if let orphan = group.info.orphan, taken[orphan.process.pid] == nil {
                taken[orphan.process.pid] = "an orphan of \(group.info.app)"
            }
        }
        return table.entries.compactMap { entry in
            let process = ProcessRef(pid: entry.pid, startTicks: entry.startTicks)
            switch taken[entry.pid] {
            case .some(.some(let reason)): return Other(process: process, name: entry.name, reason: reason)
            case .some(.none): return nil
            case nil: return Other(process: process, name: entry.name, reason: reason(for: entry))
            }
        }
    }

    private func reason(for entry: ProcessEntry) -> String {
        if entry.pid == 1 { return "the first process" }
        if excluded.contains(entry.pid) { return "this program, or above it" }
        if entry.isZombie { return "it has ended" }
        if hidden.contains(entry.pid) { return "may not be looked into" }
        switch (entry.waitsInEpoll, entry.listening.isEmpty) {
        case (true, false): return "a part of the system, or a manager"
        case (true, true): return "has an event loop, and listens on no port"
        case (false, false):
            return "listens, and has no event loop, and no server with workers is known that looks like it"
        case (false, true): return "listens on no port and has no event loop"
        }
    }
}
