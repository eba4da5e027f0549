import Model
import TestSupport
import Testing

@Suite struct LagHistogramTests {
    @Test func aBucketBeginsAtItsLowerBound() {
        for bucket in 0..<LagHistogram.bucketCount {
            let bound = LagHistogram.lowerBound(ofBucket: bucket)
            #expect(LagHistogram.bucket(of: bound) == bucket)
            #expect(LagHistogram.bucket(of: bound - .nanoseconds(1)) == (bucket == 0 ? nil : bucket - 1))
            let middle = LagHistogram.middle(ofBucket: bucket)
            #expect(LagHistogram.bucket(of: middle) == bucket)
            let next = LagHistogram.lowerBound(ofBucket: bucket + 1)
            #expect(bound < middle && middle < next)
            #expect((next - bound) * 4 <= bound, "wider than a quarter of its lower edge")
        }
    }

    /// As `docs/PROTOCOL.md` says: 2^octave · (4 + quarter) / 4 ms.
    @Test func theBoundsAreThoseOfTheProtocol() {
        for bucket in 0...LagHistogram.bucketCount {
            let bound = Duration.microseconds(250 * (1 << (bucket / 4)) * (4 + bucket % 4))
            #expect(LagHistogram.lowerBound(ofBucket: bucket) == bound)
        }
        #expect(LagHistogram.lowerBound(ofBucket: 67) == .milliseconds(114_688))
    }

    @Test func longerLengthsAreNeverInEarlierBuckets() {
        var last: Int?
        for step in 0..<200_000 {
            let bucket = LagHistogram.bucket(of: .microseconds(step * 7))
            if let last { #expect((bucket ?? -1) >= last) } else { #expect((bucket ?? 0) == 0) }
            last = bucket
        }
    }

    @Test func extremesAreInTheLastBucketOrInNone() {
        for length: Duration in [.seconds(132), .seconds(Int64.max), .nanoseconds(Int64.max)] {
            #expect(LagHistogram.bucket(of: length) == LagHistogram.bucketCount - 1)
        }
        for length: Duration in [.zero, .nanoseconds(999_999), .seconds(-5), .seconds(Int64.min)] {
            #expect(LagHistogram.bucket(of: length) == nil)
        }
        _ = LagHistogram.lowerBound(ofBucket: .max)
        _ = LagHistogram.lowerBound(ofBucket: .min)
        #expect(LagHistogram(counts: Array(repeating: 1, count: 100)).counts.count == LagHistogram.bucketCount)
    }

    @Test func growthIsWhatCameSince() {
        let histograms = Self.random(200)
        for (earlier, more) in zip(histograms, histograms.dropFirst()) {
            var later = earlier
            later.add(more)
            #expect(later.growth(since: earlier) == more)
            #expect(later.growth(since: later) == LagHistogram())
            #expect(more.isEmpty || earlier.growth(since: later) == nil)
        }
    }

    @Test func sumsHaveNoOrder() {
        let histograms = Self.random(50)
        for (first, second) in zip(histograms, histograms.dropFirst()) {
            var (left, right) = (first, second)
            left.add(second)
            right.add(first)
            #expect(left == right)
        }
    }

    @Test func aCountThatGoesOnFromZeroIsNone() {
        var histogram = LagHistogram(counts: [1, 0, 5])
        histogram.add(.max - 4, inBucket: 2)
        #expect(histogram.counts == [1])
        histogram.add(2, inBucket: 3)
        #expect(histogram.counts == [1, 0, 0, 2])
    }

    @Test func emptyMeansNoCounts() {
        #expect(LagHistogram(counts: [0, 0, 0]) == LagHistogram())
        #expect(LagHistogram(counts: [0, 1, 0]).counts == [0, 1])
        var histogram = LagHistogram()
        histogram.add(.microseconds(999))
        #expect(histogram.isEmpty)
        histogram.add(.milliseconds(1))
        #expect(histogram.counts == [1])
    }

    /// A share of a time of lag, by trying every length instead of going down from the longest.
    @Test func thePercentileIsThatOfBruteForce() {
        let seed = printedSeed()
        var random = SeededGenerator(seed: seed)
        for _ in 0..<500 {
            let elapsed = Double.random(in: 1...3, using: &random)
            let lengths = (0..<Int.random(in: 0...20, using: &random)).map { _ in
                let length = Duration.microseconds(Int.random(in: 0...400_000, using: &random))
                return (length, Double.random(in: 1...4, using: &random))
            }.sorted { $0.0 < $1.0 }
            let share = [0.5, 0.9, 0.99, 0.999].randomElement(using: &random) ?? 0.5
            let found = timeWeightedLag(share, of: lengths, over: .seconds(elapsed)).seconds
            func probability(beyond lag: Double) -> Double {
                lengths.reduce(0) { $0 + $1.1 * max(0, $1.0.seconds - lag) } / elapsed
            }
            #expect(probability(beyond: found) <= 1 - share + 1e-9, "seed \(seed)")
            if found > 1e-6 { #expect(probability(beyond: found - 1e-6) >= 1 - share, "seed \(seed)") }
        }
    }

    @Test func knownPercentiles() {
        // One stretch of 200 ms in a second: 1 % of the time is the first 10 ms of it.
        #expect(abs(timeWeightedLag(0.99, of: [(.milliseconds(200), 1)], over: .seconds(1)).seconds - 0.19) < 1e-9)
        #expect(timeWeightedLag(0.5, of: [(.milliseconds(200), 1)], over: .seconds(1)) == .zero)
        #expect(timeWeightedLag(0.99, of: [], over: .seconds(1)) == .zero)
        #expect(timeWeightedLag(0.99, of: [(.milliseconds(5), 0)], over: .seconds(1)) == .zero)
        // No time: the longest. A share beyond all: the longest, too.
        #expect(abs(timeWeightedLag(0.99, of: [(.milliseconds(5), 1)], over: .zero).seconds - 0.005) < 1e-9)
        #expect(abs(timeWeightedLag(2, of: [(.milliseconds(5), 1)], over: .seconds(1)).seconds - 0.005) < 1e-9)
    }

    @Test func aHistogramsPercentileIsWithinABucketOfTheTrueOne() {
        let seed = printedSeed()
        var random = SeededGenerator(seed: seed)
        for _ in 0..<300 {
            var histogram = LagHistogram()
            var lengths: [(Duration, Double)] = []
            for _ in 0..<Int.random(in: 1...40, using: &random) {
                let octave = 1000 << Int.random(in: 0...8, using: &random)
                let length = Duration.microseconds(octave + Int.random(in: 0...900, using: &random))
                histogram.add(length)
                lengths.append((length, 1))
            }
            lengths.sort { $0.0 < $1.0 }
            let elapsed = Duration.seconds(10)
            let exact = timeWeightedLag(0.99, of: lengths, over: elapsed).seconds
            let near = histogram.timeWeighted(0.99, over: elapsed).seconds
            let longest = lengths.last?.0.seconds ?? 0
            #expect(abs(near - exact) <= longest / 4, "seed \(seed)")
        }
    }

    private static func random(_ count: Int, for test: String = #function) -> [LagHistogram] {
        var random = SeededGenerator(seed: printedSeed(test))
        return (0..<count).map { _ in
            var histogram = LagHistogram()
            for _ in 0..<Int.random(in: 0...30, using: &random) {
                histogram.add(.microseconds(500 << Int.random(in: 0...20, using: &random)))
            }
            return histogram
        }
    }
}
