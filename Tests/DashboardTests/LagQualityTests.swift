import Console
import Model
import Testing

@testable import Dashboard

@Suite struct LagQualityTests {
    private func reading(_ quality: LagQuality, open: UInt64) -> LagReading {
        var row = WorkerRow()
        row[.lagMaxMicroseconds] = 0
        row[.lagP99Microseconds] = 0
        row[.openStallMicroseconds] = open
        row[.stallCause] = StallCause.stopped.packed
        row[.lagMethod] = LagMethod(tier: .proc, quality: quality, kind: .epoll).packed
        return LagReading(row)
    }

    @Test func whatWasMetFirstIsAtLeastSoLong() {
        let lag = reading(.floor, open: 900_000)
        #expect(lag.worstText == ">=900ms+" && lag.methodText.hasPrefix("at least, proc"))
        #expect(lag.stall?.text(cores: 2) == "stopped at least 900 ms so far")
        #expect(reading(.bound, open: 900_000).worstText == "<=900ms+")
        #expect(reading(.exact, open: 900_000).worstText == "900ms+")
    }

    @Test(arguments: [(LagQuality.bound, "<="), (.floor, ">="), (.exact, "")] as [(LagQuality, SafeText)])
    func sumsSayWhatTheyAreWorth(quality: LagQuality, sign: SafeText) {
        var group = GroupRow()
        group[.worstLagMicroseconds] = 612_000
        group[.lagP99Microseconds] = 600_000
        group[.lagQuality] = UInt64(quality.rawValue)
        #expect(group.worstLagText == sign + "612ms" && group.lagP99Text == sign + "600ms")
        var host = HostRow()
        host[.worstLagMicroseconds] = 612_000
        host[.lagP99Microseconds] = 600_000
        host[.lagQuality] = UInt64(quality.rawValue)
        let rates = HostRates(host, since: nil, over: nil, cores: 2)
        #expect(rates.worstLagText == sign + "612ms" && rates.lagP99Text == sign + "600ms")
        #expect((rates.gradedLagP99 == nil) == (quality == .bound), "a bound is no reason for a state")
    }

    @Test func aSumOfAnAgentThatSaysNothingOfItIsAsItWas() {
        var group = GroupRow()
        #expect(group.worstLagText == "-")
        group[.worstLagMicroseconds] = 612_000
        #expect(group.worstLagText == "612ms")
        group[.lagQuality] = 300
        #expect(group.worstLagText == "612ms")
    }
}
