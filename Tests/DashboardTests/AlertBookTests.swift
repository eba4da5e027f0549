import Console
import Model
import Testing

@testable import Dashboard

/// What is wrong becomes an alert, stands until it is over, and can be acknowledged and silenced.
struct AlertBookTests {
    private static let size = Size(rows: 24, columns: 80)

    private func settled() -> DemoFleet { DemoFleet.settled(size: Self.size) }

    private func alert(_ demo: DemoFleet, _ place: AlertID.Place, _ rule: String) -> Alert? {
        demo.fleet.alerts.active[AlertID(place: place, rule: rule)]
    }

    /// One host that is well; the worker in slot 1 of its `api` becomes slow in these seconds.
    private func slow(
        _ seconds: Range<Int>, by microseconds: UInt64 = 150_000, rules: [AlertRule] = [], limits: [AppLimits] = []
    ) -> DemoFleet {
        var demo = DemoFleet(size: Self.size, rules: rules, limits: limits)
        demo.change = { _, second, snapshot in
            for index in snapshot.workers.indices {
                let isSlow = snapshot.workers[index].info.slot == 1 && snapshot.workers[index].info.groupKey == "api"
                snapshot.workers[index].row[.openStallMicroseconds] = 0
                snapshot.workers[index].row[.lagP99Microseconds] =
                    isSlow && seconds.contains(second) ? microseconds : 2000
            }
            snapshot.host[.lagP99Microseconds] = 2000
            snapshot.host[.worstUtilisationPermille] = 100
            snapshot.host[.hungWorkers] = 0
            snapshot.host[.memoryAvailableBytes] = 32 << 30
        }
        demo.connect(6)
        return demo
    }

    private func slowWorker(_ demo: DemoFleet) throws -> AlertID.Place {
        let track = demo.fleet.hosts[6].workers.values.first { $0.info.slot == 1 && $0.info.groupKey == "api" }
        return .worker(host: 6, try #require(track).info.id)
    }

    @Test func whatIsNotOKIsAnAlert() throws {
        let demo = settled()
        #expect(alert(demo, .host(1), AlertID.link)?.level == .crit)
        #expect(alert(demo, .host(2), AlertID.link)?.text.hasPrefix("AUTH: agent refused our certificate") == true)
        #expect(alert(demo, .host(4), AlertID.link)?.level == .warn, "it is stale")
        #expect(alert(demo, .host(6), AlertID.link) == nil)
        let lag = try #require(alert(demo, .host(0), "util"))
        #expect(lag.place == "web-17")
        let reasons = demo.fleet.hosts[0].grade.reasons
        #expect(
            demo.fleet.alerts.active.values.filter { $0.id.place == .host(0) }.map(\.text).sorted() == reasons.sorted())
    }

    @Test func itIsOverOnlyWhenItWasNotSeenForAWhile() throws {
        var demo = slow(5..<50)
        demo.advance(33, sampling: [6])
        let place = try slowWorker(demo)
        #expect(alert(demo, place, "lag99") == nil)
        demo.advance(1, sampling: [6])
        let began = try #require(alert(demo, place, "lag99"))
        #expect(began.level == .warn && began.place == "web-01/api#1")
        demo.advance(24, sampling: [6])
        #expect(alert(demo, place, "lag99")?.since == began.since)
        demo.advance(30, sampling: [6])
        #expect(alert(demo, place, "lag99") == nil)
        let over = try #require(demo.fleet.alerts.over.last)
        #expect(over.id == began.id && over.end == .over && over.length(now: demo.now) >= .seconds(25))
    }

    @Test func whoLooksOnlyNowLearnsSinceWhen() throws {
        var demo = DemoFleet(size: Self.size)
        demo.connect(6)
        let since = DemoFleet.wall(-300)
        for second in 1...2 {
            var snapshot = DemoFleet.snapshot(6, at: second)
            snapshot.troubles = [HostTrouble(.lagP99, .crit, value: 400_000, since: since)]
            demo.second(add: 1)
            demo.link(6, .snapshot(snapshot))
            demo.tick()
        }
        let host = demo.fleet.hosts[6]
        let found = try #require(alert(demo, .host(6), "lag99"))
        #expect(found.sinceWall == host.ours(since))
        #expect(found.length(now: demo.now) > .seconds(300) && found.length(now: demo.now) < .seconds(304))
        let entry = try #require(host.log.last { if case .host(.crit, _) = $0.body { true } else { false } })
        #expect(entry.wall == host.ours(since))
        // One that comes later is told when it comes.
        demo.advance(3, sampling: [6])
        var snapshot = DemoFleet.snapshot(6, at: demo.second + 1)
        snapshot.troubles = [HostTrouble(.lagP99, .crit, value: 400_000, since: since)]
        demo.second(add: 1)
        demo.link(6, .snapshot(snapshot))
        demo.tick()
        let later = try #require(
            demo.fleet.hosts[6].log.last { if case .host(.crit, _) = $0.body { true } else { false } })
        #expect(later.wall == demo.wall)
    }

    /// Lists of other things do not make a lasting trouble many short ones.
    @Test func oneThatNobodyLookedAtForAWhileGoesOnWhereItWas() throws {
        var demo = slow(5..<1000)
        demo.advance(40, sampling: [6])
        let place = try slowWorker(demo)
        let began = try #require(alert(demo, place, "lag99"))
        demo.press(.character("6"), .character("a"))
        let usual = demo.change
        demo.change = { host, second, snapshot in
            usual(host, second, &snapshot)
            snapshot.workers = []
        }
        demo.advance(30, sampling: [6])
        #expect(alert(demo, place, "lag99") == nil && demo.fleet.alerts.over.last?.end == .untold)
        demo.change = usual
        demo.advance(60, sampling: [6])
        let again = try #require(alert(demo, place, "lag99"))
        #expect(again.since == began.since && again.acknowledged != nil)
        #expect(!demo.fleet.alerts.over.contains { $0.id == again.id })
    }

    @Test func whileItsHostTellsNothingItStands() throws {
        var demo = slow(5..<1000)
        demo.advance(40, sampling: [6])
        let place = try slowWorker(demo)
        demo.link(6, .lost(.silent, retryAt: nil))
        demo.advance(60, sampling: [])
        #expect(alert(demo, place, "lag99") != nil)
        #expect(alert(demo, .host(6), AlertID.link)?.level == .crit)
    }

    @Test func theEndOfItsWorkerEndsIt() throws {
        var demo = slow(5..<1000)
        demo.advance(40, sampling: [6])
        let place = try slowWorker(demo)
        demo.exit(6, slot: 1, .signal(9))
        demo.tick()
        #expect(alert(demo, place, "lag99") == nil)
        #expect(demo.fleet.alerts.over.last?.end == .gone)
    }

    @Test func acknowledgedItIsNewAgainWhenItBecomesWorse() throws {
        var demo = slow(5..<1000)
        demo.advance(40, sampling: [6])
        let id = AlertID(place: try slowWorker(demo), rule: "lag99")
        #expect(demo.fleet.alerts.new(.warn, now: demo.now) == 1)
        demo.press(.character("6"), .character("a"))
        #expect(demo.fleet.alerts.active[id]?.acknowledged != nil)
        #expect(demo.fleet.alerts.new(.warn, now: demo.now) == 0)
        demo.change = { _, _, snapshot in
            for index in snapshot.workers.indices where snapshot.workers[index].info.slot == 1 {
                snapshot.workers[index].row[.openStallMicroseconds] = 0
                snapshot.workers[index].row[.lagP99Microseconds] = 900_000
            }
            snapshot.host[.hungWorkers] = 0
            snapshot.host[.lagP99Microseconds] = 2000
            snapshot.host[.worstUtilisationPermille] = 100
            snapshot.host[.memoryAvailableBytes] = 32 << 30
        }
        demo.effects = []
        demo.advance(40, sampling: [6])
        #expect(demo.fleet.alerts.active[id]?.level == .crit)
        #expect(demo.fleet.alerts.active[id]?.acknowledged == nil)
        let notices = demo.effects.compactMap { effect in
            if case .notify(let text) = effect { text } else { nil }
        }
        #expect(notices.contains { $0.hasPrefix("CRIT web-01/api#1: lag p99") })
    }

    /// The keys are about the same row again, wherever it stands.
    @Test func whatIsSaidIsTakenBackByTheSameKey() {
        var demo = settled()
        demo.press(.character("6"), .down)
        for key in ["a", "A"] {
            let before = demo.fleet.alerts.new(.crit, now: demo.now)
            demo.press(.character(Character(key)))
            #expect(demo.fleet.alerts.new(.crit, now: demo.now) == before - 1)
            demo.press(.character(Character(key)))
            #expect(demo.fleet.alerts.new(.crit, now: demo.now) == before)
        }
    }

    @Test func problemsOnlyDoesNotCallTheAcknowledgedWell() {
        var demo = DemoFleet(size: Self.size)
        demo.link(1, .lost(.silent, retryAt: nil))
        demo.tick()
        demo.press(.character("6"), .character("a"), .character("!"))
        #expect(demo.frame().text.contains("1 are wrong and acknowledged or silenced; ! shows all"))
    }

    @Test func silencedItIsNotHeardOfForAnHour() throws {
        var demo = slow(5..<1000)
        demo.advance(40, sampling: [6])
        let id = AlertID(place: try slowWorker(demo), rule: "lag99")
        demo.press(.character("6"), .character("A"))
        #expect(demo.fleet.alerts.isSilenced(id, now: demo.now))
        #expect(demo.frame().text.contains("silenced"))
        #expect(demo.fleet.alerts.isSilenced(id, now: demo.now + .seconds(3599)))
        #expect(!demo.fleet.alerts.isSilenced(id, now: demo.now + .seconds(3601)))
        demo.press(.character("A"))
        #expect(!demo.fleet.alerts.isSilenced(id, now: demo.now))
    }

    @Test func limitsOfAnAppAreItsOwn() throws {
        let limits = [AppLimits(app: Glob("a*"), pairs: [.lag99: AppLimits.Pair(warn: 0.05, crit: 0.1)])]
        var strict = slow(5..<1000, limits: limits)
        strict.advance(40, sampling: [6])
        #expect(alert(strict, try slowWorker(strict), "lag99")?.level == .crit)
        let mild = [AppLimits(app: Glob("api"), pairs: [.lag99: AppLimits.Pair(warn: 0.5, crit: 1)])]
        var patient = slow(5..<1000, limits: mild)
        patient.advance(40, sampling: [6])
        #expect(alert(patient, try slowWorker(patient), "lag99") == nil)
    }

    @Test func aRuleHasToHold() throws {
        let filter = try Filter(parsing: "app=api slot=1 lag99>100ms")
        let rule = AlertRule(name: "slow api", filter: filter, hold: .seconds(10), level: .crit)
        #expect(rule.kind == .workers)
        var demo = slow(5..<30, rules: [rule])
        #expect(demo.state.rules.interest == .workers)
        demo.advance(14, sampling: [6])
        let place = try slowWorker(demo)
        #expect(alert(demo, place, "slow api") == nil)
        demo.advance(1, sampling: [6])
        #expect(alert(demo, place, "slow api")?.level == .crit)
        #expect(alert(demo, place, "slow api")?.text == "slow api: lag99 150ms, slot #1")
        demo.advance(40, sampling: [6])
        #expect(alert(demo, place, "slow api") == nil)
    }

    @Test func fromAnAlertOneComesToItsWorkerAndCanRestartIt() throws {
        var demo = slow(5..<1000)
        demo.advance(40, sampling: [6])
        demo.press(.character("6"))
        #expect(demo.frame().text.contains("web-01/api#1"))
        demo.press(.character("r"))
        #expect(demo.state.dialog?.action?.subject.label == "api#1")
        demo.press(.escape, millisecondsLater: 400)
        demo.press(.enter)
        #expect(demo.state.kind == .worker)
    }

    @Test func line1CountsWhatIsNew() {
        var demo = settled()
        demo.resize(Size(rows: 40, columns: 120))
        let count = demo.fleet.alerts.new(.crit, now: demo.now) + demo.fleet.alerts.new(.warn, now: demo.now)
        #expect(count > 3)
        #expect(demo.frame().text(row: 0).contains("alerts \(count)"))
    }
}
