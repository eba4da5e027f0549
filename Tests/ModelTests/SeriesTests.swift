import Model
import Testing

struct SeriesTests {
    @Test func keepsTheNewestPointsOnly() {
        var series = Series()
        for value in 0..<700 { series.append(Double(value)) }
        #expect(series.count == 600)
        #expect(series.suffix(2) == [698, 699])
        #expect(series.suffix(600).first == 100)
    }

    @Test func aGapIsUnknownAndBreaksWhatHeld() {
        var series = Series()
        for _ in 0..<5 { series.append(0.9) }
        #expect(series.lowest(ofLast: 5) == Double(Float(0.9)))
        series.append(0.9, after: SampleGap(.seconds(2), interval: .seconds(1), cadence: nil))
        #expect(series.suffix(3) == [Double(Float(0.9)), nil, Double(Float(0.9))])
        #expect(series.lowest(ofLast: 5) == nil)
        #expect(series.lowest(ofLast: 1) != nil)
    }

    @Test func whatHeldIsOfTheNewestPointsAlsoOnceTheOldestGo() {
        var series = Series()
        for value in 0..<1100 { series.append(Double(value)) }
        #expect(series.lowest(ofLast: 200) == 900)
        #expect(series.highest(ofLast: 200) == 1099)
        #expect(!series.isUnknown(forLast: 1))
        for _ in 0..<150 { series.append(nil) }
        #expect(series.isUnknown(forLast: 150) && !series.isUnknown(forLast: 151))
        #expect(Series().isUnknown(forLast: 5))
    }

    @Test func aLongGapIsBounded() {
        var series = Series()
        series.append(1)
        series.append(nil, after: SampleGap(.seconds(Int64.max / 2), interval: .seconds(1), cadence: nil))
        #expect(series.count == 600)
        #expect(series.suffix(600).allSatisfy { $0 == nil })
        series.append(nil, after: SampleGap(.seconds(-5), interval: .seconds(1), cadence: nil))
        #expect(series.count == 600)
    }
}
