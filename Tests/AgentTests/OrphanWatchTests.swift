import Discovery
import Model
import Testing

@testable import Agent

@Suite struct OrphanWatchTests {
    private static let orphan = PortOrphan(process: ProcessRef(pid: 812, startTicks: 5), port: 8000)
    private static let other = PortOrphan(process: ProcessRef(pid: 900, startTicks: 6), port: 8000)

    /// A look each half second; what is told, by the number of the look.
    private static func news(_ looks: [PortOrphan?]) -> [Int: [OrphanWatch.News]] {
        var watch = OrphanWatch()
        var told: [Int: [OrphanWatch.News]] = [:]
        for (index, orphan) in looks.enumerated() {
            let group = DiscoveredGroup(
                info: GroupInfo(key: "web", app: "web", kind: .puma, orphan: orphan), workers: [])
            let now = MonotonicInstant(nanoseconds: UInt64(index) * 500_000_000)
            for (key, news) in watch.look([group], now: now) {
                #expect(key == "web")
                told[index, default: []].append(news)
            }
        }
        return told
    }

    @Test func anOrphanIsToldOfAfterASecond() {
        #expect(Self.news([nil, orphan, orphan, orphan, orphan]) == [3: [.found(orphan)]])
        #expect(Self.news([orphan, orphan, nil, orphan, nil]) == [:])
    }

    @Test func anEndIsToldOfAfterASecondToo() {
        #expect(
            Self.news([orphan, orphan, orphan, nil, orphan, nil, nil, nil, nil])
                == [2: [.found(orphan)], 7: [.gone(orphan)]])
    }

    @Test func anotherOneIsToldOf() {
        #expect(
            Self.news([orphan, orphan, orphan, other, other, other])
                == [2: [.found(orphan)], 5: [.gone(orphan), .found(other)]])
    }

    @Test func aGroupThatIsGoneHasNone() {
        var watch = OrphanWatch()
        let group = DiscoveredGroup(
            info: GroupInfo(key: "web", app: "web", kind: .puma, orphan: Self.orphan), workers: [])
        func at(_ second: UInt64) -> MonotonicInstant { MonotonicInstant(nanoseconds: second * 1_000_000_000) }
        for second in UInt64(0)...1 { _ = watch.look([group], now: at(second)) }
        #expect(watch.orphans == ["web": Self.orphan])
        let news = (2...4).map { second in watch.look([], now: at(second)).map(\.news) }
        #expect(news == [[], [.gone(Self.orphan)], []])
        #expect(watch.orphans.isEmpty)
    }

    private var orphan: PortOrphan { Self.orphan }
    private var other: PortOrphan { Self.other }
}
