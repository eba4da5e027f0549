import Model
import Testing

@Suite struct GroupInfoTests {
    @Test func aMasterIsNamedByPidAndStart() {
        let info = GroupInfo(key: "g", app: "web", kind: .gunicorn, master: ProcessRef(pid: 7, startTicks: 100))
        var later = info
        later.master = ProcessRef(pid: 7, startTicks: 101)
        #expect(later != info)
        #expect(later.masterPID == info.masterPID)
        #expect(GroupInfo(key: "g", app: "web", kind: .alike).masterPID == nil)
    }

    @Test func processesAreAscendingByPidThenStart() {
        let processes = [(2, 1), (1, 9), (1, 3)].map { ProcessRef(pid: $0.0, startTicks: $0.1) }
        #expect(processes.sorted().map(\.startTicks) == [3, 9, 1])
    }

    @Test func everyKindAndManagerHasAWordOfItsOwn() {
        #expect(Set(GroupKind.allCases.map(\.word)).count == GroupKind.allCases.count)
        #expect(Set(Manager.Kind.allCases.map(\.word)).count == Manager.Kind.allCases.count)
    }
}
