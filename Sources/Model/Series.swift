/// The newest points of one number, oldest first; a missing sample is a gap, never a line drawn across it.
public struct Series: Sendable, Equatable {
    /// Ten minutes at one point a second.
    public static let capacity = 600

    /// NaN is a gap. `Float`: half the memory, and 24 bits are more than a cell can show.
    private var points: [Float] = []
    /// Index of the oldest point once the ring is full.
    private var start = 0

    public init() {}

    public var count: Int { points.count }

    public mutating func append(_ value: Double?) {
        let point = value.map { Float($0) } ?? .nan
        if points.count < Self.capacity {
            points.append(point)
        } else {
            points[start] = point
            start = (start + 1) % Self.capacity
        }
    }

    /// A point, and those that are missing before it: gaps, or the same again where it stands for them. `nil`: none is.
    public mutating func append(_ value: Double?, after gap: SampleGap?) {
        for _ in 0..<(gap?.missing ?? 0) { append(gap?.isSteady == true ? value : nil) }
        append(value)
    }

    /// This series with `newer` in place of as many of its newest points: what is known better of the same time.
    public func ending(in newer: Series) -> Series {
        var result = Series()
        for point in suffix(Self.capacity).dropLast(newer.count) { result.append(point) }
        for point in newer.suffix(Self.capacity) { result.append(point) }
        return result
    }

    /// The newest `length` points, oldest first; shorter when fewer came.
    public func suffix(_ length: Int) -> [Double?] {
        let taken = min(max(length, 0), points.count)
        return (points.count - taken..<points.count).map { position in
            let point = points[(start + position) % points.count]
            return point.isNaN ? nil : Double(point)
        }
    }

    /// The lowest of the newest `length` points when every one of them is known: what held for all that time.
    public func lowest(ofLast length: Int) -> Double? {
        held(ofLast: length, by: <)
    }

    /// The highest of the newest `length` points when every one of them is known.
    public func highest(ofLast length: Int) -> Double? {
        held(ofLast: length, by: >)
    }

    private func held(ofLast length: Int, by precedes: (Float, Float) -> Bool) -> Double? {
        guard length > 0, points.count >= length else { return nil }
        var extreme: Float?
        for age in 0..<length {
            let point = points[index(ofAge: age)]
            guard !point.isNaN else { return nil }
            if let known = extreme, !precedes(point, known) { continue }
            extreme = point
        }
        return extreme.map { Double($0) }
    }

    /// Whether none of the newest `length` points is known.
    public func isUnknown(forLast length: Int) -> Bool {
        (0..<min(max(length, 0), points.count)).allSatisfy { points[index(ofAge: $0)].isNaN }
    }

    /// Of the point that so many came after.
    private func index(ofAge age: Int) -> Int {
        let index = start + points.count - 1 - age
        return index < points.count ? index : index - points.count
    }
}
