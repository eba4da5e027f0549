import Glibc
import Model
import Testing

@testable import Agent

private typealias Samples = AuditSamples

/// An agent that starts, and the id it makes after its log was begun.
private func start(_ place: AuditPlace, _ log: AuditLog) throws -> [String] {
    let (found, failure) = log.begin(at: Samples.mark)
    #expect(failure == nil)
    try place.write("id", to: "host-id")
    return found
}

/// Where an agent ran before, with so many commands.
private func used(_ count: UInt64 = 3) throws -> AuditPlace {
    let place = try AuditPlace()
    let log = place.log()
    #expect(try start(place, log) == [])
    for number in 1...count { try log.append(Samples.record(number), durable: true) }
    return place
}

@Test func theFirstStartWritesTheFirstLine() throws {
    let place = try AuditPlace()
    #expect(try place.report() == nil)
    #expect(try start(place, place.log()) == [])
    let lines = try place.lines()
    #expect(lines.count == 1 && lines[0].contains(",\"record\":\"genesis\",\"agent\":\""))
    #expect(try place.faults == [])
    #expect(try start(place, place.log()) == [] && place.lines().count == 1, "and the next one does not")
    #expect(AuditReader.read(directory: place.path, since: Samples.later(-1)).faults == [])
}

@Test func aLogThatIsGoneIsAFindingWhereAnAgentWasBegun() throws {
    for names in [[AuditLog.fileName, AuditHead.fileName], [AuditLog.fileName], [AuditHead.fileName]] {
        let place = try used()
        for name in names { unlink(place.file(name)) }
        let faults = try place.faults
        #expect(!faults.isEmpty, "\(names)")
        let found = try start(place, place.log())
        #expect(found == faults, "\(names): who starts on it says the same")
        let lines = try place.lines()
        #expect(lines.filter { $0.contains(",\"record\":\"break\",") }.count == 1)
        #expect(try !place.faults.isEmpty && place.report()?.recent == [])
        #expect(try start(place, place.log()) == [], "a break is recorded once")
    }
}

@Test func linesCutOffWithTheHeadAreAFinding() throws {
    let place = try used()
    try place.write(try place.lines().dropLast().map { $0 + "\n" }.joined())
    unlink(place.file(AuditHead.fileName))
    #expect(try place.faults.count == 1)
    #expect(try start(place, place.log()).first?.hasPrefix("audit.head: is gone: ") == true)
}

@Test func aNewSegmentIsJudgedByItself() throws {
    let place = try used()
    var lines = try place.lines()
    lines[1].replace("user/ada", with: "user/bob")
    try place.write(lines.map { $0 + "\n" }.joined())
    let log = place.log()
    #expect(try start(place, log).count == 1)
    for number in 7...8 as ClosedRange<UInt64> { try log.append(Samples.record(number), durable: true) }
    var report = try #require(try place.report())
    #expect(report.faults.map(\.line) == [2, 5] && report.recent == [])
    #expect(report.sentence.contains("since the break at audit.jsonl:5 it is whole, 2 lines; the last chain is "))
    // And what is done to the new one is found, too.
    lines = try place.lines()
    lines[5].replace("user/ada", with: "user/eve")
    try place.write(lines.map { $0 + "\n" }.joined())
    report = try #require(try place.report())
    #expect(report.recent.map(\.line) == [6] && report.sentence.contains(" it is not whole either, "))
    #expect(try start(place, place.log()).count == 1)
    #expect(try place.report()?.recent == [])
}

@Test func aFirstStartThatACrashCutShortIsNoFinding() throws {
    let whole = try used(1)
    let line = try whole.lines()[0] + "\n"
    for cut in [0, 1, 40, line.utf8.count - 1, line.utf8.count] {
        let place = try AuditPlace()
        try place.write(String(line.prefix(cut)))
        #expect(try start(place, place.log()) == [], "cut at \(cut)")
        #expect(try place.faults == [], "cut at \(cut)")
    }
}

/// What cannot be recorded at the start is before the first command is.
@Test func aBreakThatCannotBeWrittenAtOnceIsWrittenFirst() throws {
    let place = try used()
    unlink(place.file(AuditHead.fileName))
    symlink("other", place.file(AuditHead.fileName))
    let log = place.log()
    let (found, failure) = log.begin(at: Samples.mark)
    #expect(found.count == 1 && failure == AuditFailure(errno: ELOOP))
    #expect(throws: AuditFailure(errno: ELOOP)) { try log.append(Samples.record(9), durable: true) }
    unlink(place.file(AuditHead.fileName))
    try log.append(Samples.record(9), durable: true)
    let lines = try place.lines()
    #expect(lines.count == 6 && lines[4].contains(",\"record\":\"break\","))
    #expect(try place.report()?.recent == [])
}

/// Nobody's text can pass for such a line.
@Test func aMarkIsKnownByItsPlaceInTheLine() throws {
    let record = Samples.record(app: "\",\"record\":\"break\",")
    #expect(AuditMark.kind(of: record.line[...]) == nil)
    var mark = Samples.mark
    #expect(AuditMark.kind(of: mark.line[...]) == .genesis)
    mark.kind = .broken
    mark.found = Array(repeating: String(repeating: "x\n", count: 5000), count: 40)
    #expect(AuditMark.kind(of: mark.line[...]) == .broken)
    #expect(mark.line.count < 64 << 10 && mark.line.split(separator: UInt8(ascii: "\n")).count == 1)
}
