import Model
import Testing

@testable import Agent

private let start = MonotonicInstant(nanoseconds: 0) + .seconds(1000)

@Test func soManyMayBeginInAnyMinute() {
    var limits = RateLimits()
    for second in 0..<6 { #expect(limits.take(app: "web", limit: 6, now: start + .seconds(second)) == nil) }
    #expect(limits.take(app: "web", limit: 6, now: start + .seconds(10)) == .seconds(50))
    #expect(limits.take(app: "web", limit: 6, now: start + .seconds(59)) == .seconds(1))
    #expect(limits.take(app: "db", limit: 6, now: start + .seconds(59)) == nil, "each app for itself")
    #expect(limits.take(app: "web", limit: 6, now: start + .seconds(60)) == nil)
    #expect(limits.take(app: "web", limit: 6, now: start + .seconds(60)) == .seconds(1), "the second one ends at 61")
}

@Test func whatNobodyLimitsCountsAsWell() {
    var limits = RateLimits()
    for _ in 0..<3 { #expect(limits.take(app: "web", limit: nil, now: start) == nil) }
    #expect(limits.take(app: "web", limit: 2, now: start + .seconds(1)) == .seconds(59))
    #expect(limits.take(app: "web", limit: 4, now: start + .seconds(1)) == nil)
    #expect(limits.take(app: "web", limit: 0, now: start) == .seconds(60))
}

@Test func memoryIsBounded() {
    var limits = RateLimits()
    for number in 0..<5000 { _ = limits.take(app: "app\(number % 2500)", limit: 1, now: start + .milliseconds(number)) }
    #expect(limits.apps <= 2000)
    for _ in 0..<5000 { _ = limits.take(app: "web", limit: nil, now: start + .seconds(5)) }
    #expect(limits.take(app: "web", limit: 600, now: start + .seconds(5)) == .seconds(60))
}

@Test func theRefusalNamesTheRule() {
    #expect(
        RateLimits.refusal(app: "web", limit: 6, wait: .milliseconds(11_200))
            == .limit(app: "web", rule: "restartsPerMinute: 6; again in 12 s"))
}
