import Model
import Testing

@testable import Agent

private func instant(_ seconds: Int) -> MonotonicInstant { MonotonicInstant(nanoseconds: 0) + .seconds(seconds) }

private func store(_ number: UInt64, at seconds: Int, in table: inout CommandTable) {
    let command = command(number, worker(10))
    table.store(
        CommandRequest(command: command, issuer: "user/ada"),
        Outcome(id: command.id, action: .restart, target: command.target, issuer: "user/ada", verdict: .targetChanged),
        now: instant(seconds))
}

@Test func keepsTheNewestAnswers() {
    var table = CommandTable(capacity: 1024)
    for number in 0..<5000 as Range<UInt64> { store(number, at: Int(number), in: &table) }
    #expect(table.count == 1024)
    #expect(table.entry(command(3975, worker(10)).id, now: instant(5000)) == nil)
    for number in 3976..<5000 as Range<UInt64> {
        #expect(table.entry(command(number, worker(10)).id, now: instant(5000)) != nil)
    }
}

@Test func forgetsAfterADay() {
    var table = CommandTable(capacity: 1024)
    store(1, at: 0, in: &table)
    #expect(table.entry(command(1, worker(10)).id, now: instant(86_400)) != nil)
    #expect(table.entry(command(1, worker(10)).id, now: instant(86_401)) == nil)
    #expect(table.count == 0)
}

@Test func remembersTheLastMembers() {
    var recent = RecentSet<Int>(capacity: 3)
    for member in [1, 2, 2, 3, 2, 4] { recent.insert(member) }
    #expect([1, 2, 3, 4].map(recent.contains) == [false, true, true, true])
    recent.insert(5)
    #expect([2, 3, 4, 5].map(recent.contains) == [false, true, true, true])
}
