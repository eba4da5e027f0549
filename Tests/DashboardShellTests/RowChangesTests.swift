import Model
import Testing

@testable import Dashboard

/// What `looptop watch` tells of a listing that goes on.
@Suite struct RowChangesTests {
    /// As of a later second, with another process in slot 2 of api.
    private func later(replacing pid: Int32?, lost: Bool = false, filter: Filter = .everything) -> Listing {
        var gathering = SampleFleet.gathering()
        var snapshot = SampleFleet.snapshot(3)
        if let pid { snapshot.workers[1].info.id.pid = pid } else { snapshot.workers.remove(at: 1) }
        let now = SampleFleet.start + .seconds(3)
        gathering.handle(.snapshot(snapshot), from: 0, now: now, wall: SampleFleet.wall)
        if lost {
            gathering.handle(
                .lost(.unreachable(reason: "reset"), retryAt: nil), from: 0, now: now, wall: SampleFleet.wall)
        }
        return Listing(.workers, of: gathering, filter: filter, now: now, wall: SampleFleet.wall)
    }

    private func told(_ changes: [RowChanges.Change]) -> [String] {
        changes.map { "\($0.kind) \($0.path) \($0.text)" + ($0.was.map { " was \($0)" } ?? "") }
    }

    private func begun() -> RowChanges {
        var changes = RowChanges(of: ["pid"])
        #expect(
            told(changes.take(SampleFleet.listing(.workers).judged, silent: [])) == [
                "added web-1/api#1 pid 201", "added web-1/api#2 pid 202", "added web-1/app#1 pid 300",
            ])
        return changes
    }

    @Test func firstAllThatThereIsAndThenNothingUntilItChanges() {
        var changes = begun()
        #expect(changes.take(SampleFleet.listing(.workers).judged, silent: []).isEmpty)
    }

    @Test func aReplacedWorkerHasChanged() {
        var changes = begun()
        #expect(
            told(changes.take(later(replacing: 203).judged, silent: [])) == [
                "changed web-1/api#2 pid 203 was pid 202"
            ])
        #expect(changes.take(later(replacing: 203).judged, silent: []).isEmpty)
    }

    @Test func oneThatIsGoneIsRemovedOnceAndMayComeBack() {
        var changes = begun()
        #expect(told(changes.take(later(replacing: nil).judged, silent: [])) == ["removed web-1/api#2 pid 202"])
        #expect(changes.take(later(replacing: nil).judged, silent: []).isEmpty)
        #expect(told(changes.take(later(replacing: 202).judged, silent: [])) == ["added web-1/api#2 pid 202"])
    }

    @Test func rowsOfASilentHostAreNeitherThereNorGone() {
        var changes = begun()
        let silent = later(replacing: 202, lost: true)
        #expect(silent.missing.contains(0) && silent.judged.isEmpty)
        #expect(changes.take(silent.judged, silent: Set(silent.missing)).isEmpty)
        #expect(told(changes.take(later(replacing: nil).judged, silent: [])) == ["removed web-1/api#2 pid 202"])
    }

    @Test func whatMatchesNoMoreIsRemoved() throws {
        var changes = RowChanges(of: ["pid"])
        let filter = try Filter(parsing: "pid<300")
        #expect(changes.take(SampleFleet.listing(.workers, filter).judged, silent: []).count == 2)
        #expect(
            told(changes.take(later(replacing: 400, filter: filter).judged, silent: [])) == [
                "removed web-1/api#2 pid 202"
            ])
    }
}
