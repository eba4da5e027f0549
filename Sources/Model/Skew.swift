/// One worker of a group that carries far more than its fair share.
///
/// Told only where it means something: of at least three workers whose load is known, when together they carry enough to
/// be worth a word, and the worst of them `minimumRatio` times its share. Connections come by chance to one worker or
/// another: they count only where chance would leave no worker with so many in 999 of 1000 cases. Of two workers nobody can have more than twice
/// its share, so they are compared with each other, and one has to carry `minimumRatioOfTwo` times what the other does.
public struct Skew: Hashable, Sendable {
    /// What is uneven.
    public enum Measure: Hashable, Sendable, CaseIterable {
        case cpu, connections, lag
    }

    /// What one worker carries; unknown values are left out of the comparison.
    public struct Load: Hashable, Sendable {
        public var slot: UInt32
        /// CPU seconds per second.
        public var cores: Double?
        public var connections: UInt64?
        /// Longest stretch in the last window, where it is measured.
        public var lagMicroseconds: UInt64?

        public init(
            slot: UInt32, cores: Double? = nil, connections: UInt64? = nil, lagMicroseconds: UInt64? = nil
        ) {
            self.slot = slot
            self.cores = cores
            self.connections = connections
            self.lagMicroseconds = lagMicroseconds
        }
    }

    public static let minimumRatio = 1.8
    public static let minimumRatioOfTwo = 3.0
    /// Above, the ratio says no more: the other does next to nothing.
    public static let maximumRatio = 99.0
    /// What all workers together have to have.
    public static let minimumCores = 0.1
    /// What a worker would have on average: below, a handful of clients that keep their connections looks like anything.
    public static let minimumConnectionsEach = 5.0
    /// How often chance alone may make one worker of a group look like this.
    public static let chance = 0.001
    /// What the worst worker has to have: it is not the sum of lags that anybody waits for.
    public static let minimumLagMicroseconds = 50_000.0

    public var measure: Measure
    /// The worker that carries most; of several the lowest slot.
    public var slot: UInt32
    /// Its load, divided by the mean of all, or by that of `other`.
    public var ratio: Double
    /// The other one of two workers; `nil` when the ratio is to the fair share.
    public var other: UInt32?
    /// How many workers were compared.
    public var workers: Int

    public init(measure: Measure, slot: UInt32, ratio: Double, other: UInt32? = nil, workers: Int) {
        self.measure = measure
        self.slot = slot
        self.ratio = ratio
        self.other = other
        self.workers = workers
    }

    /// What is uneven over the workers of one group, the worst first: at most one of each measure.
    public static func find(among loads: [Load]) -> [Skew] {
        let found = Measure.allCases.compactMap { find($0, among: loads) }
        // Two of the same ratio stay in the order of the measures.
        let order = found.enumerated().sorted { ($1.element.ratio, $0.offset) < ($0.element.ratio, $1.offset) }
        return order.map(\.element)
    }

    private static func find(_ measure: Measure, among loads: [Load]) -> Skew? {
        let known: [(slot: UInt32, value: Double)] = loads.compactMap { load in
            guard let value = value(measure, of: load), value.isFinite, value >= 0 else { return nil }
            return (load.slot, value)
        }
        let worst = known.min { ($1.value, $0.slot) < ($0.value, $1.slot) }
        guard known.count >= 2, let worst else { return nil }
        // In order, so that the sum does not depend on how the workers were listed.
        let total = known.map(\.value).sorted().reduce(0, +)
        guard total.isFinite, isWorthAWord(measure, total: total, worst: worst.value, workers: known.count) else {
            return nil
        }
        if known.count == 2, let other = known.first(where: { $0.slot != worst.slot }) {
            guard worst.value >= minimumRatioOfTwo * other.value else { return nil }
            let ratio = other.value > 0 ? min(maximumRatio, worst.value / other.value) : maximumRatio
            return Skew(measure: measure, slot: worst.slot, ratio: ratio, other: other.slot, workers: 2)
        }
        let ratio = worst.value / (total / Double(known.count))
        guard known.count > 2, ratio >= minimumRatio else { return nil }
        return Skew(measure: measure, slot: worst.slot, ratio: min(maximumRatio, ratio), workers: known.count)
    }

    private static func value(_ measure: Measure, of load: Load) -> Double? {
        switch measure {
        case .cpu: load.cores
        case .connections: load.connections.map { Double($0) }
        case .lag: load.lagMicroseconds.map { Double($0) }
        }
    }

    private static func isWorthAWord(_ measure: Measure, total: Double, worst: Double, workers: Int) -> Bool {
        switch measure {
        case .cpu: total >= minimumCores
        case .connections:
            total >= minimumConnectionsEach * Double(workers)
                && chance(of: worst, among: total, workers: workers) < chance
        case .lag: worst >= minimumLagMicroseconds
        }
    }

    /// How likely it is that some worker has `worst` or more of `total` connections, each of which came to any of them with
    /// the same chance: the binomial tail of one worker, times the workers (at most that, by Bonferroni).
    static func chance(of worst: Double, among total: Double, workers: Int) -> Double {
        let mean = total / Double(workers)
        // Too many to sum up, and to be that uneven by chance; what is less uneven is no skew whatever the chance.
        if mean >= 200 { return worst >= minimumRatio * mean ? 0 : 1 }
        // Weights relative to the one at the mean; the ratio of two that follow each other is simple.
        let odds = 1 / Double(workers - 1)
        let middle = mean.rounded(.down)
        var (below, above, tail) = (0.0, 0.0, 0.0)
        var (weight, count) = (1.0, middle)
        while weight > 1e-12, count > 0 {
            weight *= count / ((total - count + 1) * odds)
            count -= 1
            below += weight
        }
        (weight, count) = (1.0, middle)
        while weight > 1e-18, count <= total {
            above += weight
            if count >= worst { tail += weight }
            weight *= (total - count) * odds / (count + 1)
            count += 1
        }
        return min(1, Double(workers) * tail / (below + above))
    }

    /// For people: `worker 3 has 2.4x its share of connections`.
    public var sentence: String {
        switch (measure, other) {
        case (.cpu, nil): "worker \(slot) uses \(times) its share of CPU"
        case (.connections, nil): "worker \(slot) has \(times) its share of connections"
        case (.lag, nil): "worker \(slot) lags \(times) as long as its group's mean"
        case (.cpu, let other?): "worker \(slot) uses \(times) the CPU of worker \(other)"
        case (.connections, let other?): "worker \(slot) has \(times) the connections of worker \(other)"
        case (.lag, let other?): "worker \(slot) lags \(times) as long as worker \(other)"
        }
    }

    /// `2.4x`, cut rather than rounded up, but for the error of a division; `more than 99x`.
    private var times: String {
        guard ratio.isFinite, ratio < Self.maximumRatio else { return "more than 99x" }
        let tenths = Int(max(0, ratio) * 10 + 0.001)
        return "\(tenths / 10).\(tenths % 10)x"
    }
}
