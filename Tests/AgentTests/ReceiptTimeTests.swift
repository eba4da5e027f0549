import Model
import Testing

@testable import Agent

private let start = MonotonicInstant(nanoseconds: 1_000_000_000_000)

@Test func whatIsReadInTimeCameJustNow() {
    var time = ReceiptTime(now: start)
    #expect(time.earliest(now: start) == start)
    for second in 1...5 as ClosedRange<Int64> {
        let now = start + .seconds(second)
        #expect(time.earliest(now: now) == now)
        time.tick(now: now)
    }
    let late = start + .seconds(7)
    #expect(time.earliest(now: late) == late, "a tick that is a little late")
}

/// Stopped for a minute: what lies in the socket then may be a minute old.
@Test func whatIsReadAfterAPauseMayBeAsOldAsIt() {
    var time = ReceiptTime(now: start)
    time.tick(now: start + .seconds(1))
    let resumed = start + .seconds(61)
    #expect(time.earliest(now: resumed) == start + .seconds(1))
    time.tick(now: resumed)
    #expect(time.earliest(now: resumed + .milliseconds(1)) == start + .seconds(1), "the tick came before the read")
    let later = resumed + .seconds(1)
    #expect(time.earliest(now: later) == later)
}
