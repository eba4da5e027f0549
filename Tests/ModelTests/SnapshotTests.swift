import Model
import Testing

@Suite struct SnapshotTests {
    static let boot = BootID(high: 1, low: 1)

    static func worker(_ pid: Int32) -> WorkerEntry {
        let info = WorkerInfo(
            id: WorkerID(boot: boot, pid: pid, startTicks: 1), parentPID: 1, groupKey: "g", slot: 1, uid: 0, name: "w",
            arguments: [], started: WallTime(nanoseconds: 0))
        return WorkerEntry(info: info, row: WorkerRow())
    }

    static let group = GroupEntry(
        info: GroupInfo(key: "g", app: "web", kind: .single, master: nil),
        row: GroupRow())

    static var snapshot: Snapshot {
        Snapshot(
            sequence: 1, monotonic: MonotonicInstant(nanoseconds: 1), wall: WallTime(nanoseconds: 1), groups: [group],
            workers: [worker(10), worker(11)])
    }

    @Test func interestDecidesDetail() {
        let all = Self.snapshot
        #expect(all.narrowed(to: .workers) == all)
        #expect(all.narrowed(to: .host).groups.isEmpty)
        #expect(all.narrowed(to: .host).workers.isEmpty)
        #expect(all.narrowed(to: .groups).groups == all.groups)
        #expect(all.narrowed(to: .groups).workers.isEmpty)
        #expect(all.narrowed(to: .worker(all.workers[1].info.id)).workers == [all.workers[1]])
        #expect(all.narrowed(to: .worker(Self.worker(12).info.id)).workers.isEmpty)
    }
}
