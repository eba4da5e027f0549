import Control
import Model

@testable import Agent

// What the tests ask of a desk.

func command(_ number: UInt64, _ target: WorkerID, ttl: Duration = .seconds(15)) -> Command {
    Command(id: CommandID(high: 0xC0, low: number), action: .restart, target: .worker(target), timeToLive: ttl)
}

func command(
    _ number: UInt64, _ action: Action, of group: LiveGroup = gunicorn(),
    _ parameters: CommandParameters = .init(warned: true)
) -> Command {
    Command(
        id: CommandID(high: 0xC0, low: number), action: action,
        target: .group(GroupTarget(boot: boot, key: group.info.key, master: group.info.master)), parameters: parameters)
}

extension Command {
    var dry: Command {
        var command = self
        command.parameters.dryRun = true
        return command
    }
}

extension CommandDesk {
    /// By somebody who may.
    func submit(_ command: Command, of world: DeskWorld, from peer: Peer = ada) {
        submit(command, from: peer, role: .operator, sink: world.sink)
    }
}
