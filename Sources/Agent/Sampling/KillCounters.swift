import Model
import ProcFS

/// Reads how often the kernel killed for memory in the control groups of workers. cgroups(7).
struct KillCounters {
    private var kills = MemoryKills()
    private var files: [WorkerID: String] = [:]
    /// Of the worker that was taken up last. The next one is mostly in the same group, and then they share the text.
    private var latest = ""

    mutating func watch(
        _ id: WorkerID, in path: CgroupPath, _ mounts: CgroupMounts, reader: ProcReader, now: MonotonicInstant
    ) {
        for file in mounts.memoryEventFiles(of: path) {
            guard let count = Self.read(file, reader) else { continue }
            if file != latest { latest = file }
            files[id] = latest
            kills.read(latest, count, now: now)
            return
        }
    }

    /// What the counter of its control group says now; `nil` where that is not known, or gone.
    func count(for id: WorkerID, reader: ProcReader) -> UInt64? { files[id].flatMap { Self.read($0, reader) } }

    /// Whether its end was such a kill, by what its counter said then.
    mutating func explains(_ id: WorkerID, _ status: ExitStatus?, kills count: UInt64?) -> Bool {
        files[id].map { kills.explains(status, kills: count, in: $0) } ?? false
    }

    mutating func forget(_ id: WorkerID) {
        guard let file = files.removeValue(forKey: id), !files.values.contains(file) else { return }
        kills.forget(file)
    }

    /// Reads the counters whose turn it is.
    mutating func refresh(reader: ProcReader, now: MonotonicInstant) {
        for file in kills.due(at: now) {
            if let count = Self.read(file, reader) { kills.read(file, count, now: now) }
        }
    }

    private static func read(_ file: String, _ reader: ProcReader) -> UInt64? {
        do {
            // Below the root of the machine that `/proc`, or a recorded one, belongs to.
            return try reader.withHostFile("../" + file.drop { $0 == "/" }) { (text) throws(ProcError) in
                try MemoryEvents(parsing: text).oomKills
            }
        } catch {
            return nil
        }
    }
}
