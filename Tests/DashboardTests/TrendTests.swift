import Model
import Testing

@testable import Dashboard

struct TrendTests {
    /// Bytes that grow by `slope` a second, each off the line by up to `noise`.
    private func points(_ count: Int, slope: Double, noise: Double = 0) -> [Double?] {
        (0..<count).map { place -> Double in
            let wobble = Double((place * 7919) % 201 - 100) / 100
            return 500e6 + Double(place) * slope + wobble * noise
        }
    }

    @Test func growthIsTold() throws {
        let trend = try #require(Trend(points(120, slope: 1e6, noise: 2e6), interval: .seconds(1)))
        #expect(abs(trend.slope - 1e6) < 5e4)
        #expect(trend.lasts(600e6).map { abs($0.seconds - 600) < 30 } == true)
        #expect(trend.lasts(1e15) == nil, "in more than a day")
        let slower = try #require(Trend(points(120, slope: 1e6), interval: .seconds(5)))
        #expect(abs(slower.slope - 2e5) < 1)
    }

    @Test func noiseIsNoTrend() {
        #expect(Trend(points(120, slope: 0, noise: 5e6), interval: .seconds(1)) == nil)
        #expect(Trend(points(120, slope: 1e3, noise: 5e6), interval: .seconds(1)) == nil)
        #expect(Trend(points(120, slope: 0), interval: .seconds(1)) == nil, "what does not vary")
        #expect(Trend(points(59, slope: 1e6), interval: .seconds(1)) == nil, "too few")
    }

    @Test func gapsAreNoPoints() throws {
        var some = points(120, slope: 1e6)
        for place in stride(from: 0, to: 120, by: 3) { some[place] = nil }
        let trend = try #require(Trend(some, interval: .seconds(1)))
        #expect(abs(trend.slope - 1e6) < 1)
    }

    @Test func whatShrinksLasts() throws {
        let trend = try #require(Trend(points(120, slope: -1e6), interval: .seconds(1)))
        #expect(trend.slope < 0 && trend.lasts(1e9) == nil)
    }
}
