/// What makes a host WARN or CRIT, from its rows and apps over time. The agent keeps one: it saw what was before anybody
/// looked.
public struct HostHealth: Sendable {
    /// An app is short of workers for so long before its host is: a restart is no trouble.
    public static let patience = Duration.seconds(3)
    /// Apps without workers that are named; of more only how many.
    public static let named = 8

    private var cpu = Series()
    private var memoryAvailable = Series()
    private var pressureCPU = Series()
    private var worstUtilisation = Series()
    /// Seconds.
    private var lagP99 = Series()
    private var lagLevel = HeldLevel()
    /// The row that was recorded last, and when.
    private var last: (row: HostRow, at: MonotonicInstant)?
    /// Since when each app is short of workers.
    private var missing: [String: MonotonicInstant] = [:]

    private let cores: Double
    /// Between two points.
    private let interval: Duration

    /// - Parameter interval: of the agent's sweeps; points are at least a second apart.
    public init(cores: UInt32, interval: Duration) {
        self.cores = Double(max(cores, 1))
        self.interval = max(interval, .seconds(1))
    }

    /// A sweep's row and apps; the troubles of now, the worst first.
    public mutating func look(_ row: HostRow, groups: [GroupEntry], now: MonotonicInstant) -> [HostTrouble] {
        record(row, now: now)
        let troubles = hung(row) + shortApps(groups, now: now) + overTime()
        // Of one level the order stays: what hangs, what is missing, what is high.
        return troubles.enumerated().sorted { ($1.element.level, $0.offset) < ($0.element.level, $1.offset) }
            .map(\.element)
    }

    private mutating func record(_ row: HostRow, now: MonotonicInstant) {
        let elapsed = last.map { now - $0.at }
        // Sweeps may come a little early.
        if let elapsed, elapsed < interval - .milliseconds(200) { return }
        let missed = elapsed.map { Int(min(($0.seconds / interval.seconds).rounded(), Double(Series.capacity))) - 1 }
        let earlier = missed.map { $0 <= 2 } ?? false ? last?.row : nil
        func share(_ field: HostField, per unit: Double) -> Double? {
            guard let earlier, let elapsed else { return nil }
            return row.rate(of: field, since: earlier, over: elapsed).map { min($0 / unit, 1) }
        }
        func append(_ value: Double?, to series: inout Series) {
            series.appendGap(missed ?? 0)
            series.append(value)
        }
        append(share(.cpuBusyNanoseconds, per: 1e9 * cores), to: &cpu)
        append(share(.pressureCPUMicroseconds, per: 1e6), to: &pressureCPU)
        append(Self.available(row), to: &memoryAvailable)
        append(row[.worstUtilisationPermille].map { Double($0) / 1000 }, to: &worstUtilisation)
        // A bound is no reason for a state.
        let isBound = row[.lagQuality] == UInt64(LagQuality.bound.rawValue)
        append(isBound ? nil : row[.lagP99Microseconds].map { Double($0) / 1e6 }, to: &lagP99)
        lagLevel.follow(.lagP99, lagP99, interval: interval)
        last = (row, now)
    }

    private static func available(_ row: HostRow) -> Double? {
        guard let total = row[.memoryTotalBytes], total > 0, let available = row[.memoryAvailableBytes] else {
            return nil
        }
        return min(1, Double(available) / Double(total))
    }

    private func hung(_ row: HostRow) -> [HostTrouble] {
        guard let count = row[.hungWorkers], count > 0 else { return [] }
        return [HostTrouble(.hungWorkers, .crit, value: count)]
    }

    /// Of those that are short for longest the first ones by name; apps with none before those with too few.
    private mutating func shortApps(_ groups: [GroupEntry], now: MonotonicInstant) -> [HostTrouble] {
        let short = groups.filter { $0.info.level(living: $0.row[.workers]) > .ok }
        let earlier = missing
        missing = [:]
        for group in short { missing[group.info.key] = earlier[group.info.key] ?? now }
        let troubles = short.filter { now - (missing[$0.info.key] ?? now) >= Self.patience }.map { group in
            HostTrouble(
                .missingWorkers, group.info.level(living: group.row[.workers]), value: group.row[.workers] ?? 0,
                app: group.info.app, expected: group.info.expected, since: group.info.missingSince)
        }
        let order = troubles.enumerated().sorted { ($1.element.level, $0.offset) < ($0.element.level, $1.offset) }
        let rest = order.dropFirst(Self.named)
        var told = order.prefix(Self.named).map(\.element)
        if let worst = rest.first {
            told.append(HostTrouble(.moreMissing, worst.element.level, value: UInt64(rest.count)))
        }
        return told
    }

    private func overTime() -> [HostTrouble] {
        var troubles: [HostTrouble] = []
        if lagLevel.level > .ok {
            troubles.append(
                HostTrouble(.lagP99, lagLevel.level, value: lagLevel.value.map { UInt64(($0 * 1e6).rounded()) }))
        }
        let held: [(HostTrouble.Subject, Threshold, Series)] = [
            (.loopUtilisation, .loopUtilisation, worstUtilisation), (.hostCPU, .hostCPU, cpu),
            (.memoryAvailable, .memoryAvailable, memoryAvailable), (.pressureCPU, .pressureCPU, pressureCPU),
        ]
        for (subject, threshold, series) in held {
            guard let (level, value) = threshold.judge(series, interval: interval), level > .ok else { continue }
            troubles.append(HostTrouble(subject, level, value: UInt64(max(0, (value * 1000).rounded()))))
        }
        return troubles
    }
}
