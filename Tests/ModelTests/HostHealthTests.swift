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
