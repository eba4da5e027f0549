import Control
import Model
import Testing

@testable import Agent

private let request = LogRequest(groupKey: "web")

private func order(_ admission: CommandDesk.LogAdmission) -> LogOrder? {
    if case .order(let order) = admission { order } else { nil }
}

private func answer(_ admission: CommandDesk.LogAdmission) -> Answer.Body? {
    if case .answer(let answer) = admission { answer } else { nil }
}

@Test func whoMayReadLogsGetsAllWorkersOfTheApp() async {
    let world = DeskWorld()
    let desk = world.desk()
    await world.sweep(desk, [worker(10), worker(11)])
    let order = order(await desk.admit(request, from: ada, role: .operator))
    #expect(order?.workers.map(\.id) == [worker(10), worker(11)])
    #expect(order?.omitted == 0 && order?.group.info.key == "web")
}

@Test func aSlotIsOneWorker() async {
    let world = DeskWorld()
    let desk = world.desk()
    await world.sweep(desk, [worker(10), worker(11)])
    var request = request
    request.slot = 2
    let order = order(await desk.admit(request, from: ada, role: .operator))
    #expect(order?.workers.map(\.slot) == [2] && order?.others.map(\.slot) == [1])
    request.slot = 99
    let nobody = await desk.admit(request, from: ada, role: .operator)
    guard case .order(let empty) = nobody else { return }
    #expect(empty.workers.isEmpty)
}

@Test func whoMayNotIsToldWhyAndAnUnknownAppIsUnknown() async {
    let world = DeskWorld()
    let desk = world.desk()
    await world.sweep(desk, [worker(10)])
    #expect(answer(await desk.admit(request, from: bob, role: .viewer)) == .denied("web is closed"))
    world.change { $0.logObjection = "nobody" }
    #expect(answer(await desk.admit(request, from: ada, role: .admin)) == .denied("nobody"))
    #expect(
        answer(await desk.admit(LogRequest(groupKey: "no"), from: ada, role: .operator))
            == .unknown("no such app is known"))
    #expect(world.kinds == [], "reading is no command")
}

/// Reading changes nothing, so an agent that refuses every command reads logs all the same.
@Test func aReadOnlyAgentReadsLogs() async {
    let world = DeskWorld()
    let desk = world.desk(readOnly: true)
    await world.sweep(desk, [worker(10)])
    #expect(order(await desk.admit(request, from: ada, role: .operator)) != nil)
}
