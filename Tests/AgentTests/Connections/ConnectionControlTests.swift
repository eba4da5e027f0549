import Control
import Model
import Testing

@testable import Agent

struct ConnectionControlTests {
    static func process(_ pid: Int32) -> ProcessRef { ProcessRef(pid: pid, startTicks: 1) }
    static func at(_ seconds: Double) -> MonotonicInstant { MadeLooks.at(seconds) }

    @Test func workersAreFoundByGroup() {
        let crew = Crew(groups: [
            ("web", [80], Self.process(1), [Self.process(2), Self.process(3)]), ("none", [], nil, []),
        ])
        var workers = crew.workers
        workers.append(
            LiveWorker(
                id: Crew.id(Self.process(9)), groupKey: "unheard of", app: "x", slot: 4, seen: Self.at(0)))
        let roster = ConnectionRoster(workers: workers, groups: crew.groups + crew.groups)
        #expect(roster.groups.map(\.key) == ["web", "none", "unheard of"])
        #expect(roster.groups.map { $0.workers.map(\.slot) } == [[1, 2], [], [4]])
        #expect(roster.groups[0].master == Self.process(1) && roster.groups[0].ports == [80])
        #expect(roster.key(of: .worker(Crew.id(Self.process(3)))) == "web")
        #expect(roster.key(of: .worker(Crew.id(Self.process(4)))) == nil)
        #expect(roster.key(of: .group(GroupTarget(boot: Crew.boot, key: "none", master: nil))) == "none")
        #expect(roster.key(of: .group(GroupTarget(boot: Crew.boot, key: "other", master: nil))) == nil)
        #expect(roster.workers.count == 3 && roster.keys.count == 3)
    }

    @Test func watchingEndsByItself() throws {
        let control = try ConnectionControl()
        let target = CommandTarget.worker(Crew.id(Self.process(2)))
        control.watch(target, now: Self.at(0))
        #expect(control.take(now: Self.at(0)).watched.isEmpty)  // nobody is there yet
        control.change(to: Crew([Self.process(2)]).roster)
        control.watch(target, now: Self.at(1))
        #expect(control.take(now: Self.at(11)).watched.keys.sorted() == ["web"])
        #expect(control.take(now: Self.at(11.1)).watched.isEmpty)
    }

    @Test func asManyAreWatchedAsThereIsRoomFor() throws {
        let control = try ConnectionControl()
        let crew = Crew(groups: (0..<100).map { ("\($0)", [], nil, []) })
        control.change(to: crew.roster)
        for number in 0..<100 {
            control.watch(
                .group(GroupTarget(boot: Crew.boot, key: "\(number)", master: nil)), now: Self.at(Double(number) / 100))
        }
        let watched = control.take(now: Self.at(1)).watched
        #expect(watched.count == 64 && watched["99"] != nil && watched["0"] == nil)
    }

    @Test func newcomersAreToldOnce() throws {
        let control = try ConnectionControl()
        control.change(to: Crew([Self.process(2), Self.process(3)]).roster)
        #expect(control.take(now: Self.at(0)).hasNewcomers)
        control.change(to: Crew([Self.process(2)]).roster)
        #expect(!control.take(now: Self.at(0)).hasNewcomers)
        control.change(to: Crew([Self.process(4)]).roster)
        let wishes = control.take(now: Self.at(0))
        #expect(wishes.hasNewcomers && wishes.roster.workers == [Crew.id(Self.process(4))])
    }
}
