/// What makes a host WARN or CRIT, from its rows and apps over time. The agent keeps one: it saw what was before anybody
/// looked.
public struct HostHealth: Sendable {
    /// An app is short of workers for so long before its host is: a restart is no trouble.
    public static let patience = Duration.seconds(3)
    /// So long before its end the agent's certificate is WARN, and CRIT.
    public static let certificateWarning = (warn: Duration.seconds(14 * 86_400), crit: Duration.seconds(3 * 86_400))
    /// Apps without workers that are named; of more only how many.
    public static let named = 8
    /// The same of apps whose workers end again and again.
    public static let restlessNamed = 4

    private var cpu = Series()
    private var memoryAvailable = Series()
    private var pressureCPU = Series()
    private var worstUtilisation = Series()
    /// Seconds.
    private var lagP99 = Series()
    private var lagLevel = HeldLevel()
    /// Highest share of descriptors that a worker has open.
    private var openFiles = Series()
    private var openFilesLevel = HeldLevel()
    /// Most connections of a worker that the peer closed and it did not.
    private var closeWait = Series()
    private var closeWaitLevel = HeldLevel()
    /// The row that was recorded last, and when.
    private var last: (row: HostRow, at: MonotonicInstant)?
    /// Since when each app is short of workers.
    private var missing: [String: MonotonicInstant] = [:]
    /// Since when the memory of each app has been so full; by key.
    private var full: [String: Fullness] = [:]
    /// Of the apps of the newest point; by key.
    private var loops: [String: AppLoops] = [:]
    /// What was wrong last, and since when it was at least that bad.
    private var known: [Subject: (level: Level, since: WallTime)] = [:]

    private struct Subject: Hashable {
        let subject: HostTrouble.Subject
        let app: String?
    }

    /// When the agent's own certificate ends, on its calendar; `nil` where it has none.
    public var certificateEnd: WallTime?

    private let cores: Double
    /// Between two points.
    private let interval: Duration

    /// - Parameter interval: of the agent's sweeps; points are at least a second apart.
    public init(cores: UInt32, interval: Duration) {
        self.cores = Double(max(cores, 1))
        self.interval = max(interval, .seconds(1))
    }

    /// Writes into a sweep's snapshot what is wrong with the host, and how bad the loops of its apps have been.
    public mutating func judge(_ snapshot: inout Snapshot) {
        let troubles = look(snapshot.host, groups: snapshot.groups, now: snapshot.monotonic)
        snapshot.troubles = certificate(at: snapshot.wall).map { Self.worstFirst(troubles + [$0]) } ?? troubles
        date(&snapshot.troubles, at: snapshot.wall)
        for index in snapshot.groups.indices {
            let levels = loops[snapshot.groups[index].info.key]?.levels
            snapshot.groups[index].row[.loopLevels] = levels?.packed
        }
    }

    /// Nobody can connect anew once it is over.
    private func certificate(at wall: WallTime) -> HostTrouble? {
        guard let left = certificateEnd?.elapsed(since: wall), left < Self.certificateWarning.warn else { return nil }
        return HostTrouble(
            .certificate, left < Self.certificateWarning.crit ? .crit : .warn,
            value: UInt64(max(0, left.seconds) / 3600))
    }

    private mutating func date(_ troubles: inout [HostTrouble], at wall: WallTime) {
        let earlier = known
        known = [:]
        for index in troubles.indices {
            let (level, key) = (
                troubles[index].level, Subject(subject: troubles[index].subject, app: troubles[index].app)
            )
            let before = earlier[key]
            let since = before.map { $0.level >= level ? $0.since : wall } ?? wall
            known[key] = (level, since)
            troubles[index].since = troubles[index].since ?? since
        }
    }

    /// A sweep's row and apps; the troubles of now, the worst first.
    public mutating func look(_ row: HostRow, groups: [GroupEntry], now: MonotonicInstant) -> [HostTrouble] {
        record(row, groups, now: now)
        let troubles =
            hung(row) + shortApps(groups, now: now) + restarts(of: groups) + fullApp(groups, now: now)
            + openFiles(of: groups) + closeWait(of: groups) + overTime()
        // What hangs, what is missing, what is full, what is high.
        return Self.worstFirst(troubles)
    }

    /// Of one level the order stays.
    private static func worstFirst(_ troubles: [HostTrouble]) -> [HostTrouble] {
        troubles.enumerated().sorted { ($1.element.level, $0.offset) < ($0.element.level, $1.offset) }.map(\.element)
    }

    private mutating func record(_ row: HostRow, _ groups: [GroupEntry], now: MonotonicInstant) {
        let elapsed = last.map { now - $0.at }
        // Sweeps may come a little early.
        if let elapsed, elapsed < interval - .milliseconds(200) { return }
        let gap = elapsed.map { SampleGap($0, interval: interval, cadence: row.cadence) }
        let earlier = gap?.recent == nil ? nil : last?.row
        func share(_ field: HostField, per unit: Double) -> Double? {
            guard let earlier, let elapsed else { return nil }
            return row.rate(of: field, since: earlier, over: elapsed).map { min($0 / unit, 1) }
        }
        func append(_ value: Double?, to series: inout Series) {
            series.append(value, after: gap)
        }
        append(share(.cpuBusyNanoseconds, per: 1e9 * cores), to: &cpu)
        append(share(.pressureCPUMicroseconds, per: 1e6), to: &pressureCPU)
        append(Self.available(row), to: &memoryAvailable)
        append(row[.worstUtilisationPermille].map { Double($0) / 1000 }, to: &worstUtilisation)
        // A bound is no reason for a state.
        let isBound = row[.lagQuality] == UInt64(LagQuality.bound.rawValue)
        append(isBound ? nil : row[.lagP99Microseconds].map { Double($0) / 1e6 }, to: &lagP99)
        lagLevel.follow(.lagP99, lagP99, interval: interval)
        append(Self.worst(.worstOpenFilesPermille, of: groups)?.value.map { Double($0) / 1000 }, to: &openFiles)
        openFilesLevel.follow(.openFiles, openFiles, interval: interval)
        append(Self.worst(.worstCloseWait, of: groups)?.value.map { Double($0) }, to: &closeWait)
        closeWaitLevel.follow(.closeWait, closeWait, interval: interval)
        let known = loops
        loops = [:]
        for group in groups {
            var app = known[group.info.key] ?? AppLoops()
            app.record(group.row, after: gap, interval: interval)
            loops[group.info.key] = app
        }
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
        let order = Self.worstFirst(troubles)
        let rest = order.dropFirst(Self.named)
        var told = Array(order.prefix(Self.named))
        if let worst = rest.first {
            told.append(HostTrouble(.moreMissing, worst.level, value: UInt64(rest.count)))
        }
        return told
    }

    /// Of the one that is worst: its limit is what the kernel kills for.
    private mutating func fullApp(_ groups: [GroupEntry], now: MonotonicInstant) -> [HostTrouble] {
        let earlier = full
        full = [:]
        var worst: HostTrouble?
        for group in groups {
            guard let share = group.row.memoryFill else { continue }
            var fullness = earlier[group.info.key] ?? Fullness()
            fullness.follow(share, now: now)
            if fullness.isOver { full[group.info.key] = fullness }
            guard let (level, mildest) = fullness.judge(now: now) else { continue }
            let value = UInt64((mildest * 1000).rounded())
            if let worst, (worst.level, worst.value ?? 0) >= (level, value) { continue }
            worst = HostTrouble(.memoryLimit, level, value: value, app: group.info.app)
        }
        return worst.map { [$0] } ?? []
    }

    /// For how long a share has been above each limit of `Threshold.memoryLimit`, and its mildest value of that time.
    private struct Fullness {
        private var warn: (since: MonotonicInstant, mildest: Double)?
        private var crit: (since: MonotonicInstant, mildest: Double)?

        var isOver: Bool { warn != nil }

        mutating func follow(_ share: Double, now: MonotonicInstant) {
            func followed(
                _ known: (since: MonotonicInstant, mildest: Double)?, above limit: Double
            ) -> (since: MonotonicInstant, mildest: Double)? {
                share > limit ? (known?.since ?? now, min(known?.mildest ?? share, share)) : nil
            }
            warn = followed(warn, above: Threshold.memoryLimit.warn)
            crit = followed(crit, above: Threshold.memoryLimit.crit)
        }

        func judge(now: MonotonicInstant) -> (level: Level, mildest: Double)? {
            for (level, over) in [(Level.crit, crit), (.warn, warn)] {
                if let over, now - over.since >= Threshold.memoryLimit.hold { return (level, over.mildest) }
            }
            return nil
        }
    }

    /// The app with the highest number of a kind, and that number.
    private static func worst(_ field: GroupField, of groups: [GroupEntry]) -> (app: String, value: UInt64?)? {
        groups.max { $0.row[field].map { Int64(clamping: $0) } ?? -1 < $1.row[field].map { Int64(clamping: $0) } ?? -1 }
            .map { ($0.info.app, $0.row[field]) }
    }

    /// Of the app whose worker is worst now.
    private func openFiles(of groups: [GroupEntry]) -> [HostTrouble] {
        guard openFilesLevel.level > .ok else { return [] }
        let value = openFilesLevel.value.map { UInt64(($0 * 1000).rounded()) }
        let app = Self.worst(.worstOpenFilesPermille, of: groups)?.app
        return [HostTrouble(.openFiles, openFilesLevel.level, value: value, app: app)]
    }

    private func closeWait(of groups: [GroupEntry]) -> [HostTrouble] {
        guard closeWaitLevel.level > .ok else { return [] }
        let value = closeWaitLevel.value.map { UInt64($0) }
        let app = Self.worst(.worstCloseWait, of: groups)?.app
        return [HostTrouble(.closeWait, closeWaitLevel.level, value: value, app: app)]
    }

    /// The first ones by name, those that do not come up before others.
    private func restarts(of groups: [GroupEntry]) -> [HostTrouble] {
        let restless = groups.compactMap { group -> HostTrouble? in
            guard let restarts = group.row.restarts, restarts.level > .ok else { return nil }
            return HostTrouble(
                .restarts, restarts.level, value: UInt64(restarts.count), app: group.info.app, slot: restarts.slot)
        }
        return Array(Self.worstFirst(restless).prefix(Self.restlessNamed))
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
