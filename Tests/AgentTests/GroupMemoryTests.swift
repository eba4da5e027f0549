import Discovery
import Model
import Testing

@testable import Agent

/// A machine on which gunicorn masters come and go, one second after the other.
private struct Machine {
    var memory = GroupMemory()
    var second: UInt64 = 1000
    var processes: [Int32: ProcessEntry] = [:]
    var found: [DiscoveredGroup] = []
    var overrides: [AppOverride] = []

    var now: MonotonicInstant { MonotonicInstant(nanoseconds: second * 1_000_000_000) }
    var table: ProcessTable { ProcessTable(Array(processes.values)) }

    mutating func start(
        _ pid: Int32, parent: Int32 = 1, ports: [UInt16] = [], inode: UInt64 = 5, program: String = "/bin/app"
    ) {
        processes[pid] = ProcessEntry(
            pid: pid, parentPID: parent, startTicks: second * 100, uid: 7, name: "app", arguments: ["app"],
            executable: program, listening: ports.map { .init(port: $0, inode: inode, address: "127.0.0.1") },
            networkNamespace: 1, waitsInEpoll: true)
    }

    mutating func end(_ pids: Int32...) { for pid in pids { processes[pid] = nil } }

    func reference(_ pid: Int32) -> ProcessRef { ProcessRef(pid: pid, startTicks: processes[pid]?.startTicks ?? 0) }

    /// What discovery finds: a group of these workers below this master.
    mutating func find(
        _ key: String = "web", app: String = "web", kind: GroupKind = .gunicorn, master: Int32? = 10,
        _ workers: Int32...,
        manager: Manager? = nil, ports: [UInt16] = [80], expected: UInt32? = nil
    ) {
        let info = GroupInfo(
            key: key, app: app, kind: kind, master: master.map(reference), manager: manager, ports: ports,
            respawn: master == nil ? .nothingKnown : .master, expected: expected)
        found.append(
            DiscoveredGroup(info: info, workers: workers.map { DiscoveredWorker(process: reference($0)) }))
    }

    /// One look at what was found since the last one, after `seconds`.
    mutating func look(after seconds: UInt64 = 1) -> [DiscoveredGroup] {
        second += seconds
        memory.look(found, in: table, overrides: overrides, now: now) {
            MonotonicInstant(nanoseconds: $0.startTicks * 10_000_000)
        }
        found = []
        return memory.groups(at: now)
    }

    /// A master with these workers that were there for long, found.
    static func settled(_ workers: Int32..., manager: Manager? = nil) -> Machine {
        var machine = Machine()
        machine.start(10, ports: [80])
        for pid in workers { machine.start(pid, parent: 10, ports: [80]) }
        machine.second += 100
        machine.findAll(workers, manager: manager)
        #expect(machine.look().map(\.info.expected) == [UInt32(workers.count)])
        return machine
    }

    mutating func findAll(_ workers: [Int32], manager: Manager? = nil) {
        find(manager: manager)
        found[found.count - 1].workers = workers.map { DiscoveredWorker(process: reference($0)) }
    }
}

@Suite struct GroupMemoryTests {
    @Test func whatWorkersEndedIsMissed() {
        var machine = Machine.settled(11, 12, 13, 14)
        machine.end(12)
        machine.find("web", 11, 13, 14)
        let group = machine.look()[0]
        #expect(group.info.expected == 4)
        #expect(group.workers.count == 3)
    }

    @Test func aGroupWithoutWorkersStaysWithItsMaster() {
        var machine = Machine.settled(11, 12)
        machine.end(11, 12)
        for _ in 0..<3 {
            let groups = machine.look(after: 3000)
            #expect(groups.map(\.info.expected) == [2])
            #expect(groups.map(\.workers.count) == [0])
            #expect(groups.map(\.info.master?.pid) == [10])
            #expect(groups.map(\.info.respawn) == [.master])
        }
        machine.start(15, parent: 10)
        machine.find("web", 15)
        #expect(machine.look().map(\.workers.count) == [1])
    }

    @Test func itIsForgottenADayAfterItsMaster() {
        var machine = Machine.settled(11, 12, manager: Manager(kind: .systemd, name: "web.service"))
        machine.end(10, 11, 12)
        let group = machine.look()[0].info
        #expect(group.master == nil)
        #expect(group.respawn == .manager)
        #expect(group.expected == 2)
        #expect(machine.look(after: 86_399).count == 1)
        #expect(machine.look(after: 1).isEmpty)
    }

    private static let passing: [(ports: [UInt16], manager: Manager?, seconds: UInt64)] = [
        ([80], nil, 86_400), ([], nil, 600), ([], Manager(kind: .supervisord, name: "web:0"), 86_400),
    ]

    /// What nobody keeps and what never had a port ran for a while, as jobs do.
    @Test(arguments: passing)
    func whatIsNoServerForSureIsMissedForTenMinutes(_ ports: [UInt16], _ manager: Manager?, _ seconds: UInt64) {
        var machine = Machine()
        machine.start(11)
        machine.second += 60
        machine.find(kind: .single, master: nil, 11, manager: manager, ports: ports)
        _ = machine.look()
        machine.end(11)
        #expect(machine.look().count == 1)
        #expect(machine.look(after: seconds - 1).count == 1)
        #expect(machine.look(after: 1).isEmpty)
    }

    @Test func whatWasThereForAMomentIsNotMissed() {
        var machine = Machine()
        machine.start(10)
        machine.start(11, parent: 10)
        machine.find("web", 11)
        #expect(machine.look(after: 9).map(\.info.expected) == [nil])
        machine.end(11)
        #expect(machine.look().isEmpty)
    }

    /// A server that forks its workers after it listens is taken for a single one until then.
    @Test func whoBecameAMasterIsNotMissed() {
        var machine = Machine()
        machine.start(10, ports: [80])
        machine.second += 60
        machine.find("single", kind: .single, master: nil, 10)
        _ = machine.look()
        machine.start(11, parent: 10)
        machine.find("web", 11)
        #expect(machine.look().map(\.info.key) == ["web"])
    }

    @Test func whoIsNoWorkerAnyMoreIsNotMissed() {
        var machine = Machine.settled(11, 12)
        #expect(machine.look().isEmpty)  // both live
    }

    @Test func aZombieIsDead() {
        var machine = Machine.settled(11)
        machine.processes[11]?.isZombie = true
        machine.processes[11]?.arguments = []
        #expect(machine.look().map(\.workers.count) == [0])
    }

    @Test func aPidGivenAwayIsSomebodyElse() {
        var machine = Machine.settled(11)
        machine.end(11)
        machine.start(11)
        #expect(machine.look().map(\.workers.count) == [0])
        machine.end(10)
        machine.start(10)
        #expect(machine.look(after: 1).count == 1)
        #expect(machine.look(after: 86_400).isEmpty)
    }

    @Test func theSameAppStartedOtherwiseTakesItsPlace() {
        var machine = Machine.settled(11, 12)
        machine.end(10, 11, 12)
        #expect(machine.look().count == 1)
        machine.start(20, ports: [80])
        machine.start(21, parent: 20)
        machine.find("web2", master: 20, 21)
        #expect(machine.look(after: 30).map(\.info.key) == ["web2"])
    }

    /// Else its name would stand for two apps until it is forgotten.
    @Test func theSameAppOnAnotherPortTakesItsPlaceWhenNothingIsLeftOfIt() {
        var machine = Machine.settled(11)
        machine.end(11)
        #expect(machine.look().count == 1)
        machine.start(20, ports: [81])
        machine.start(21, parent: 20)
        machine.find("web2", master: 20, 21, ports: [81])
        #expect(machine.look().count == 2, "its master lives")
        machine.end(10)
        machine.find("web2", master: 20, 21, ports: [81])
        #expect(machine.look(after: 100).map(\.info.key) == ["web2"])
    }

    @Test func twoAppsOfOneNameAreTwo() {
        var machine = Machine.settled(11)
        machine.start(20, ports: [81])
        machine.start(21, parent: 20)
        machine.find("web", 11)
        machine.find("web/81", master: 20, 21, ports: [81])
        _ = machine.look()
        machine.end(11)
        machine.find("web/81", master: 20, 21, ports: [81])
        #expect(machine.look(after: 100).map(\.info.key) == ["web", "web/81"])
    }

    @Test func anotherServerOnItsPortTakesItsPlace() {
        var machine = Machine.settled(11)
        machine.end(10, 11)
        #expect(machine.look().count == 1)
        machine.start(30, ports: [80], inode: 9, program: "/bin/other")
        machine.start(31, parent: 30)
        machine.find("other", app: "other", kind: .puma, master: 30, 31)
        #expect(machine.look(after: 300).map(\.info.key) == ["other"])
    }

    @Test func theConfigurationSaysHowMany() {
        var machine = Machine.settled(11, 12)
        machine.find("web", 11, 12, expected: 6)
        #expect(machine.look().map(\.info.expected) == [6])
        machine.memory.sizeWasSet("web", to: 3)
        machine.find("web", 11, 12)
        #expect(machine.look().map(\.info.expected) == [3])
    }

    @Test func whereDemandDecidesNothingIsExpected() {
        var machine = Machine()
        machine.start(10)
        machine.start(11, parent: 10)
        machine.second += 60
        machine.find(kind: .phpFPM, 11)
        #expect(machine.look().map(\.info.expected) == [nil])
        machine.end(11)
        #expect(machine.look().map(\.workers.count) == [0])
    }

    @Test func whatTheConfigurationHidesIsForgotten() {
        var machine = Machine.settled(11)
        machine.end(11)
        machine.overrides = [AppOverride(name: "api", hide: true)]
        #expect(machine.look().count == 1)
        machine.overrides = [AppOverride(name: "web", hide: true)]
        #expect(machine.look().count == 1)  // another key
        machine.overrides = [AppOverride(name: "x", match: { $0.arguments == ["app"] }, hide: true)]
        #expect(machine.look().isEmpty)
    }

    /// The master is killed, and its workers notice a moment later.
    @Test func workersThatOutliveTheirMasterLeaveNoSecondGroup() {
        var machine = Machine.settled(11, 12)
        machine.end(10)
        machine.processes[11]?.parentPID = 1
        machine.processes[12]?.parentPID = 1
        machine.find("left", master: nil, 11, 12)
        let both = machine.look()
        #expect(both.map(\.info.key) == ["left", "web"])
        #expect(machine.memory.isLeftover("left") && !machine.memory.isLeftover("web"))
        #expect(both[1].info.orphan == PortOrphan(process: machine.reference(11), port: 80))
        machine.end(11, 12)
        let one = machine.look()
        #expect(one.map(\.info.key) == ["web"])
        #expect(one.map(\.info.expected) == [2])
        #expect(one.map(\.info.orphan) == [nil])
    }

    @Test func whoHoldsThePortOfAGroupThatIsGoneIsAnOrphan() {
        var machine = Machine.settled(11)
        machine.start(40, parent: 11, ports: [80], program: "/bin/helper")  // it inherited the socket
        machine.start(41, ports: [80], inode: 6, program: "/bin/stranger")
        machine.find("web", 11)
        #expect(machine.look().map(\.info.orphan) == [nil])
        machine.end(10, 11)
        machine.processes[40]?.parentPID = 1
        #expect(machine.look().map(\.info.orphan) == [PortOrphan(process: machine.reference(40), port: 80)])
        machine.end(40)
        machine.second += 1
        machine.start(42, ports: [80], inode: 8)  // like it, but it came later
        #expect(machine.look().map(\.info.orphan) == [nil])
    }

    @Test func aManagersChildOnThePortIsNoOrphan() {
        var machine = Machine.settled(11)
        machine.start(5)
        machine.start(40, parent: 5, ports: [80])
        machine.find("web", 11)
        _ = machine.look()
        machine.end(10, 11)
        #expect(machine.look().map(\.info.orphan) == [nil])
    }

    @Test func onlySoManyAreRemembered() {
        var machine = Machine()
        for index in Int32(0)..<1100 {
            machine.start(1000 + index)
            machine.find("group\(index)", app: "app\(index)", kind: .single, master: nil, 1000 + index, ports: [])
        }
        #expect(machine.look(after: 60).count == 1100)
        machine.processes = [:]
        #expect(machine.look().count == GroupMemory.limit)
    }
}
