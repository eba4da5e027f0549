import Discovery
import Model
import Testing

@testable import Agent

/// What one run of the agent leaves for the next.
@Suite struct GroupMemoryKeepingTests {
    private static let master = ProcessEntry(
        pid: 10, parentPID: 1, startTicks: 100, uid: 7, name: "app", arguments: ["app"], executable: "/bin/app")

    private static func now(_ second: UInt64) -> Moment {
        Moment(
            monotonic: MonotonicInstant(nanoseconds: second * 1_000_000_000),
            wall: WallTime(nanoseconds: 1_000_000_000_000_000_000 + Int64(second) * 1_000_000_000))
    }

    private static func group(_ workers: Int32...) -> DiscoveredGroup {
        DiscoveredGroup(
            info: GroupInfo(
                key: "web", app: "web", kind: .gunicorn, master: ProcessRef(pid: 10, startTicks: 100),
                manager: Manager(kind: .systemd, name: "web.service"), ports: [80], respawn: .master),
            workers: workers.map { DiscoveredWorker(process: ProcessRef(pid: $0, startTicks: 200)) })
    }

    /// Three workers that were there for long; kept at second 100.
    private static func kept() -> [KeptGroup] {
        var memory = GroupMemory()
        let table = ProcessTable([master])
        memory.look([group(11, 12, 13)], in: table, now: now(60).monotonic) { _ in now(2).monotonic }
        _ = memory.groups(at: now(60).monotonic)
        return memory.kept(at: now(100))
    }

    @Test func anAppThatDiedWhileNobodyLookedIsMissed() {
        for isSameBoot in [true, false] {
            var memory = GroupMemory()
            // The machine may have been up for a few seconds only.
            memory.restore(Self.kept(), isSameBoot: isSameBoot, now: Self.now(5))
            memory.look([], in: ProcessTable([]), now: Self.now(5).monotonic) { _ in Self.now(5).monotonic }
            let groups = memory.groups(at: Self.now(5).monotonic)
            #expect(groups.map(\.info.expected) == [3])
            #expect(groups.map(\.workers.count) == [0])
            #expect(groups.map(\.info.master) == [nil])
            #expect(groups.map(\.info.ports) == [[80]])
            #expect(groups.map(\.info.respawn) == [.manager])
            memory.look([], in: ProcessTable([]), now: Self.now(86_406).monotonic) { _ in Self.now(5).monotonic }
            #expect(memory.groups(at: Self.now(86_406).monotonic).isEmpty)
        }
    }

    @Test func withALivingMasterItStays() {
        var memory = GroupMemory()
        memory.restore(Self.kept(), isSameBoot: true, now: Self.now(200))
        memory.look([], in: ProcessTable([Self.master]), now: Self.now(200).monotonic) { _ in Self.now(2).monotonic }
        let groups = memory.groups(at: Self.now(200).monotonic)
        #expect(groups.map(\.info.master?.pid) == [10])
        #expect(groups.map(\.info.expected) == [3])
    }

    @Test func ofThreeTwoAreTooFewAlsoAfterTheAgentStartedAnew() {
        var memory = GroupMemory()
        memory.restore(Self.kept(), isSameBoot: true, now: Self.now(200))
        for second in [200, 220, 240] as [UInt64] {
            memory.look([Self.group(11, 13)], in: ProcessTable([Self.master]), now: Self.now(second).monotonic) { _ in
                Self.now(2).monotonic
            }
            #expect(memory.groups(at: Self.now(second).monotonic).map(\.info.expected) == [3])
        }
    }

    @Test func theFirstRunKnowsNothing() {
        var memory = GroupMemory()
        memory.look([Self.group(11)], in: ProcessTable([Self.master]), now: Self.now(9).monotonic) { _ in
            Self.now(2).monotonic
        }
        _ = memory.groups(at: Self.now(9).monotonic)
        #expect(memory.kept(at: Self.now(9)).isEmpty, "not settled")
    }
}
