import Model
import Testing

/// What makes a host WARN or CRIT, as its agent sees it.
struct HostHealthTests {
    private static func instant(_ second: Int) -> MonotonicInstant {
        MonotonicInstant(nanoseconds: UInt64(second + 1000) * 1_000_000_000)
    }

    private static func row(_ second: Int, busy share: Double) -> HostRow {
        var row = HostRow()
        row[.cpuBusyNanoseconds] = UInt64(Double(second) * 2e9 * share)
        row[.memoryTotalBytes] = 100
        row[.memoryAvailableBytes] = 50
        return row
    }

    private static func app(_ name: String, _ living: UInt64, of expected: UInt32?) -> GroupEntry {
        var row = GroupRow()
        row[.workers] = living
        return GroupEntry(
            info: GroupInfo(
                key: name, app: name, kind: .gunicorn, expected: expected, missingSince: WallTime(nanoseconds: 5)),
            row: row)
    }

    @Test func highUseCountsWhenItLastedAMinute() {
        var health = HostHealth(cores: 2, interval: .seconds(1))
        var troubles: [HostTrouble] = []
        for second in 0..<60 {
            troubles = health.look(Self.row(second, busy: 0.98), groups: [], now: Self.instant(second))
            #expect(troubles.isEmpty)
        }
        troubles = health.look(Self.row(60, busy: 0.98), groups: [], now: Self.instant(60))
        #expect(troubles == [HostTrouble(.hostCPU, .crit, value: 980)])
    }

    @Test func anAppWithoutWorkersIsCriticalAndOneWithTooFewAWarning() {
        var health = HostHealth(cores: 2, interval: .seconds(1))
        let groups = [Self.app("api", 2, of: 3), Self.app("ok", 2, of: 2), Self.app("web", 0, of: 3)]
        #expect(health.look(HostRow(), groups: groups, now: Self.instant(0)).isEmpty, "a restart is no trouble")
        let since = WallTime(nanoseconds: 5)
        #expect(
            health.look(HostRow(), groups: groups, now: Self.instant(3)) == [
                HostTrouble(.missingWorkers, .crit, value: 0, app: "web", expected: 3, since: since),
                HostTrouble(.missingWorkers, .warn, value: 2, app: "api", expected: 3, since: since),
            ])
        #expect(health.look(HostRow(), groups: [Self.app("web", 3, of: 3)], now: Self.instant(4)).isEmpty)
    }

    private static func app(_ name: String, memory percent: UInt64) -> GroupEntry {
        var entry = app(name, 1, of: nil)
        entry.row[.memoryLimitBytes] = 1000
        entry.row[.memoryUsedBytes] = percent * 10
        return entry
    }

    @Test func theAppWhoseMemoryIsFullestIsNamedOnceItWasSoForAWhile() {
        var health = HostHealth(cores: 2, interval: .seconds(1))
        func look(_ second: Int, _ api: UInt64, _ web: UInt64) -> [HostTrouble] {
            let groups = [Self.app("api", memory: api), Self.app("web", memory: web), Self.app("free", 1, of: nil)]
            return health.look(HostRow(), groups: groups, now: Self.instant(second))
        }
        for second in 0..<30 { #expect(look(second, 85, 95).isEmpty, "second \(second)") }
        #expect(look(30, 90, 94) == [HostTrouble(.memoryLimit, .crit, value: 940, app: "web")])
        // Not above the higher limit any more, but above the lower one all the time.
        #expect(look(31, 90, 91) == [HostTrouble(.memoryLimit, .warn, value: 910, app: "web")])
        #expect(look(32, 90, 50) == [HostTrouble(.memoryLimit, .warn, value: 850, app: "api")])
        #expect(look(33, 80, 50).isEmpty)
        #expect(look(34, 99, 99).isEmpty, "it begins anew")
    }

    private static func app(_ name: String, _ field: GroupField, _ value: UInt64?) -> GroupEntry {
        var entry = app(name, 1, of: nil)
        entry.row[field] = value
        return entry
    }

    @Test func aWorkerNearItsLimitOfDescriptorsCountsAtOnceAndUntilItSettled() {
        var health = HostHealth(cores: 2, interval: .seconds(1))
        func look(_ second: Int, _ api: UInt64?, _ web: UInt64?) -> [HostTrouble] {
            let groups = [("api", api), ("web", web)].map { Self.app($0, .worstOpenFilesPermille, $1) }
            return health.look(HostRow(), groups: groups, now: Self.instant(second))
        }
        #expect(look(0, 700, nil).isEmpty)
        #expect(look(1, 701, 50) == [HostTrouble(.openFiles, .warn, value: 701, app: "api")])
        #expect(look(2, 800, 950) == [HostTrouble(.openFiles, .crit, value: 950, app: "web")])
        #expect(look(3, 800, 100) == [HostTrouble(.openFiles, .crit, app: "api")])
        for second in 4..<18 { #expect(look(second, 100, 90).first?.app == "api") }
        #expect(look(18, 100, 90).isEmpty)
        #expect(look(19, nil, nil).isEmpty)
    }

    @Test func connectionsThatAreNotClosedCountOnceTheyWaitedAMinute() {
        var health = HostHealth(cores: 2, interval: .seconds(1))
        func look(_ second: Int, _ count: UInt64?) -> [HostTrouble] {
            let groups = [Self.app("api", .worstCloseWait, count), Self.app("web", .worstCloseWait, 3)]
            return health.look(HostRow(), groups: groups, now: Self.instant(second))
        }
        for second in 0..<59 { #expect(look(second, 240).isEmpty, "second \(second)") }
        #expect(look(59, 230) == [HostTrouble(.closeWait, .crit, value: 230, app: "api")])
        #expect(look(60, 30) == [HostTrouble(.closeWait, .crit, app: "api")])
        for second in 61..<74 { #expect(look(second, 30).first?.level == .crit) }
        #expect(look(74, 30) == [HostTrouble(.closeWait, .warn, value: 30, app: "api")])
        for second in 75..<89 { #expect(look(second, 0).first?.level == .warn) }
        #expect(look(89, 0).isEmpty)
    }

    @Test func whoLooksOnceLearnsHowLongLoopsOfAnAppWereSlow() {
        var health = HostHealth(cores: 2, interval: .seconds(1))
        func look(_ second: Int, lag milliseconds: UInt64?, used: UInt64?) -> LoopLevels? {
            var entry = Self.app("api", .worstLagP99Microseconds, milliseconds.map { $0 * 1000 })
            entry.row[.worstUtilisationPermille] = used
            var snapshot = Snapshot(
                sequence: UInt64(second), monotonic: Self.instant(second), wall: WallTime(nanoseconds: 0),
                groups: [entry, Self.app("web", 1, of: 1)])
            health.judge(&snapshot)
            #expect(snapshot.groups[1].row.loopLevels == LoopLevels())
            return snapshot.groups[0].row.loopLevels
        }
        for second in 0..<29 { #expect(look(second, lag: 300, used: 990) == LoopLevels(), "second \(second)") }
        for second in 29..<59 { #expect(look(second, lag: 300, used: 990) == LoopLevels(lag: .crit)) }
        #expect(look(59, lag: 300, used: 990) == LoopLevels(lag: .crit, utilisation: .crit))
        #expect(look(60, lag: 90, used: nil) == LoopLevels(lag: .crit), "lag settles slowly")
        for second in 61..<90 { _ = look(second, lag: nil, used: nil) }
        #expect(look(90, lag: nil, used: nil) == LoopLevels())
    }

    @Test(arguments: Level.allCases, Level.allCases)
    func levelsOfLoopsTravelInOneColumn(_ lag: Level, _ utilisation: Level) {
        let levels = LoopLevels(lag: lag, utilisation: utilisation)
        #expect(LoopLevels(packed: levels.packed) == levels)
        #expect(levels.worst == max(lag, utilisation))
        #expect(LoopLevels(packed: 0xFFFF) == LoopLevels())
    }

    private static func restless(_ name: String, hour: UInt16, five: UInt16) -> GroupEntry {
        app(name, .restarts, Restarts(inHour: hour, inFiveMinutes: five, slot: 2).packed)
    }

    @Test(
        arguments: [(2, 2, Level.ok), (3, 2, .warn), (9, 3, .crit), (.max, .max, .crit)] as [(UInt16, UInt16, Level)])
    func restartsTravelInOneColumn(_ hour: UInt16, _ five: UInt16, _ level: Level) {
        let restarts = Restarts(inHour: hour, inFiveMinutes: five, slot: .max - 1)
        #expect(Restarts(packed: restarts.packed) == restarts)
        #expect(restarts.level == level)
    }

    @Test func aSlotThatEndsAgainAndAgainIsNamedAtOnce() {
        var health = HostHealth(cores: 2, interval: .seconds(1))
        func look(_ groups: GroupEntry...) -> [HostTrouble] {
            health.look(HostRow(), groups: groups, now: Self.instant(0))
        }
        #expect(look(Self.restless("api", hour: 2, five: 2)).isEmpty)
        #expect(
            look(Self.restless("api", hour: 3, five: 2), Self.restless("web", hour: 9, five: 4)) == [
                HostTrouble(.restarts, .crit, value: 4, app: "web", slot: 2),
                HostTrouble(.restarts, .warn, value: 3, app: "api", slot: 2),
            ])
        let many = (10..<30).map { Self.restless("app\($0)", hour: 3, five: 0) }
        #expect(health.look(HostRow(), groups: many, now: Self.instant(1)).count == HostHealth.restlessNamed)
    }

    @Test(
        arguments: [
            (15 * 24, nil, nil), (14 * 24 - 1, .warn, 335), (3 * 24, .warn, 72), (71, .crit, 71), (1, .crit, 1),
            (0, .crit, 0), (-5, .crit, 0),
        ] as [(Int, Level?, UInt64?)])
    func aCertificateThatEndsIsATrouble(_ hours: Int, _ level: Level?, _ value: UInt64?) {
        var health = HostHealth(cores: 2, interval: .seconds(1))
        let now = WallTime(nanoseconds: 1_700_000_000_000_000_000)
        health.certificateEnd = WallTime(nanoseconds: now.nanoseconds + Int64(hours) * 3_600_000_000_000)
        var snapshot = Snapshot(sequence: 1, monotonic: Self.instant(1), wall: now)
        health.judge(&snapshot)
        #expect(snapshot.troubles.first?.level == level && snapshot.troubles.first?.value == value)
        #expect(snapshot.troubles.allSatisfy { $0.subject == .certificate })
        health.certificateEnd = nil
        health.judge(&snapshot)
        #expect(snapshot.troubles.isEmpty)
    }

    @Test func sinceWhenItIsSoBadGoesWithIt() {
        var health = HostHealth(cores: 2, interval: .seconds(1))
        func since(_ second: Int, hour: UInt16, five: UInt16) -> Int64? {
            var snapshot = Snapshot(
                sequence: UInt64(second), monotonic: Self.instant(second), wall: WallTime(nanoseconds: Int64(second)),
                groups: [Self.restless("api", hour: hour, five: five)])
            health.judge(&snapshot)
            return snapshot.troubles.first?.since?.nanoseconds
        }
        #expect(since(1, hour: 2, five: 2) == nil)
        #expect(since(2, hour: 3, five: 2) == 2)
        #expect(since(3, hour: 3, five: 2) == 2)
        #expect(since(5, hour: 4, five: 3) == 5, "it became worse")
        #expect(since(7, hour: 4, five: 2) == 5, "it became milder, and is not new")
        #expect(since(8, hour: 2, five: 0) == nil)
        #expect(since(9, hour: 3, five: 0) == 9)
    }

    @Test func whoIsReplacedInARollIsNotMissing() {
        var health = HostHealth(cores: 2, interval: .seconds(1))
        var app = Self.app("web", 2, of: 3)
        app.info.roll = RollSummary(
            id: Identifier128(high: 1, low: 1), state: .running, issuer: "user/ada", total: 3, replaced: 0,
            underWay: [1], began: Self.instant(0))
        for second in 0..<10 {
            #expect(health.look(HostRow(), groups: [app], now: Self.instant(second)).isEmpty)
        }
    }

    @Test func ofManyOnlySomeAreNamed() {
        var health = HostHealth(cores: 2, interval: .seconds(1))
        let groups = (10..<30).map { Self.app("app\($0)", 0, of: 1) }
        _ = health.look(HostRow(), groups: groups, now: Self.instant(0))
        let troubles = health.look(HostRow(), groups: groups, now: Self.instant(9))
        #expect(troubles.count == HostHealth.named + 1)
        #expect(troubles.last == HostTrouble(.moreMissing, .crit, value: 12))
    }

    @Test func sweepsTenTimesASecondAreJudgedByTheSecond() {
        var health = HostHealth(cores: 2, interval: .milliseconds(100))
        var troubles: [HostTrouble] = []
        for tenth in 0...620 {
            var row = HostRow()
            row[.cpuBusyNanoseconds] = UInt64(tenth) * 200_000_000
            troubles = health.look(
                row, groups: [], now: MonotonicInstant(nanoseconds: UInt64(tenth) * 100_000_000 + 1_000_000_000))
        }
        #expect(troubles.map(\.subject) == [.hostCPU])
    }
}
