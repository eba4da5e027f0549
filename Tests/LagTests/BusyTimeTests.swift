import Lag
import Testing

struct BusyTimeTests {
    @Test func aWaitCountsForFourTimesTheWorkItHeldUpAtMost() {
        #expect(BusyTime(run: 1000, wait: 3000).worked == .nanoseconds(4000))
        #expect(BusyTime(run: 1000, wait: 9000).worked == .nanoseconds(5000))
        #expect(BusyTime(run: 1000, wait: 9000).all == .nanoseconds(10_000))
        #expect(BusyTime(run: 0, wait: .max).worked == .zero)
    }

    @Test func whatShrankDidNotGrow() {
        #expect(BusyTime(run: 5, wait: 7) - BusyTime(run: 6, wait: 2) == BusyTime(run: 0, wait: 5))
    }
}
