import Model
import Testing

@testable import Console

@Suite struct FormatTests {
    @Test func unknownIsADashAndNeverZero() {
        #expect(Format.bytes(nil as UInt64?) == "-")
        #expect(Format.bytes(-1) == "-")
        #expect(Format.bytesPerSecond(nil) == "-")
        #expect(Format.percent(nil) == "-")
        #expect(Format.percent(.nan) == "-")
        #expect(Format.percent(-0.1) == "-")
        #expect(Format.milliseconds(nil) == "-")
        #expect(Format.milliseconds(.infinity) == "-")
        #expect(Format.latency(nil) == "-")
        #expect(Format.age(nil) == "-")
        #expect(Format.age(.seconds(-1)) == "-")
        #expect(Format.count(nil as Int?) == "-")
        #expect(Format.rate(nil) == "-")
        #expect(Format.number(nil) == "-")
        #expect(Format.clock(nil) == "-")
        #expect(Format.dateAndClock(nil) == "-")
    }

    @Test(
        arguments: [
            (0, "0B"), (1, "1B"), (999, "999B"), (1000, "1.0K"), (1024, "1.0K"), (4096, "4.0K"), (10_188, "9.9K"),
            (10_240, "10K"), (851_443_712, "812M"), (1_047_527_424, "999M"), (1_048_051_712, "1.0G"),
            (1_073_741_824, "1.0G"), (12_884_901_888, "12G"), (UInt64.max, "16E"),
        ] as [(UInt64, String)]) func bytesTakeFourCharacters(value: UInt64, expected: String)
    {
        #expect(Format.bytes(value).string == expected)
    }

    @Test func noSizeIsWiderThanItsColumn() {
        for shift in 0..<64 {
            for offset in [-1, 0, 1] {
                let value = UInt64(1) << shift
                let text = Format.bytes(offset < 0 ? value - 1 : value + UInt64(offset))
                #expect(text.columns <= 4)
            }
        }
    }

    @Test func bytesPerSecondNameTheirUnit() {
        #expect(Format.bytesPerSecond(0) == "0B/s")
        #expect(Format.bytesPerSecond(0.4) == "0.4B/s")
        #expect(Format.bytesPerSecond(1_258_291) == "1.2M/s")
    }

    @Test(
        arguments: [
            (0, "0%"), (0.0004, "0.0%"), (0.034, "3.4%"), (0.0994, "9.9%"), (0.0996, "10%"), (0.5, "50%"), (1, "100%"),
            (1.37, "137%"), (8, "800%"),
        ] as [(Double, String)]) func percentKeepsTwoDigits(share: Double, expected: String)
    {
        #expect(Format.percent(share).string == expected)
    }

    @Test(
        arguments: [
            (0, "0ms"), (0.4, "0.4ms"), (4.2, "4.2ms"), (9.97, "10ms"), (480, "480ms"), (999.4, "999ms"),
            (999.6, "1.0s"),
            (1200, "1.2s"), (42_000, "42s"), (99_400, "99s"), (104_000, "1m44s"),
        ] as [(Double, String)]) func delaysChangeUnitAsTheyGrow(milliseconds: Double, expected: String)
    {
        #expect(Format.milliseconds(milliseconds).string == expected)
        #expect(Format.latency(.seconds(milliseconds / 1000)).string == expected)
    }

    @Test(
        arguments: [
            (0, "0s"), (42, "42s"), (59.9, "59s"), (60, "1m00s"), (250, "4m10s"), (378, "6m18s"), (3600, "1h00m"),
            (7505, "2h05m"), (86_400, "1d00h"), (266_400, "3d02h"), (8_640_000, "100d"), (35_596_800, "412d"),
        ] as [(Double, String)]) func agesCountWholeUnits(seconds: Double, expected: String)
    {
        #expect(Format.age(.seconds(seconds)).string == expected)
    }

    @Test func countsHaveSeparators() {
        #expect(Format.count(0) == "0")
        #expect(Format.count(999) == "999")
        #expect(Format.count(1234) == "1,234")
        #expect(Format.count(1_234_567) == "1,234,567")
        #expect(Format.count(-1234) == "-1,234")
        #expect(Format.count(UInt64.max) == "18,446,744,073,709,551,615")
        #expect(Format.count(Int64.min) == "-9,223,372,036,854,775,808")
    }

    @Test func ratesAndNumbers() {
        #expect(Format.rate(0) == "0/s")
        #expect(Format.rate(0.31) == "0.3/s")
        #expect(Format.rate(12.4) == "12/s")
        #expect(Format.rate(4100) == "4.1k/s")
        #expect(Format.rate(2_000_000) == "2.0M/s")
        #expect(Format.number(1.5) == "1.5")
        #expect(Format.number(-4.25) == "-4.3")
        #expect(Format.number(4.256, decimals: 2) == "4.26")
        #expect(Format.number(0.049, decimals: 1) == "0.0")
        #expect(Format.number(-0.001, decimals: 2) == "0.00")
        #expect(Format.number(1e300, decimals: 2) == "huge")
    }

    @Test func clocksAreUTC() {
        #expect(Format.clock(WallTime(nanoseconds: 0)) == "00:00:00Z")
        let time = WallTime(nanoseconds: 1_795_183_024_999_999_999)
        #expect(Format.clock(time) == "13:57:04Z")
        #expect(Format.dateAndClock(time) == "2026-11-20 13:57:04Z")
        #expect(Format.dateAndClock(WallTime(nanoseconds: -1)) == "1969-12-31 23:59:59Z")
        #expect(Format.dateAndClock(WallTime(nanoseconds: 1_709_164_800_000_000_000)) == "2024-02-29 00:00:00Z")
        #expect(Format.dateAndClock(WallTime(nanoseconds: .max)) == "2262-04-11 23:47:16Z")
        #expect(Format.dateAndClock(WallTime(nanoseconds: .min)) == "1677-09-21 00:12:43Z")
    }
}
