/// The median of the last values, which are few: they are sorted when somebody asks.
struct RecentMedian: Sendable {
    private static let capacity = 31
    private var ring: [Int64] = []
    private var next = 0
    private var cached: Int64?

    mutating func add(_ value: Int64) {
        if ring.count < Self.capacity {
            ring.append(value)
        } else {
            ring[next] = value
            next = (next + 1) % Self.capacity
        }
        cached = nil
    }

    /// `nil` before the first value.
    mutating func value() -> Int64? {
        if cached == nil, !ring.isEmpty { cached = ring.sorted()[ring.count / 2] }
        return cached
    }
}
