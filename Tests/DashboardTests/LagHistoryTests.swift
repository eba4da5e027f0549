import Model
import Testing

@testable import Dashboard

/// What is kept of a worker's lag, and what it comes to.
struct LagHistoryTests {
    /// A history that is told one sample a second.
    private struct Teller {
        var history = LagHistory()
        var stretches = LagHistogram()
        var second: UInt64 = 100

        var now: MonotonicInstant { MonotonicInstant(nanoseconds: second * 1_000_000_000) }

        /// `lengths` in ms ended in this second.
        mutating func tell(
            _ lengths: [Int] = [], open: Int = 0, quality: LagQuality = .exact, cause: StallCause? = .cpu,
            isFirst: Bool = false
        ) {
            second += 1
            for length in lengths { stretches.add(.milliseconds(length)) }
            var row = WorkerRow()
            row[.lagMethod] = LagMethod(tier: .proc, quality: quality, kind: .epoll).packed
            row[.lagMaxMicroseconds] = UInt64((lengths.max() ?? 0) * 1000)
            row[.lagP99Microseconds] = 0
            row[.openStallMicroseconds] = UInt64(open * 1000)
            row[.stallCause] = cause?.packed
            history.take(
                LagReading(row), stretches, sampled: now, at: now,
                after: isFirst ? nil : SampleGap(.seconds(1), interval: .seconds(1), cadence: nil))
        }
    }

    @Test func percentilesAreOfAllStretchesTogether() throws {
        var teller = Teller()
        teller.tell(isFirst: true)
        for second in 0..<100 { teller.tell(second == 50 ? [2000] : []) }
        let all = try #require(teller.history.summary(over: .seconds(900)))
        #expect(all.span == .seconds(100) && all.max == .seconds(2))
        // One of 2 s in 100 s: P(lag > x) = (2 - x) / 100, so a hundredth of the time is 1 s.
        #expect(abs(all.p99.seconds - 1.0) < 0.25)
        #expect(all.p50 == .zero)
        let recent = try #require(teller.history.summary(over: .seconds(20)))
        #expect(recent.span <= .seconds(20) && recent.max == .zero)
    }

    @Test func whatCameBeforeTheFirstSampleIsNotCounted() throws {
        var teller = Teller()
        for _ in 0..<50 { teller.stretches.add(.seconds(3)) }
        teller.tell(isFirst: true)
        #expect(teller.history.summary(over: .seconds(120)) == nil)
        teller.tell([10])
        #expect(try #require(teller.history.summary(over: .seconds(120))).max < .milliseconds(20))
    }

    @Test func watchedAnewItBeginsAnew() throws {
        var teller = Teller()
        teller.tell(isFirst: true)
        for _ in 0..<30 { teller.tell([100]) }
        teller.stretches = LagHistogram()
        teller.tell([10])
        #expect(teller.history.summary(over: .seconds(900)) == nil)
        teller.tell([10])
        #expect(try #require(teller.history.summary(over: .seconds(900))).max < .milliseconds(20))
    }

    @Test func memoryIsBounded() throws {
        var teller = Teller()
        teller.tell(isFirst: true)
        for _ in 0..<2000 { teller.tell([5, 40]) }
        let summary = try #require(teller.history.summary(over: .seconds(900)))
        #expect(summary.span <= .seconds(900) && summary.span > .seconds(880))
        #expect(teller.history.strip.suffix(10_000).count == LagStrip.capacity)
    }

    @Test func aColumnSaysHowMuchTimeWentIntoStretchesOfALength() {
        var growth = LagHistogram()
        for _ in 0..<5 { growth.add(.milliseconds(104)) }
        growth.add(.milliseconds(4))
        let column = LagColumn(growth, over: .seconds(1), open: nil)
        #expect(abs(column.share(of: 4..<5) - 0.52) < 0.02, "five of 100 ms and more")
        #expect(column.share(of: 0..<1) > 0 && column.share(of: 0..<1) < 0.02, "a little is not nothing")
        #expect(column.share(of: 5..<9) == 0)
        var long = LagHistogram()
        long.add(.seconds(7))
        #expect(LagColumn(long, over: .seconds(1), open: nil).share(of: 8..<9) == 1)
        #expect(abs(LagColumn(nil, over: nil, open: .milliseconds(300)).share(of: 5..<6) - 0.3) < 0.01)
    }

    @Test func lengthsGoIntoTheRowTheyAreLabelledWith() {
        for (row, edge) in LagColumn.edges.enumerated() {
            #expect(LagColumn.row(of: edge) == row)
            #expect(LagColumn.row(of: edge + .seconds(100)) == LagColumn.edges.count - 1)
        }
        #expect(LagColumn.row(of: .microseconds(900)) == nil)
        for rows in [LagPanel.Rows.few, .many] {
            let covered = rows.starts.indices.reversed().flatMap { Array(rows.range($0)) }
            #expect(covered == Array(0..<LagColumn.edges.count), "each length in one row")
        }
    }

    @Test func theLongestStallOfAMinuteIsForgottenAfterIt() throws {
        var teller = Teller()
        teller.tell(isFirst: true)
        teller.tell([700], cause: .blocked(SystemCall(number: 202)))
        for _ in 0..<30 { teller.tell([50]) }
        let longest = try #require(teller.history.longestStall(now: teller.now))
        #expect(longest.stall.text(cores: 2) == "blocked 700 ms in futex")
        #expect(teller.now - longest.at == .seconds(30))
        for _ in 0..<30 { teller.tell([50]) }
        #expect(teller.history.longestStall(now: teller.now)?.stall.length == .milliseconds(50))
    }

    @Test func whatIsNotMeasuredIsAGapAndNoLag() {
        var teller = Teller()
        teller.tell(isFirst: true)
        teller.tell([100])
        teller.tell(quality: .none)
        #expect(teller.history.worst.suffix(2).map { $0 == nil } == [false, true])
        #expect(teller.history.strip.suffix(2).map(\.isKnown) == [true, false])
        teller.tell([900], quality: .bound)
        #expect(teller.history.worst.suffix(1) == [Double(Float(0.9))])
        #expect(teller.history.tail.suffix(1) == [nil], "what may be so raises no alarm")
    }
}
