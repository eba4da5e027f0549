import Model
import Testing

@testable import Agent

@Suite struct MissingSinceTests {
    private static func wall(_ second: Int64) -> WallTime { WallTime(nanoseconds: second * 1_000_000_000) }

    private static func app(_ living: UInt64) -> (info: GroupInfo, living: UInt64) {
        (GroupInfo(key: "web", app: "web", kind: .gunicorn, expected: 3), living)
    }

    @Test func aWorkerIsMissingSinceItsEnd() {
        var missing = MissingSince()
        missing.look([Self.app(3)], now: Self.wall(10))
        #expect(missing["web"] == nil)
        missing.ended(in: "web", at: Self.wall(11))
        missing.look([Self.app(2)], now: Self.wall(12))
        missing.ended(in: "web", at: Self.wall(12))
        missing.look([Self.app(0)], now: Self.wall(13))
        #expect(missing["web"] == Self.wall(11))
        missing.look([Self.app(3)], now: Self.wall(14))
        #expect(missing["web"] == nil)
        missing.look([Self.app(1)], now: Self.wall(15))
        #expect(missing["web"] == Self.wall(15), "nobody saw an end")
    }

    @Test func whatAnEarlierRunNotedStands() {
        var missing = MissingSince()
        missing.restore(Self.wall(1), of: "web")
        missing.look([Self.app(0)], now: Self.wall(20))
        #expect(missing["web"] == Self.wall(1))
    }
}
