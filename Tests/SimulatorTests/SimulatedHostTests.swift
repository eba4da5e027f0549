import Model
import Testing
import Wire

@testable import Simulator

@Suite struct SimulatedHostTests {
    private static func plan(_ seed: UInt64) -> HostPlan {
        FleetPlan(hosts: 1, seed: seed, faults: []).hosts[0]
    }

    static func moment(_ second: Int64) -> Moment {
        Moment(
            monotonic: MonotonicInstant(nanoseconds: 0) + .seconds(10_000 + second),
            wall: WallTime(nanoseconds: (1_790_000_000 + second) * 1_000_000_000))
    }

    static func host(_ seed: UInt64, workers: Int = 50) -> SimulatedHost {
        SimulatedHost(plan(seed), workers: workers, now: moment(0))
    }

    @Test func theSameSeedIsTheSameHost() {
        func lived(_ seed: UInt64) -> [Snapshot] {
            var host = Self.host(seed)
            return (1...30).map { host.sweep(at: Self.moment($0)).snapshot }
        }
        #expect(lived(3) == lived(3))
        #expect(lived(3) != lived(4))
    }

    /// For ten minutes of many hosts: what is sent is what a peer holds, and what events tell is what snapshots show.
    @Test(arguments: 1...20 as ClosedRange<UInt64>) func snapshotsKeepTheirRulesAndFollowFromEvents(_ seed: UInt64) {
        var host = Self.host(seed)
        var living = Set(host.sweep(at: Self.moment(1)).snapshot.workers.map(\.info.id))
        for second in 2...600 as ClosedRange<Int64> {
            let sweep = host.sweep(at: Self.moment(second))
            for event in sweep.events {
                switch event {
                case .workerStarted(let info, _): #expect(living.insert(info.id).inserted)
                case .workerExited(let place, _, _): #expect(living.remove(place.worker) != nil)
                default: break
                }
            }
            #expect(Set(sweep.snapshot.workers.map(\.info.id)) == living)
            #expect(sweep.snapshot.host[.workers] == UInt64(living.count))
            #expect(sweep.snapshot.asSent == sweep.snapshot)
            #expect(sweep.snapshot.sequence == UInt64(second))
        }
    }

    @Test func countersNeverFall() {
        var host = Self.host(5)
        var before = host.sweep(at: Self.moment(1)).snapshot
        for second in 2...300 as ClosedRange<Int64> {
            let after = host.sweep(at: Self.moment(second)).snapshot
            for field in HostField.allCases where field.isCounter {
                #expect(after.host[field] ?? 0 >= before.host[field] ?? 0, "\(field)")
            }
            before = after
        }
    }

    @Test func aRestartReplacesTheWorkerOfTheSlotAndSaysSo() throws {
        var host = Self.host(11)
        let old = try #require(host.sweep(at: Self.moment(1)).snapshot.workers.first { $0.row[.state] != nil })
        let command = Command(id: CommandID(high: 1, low: 2), action: .restart, target: .worker(old.info.id))
        let replies = host.take(command, from: "user/ada", role: .operator, at: Self.moment(1))
        #expect(replies == [.accepted(command.id)])
        var outcome: Outcome?
        var newest = host.sweep(at: Self.moment(2)).snapshot
        for second in 3...10 as ClosedRange<Int64> where outcome == nil {
            let sweep = host.sweep(at: Self.moment(second))
            outcome = sweep.outcomes.first
            newest = sweep.snapshot
        }
        guard case .replaced(let evidence)? = outcome?.verdict else { throw Unexpected(what: outcome) }
        let new = try #require(newest.workers.first { $0.info.id == evidence.replacement })
        #expect(new.info.slot == old.info.slot && new.info.groupKey == old.info.groupKey)
        #expect(!newest.workers.contains { $0.info.id == old.info.id })
    }

    @Test func aRollReplacesAllWorkersOfAnApp() throws {
        var host = Self.host(12, workers: 8)
        let first = host.sweep(at: Self.moment(1)).snapshot
        let group = try #require(first.groups.first)
        let target = GroupTarget(boot: host.info.boot, key: group.info.key, master: group.info.master)
        let command = Command(id: CommandID(high: 1, low: 3), action: .roll, target: .group(target))
        #expect(host.take(command, from: "user/ada", role: .operator, at: Self.moment(1)) == [.accepted(command.id)])
        let again = Command(id: CommandID(high: 1, low: 4), action: .roll, target: .group(target))
        guard case .outcome(let refused)? = host.take(again, from: "user/eve", role: .admin, at: Self.moment(1)).first,
            case .refused(.busy(let holder, _)) = refused.verdict
        else { throw Unexpected(what: nil) }
        #expect(holder == command.id)
        for second in 2...100 as ClosedRange<Int64> {
            let sweep = host.sweep(at: Self.moment(second))
            guard let outcome = sweep.outcomes.first else { continue }
            guard case .rolled(let roll) = outcome.verdict else { throw Unexpected(what: outcome) }
            #expect(roll.state == .finished && roll.replaced == roll.total)
            let before = Set(first.workers.filter { $0.info.groupKey == group.info.key }.map(\.info.id))
            #expect(before.isDisjoint(with: sweep.snapshot.workers.map(\.info.id)))
            return
        }
        throw Unexpected(what: nil)
    }

    @Test func aViewerMayNotRestart() throws {
        var host = Self.host(13)
        let worker = try #require(host.sweep(at: Self.moment(1)).snapshot.workers.first).info.id
        let command = Command(id: CommandID(high: 1, low: 5), action: .restart, target: .worker(worker))
        guard case .outcome(let outcome)? = host.take(command, from: "user/v", role: .viewer, at: Self.moment(1)).first,
            case .refused(.role) = outcome.verdict
        else { throw Unexpected(what: nil) }
        #expect(host.jobs.isEmpty)
    }

    private struct Unexpected: Error { let what: Outcome? }
}
