import Glibc
import Model
import Testing

@testable import Agent

private typealias Samples = AuditSamples

/// A log of so many lines; the last ones not synced.
private func filled(_ count: UInt64, unsynced: UInt64 = 0) throws -> AuditPlace {
    let place = try AuditPlace()
    let log = place.log()
    for number in 1...count { try log.append(Samples.record(number), durable: number + unsynced <= count) }
    return place
}

private func changed(_ place: AuditPlace, _ change: (inout [String]) -> Void) throws {
    var lines = try place.lines()
    change(&lines)
    try place.write(lines.map { $0 + "\n" }.joined())
}

private let misfit =
    "does not fit what stands before it: this line was changed, or lines before it were changed, removed or moved"

@Test func aChangedLineIsFound() throws {
    for index in 0..<5 {
        let place = try filled(5)
        try changed(place) { $0[index].replace("user/ada", with: "user/bob") }
        #expect(try place.faults == ["audit.jsonl:\(index + 1): \(misfit)"])
    }
}

/// Every byte of a line: changing it is found at that line or, where its chain is hit, at the next or by the head.
@Test func everyChangedByteIsFound() throws {
    let place = try filled(3)
    let text = Array(try place.text().utf8)
    for index in stride(from: 0, to: text.count, by: 7) {
        var bytes = text
        bytes[index] = bytes[index] == UInt8(ascii: "0") ? UInt8(ascii: "1") : UInt8(ascii: "0")
        try place.write(String(decoding: bytes, as: UTF8.self))
        #expect(try !place.faults.isEmpty, "byte \(index)")
    }
}

@Test func aRemovedLineIsFound() throws {
    for index in 0..<4 {
        let place = try filled(5)
        try changed(place) { $0.remove(at: index) }
        #expect(try place.faults == ["audit.jsonl:\(index + 1): \(misfit)"])
    }
}

@Test func movedLinesAreFound() throws {
    let place = try filled(5)
    try changed(place) { $0.swapAt(1, 2) }
    #expect(try place.faults == [2, 3, 4].map { "audit.jsonl:\($0): \(misfit)" })
}

@Test func aRepeatedLineIsFound() throws {
    let place = try filled(3)
    try changed(place) { $0.insert($0[1], at: 2) }
    #expect(try place.faults == ["audit.jsonl:3: \(misfit)"])
}

@Test func aLinePutInBetweenIsFound() throws {
    let place = try filled(3)
    try changed(place) { $0.insert("{\"time\":\"2026-09-01T12:00:00.123Z\"}", at: 1) }
    #expect(
        try place.faults == ["audit.jsonl:2: has no chain: it was changed, or put there by somebody else"])
    try changed(place) { $0[1] = "" }
    #expect(try place.faults.count == 1)
}

@Test func linesMissingAtTheEndAreFound() throws {
    for kept in 0..<5 {
        let place = try filled(5)
        let last = try place.chain(try place.lines().last)
        try changed(place) { $0.removeLast(5 - kept) }
        #expect(try place.faults == ["audit.jsonl: the line with chain \(last) is gone: lines were removed or changed"])
    }
    let place = try filled(2)
    unlink(place.file())
    #expect(try place.faults.count == 1, "the whole file is gone")
}

@Test func aLineCutShortAtTheEndIsToldAndIsNoFault() throws {
    let place = try filled(4, unsynced: 1)
    let text = try place.text()
    try place.write(String(text.dropLast(100)))
    #expect(try place.faults == [])
    #expect(try place.notes == ["audit.jsonl:4: the last line was cut short by a crash"])
    try place.log().append(Samples.record(5), durable: true)  // the agent starts again
    #expect(try place.faults == [])
    #expect(try place.notes == ["audit.jsonl:4: was cut short by a crash"])
    try changed(place) { $0[3] += "x" }
    #expect(try place.faults == ["audit.jsonl:5: \(misfit)"], "what a crash left is kept as it is")
    try changed(place) { $0.remove(at: 3) }
    #expect(try place.faults.first == "audit.jsonl:4: the line before this one, which a crash cut short, is gone")
}

/// Cut at every byte, and gone on with: whole, or the synced line that is missing is named. Never a false accusation.
@Test func aLogCutAnywhereBehindTheSyncedLineIsWhole() throws {
    let original = try filled(3, unsynced: 1)
    let text = try original.text()
    let head = try original.text(AuditHead.fileName)
    let synced = try original.lines()[..<2].map { $0.utf8.count + 1 }.reduce(0, +)
    for cut in synced...text.utf8.count {
        let place = try AuditPlace()
        try place.write(String(decoding: Array(text.utf8).prefix(cut), as: UTF8.self))
        try place.write(head, to: AuditHead.fileName)
        #expect(try place.faults == [], "cut at \(cut)")
        let log = place.log()
        try log.append(Samples.record(4), durable: true)
        try log.append(Samples.record(5), durable: true)
        #expect(try place.faults == [], "cut at \(cut), and gone on with")
    }
}

@Test func aMissingOlderFileIsFoundAndADroppedOneIsNot() throws {
    let place = try AuditPlace()
    let log = place.log(sizeLimit: Int64(Samples.record().line.count + 320) * 2)
    for number in 1...12 as ClosedRange<UInt64> { try log.append(Samples.record(number), durable: true) }
    #expect(try place.faults == [], "the oldest file was dropped long ago")
    let older = try place.text(AuditLog.oldFileName)
    try place.write(String(older.split(separator: "\n")[0]) + "\n", to: AuditLog.oldFileName)
    if older.split(separator: "\n").count > 1 {
        #expect(
            try place.faults == ["audit.jsonl:1: lines at the end of the file before are gone or were changed"])
    }
    unlink(place.file(AuditLog.oldFileName))
    #expect(try place.faults == ["audit.jsonl:1: the file before this one is gone"])
}

@Test func aChainKeptElsewhereMustBeInTheLog() throws {
    let place = try filled(3)
    let first = try place.chain(try place.lines().first)
    #expect(try place.report(wanted: first)?.faults == [])
    #expect(try place.report(wanted: String(repeating: "0", count: 64))?.faults.count == 1)
    // Who writes a new log with a new head is found by nothing else.
    let forged = try AuditPlace()
    try forged.log().append(Samples.record(9), durable: true)
    #expect(try forged.report()?.faults == [])
    #expect(try forged.report(wanted: first)?.faults.count == 1)
}

@Test func withoutALogThereIsNothingToSay() throws {
    let place = try AuditPlace()
    #expect(try place.report() == nil)
    try place.log().append(Samples.record(1), durable: true)
    try place.write("nonsense", to: AuditHead.fileName)
    #expect(try place.faults.first?.hasPrefix("audit.head: was changed: ") == true)
}

@Test func bytesOfAnyKindAreTaken() throws {
    let place = try AuditPlace()
    for text in ["\n\n\n", "\u{0}", "}\n", ",\"chain\":\"\"}\n", String(repeating: "x", count: 3 << 20) + "\n{}\n"] {
        try place.write(text)
        _ = try place.report()
        try place.log().append(Samples.record(1), durable: true)
        _ = try place.report()
    }
}

@Test func aLogWithoutItsHeadIsNotWhole() throws {
    for kept in 3...5 {
        let place = try filled(5)
        try changed(place) { $0.removeLast(5 - kept) }
        unlink(place.file(AuditHead.fileName))
        #expect(
            try place.faults == [
                "audit.head: is gone: whether lines are missing at the end of the log is not known"
            ])
    }
}
