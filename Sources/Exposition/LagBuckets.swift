internal import Model

/// Stretches of a loop by length, in the bounds that are exported, and their lengths added up.
///
/// A bucket of `LagHistogram` that a bound cuts through counts as longer than the bound: nothing is told as shorter than it
/// was. A stretch is added up with the middle of its bucket.
struct LagBuckets: Equatable, Sendable {
    /// Upper bounds in ms; beyond the last is `+Inf`.
    static let bounds: [Duration] = [
        .milliseconds(1), .microseconds(2500), .milliseconds(5), .milliseconds(10), .milliseconds(25),
        .milliseconds(50), .milliseconds(100), .milliseconds(250), .milliseconds(500), .seconds(1),
        .milliseconds(2500), .seconds(5), .seconds(10),
    ]
    static let count = 14

    /// How many are in each and not in a shorter one.
    private(set) var counts = InlineArray<14, UInt64>(repeating: 0)
    private(set) var nanoseconds: UInt64 = 0

    /// For each bucket of a `LagHistogram`: where it counts, and the length it stands for in ns.
    private static let places: [(bucket: Int, nanoseconds: UInt64)] = (0..<LagHistogram.bucketCount).map { bucket in
        let upper = LagHistogram.lowerBound(ofBucket: bucket + 1)
        let isLast = bucket == LagHistogram.bucketCount - 1  // what is longer is in it, too
        let place = isLast ? nil : bounds.firstIndex { upper <= $0 }
        return (place ?? count - 1, UInt64(max(0, LagHistogram.middle(ofBucket: bucket).nanoseconds)))
    }

    mutating func add(_ histogram: LagHistogram) {
        let places = Self.places
        for (bucket, number) in histogram.counts.enumerated() where number > 0 {
            let place = places[bucket]
            counts[place.bucket] &+= UInt64(number)
            nanoseconds &+= place.nanoseconds &* UInt64(number)
        }
    }

    func adding(_ histogram: LagHistogram) -> Self {
        var sum = self
        sum.add(histogram)
        return sum
    }

    static func == (left: Self, right: Self) -> Bool {
        left.nanoseconds == right.nanoseconds && (0..<count).allSatisfy { left.counts[$0] == right.counts[$0] }
    }
}
