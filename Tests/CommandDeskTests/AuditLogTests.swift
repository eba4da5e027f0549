import Control
import Glibc
import Model
import Synchronization
import Testing

@testable import Agent

private typealias Samples = AuditSamples

@Test func theLogIsPrivateAndGrows() throws {
    let place = try AuditPlace()
    try place.log().append(Samples.record(1), durable: true)
    let log = place.log()  // another run of the agent
    try log.append(Samples.record(2), durable: true)
    try log.append(Samples.record(3), durable: false)
    let lines = try place.lines()
    #expect(lines.count == 3)
    #expect(lines.allSatisfy { $0.hasPrefix("{\"time\":\"2026-09-01T12:00:00.123Z\",") && $0.hasSuffix("\"}") })
    for name in [AuditLog.fileName, AuditHead.fileName] {
        #expect(try place.status(name).st_mode & 0o7777 == 0o600)
    }
    #expect(try place.faults == [])
    let report = try #require(try place.report())
    #expect(report.sentence.hasPrefix("the audit log is whole: 3 lines; the last chain is "))
}

@Test func eachLineIsChainedToTheOneBefore() throws {
    let place = try AuditPlace()
    let log = place.log()
    for number in 1...3 as ClosedRange<UInt64> { try log.append(Samples.record(number), durable: true) }
    var previous = ""
    for (index, line) in try place.lines().enumerated() {
        let number = UInt64(index + 1)
        let opened = try #require(AuditChain.open(Array(line.utf8)[...]))
        #expect(opened.body + [UInt8(ascii: "\n")] == Samples.record(number).line, "as it is without a chain")
        #expect(opened.marks == AuditChain.Marks())
        #expect(AuditChain.link(after: previous, opened.body) == opened.chain)
        previous = opened.chain
    }
}

@Test func aTornLineIsEndedBeforeTheNext() throws {
    let place = try AuditPlace()
    try place.write("{\"time\":\"2026-")
    try place.log().append(Samples.record(), durable: true)
    let lines = try place.lines()
    #expect(lines.count == 2)
    #expect(lines.last?.contains(",\"torn\":true,\"chain\":\"") == true)
    #expect(try place.faults == [])
    #expect(try place.notes == ["audit.jsonl:1: was cut short by a crash"])
}

@Test func aFullLogIsKeptOnce() throws {
    let place = try AuditPlace()
    let log = place.log(sizeLimit: Int64(Samples.record().line.count + 320) * 2)
    for number in 1...9 as ClosedRange<UInt64> {
        try log.append(Samples.record(number), durable: true)
        #expect(try place.faults == [], "after \(number)")
    }
    let older = try place.lines(AuditLog.oldFileName)
    let newer = try place.lines()
    for lines in [older, newer] {
        #expect(lines.map { $0.contains(",\"follows\":\"") } == lines.indices.map { $0 == 0 })
    }
    #expect(newer.last?.contains("c00000000000000009\"") == true)
    #expect(try place.status(AuditLog.oldFileName).st_mode & 0o7777 == 0o600)
}

@Test func aNewRunGoesOnInANewFile() throws {
    let place = try AuditPlace()
    let limit = Int64(Samples.record().line.count + 320)
    for number in 1...4 as ClosedRange<UInt64> {
        try place.log(sizeLimit: limit).append(Samples.record(number), durable: true)
        #expect(try place.faults == [])
    }
    #expect(try place.lines().count == 1)
}

/// What a log tells of changes underneath it.
private final class Told: Sendable {
    private let all = Mutex<[String]>([])
    var texts: [String] { all.withLock { $0 } }
    func tell(_ found: [String]) { all.withLock { $0 += found } }
}

@Test func aRemovedLogIsBegunAnewAndSaysSo() throws {
    let place = try AuditPlace()
    let told = Told()
    let log = AuditLog(directory: place.path) { told.tell($0) }
    try log.append(Samples.record(1), durable: true)
    unlink(place.file())
    try log.append(Samples.record(2), durable: true)
    #expect(told.texts == ["audit.jsonl was removed while the agent ran"])
    #expect(try place.lines().count == 2)
    let faults = try place.faults
    #expect(faults.count == 3)
    #expect(faults.first == "audit.jsonl:1: the file before this one is gone")
    #expect(faults.dropFirst().first?.hasPrefix("audit.jsonl:1: when this was written, the line with chain ") == true)
    #expect(faults.last?.hasPrefix("audit.jsonl:1: a break: ") == true)
    try log.append(Samples.record(3), durable: true)
    #expect(told.texts.count == 1, "once")
}

@Test func linesCutOffUnderneathARunningAgentAreNoticed() throws {
    let place = try AuditPlace()
    let told = Told()
    let log = AuditLog(directory: place.path) { told.tell($0) }
    for number in 1...3 as ClosedRange<UInt64> { try log.append(Samples.record(number), durable: true) }
    let lines = try place.lines()
    try place.write(lines[0] + "\n")
    unlink(place.file(AuditHead.fileName))  // the head in memory is enough
    try log.append(Samples.record(4), durable: true)
    let gone = try place.chain(lines[2])
    #expect(told.texts == ["audit.jsonl was cut while the agent ran"])
    #expect(
        try place.faults.first == "audit.jsonl:2: when this was written, the line with chain \(gone) was gone already")
    #expect(try place.lines()[1].contains("\"found\":[\"audit.jsonl was cut while the agent ran\"]"))
    #expect(try place.report()?.recent == [])
}

@Test func aHeadRemovedUnderneathARunningAgentIsNoticed() throws {
    let place = try AuditPlace()
    let told = Told()
    let log = AuditLog(directory: place.path) { told.tell($0) }
    try log.append(Samples.record(1), durable: true)
    unlink(place.file(AuditHead.fileName))
    #expect(try place.faults.first?.hasPrefix("audit.head: is gone: ") == true)
    try log.append(Samples.record(2), durable: true)
    #expect(told.texts == ["audit.head was removed while the agent ran"])
    #expect(try place.faults.count == 1 && place.report()?.recent == [])
}

@Test func whatSomebodyElsePutThereIsRefused() throws {
    let place = try AuditPlace()
    let log = place.log()
    let record = Samples.record()
    symlink("other", place.file())
    #expect(throws: AuditFailure(errno: ELOOP)) { try log.append(record, durable: true) }
    unlink(place.file())
    mkfifo(place.file(), 0o600)
    #expect(throws: AuditFailure.self) { try log.append(record, durable: true) }
    unlink(place.file())
    try place.write("")
    chmod(place.file(), 0o644)
    #expect(throws: AuditFailure(errno: EPERM)) { try log.append(record, durable: true) }
    chmod(place.file(), 0o600)
    link(place.file(), place.file("other"))
    #expect(throws: AuditFailure(errno: EPERM)) { try log.append(record, durable: true) }
    unlink(place.file("other"))
    symlink("other", place.file(AuditHead.fileName))
    #expect(throws: AuditFailure(errno: ELOOP)) { try log.append(record, durable: true) }
    unlink(place.file(AuditHead.fileName))
    chmod(place.path, 0o777)
    #expect(throws: AuditFailure(errno: EPERM)) { try log.append(record, durable: true) }
    chmod(place.path, 0o700)
    try log.append(record, durable: true)  // and it recovers
    #expect(try place.lines().count == 1)
    #expect(try place.faults == [])
}

@Test func aDirectoryThatTakesNoFileIsAFailure() throws {
    // procfs takes no new files from anybody, root included.
    for path in ["/proc/self/fdinfo", "/nonexistent/looptop"] {
        #expect(throws: AuditFailure.self) {
            try AuditLog(directory: path).append(Samples.record(), durable: true)
        }
    }
    guard geteuid() != 0 else { return }  // root writes wherever the file system can
    let place = try AuditPlace()
    chmod(place.path, 0o500)
    #expect(throws: AuditFailure(errno: EACCES)) { try place.log().append(Samples.record(), durable: true) }
}

/// Who has no rights cannot fill the log with what was refused to them.
@Test func refusalsWithoutEndAreCounted() throws {
    let place = try AuditPlace()
    let log = place.log()
    func refuse(_ number: UInt64, at second: Int64) throws {
        var record = Samples.record(number, verdict: .refused(.readOnly))
        record.kind = .refused
        record.monotonic = MonotonicInstant(nanoseconds: 0) + .seconds(second)
        try log.append(record, durable: false)
    }
    for number in 1...1000 as ClosedRange<UInt64> { try refuse(number, at: 100) }
    #expect(try place.lines().count == RefusalBudget.most)
    try log.append(Samples.record(2000), durable: true)
    #expect(try place.lines().last?.contains(",\"omitted\":940,") == true)
    for number in 3000...3010 as ClosedRange<UInt64> { try refuse(number, at: 105) }
    #expect(try place.lines().count == RefusalBudget.most + 1 + 5)
    try refuse(4000, at: 10_000)
    #expect(try place.lines().last?.contains(",\"omitted\":6,") == true)
    #expect(try place.faults == [])
}
