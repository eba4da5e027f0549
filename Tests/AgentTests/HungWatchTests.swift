import Model
import Testing

@testable import Agent

@Suite struct HungWatchTests {
    private static let worker = WorkerID(boot: BootID(high: 1, low: 2), pid: 7, startTicks: 1)

    private static func at(_ second: UInt64) -> MonotonicInstant {
        MonotonicInstant(nanoseconds: second * 1_000_000_000)
    }

    @Test func beginAndEndAreToldOfOnce() {
        var watch = HungWatch()
        let readings = [false, true, true, true, false, false, true]
        let news = readings.enumerated().map { watch.look(at: Self.worker, isHung: $1, now: Self.at(UInt64($0))) }
        #expect(news == [nil, .began, nil, nil, .ended(after: .seconds(3)), nil, .began])
    }

    @Test func anEndOfTheWorkerEndsItToo() {
        var watch = HungWatch()
        #expect(watch.ended(Self.worker, now: Self.at(0)) == nil)
        _ = watch.look(at: Self.worker, isHung: true, now: Self.at(1))
        #expect(watch.ended(Self.worker, now: Self.at(3)) == .ended(after: .seconds(2)))
        #expect(watch.ended(Self.worker, now: Self.at(4)) == nil)
    }
}
