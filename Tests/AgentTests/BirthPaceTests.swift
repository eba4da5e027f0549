import Model
import Testing

@testable import Agent

struct BirthPaceTests {
    private static let start = MonotonicInstant(nanoseconds: 1_000_000_000_000)
    private static func at(_ milliseconds: Int) -> MonotonicInstant { start + .milliseconds(milliseconds) }

    /// One that listens.
    private static func listening() -> BirthPace {
        var pace = BirthPace()
        pace.wanted(at: start)
        pace.began()
        return pace
    }

    @Test func nobodyToFollowIsNothingToDo() {
        var pace = BirthPace()
        #expect(pace.due == nil)
        pace.wanted(at: Self.start)
        #expect(pace.beginning == Self.start && pace.due == Self.start)
        pace.wanted(at: Self.at(5))
        #expect(pace.due == Self.start)
        pace.began()
        #expect(pace.due == nil)
        pace.heard(at: Self.start)
        pace.ended()
        #expect(pace.due == nil)
    }

    @Test func whatComesTogetherIsReadTogether() {
        var pace = Self.listening()
        pace.heard(at: Self.at(0))
        pace.heard(at: Self.at(15))
        #expect(pace.due == Self.at(20))
        let goesOn = pace.read(2, births: false, isComplete: true, at: Self.at(20))
        #expect(goesOn)
        #expect(pace.due == nil, "programs that others run are no reason to look")
        pace.heard(at: Self.at(50))
        #expect(pace.due == Self.at(70))
    }

    @Test func aBirthIsLookedForAtOnceAndOnceMore() {
        var pace = Self.listening()
        pace.heard(at: Self.at(0))
        let goesOn = pace.read(1, births: true, isComplete: true, at: Self.at(20))
        #expect(goesOn)
        #expect(pace.looking == Self.at(20))
        pace.looked(.milliseconds(1), isWaiting: true, at: Self.at(21))
        #expect(pace.due == Self.at(271))
        pace.looked(.milliseconds(1), isWaiting: true, at: Self.at(272))
        #expect(pace.due == nil)
        // Who is a worker by now is not looked for again.
        pace.heard(at: Self.at(1000))
        _ = pace.read(1, births: true, isComplete: true, at: Self.at(1020))
        pace.looked(.milliseconds(1), isWaiting: false, at: Self.at(1021))
        #expect(pace.due == nil)
    }

    @Test func looksTakeTheirShareOfTheTimeAtMost() {
        var pace = Self.listening()
        var (looked, now) = (Duration.zero, Self.start)
        let took = Duration.milliseconds(5)
        while now < Self.at(10_000) {
            pace.heard(at: now)
            now = pace.due ?? now
            if pace.reading == now {
                let goesOn = pace.read(1, births: true, isComplete: true, at: now)
                #expect(goesOn)
            }
            guard pace.looking == now else { continue }
            pace.looked(took, isWaiting: true, at: now + took)
            (looked, now) = (looked + took, now + took)
        }
        #expect(looked <= .milliseconds(10_000 / BirthPace.lookShare + 5) + BirthPace.credit / BirthPace.lookShare)
        #expect(looked >= .milliseconds(10_000 / BirthPace.lookShare / 2), "and nearly that")
    }

    /// A few workers that start one after the other are all seen at once, and then the share has to be saved again.
    @Test func aFewBirthsInARowAreEachLookedForAtOnce() {
        var pace = Self.listening()
        var waits: [Duration] = []
        for birth in 0..<20 {
            let born = Self.at(birth * 100)
            _ = pace.read(1, births: true, isComplete: true, at: born)
            let looking = max(pace.looking ?? born, born)
            waits.append(looking - born)
            pace.looked(.milliseconds(10), isWaiting: false, at: looking)
        }
        #expect(waits.prefix(5).allSatisfy { $0 == .zero })
        #expect(waits.last.map { $0 > .zero } == true)
        _ = pace.read(1, births: true, isComplete: true, at: Self.at(60_000))
        #expect(pace.looking == Self.at(60_000))
    }

    /// So many a second, evenly; returns when it gave up.
    private static func storm(_ news: Int, in pace: inout BirthPace, from begin: Int, seconds: Int) -> Int? {
        for turn in 0..<seconds * 50 {
            let now = at(begin + turn * 20)
            if !pace.read(news / 50, births: false, isComplete: true, at: now) { return begin + turn * 20 }
        }
        return nil
    }

    @Test func aStormIsGivenUpAndListenedToAgainAfterAMinute() throws {
        var pace = Self.listening()
        let early = Self.storm(BirthPace.mostInASecond * 9 / 10, in: &pace, from: 0, seconds: 30)
        #expect(early == nil)
        let given = Self.storm(BirthPace.mostInASecond * 2, in: &pace, from: 30_000, seconds: 3)
        let end = try #require(given)
        #expect(end < 32_000)
        #expect(pace.due == Self.at(end + 60_000) && pace.beginning == pace.due)
        pace.wanted(at: Self.at(end + 1000))
        #expect(pace.due == Self.at(end + 60_000), "who is to be followed does not end the rest")
        pace.began()
        let late = Self.storm(500, in: &pace, from: end + 60_000, seconds: 10)
        #expect(late == nil, "what was before is forgotten")
    }

    @Test func lostNewsIsAStorm() {
        var pace = Self.listening()
        pace.heard(at: Self.at(0))
        let goesOn = pace.read(10, births: true, isComplete: false, at: Self.at(20))
        #expect(!goesOn)
        #expect(pace.looking == nil && pace.due == Self.at(20) + BirthPace.rest)
    }

    @Test func whoCannotListenTriesAgain() {
        var pace = BirthPace()
        pace.wanted(at: Self.start)
        pace.failed(at: Self.start)
        #expect(pace.due == Self.start + BirthPace.rest)
    }
}
