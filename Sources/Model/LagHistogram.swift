/// How many stretches of work of each length a loop did, in buckets that grow with the length: four to each doubling from
/// 1 ms to 131 s, so a bucket is known to a quarter of its lower edge or better. Shorter stretches are not counted, longer
/// ones are in the last bucket.
///
/// Histograms of several workers and of several times add up, percentiles do not. Counts only grow while a worker is
/// watched, so what happened between two snapshots is their difference.
public struct LagHistogram: Hashable, Sendable {
    public static let bucketCount = 68

    /// Empty until the first stretch of 1 ms; then as long as its highest bucket that holds any, plus one.
    public private(set) var counts: [UInt32]

    public init() { counts = [] }

    /// From counts in order of their buckets; those beyond the last bucket are dropped.
    public init(counts: [UInt32]) {
        self.counts = counts
        if self.counts.count > Self.bucketCount { self.counts.removeLast(self.counts.count - Self.bucketCount) }
        trim()
    }

    private mutating func trim() { while counts.last == 0 { counts.removeLast() } }

    public var isEmpty: Bool { counts.isEmpty }

    /// `nil` below 1 ms.
    public static func bucket(of length: Duration) -> Int? {
        let microseconds = length.nanoseconds / 1000
        guard microseconds >= 1000 else { return nil }
        let milliseconds = UInt64(microseconds) / 1000
        let octave = 63 - milliseconds.leadingZeroBitCount
        // The position within the octave in quarters, from microseconds so that 1.25 ms counts as such.
        let quarter = Int((UInt64(microseconds) * 4 / 1000) >> UInt64(octave)) - 4
        return min(octave * 4 + quarter, bucketCount - 1)
    }

    /// The shortest length in a bucket.
    public static func lowerBound(ofBucket bucket: Int) -> Duration {
        let (octave, quarter) = max(0, bucket).quotientAndRemainder(dividingBy: 4)
        return .microseconds((1000 << Int64(min(octave, 40))) / 4 * Int64(4 + quarter))
    }

    /// The length a bucket stands for: its middle.
    public static func middle(ofBucket bucket: Int) -> Duration {
        (lowerBound(ofBucket: bucket) + lowerBound(ofBucket: bucket + 1)) / 2
    }

    public mutating func add(_ length: Duration) {
        guard let bucket = Self.bucket(of: length) else { return }
        add(1, inBucket: bucket)
    }

    /// `bucket` must be below `bucketCount`. The count goes on from zero after 2^32 - 1.
    public mutating func add(_ count: UInt32, inBucket bucket: Int) {
        while counts.count <= bucket { counts.append(0) }
        counts[bucket] &+= count
        trim()
    }

    public mutating func add(_ other: LagHistogram) {
        while counts.count < other.counts.count { counts.append(0) }
        for (bucket, count) in other.counts.enumerated() { counts[bucket] &+= count }
    }

    /// What came since `earlier`; `nil` when a count shrank: another worker, or the agent watched it anew.
    public func growth(since earlier: LagHistogram) -> LagHistogram? {
        guard earlier.counts.count <= counts.count else { return nil }
        if counts == earlier.counts { return LagHistogram() }
        var growth = counts
        for (bucket, count) in earlier.counts.enumerated() {
            guard growth[bucket] >= count else { return nil }
            growth[bucket] -= count
        }
        return LagHistogram(counts: growth)
    }

    /// The lag that an event arriving at a random moment of `elapsed` exceeds with probability `1 - share`, within a
    /// bucket: `P(lag > x) = Σ max(0, length - x) / elapsed`. Over several workers, `elapsed` is the sum of their times.
    public func timeWeighted(_ share: Double, over elapsed: Duration) -> Duration {
        var descent = Descent(share, over: elapsed)
        for bucket in counts.indices.reversed() where counts[bucket] > 0 {
            if let lag = descent.take(Double(counts[bucket]), of: Self.middleSeconds[bucket]) { return lag }
        }
        return descent.end
    }

    /// By bucket.
    private static let middleSeconds = (0..<bucketCount).map { middle(ofBucket: $0).seconds }
}

/// The smallest x with `Σ n · max(0, length - x) / elapsed <= 1 - share`; zero when there is hardly any lag.
/// `lengths` ascending, each with how many of it.
public func timeWeightedLag(_ share: Double, of lengths: [(Duration, Double)], over elapsed: Duration) -> Duration {
    var descent = Descent(share, over: elapsed)
    for (length, count) in lengths.reversed() {
        if let lag = descent.take(count, of: length.seconds) { return lag }
    }
    return descent.end
}

/// How low the x above gets, length by length from the longest on.
private struct Descent {
    private var room: Double
    private var number = 0.0
    private var last = 0.0

    init(_ share: Double, over elapsed: Duration) { room = max(0, (1 - share) * elapsed.seconds) }

    /// Returns x once it is reached.
    mutating func take(_ count: Double, of seconds: Double) -> Duration? {
        // Lowering x from `last` to `seconds` adds that much to each of the longer ones.
        let step = number * (last - seconds)
        if number > 0, step >= room { return .seconds(last - room / number) }
        if number > 0 { room -= step }
        number += count
        last = seconds
        return nil
    }

    /// After the shortest.
    var end: Duration {
        guard number > 0, number * last >= room else { return .zero }
        return .seconds(last - room / number)
    }
}
