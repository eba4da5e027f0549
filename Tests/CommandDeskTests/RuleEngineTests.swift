import Model
import Testing

@testable import Agent

private func at(_ seconds: Int) -> MonotonicInstant { MonotonicInstant(nanoseconds: 0) + .seconds(1000 + seconds) }

private func rule(
    _ deed: ActionRule.Deed = .restart, _ condition: ActionRule.Condition = .memory(above: 100),
    cooldown: Duration = .seconds(600), mostPerHour: UInt32 = 3
) -> ActionRule {
    ActionRule(
        condition: condition, lasting: .seconds(60), deed: deed, cooldown: cooldown, mostPerHour: mostPerHour)
}

private func reading(
    _ slot: UInt32, bytes: UInt64? = 200, lag: Duration? = nil, hung: Bool = false, group: String = "web",
    ticks: UInt64 = 100
) -> RuleReading {
    let id = worker(Int32(slot), ticks: ticks)
    return RuleReading(
        place: WorkerPlace(worker: id, app: group, groupKey: group, slot: slot), residentBytes: bytes, lag: lag,
        isHung: hung)
}

extension RuleEngine {
    fileprivate mutating func look(
        _ readings: [RuleReading], _ rules: ActionRule..., busy: Set<String> = [], at seconds: Int
    ) -> [String] {
        look(at: readings, rules: { _ in rules }, isFree: { !busy.contains($0) }, now: at(seconds))
            .map { "\($0.place.groupKey)/\($0.place.slot) \($0.words)" }
    }
}

@Test func aRuleHasToHoldForItsWholeTime() {
    var engine = RuleEngine()
    let rule = rule(.tell)
    #expect(engine.look([reading(1)], rule, at: 0) == [])
    #expect(engine.look([reading(1)], rule, at: 59) == [])
    #expect(engine.look([reading(1, bytes: 100)], rule, at: 60) == [], "not above, so it begins anew")
    #expect(engine.look([reading(1)], rule, at: 61) == [])
    #expect(engine.look([reading(1, bytes: nil)], rule, at: 100) == [], "unknown is not above")
    #expect(engine.look([reading(1)], rule, at: 101) == [])
    #expect(engine.look([reading(1)], rule, at: 161) == ["web/1 told"])
    #expect(engine.look([reading(1)], rule, at: 162) == [], "once for as long as it holds")
    #expect(engine.look([reading(1)], rule, at: 5000) == [])
}

@Test func eachConditionLooksAtItsOwn() {
    let conditions: [(ActionRule.Condition, RuleReading, RuleReading)] = [
        (.memory(above: 100), reading(1, bytes: 101), reading(1, bytes: 100)),
        (.lag(above: .milliseconds(500)), reading(1, lag: .milliseconds(501)), reading(1, lag: .milliseconds(500))),
        (.lag(above: .milliseconds(500)), reading(1, lag: .seconds(2)), reading(1, lag: nil)),
        (.silent, reading(1, hung: true), reading(1, lag: .seconds(100))),
    ]
    for (condition, yes, no) in conditions {
        #expect(yes.meets(condition) && !no.meets(condition))
    }
}

@Test func aLagThatIsOnlyAtMostIsNone() {
    func entry(_ quality: LagQuality, hung: Bool = false) -> WorkerEntry {
        var row = WorkerRow()
        row[.lagMaxMicroseconds] = 1000
        row[.openStallMicroseconds] = 6_000_000
        row[.residentBytes] = 7
        row[.lagMethod] = LagMethod(tier: .proc, quality: quality, kind: .epoll, isHung: hung).packed
        let info = WorkerInfo(
            id: worker(1), parentPID: 0, groupKey: "k", slot: 4, uid: 0, name: "", arguments: [],
            started: WallTime(nanoseconds: 0))
        return WorkerEntry(info: info, row: row)
    }
    #expect(RuleReading(entry(.bound), app: "web").lag == nil)
    let exact = RuleReading(entry(.exact, hung: true), app: "web")
    #expect(exact.lag == .seconds(6) && exact.isHung && exact.residentBytes == 7)
    #expect(exact.place == WorkerPlace(worker: worker(1), app: "web", groupKey: "k", slot: 4))
}

@Test func oneWorkerOfAGroupAtATime() {
    var engine = RuleEngine()
    let rule = rule(cooldown: .seconds(10), mostPerHour: 100)
    let both = [reading(2), reading(1), reading(1, group: "api")]
    _ = engine.look(both, rule, at: 0)
    #expect(engine.look(both, rule, at: 60) == ["api/1 it is restarted", "web/1 it is restarted"])
    let tooSoon = "it is not restarted: less than 10s since the last"
    #expect(engine.look(both, rule, at: 61) == ["api/1 \(tooSoon)", "web/2 \(tooSoon)"], "once for the group")
    #expect(engine.look(both, rule, busy: ["web", "api"], at: 80) == [], "something is done to them: it waits")
    #expect(engine.look([reading(1, ticks: 900), reading(2)], rule, at: 90) == ["web/2 it is restarted"])
}

@Test func theOneThatHasWaitedLongestComesFirst() {
    var engine = RuleEngine()
    let rule = rule(cooldown: .seconds(10), mostPerHour: 100)
    _ = engine.look([reading(1, bytes: 0), reading(2), reading(3)], rule, at: 0)
    _ = engine.look([reading(1), reading(2), reading(3)], rule, at: 5)
    var restarted: [String] = []
    for second in 60..<110 {  // each is tried in vain: it stays as it is
        restarted += engine.look([reading(1), reading(2), reading(3)], rule, at: second)
            .filter { $0.hasSuffix("it is restarted") }.map { String($0.prefix(5)) }
    }
    #expect(restarted == ["web/2", "web/3", "web/1", "web/2", "web/3"])
}

@Test func theCooldownIsKeptAndToldOnce() {
    var engine = RuleEngine()
    let rule = rule(cooldown: .seconds(600))
    _ = engine.look([reading(1)], rule, at: 0)
    #expect(engine.look([reading(1)], rule, at: 60) == ["web/1 it is restarted"])
    // It was refused, or came back just as large: nothing more for ten minutes.
    #expect(engine.look([reading(1)], rule, at: 61) == ["web/1 it is not restarted: less than 10m since the last"])
    for second in stride(from: 62, to: 660, by: 7) { #expect(engine.look([reading(1)], rule, at: second) == []) }
    #expect(engine.look([reading(1)], rule, at: 660) == ["web/1 it is restarted"])
}

@Test func atMostSoOftenAnHour() {
    var engine = RuleEngine()
    let rule = rule(cooldown: .seconds(60), mostPerHour: 3)
    var restarts: [Int] = []
    var told = 0
    for second in 0..<7300 {
        for words in engine.look([reading(1)], rule, at: second) {
            if words.hasSuffix("it is restarted") { restarts.append(second) }
            if words.hasSuffix("3 restarts in an hour are the most") { told += 1 }
        }
    }
    #expect(restarts == [60, 120, 180, 3660, 3720, 3780, 7260])
    #expect(told == 5, "once after each restart that was the last one allowed")
}

@Test func aWorkerThatFlapsIsToldOfOnceInACooldown() {
    var engine = RuleEngine()
    let rule = rule(.propose, cooldown: .seconds(300))
    var told: [Int] = []
    for second in 0..<1000 {
        let isHigh = second % 100 < 70
        if engine.look([reading(1, bytes: isHigh ? 200 : 0)], rule, at: second) != [] { told.append(second) }
    }
    #expect(told == [60, 360, 660, 960])
    var both = RuleEngine()
    _ = both.look([reading(1), reading(2)], rule, at: 0)
    #expect(
        both.look([reading(1), reading(2)], rule, at: 60) == [
            "web/1 a restart is proposed", "web/2 a restart is proposed",
        ])
}

@Test func aReplacementBeginsAnew() {
    var engine = RuleEngine()
    let rule = rule(cooldown: .seconds(1), mostPerHour: 100)
    _ = engine.look([reading(1)], rule, at: 0)
    #expect(engine.look([reading(1)], rule, at: 60) == ["web/1 it is restarted"])
    #expect(engine.look([reading(1, ticks: 999)], rule, at: 65) == [])
    #expect(engine.look([reading(1, ticks: 999)], rule, at: 124) == [])
    #expect(engine.look([reading(1, ticks: 999)], rule, at: 125) == ["web/1 it is restarted"])
}
