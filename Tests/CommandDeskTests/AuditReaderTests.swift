import Control
import Glibc
import Model
import Testing

@testable import Agent

private typealias Samples = AuditSamples

private func read(_ place: AuditPlace, since: WallTime = Samples.later(-1)) -> AuditReading {
    AuditReader.read(directory: place.path, since: since)
}

@Test func commandsAndOutcomesComeBackAsTheyWere() throws {
    let place = try AuditPlace()
    let log = place.log()
    let verdict = Verdict.replaced(
        RestartEvidence(
            signals: [SentSignal(number: 15, after: .milliseconds(1))], exited: .milliseconds(2),
            replacement: Samples.worker(11, ticks: 101), replaced: .seconds(1)))
    let record = Samples.record { $0.parameters = CommandParameters(warned: true, reason: "because\n") }
    var result = record
    result.kind = .result
    result.verdict = verdict
    var step = result
    step.kind = .step
    var refused = Samples.record(2, verdict: .refused(.readOnly))
    refused.kind = .refused
    for record in [record, step, result, refused] { try log.append(record, durable: true) }
    let reading = read(place)
    #expect(reading.faults == [])
    #expect(reading.entries.map(\.kind) == [.intent, .step, .result, .refused])
    #expect(reading.entries.map(\.command) == [record.command, nil, nil, nil])
    let outcome = Outcome(
        id: record.command.id, action: .restart, target: record.command.target, issuer: "user/ada", verdict: verdict)
    #expect(reading.entries.map(\.outcome) == [nil, outcome, outcome, nil])
    let entry = try #require(reading.entries.first)
    #expect(entry.id == record.command.id && entry.issuer == "user/ada" && entry.role == .operator)
    #expect(entry.boot == Samples.boot && entry.monotonic == record.monotonic && entry.app == "web")
    #expect(entry.group == "g" && entry.slot == 3)
    #expect(entry.time == WallTime(nanoseconds: 1_788_264_000_123_000_000))
}

@Test func readsBothFilesInOrderAndOnlyWhatIsNew() throws {
    let place = try AuditPlace()
    let log = place.log(sizeLimit: Int64(Samples.record().line.count + 320) * 3)
    for number in 1...5 as ClosedRange<UInt64> {
        try log.append(Samples.record(number, wall: Samples.later(Int64(number))), durable: true)
    }
    #expect(try place.lines(AuditLog.oldFileName).isEmpty == false)
    let all = read(place).entries.map(\.id.low)
    #expect(all == Array(all.sorted().suffix(all.count)) && all.last == 5 && all.count > 2)
    #expect(read(place, since: Samples.later(3)).entries.map(\.id.low) == [4, 5])
}

@Test func aTornLastLineIsNoFaultAndAnotherIs() throws {
    let place = try AuditPlace()
    let log = place.log()
    try log.append(Samples.record(1), durable: true)
    try log.append(Samples.record(2), durable: true)
    let lines = try place.lines()
    for cut in [1, 20, 60, 200] {
        try place.write(lines[0] + "\n" + lines[1].prefix(cut))
        #expect(read(place).entries.map(\.id.low) == [1])
        #expect(read(place).faults == [])
        try place.write(lines[1].prefix(cut) + "\n" + lines[0] + "\n")
        #expect(read(place).entries.map(\.id.low) == [1])
        #expect(read(place).faults.count == 1 && read(place).faults.first?.hasPrefix("audit.jsonl:1: ") == true)
    }
}

@Test func aWireFormOfAnotherVersionIsUnknown() throws {
    let place = try AuditPlace()
    try place.log().append(Samples.record(1), durable: true)
    let line = try place.lines()[0]
    let start = try #require(line.firstRange(of: "\"wire\":\"")).upperBound
    let end = try #require(line[start...].firstIndex(of: "\""))
    for wire in ["", "00", "zz", String(line[start..<end].dropLast(2)), String(repeating: "ff", count: 40)] {
        try place.write(line[..<start] + wire + line[end...] + "\n")
        let entry = try #require(read(place).entries.first)
        #expect(entry.command == nil && entry.id.low == 1)
    }
}

@Test func whereNothingIsThereIsNothingToRead() throws {
    let reading = read(try AuditPlace())
    #expect(reading.entries.isEmpty && reading.faults.isEmpty)
    let missing = AuditReader.read(directory: "/nonexistent/looptop", since: Samples.wall)
    #expect(missing.entries.isEmpty && missing.faults.count == 1)
}
