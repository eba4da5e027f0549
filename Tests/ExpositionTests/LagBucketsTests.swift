import Model
import Testing

@testable import Exposition

@Suite struct LagBucketsTests {
    static func buckets(_ lengths: [Duration]) -> LagBuckets {
        var histogram = LagHistogram()
        for length in lengths { histogram.add(length) }
        return LagBuckets().adding(histogram)
    }

    static func places(_ buckets: LagBuckets) -> [UInt64] { (0..<LagBuckets.count).map { buckets.counts[$0] } }

    @Test(
        arguments: [
            (Duration.microseconds(999), nil), (.milliseconds(1), 1), (.microseconds(2499), 1),
            (.microseconds(2500), 2),
            (.microseconds(4999), 2), (.milliseconds(5), 3), (.microseconds(9999), 3), (.milliseconds(10), 4),
            (.milliseconds(23), 4),
            // 24 to 28 ms is one bucket: what may be longer than the bound counts above it.
            (.milliseconds(24), 5), (.milliseconds(26), 5), (.milliseconds(47), 5), (.milliseconds(48), 6),
            (.milliseconds(200), 7), (.milliseconds(230), 8), (.milliseconds(600), 9), (.seconds(2), 10),
            (.seconds(4), 11), (.seconds(8), 12), (.seconds(9), 13), (.seconds(500), 13),
        ] as [(Duration, Int?)])
    func aLengthIsNeverToldAsShorter(length: Duration, place: Int?) {
        let places = Self.places(Self.buckets([length]))
        #expect(places.firstIndex(of: 1) == place && places.reduce(0, +) == (place == nil ? 0 : 1))
        if let place, place < LagBuckets.bounds.count { #expect(length <= LagBuckets.bounds[place]) }
    }

    @Test func theSumIsWithinAnEighth() {
        for milliseconds in stride(from: 1, to: 100_000, by: 37) {
            let length = Duration.milliseconds(milliseconds)
            let sum = Duration.nanoseconds(Int64(Self.buckets([length]).nanoseconds))
            #expect(abs(sum.seconds - length.seconds) <= length.seconds / 8 + 1e-9, "\(length) \(sum)")
        }
    }

    @Test func histogramsAddUp() {
        var sum = Self.buckets([.milliseconds(3), .milliseconds(3)])
        var other = LagHistogram()
        other.add(.milliseconds(3))
        other.add(.seconds(60))
        sum.add(other)
        #expect(sum == Self.buckets([.milliseconds(3), .milliseconds(3), .milliseconds(3), .seconds(60)]))
    }

    @Test func eachBoundHasItsLabel() {
        #expect(LagBuckets.labels.count == LagBuckets.count && LagBuckets.canonicalLabels.count == LagBuckets.count)
        for (bound, label) in zip(LagBuckets.bounds, LagBuckets.labels) {
            #expect(Double("\(label)".dropFirst(5).dropLast()) == bound.seconds)
        }
    }
}
