internal import Model

/// A histogram told as what came since an earlier one; for a whole one that is the empty one. Most loops fill few buckets
/// that lie together by small numbers a second, so it is told in half bytes, the upper half of a byte first:
///
/// - 0: the end; so is a lower half that is left over.
/// - 1 to 6: the next bucket grew by that.
/// - 7: the next bucket grew by more: how many half bytes, 1 to 8, then these, the highest first.
/// - 8 to 15: 1 to 8 buckets did not change.
///
/// Growth is modulo 2^32.
private enum Step {
    static let end: UInt8 = 0
    static let large: UInt8 = 7
    static let pass: UInt8 = 8
    static let longestPass = 8
    static let largestHalves: UInt8 = 8
}

extension LagHistogram {
    func writeGrowth(since earlier: LagHistogram, to writer: inout Writer) {
        var halves = HalfWriter()
        var passed = 0
        for bucket in 0..<max(counts.count, earlier.counts.count) {
            // Wraps on purpose: any two counts have a difference.
            let growth = count(in: bucket) &- earlier.count(in: bucket)
            guard growth != 0 else {
                passed += 1
                continue
            }
            while passed > 0 {
                let step = min(passed, Step.longestPass)
                halves.write(Step.pass + UInt8(step - 1), to: &writer)
                passed -= step
            }
            if growth < UInt32(Step.large) {
                halves.write(UInt8(growth), to: &writer)
            } else {
                halves.write(Step.large, to: &writer)
                let digits = (35 - growth.leadingZeroBitCount) / 4
                halves.write(UInt8(digits), to: &writer)
                for digit in (0..<digits).reversed() {
                    halves.write(UInt8(growth >> UInt32(4 * digit) & 15), to: &writer)
                }
            }
        }
        if halves.isWhole { writer.byte(Step.end) }
    }

    /// Makes the earlier histogram the later one.
    mutating func grow(from reader: inout Reader, in bytes: Span<UInt8>) throws(WireError) {
        var halves = HalfReader()
        var bucket = 0
        // Each step but the end moves on by one bucket at least, which bounds the loop.
        while true {
            let step = try halves.read(from: &reader, in: bytes)
            if step == Step.end { break }
            if step >= Step.pass {
                bucket += Int(step - Step.pass) + 1
                guard bucket < Self.bucketCount else { throw Self.beyond(reader) }
                continue
            }
            guard bucket < Self.bucketCount else { throw Self.beyond(reader) }
            var growth = UInt32(step)
            if step == Step.large {
                growth = 0
                let digits = try halves.read(from: &reader, in: bytes)
                guard (1...Step.largestHalves).contains(digits) else { throw reader.malformed("stretches") }
                for _ in 0..<digits { growth = growth << 4 | UInt32(try halves.read(from: &reader, in: bytes)) }
            }
            add(growth, inBucket: bucket)
            bucket += 1
        }
        guard halves.rest == 0 else { throw reader.malformed("stretches") }
    }

    private static func beyond(_ reader: Reader) -> WireError {
        .limit(message: reader.message, field: "stretches", limit: bucketCount)
    }

    private func count(in bucket: Int) -> UInt32 { bucket < counts.count ? counts[bucket] : 0 }
}

/// Half bytes, the upper half first.
private struct HalfWriter {
    /// The last byte has both of its halves, so there is no 0 in it that could be the end.
    private(set) var isWhole = true

    mutating func write(_ half: UInt8, to writer: inout Writer) {
        if isWhole { writer.byte(half << 4) } else { writer.set(half, at: writer.bytes.count - 1) }
        isWhole.toggle()
    }
}

private struct HalfReader {
    /// The lower half of the last byte, when only the upper one was read.
    private var lower: UInt8?
    /// What is left of the last byte.
    var rest: UInt8 { lower ?? 0 }

    mutating func read(from reader: inout Reader, in bytes: Span<UInt8>) throws(WireError) -> UInt8 {
        if let half = lower {
            lower = nil
            return half
        }
        let byte = try reader.byte("stretches", in: bytes)
        lower = byte & 15
        return byte >> 4
    }
}
