import Model
import Testing

@testable import Agent

struct ConnectionScheduleTests {
    static func at(_ seconds: Double) -> MonotonicInstant { MadeLooks.at(seconds) }

    @Test func allGroupsEachQuarterOfAMinuteAndWatchedOnesEachSecond() {
        var schedule = ConnectionSchedule()
        #expect(schedule.due(at: Self.at(0), watched: ["a"]) == .all)
        schedule.did(.all, cost: .milliseconds(5), at: Self.at(0))
        #expect(schedule.due(at: Self.at(0.9), watched: ["a"]) == nil)
        #expect(schedule.due(at: Self.at(1), watched: []) == nil)
        #expect(schedule.due(at: Self.at(1), watched: ["a"]) == .groups(["a"]))
        #expect(schedule.wake(at: Self.at(0.5), watched: ["a"]) == Self.at(1))
        #expect(schedule.wake(at: Self.at(0.5), watched: []) == Self.at(15))
        schedule.did(.groups(["a"]), cost: .milliseconds(5), at: Self.at(1))
        #expect(schedule.due(at: Self.at(14.9), watched: []) == nil)
        #expect(schedule.due(at: Self.at(15), watched: ["a"]) == .all)
    }

    @Test func pausesGrowWithTheCost() {
        var schedule = ConnectionSchedule()
        schedule.did(.all, cost: .milliseconds(200), at: Self.at(0))
        #expect(schedule.due(at: Self.at(9.9), watched: ["a"]) == nil)
        #expect(schedule.due(at: Self.at(10), watched: ["a"]) == .groups(["a"]))
        #expect(schedule.due(at: Self.at(39.9), watched: []) == nil)
        #expect(schedule.due(at: Self.at(40), watched: []) == .all)
        #expect(schedule.validity(from: Self.at(40)) == Self.at(160))
        schedule.did(.all, cost: .milliseconds(1), at: Self.at(40))
        #expect(schedule.validity(from: Self.at(40)) == Self.at(85))
        schedule.did(.all, cost: .nanoseconds(Int64.max), at: Self.at(40))
        #expect(schedule.due(at: Self.at(1_000_000), watched: ["a"]) == nil)
    }

    @Test func newcomersAreNotWaitedForAsLong() {
        var schedule = ConnectionSchedule()
        schedule.noteNewcomers(at: Self.at(0))
        #expect(schedule.due(at: Self.at(0), watched: []) == .all)
        schedule.did(.all, cost: .milliseconds(1), at: Self.at(0))
        schedule.noteNewcomers(at: Self.at(1))
        #expect(schedule.due(at: Self.at(4.9), watched: []) == nil)
        #expect(schedule.due(at: Self.at(5), watched: []) == .all)
        schedule.did(.all, cost: .milliseconds(1), at: Self.at(5))
        schedule.noteNewcomers(at: Self.at(12))
        #expect(schedule.due(at: Self.at(12.9), watched: []) == nil)
        #expect(schedule.due(at: Self.at(13), watched: []) == .all)
        // Never later than it would be without them, and never beyond the budget.
        schedule.noteNewcomers(at: Self.at(19.9))
        #expect(schedule.due(at: Self.at(20), watched: []) == .all)
        schedule.did(.all, cost: .milliseconds(100), at: Self.at(20))
        schedule.noteNewcomers(at: Self.at(21))
        #expect(schedule.due(at: Self.at(39), watched: []) == nil)
    }
}
