import Model

/// Which ends of workers were the kernel's doing, for memory: those with SIGKILL at which their control group had one more
/// such kill than a few seconds before. Each kill explains one end.
struct MemoryKills: Sendable {
    /// How long a kill that explained no end (of a helper, of a process of no group) is kept in mind.
    static let patience = Duration.seconds(10)

    private struct Counter: Sendable {
        /// As of `patience` ago at least, and all that explained an end since.
        var baseline: UInt64
        var recent: UInt64
        var readAt: MonotonicInstant
    }

    /// By the file that counts.
    private var counters: [String: Counter] = [:]

    /// Files that should be read again.
    func due(at now: MonotonicInstant) -> [String] {
        counters.filter { now - $0.value.readAt >= Self.patience }.map(\.key).sorted()
    }

    /// What a file said. Kills before it was read first explain nothing.
    mutating func read(_ file: String, _ kills: UInt64, now: MonotonicInstant) {
        guard var counter = counters[file], kills >= counter.recent else {
            counters[file] = Counter(baseline: kills, recent: kills, readAt: now)
            return
        }
        guard now - counter.readAt >= Self.patience else { return }
        counter.baseline = max(counter.baseline, counter.recent)
        counter.recent = kills
        counter.readAt = now
        counters[file] = counter
    }

    /// Whether an end was one; `kills` is what the file says now, `nil` where it is gone. An unknown status may have been any.
    mutating func explains(_ status: ExitStatus?, kills: UInt64?, in file: String) -> Bool {
        guard status == nil || status == .signal(9), let kills, let counter = counters[file], kills > counter.baseline
        else {
            return false
        }
        counters[file]?.baseline += 1
        return true
    }

    /// Nobody is left whose end the file could explain.
    mutating func forget(_ file: String) { counters[file] = nil }
}
