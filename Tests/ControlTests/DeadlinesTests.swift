import Testing

@testable import Control

@Suite struct DeadlinesTests {
    @Test func fireOnceAndInTime() {
        var deadlines = Deadlines<GroupTimer>()
        #expect(deadlines.fire(.limit, now: at(0)) == .unknown)
        deadlines.arm(.limit, at(100))
        #expect(deadlines.fire(.limit, now: at(99)) == .early(at(100)))
        #expect(deadlines.fire(.limit, now: at(100)) == .due)
        #expect(deadlines.fire(.limit, now: at(101)) == .unknown)
    }

    @Test func aLaterDeadlineReplacesAnEarlier() {
        var deadlines = Deadlines<GroupTimer>()
        deadlines.arm(.step, at(100))
        deadlines.arm(.step, at(200))
        #expect(deadlines.fire(.step, now: at(150)) == .early(at(200)))
        #expect(deadlines.disarm(.step) == true)
        #expect(deadlines.disarm(.step) == false)
    }

    @Test func clearNamesWhatWasArmed() {
        var deadlines = Deadlines<GroupTimer>()
        deadlines.arm(.retry, at(1))
        deadlines.arm(.step, at(2))
        #expect(deadlines.clear() == [.step, .retry])
        #expect(deadlines.clear() == [])
    }
}
