import Model
import ProcFS

/// How full the control groups of workers are, where somebody limited their memory.
struct MemoryRoom {
    /// Of one control group.
    struct Fill: Equatable, Sendable {
        var used: UInt64
        var limit: UInt64

        fileprivate var share: Double { limit > 0 ? Double(used) / Double(limit) : .infinity }
    }

    /// How old numbers may be.
    static let patience = Duration.seconds(5)
    /// After so long it is looked again whether there is a limit by now.
    static let limitPatience = Duration.seconds(60)

    private struct Group {
        let isVersion1: Bool
        /// `nil` where it has no limit, or none that can be read.
        var fill: Fill?
        var readAt: MonotonicInstant
        /// Workers in it and below it.
        var workers = 0
    }

    private var directories: [WorkerID: [String]] = [:]
    private var groups: [String: Group] = [:]
    /// Of the worker that was taken up last. The next one is mostly in the same group, and then they share the text.
    private var latest: [String] = []

    mutating func watch(
        _ id: WorkerID, in path: CgroupPath, _ mounts: CgroupMounts, reader: ProcReader, now: MonotonicInstant
    ) {
        let (found, isVersion1) = mounts.memoryDirectories(of: path)
        if found != latest { latest = found }
        directories[id] = latest
        for directory in latest {
            if groups[directory] == nil {
                let fill = Self.read(directory, isVersion1, reader)
                groups[directory] = Group(isVersion1: isVersion1, fill: fill, readAt: now)
            }
            groups[directory]?.workers += 1
        }
    }

    mutating func forget(_ id: WorkerID) {
        for directory in directories.removeValue(forKey: id) ?? [] {
            groups[directory]?.workers -= 1
            if groups[directory]?.workers ?? 0 <= 0 { groups[directory] = nil }
        }
    }

    /// Reads those whose turn it is.
    mutating func refresh(reader: ProcReader, now: MonotonicInstant) {
        for (directory, group) in groups {
            guard now - group.readAt >= (group.fill == nil ? Self.limitPatience : Self.patience) else { continue }
            groups[directory]?.fill = Self.read(directory, group.isVersion1, reader)
            groups[directory]?.readAt = now
        }
    }

    /// Of the control group that is fullest of all that these workers are in; `nil` where none has a limit.
    func fullest(of workers: some Sequence<WorkerID>) -> Fill? {
        // Mostly nothing is limited, and workers are many.
        guard groups.values.contains(where: { $0.fill != nil }) else { return nil }
        var fullest: Fill?
        for id in workers {
            for directory in directories[id] ?? [] {
                guard let fill = groups[directory]?.fill else { continue }
                if fullest.map({ $0.share < fill.share }) ?? true { fullest = fill }
            }
        }
        return fullest
    }

    /// `nil` where nothing is limited, and where it cannot be read: gone, or the root of the hierarchy.
    private static func read(_ directory: String, _ isVersion1: Bool, _ reader: ProcReader) -> Fill? {
        // Below the root of the machine that `/proc`, or a recorded one, belongs to.
        let place = "../" + directory.drop { $0 == "/" } + "/"
        let files = CgroupMemory.files(isVersion1: isVersion1)
        do {
            let limit = try reader.withHostFile(place + files.limit) { (text) throws(ProcError) in
                try CgroupMemory.limit(parsing: text)
            }
            guard let limit else { return nil }
            let used = try reader.withHostFile(place + files.used) { (text) throws(ProcError) in
                try CgroupMemory.used(parsing: text)
            }
            let inactive = try reader.withHostFile(place + "memory.stat") { (text) throws(ProcError) in
                try CgroupMemory.inactiveFiles(parsing: text)
            }
            return Fill(used: used - min(used, inactive ?? 0), limit: limit)
        } catch {
            return nil
        }
    }
}
