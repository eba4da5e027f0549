import Lag
import Model

@testable import Dashboard

/// What the loops of the demo's workers do: made from lists of stretches, as an agent would sum them up.
struct DemoLag: Sendable {
    /// How the worker is watched.
    var method: LagMethod
    var period: Duration
    /// Milliseconds of the stretches that ended in a second, oldest first.
    let stretches: @Sendable (Int) -> [Int]
    /// Of the longest.
    var cause: @Sendable (Int) -> StallCause?
    var runnable: UInt64?
    /// In thousandths, where the stretches do not say it.
    var utilisation: UInt64?
    /// When a stall began that is not over, in seconds.
    let stuckSince: Double?

    /// What came up to each second, summed up once.
    private let counted: [LagHistogram]

    init(
        method: LagMethod = LagMethod(tier: .perf, quality: .exact, kind: .epoll),
        period: Duration = .milliseconds(10), stretches: @escaping @Sendable (Int) -> [Int],
        cause: @escaping @Sendable (Int) -> StallCause? = { _ in .cpu }, runnable: UInt64? = nil,
        utilisation: UInt64? = nil, stuckSince: Double? = nil
    ) {
        self.method = method
        self.period = period
        self.stretches = stretches
        self.cause = cause
        self.runnable = runnable
        self.utilisation = utilisation
        self.stuckSince = stuckSince
        var histogram = LagHistogram()
        counted = (0...120).map { second in
            guard Double(second) <= stuckSince ?? .infinity else { return histogram }
            for length in stretches(second) { histogram.add(.milliseconds(length)) }
            return histogram
        }
    }

    /// Writes the columns of second `second` into a row, and what came up to then into the histogram.
    func fill(_ entry: inout WorkerEntry, at second: Int) {
        entry.stretches = counted[min(max(second, 0), counted.count - 1)]
        let last = lengths(second)
        let open = stuckSince.map { max(0, Double(second) - $0) } ?? 0
        var row = entry.row
        row[.lagMethod] = method.packed
        row[.probePeriodMicroseconds] = microseconds(period)
        row[.probeGapMicroseconds] = microseconds(period) + 2_100
        defer { entry.row = row }
        let busy = last.reduce(Duration.zero, +).seconds
        row[.loopUtilisationPermille] = utilisation ?? UInt64(min((busy + open) * 1000 + 40, 1000))
        row[.loopRunQueuePermille] = 4
        row[.loopBlockedPermille] = open > 0 ? 1000 : 0
        guard method.quality != .none else { return }
        let sorted = last.sorted().map { ($0, 1.0) }
        row[.lagMaxMicroseconds] = microseconds(last.max() ?? .microseconds(400))
        row[.lagP99Microseconds] = microseconds(timeWeightedLag(0.99, of: sorted, over: .seconds(1)))
        row[.lagP50Microseconds] = microseconds(timeWeightedLag(0.5, of: sorted, over: .seconds(1)))
        row[.openStallMicroseconds] = UInt64(open * 1_000_000)
        row[.stallCause] = open > 0 || !last.isEmpty ? cause(second)?.packed : nil
        row[.stallRunnable] = runnable
    }

    private func lengths(_ second: Int) -> [Duration] {
        if let stuckSince, Double(second) > stuckSince { return [] }
        return stretches(second).map { .milliseconds($0) }
    }

    private func microseconds(_ length: Duration) -> UInt64 { UInt64(length.nanoseconds / 100_000 * 100) }

    // MARK: Kinds of life

    /// Short work only.
    static func healthy(_ seed: Int) -> DemoLag { healthyOnes[seed] }

    private static let healthyOnes = (0..<12).map { seed in
        DemoLag(stretches: { second in
            (0..<6).map { 1 + (second * 7 + seed * 5 + $0 * 3) % 11 } + (second % 20 == seed ? [34] : [])
        })
    }

    /// From fine to bad within a minute: parsing that blocks the CPU ever longer.
    static let stalling = DemoLag(
        stretches: { second in
            if second < 40 { return (0..<8).map { 6 + (second * 5 + $0 * 7) % 21 } }
            if second < 60 { return [40 + second % 9 * 8, 30, 60 + (second - 40) * 6, 25, 12] }
            return [180 + second % 5 * 22, second % 11 == 3 ? 612 : 300 + second % 3 * 60, 90]
        }, utilisation: 990)

    /// Waits for a lock that nobody gives back, since 7.2 s.
    static let stuck = stuckIn(202)

    static func stuckIn(_ call: UInt16) -> DemoLag {
        DemoLag(
            stretches: { second in (0..<5).map { 2 + (second * 3 + $0 * 5) % 15 } },
            cause: { $0 > 82 ? .blocked(SystemCall(number: call)) : .cpu }, stuckSince: 82.8)
    }

    /// Short blocking calls beside a crowd on the CPUs.
    static let starved = DemoLag(
        period: .milliseconds(50), stretches: { second in second % 3 == 0 ? [80, 20] : [5, 9] },
        cause: { $0 % 3 == 0 ? .runQueue : .cpu }, runnable: 27)

    /// Nothing tells whether it turns while it is busy.
    static let bounded = DemoLag(
        method: LagMethod(tier: .nosys, quality: .bound, kind: .epoll, isStretched: true), period: .milliseconds(70),
        stretches: { second in [420 + second % 7 * 60, 120] }, cause: { _ in .cpu })

    /// A synchronous worker.
    static let withoutLoop = DemoLag(
        method: LagMethod(tier: .proc, quality: .none, kind: .none), stretches: { _ in [] }, cause: { _ in nil })

    /// The agent may read counters only.
    static let countersOnly = DemoLag(
        method: LagMethod(tier: .utilisation, quality: .none, kind: .unknown), stretches: { _ in [] },
        cause: { _ in nil })

    /// Of a worker of the demo fleet.
    static func usual(host: Int, slot: Int) -> DemoLag {
        slot > 4 ? withoutLoop : host == 0 && slot == 3 ? stalling : healthy(slot + host)
    }
}

extension Snapshot {
    /// The rollups an agent makes of its workers' lag.
    mutating func rollUpLag() {
        func sum(_ entries: [WorkerEntry]) -> (worst: UInt64?, p99: UInt64?, hung: UInt64) {
            let readings = entries.map { LagReading($0.row) }
            let measured = readings.filter { !$0.isBound }.compactMap(\.worst).max()
            let worst = measured ?? readings.compactMap(\.worst).max()
            let exact = entries.filter { !LagReading($0.row).isBound }
            return (
                worst.map { UInt64($0.nanoseconds / 1000) }, exact.compactMap { $0.row[.lagP99Microseconds] }.max(),
                UInt64(readings.count { $0.isHung })
            )
        }
        for index in groups.indices {
            let total = sum(workers.filter { $0.info.groupKey == groups[index].info.key })
            groups[index].row[.worstLagMicroseconds] = total.worst
            groups[index].row[.lagP99Microseconds] = total.p99.map { $0 / 2 }
            groups[index].row[.worstLagP99Microseconds] = total.p99
            groups[index].row[.hungWorkers] = total.hung
        }
        let total = sum(workers)
        host[.worstLagMicroseconds] = total.worst
        host[.lagP99Microseconds] = total.p99.map { $0 / 3 }
        host[.hungWorkers] = total.hung
        host[.probeStretchPermille] = 1000
    }
}
