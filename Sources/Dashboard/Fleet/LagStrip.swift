import Model

/// One moment of the heat strip: how much of it went into stretches of each length.
struct LagColumn: Sendable, Equatable {
    /// Of the rows' lower edges, ascending; a screen with less room draws several as one.
    static let edges: [Duration] = [1, 10, 25, 50, 100, 250, 500, 1000, 3000].map { .milliseconds($0) }

    /// Share of the time in stretches of each row, as a byte: 255 is all of it, and more than nothing is never 0. The last
    /// one says the rest; there are thousands of workers with hundreds of columns each.
    private var bytes = SIMD16<UInt8>()

    /// Whether lag was measured at all.
    var isKnown: Bool { bytes[15] == 1 }

    /// Not measured.
    init() {}

    /// A stretch counts where it ended, and a stall that is not over as long as it is by now. Its time may be longer than
    /// `elapsed`: then it is all of it. Of the first sample nobody knows what ended in it; a stall takes it for a second.
    init(_ growth: LagHistogram?, over elapsed: Duration?, open: Duration?) {
        bytes[15] = 1
        var seconds = SIMD16<Double>()
        if let open, let row = Self.row(of: open) { seconds[row] = open.seconds }
        if let growth, elapsed != nil {
            for (bucket, count) in growth.counts.enumerated() where count > 0 {
                seconds[Self.rows[bucket]] += Self.middles[bucket] * Double(count)
            }
        }
        let whole = elapsed.flatMap { $0 > .zero ? $0.seconds : nil } ?? 1
        for row in Self.edges.indices where seconds[row] > 0 {
            bytes[row] = UInt8(min(max(seconds[row] / whole * 255, 1), 255))
        }
    }

    /// 0...1, of several rows together.
    func share(of rows: Range<Int>) -> Double {
        min(Double(rows.reduce(0) { $0 + Int(bytes[$1]) }) / 255, 1)
    }

    static func row(of length: Duration) -> Int? { edges.lastIndex { $0 <= length } }

    /// By bucket. A bucket that straddles an edge goes where its middle is.
    private static let rows: [Int] = (0..<LagHistogram.bucketCount).map { bucket in
        row(of: LagHistogram.middle(ofBucket: bucket)) ?? 0
    }
    private static let middles: [Double] = (0..<LagHistogram.bucketCount).map { bucket in
        LagHistogram.middle(ofBucket: bucket).seconds
    }
}

/// The newest columns, oldest first.
struct LagStrip: Sendable {
    static let capacity = 300

    private var columns: [LagColumn] = []
    /// Index of the oldest once the ring is full.
    private var start = 0

    mutating func append(_ column: LagColumn) {
        if columns.count < Self.capacity {
            columns.append(column)
        } else {
            columns[start] = column
            start = (start + 1) % Self.capacity
        }
    }

    /// A column, and those that are missing before it: gaps, or the same again where it stands for them. `nil`: none is.
    mutating func append(_ column: LagColumn, after gap: SampleGap?) {
        for _ in 0..<(gap?.missing ?? 0) { append(gap?.isSteady == true ? column : LagColumn()) }
        append(column)
    }

    /// The newest `length`, oldest first; fewer when fewer came.
    func suffix(_ length: Int) -> [LagColumn] {
        let taken = min(max(length, 0), columns.count)
        return (columns.count - taken..<columns.count).map { columns[(start + $0) % columns.count] }
    }
}
