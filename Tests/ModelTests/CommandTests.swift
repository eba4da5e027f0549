import Model
import Testing

@Suite struct CommandTests {
    static let boot = BootID(high: 1, low: 2)
    static let worker = WorkerID(boot: boot, pid: 7, startTicks: 100)
    static let group = GroupTarget(boot: boot, key: "web", master: ProcessRef(pid: 6, startTicks: 99))

    @Test func everyActionHasAWordOfItsOwn() {
        #expect(Set(Action.allCases.map(\.word)).count == Action.allCases.count)
    }

    @Test func aTargetIsAWorkerOrAGroup() {
        #expect(CommandTarget.worker(Self.worker).worker == Self.worker)
        #expect(CommandTarget.worker(Self.worker).group == nil)
        #expect(CommandTarget.group(Self.group).group == Self.group)
        #expect(CommandTarget.group(Self.group).worker == nil)
    }

    @Test func aGroupWhoseMasterWasStartedAnewIsAnotherTarget() {
        var later = Self.group
        later.master?.startTicks += 1
        #expect(CommandTarget.group(later) != .group(Self.group))
        later.master = nil
        #expect(CommandTarget.group(later) != .group(Self.group))
    }

    @Test func whatIsNotAskedForIsCareful() {
        let command = Command(id: CommandID(high: 1, low: 1), action: .roll, target: .group(Self.group))
        #expect(command.parameters.roll.maxUnavailable == 1)
        #expect(command.parameters.roll.stable == .seconds(2))
        #expect(!command.parameters.dryRun && !command.parameters.warned)
        #expect(command.timeToLive == .seconds(15) && command.grace == .seconds(10))
    }

    @Test func otherParametersMakeAnotherCommand() {
        let command = Command(id: CommandID(high: 1, low: 1), action: .roll, target: .group(Self.group))
        var other = command
        other.parameters.dryRun = true
        #expect(other != command)
        other = command
        other.parameters.reason = "leak"
        #expect(other != command)
    }
}
