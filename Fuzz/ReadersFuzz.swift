import FoundationEssentials
import Glibc
import Model
import Wire

/// libFuzzer's entry: what the agent and the dashboard read that others wrote, or could have: logs of workers, what managers
/// and runtimes say, cursors that come back from a dashboard, the agent's own files, and answers of DNS.
///
/// It is one module with the files that it tries. The first byte says what the rest is.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = Array(UnsafeBufferPointer(start: start, count: count))
    let rest = Array(input.dropFirst())
    switch input.first {
    case UInt8(ascii: "a"): auditLog(rest)
    case UInt8(ascii: "A"): changedAuditLog(rest)
    case UInt8(ascii: "w"): auditLine(rest)
    case UInt8(ascii: "l"): workerLog(rest)
    case UInt8(ascii: "u"): cursor(rest)
    case UInt8(ascii: "e"): _ = JournalEntries(parsing: rest)
    case UInt8(ascii: "h"): answerOverHTTP(rest)
    case UInt8(ascii: "p"): answerOfPM2(rest)
    case UInt8(ascii: "r"): report(rest)
    case UInt8(ascii: "m"): memory(rest)
    case UInt8(ascii: "v"): addresses(rest)
    case UInt8(ascii: "d"): service(rest)
    default: break
    }
    return 0
}

// Of the rest of the agent, what these readers ask for; as it is there, and without what that needs.

enum Clocks {
    static func monotonic() -> MonotonicInstant {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return MonotonicInstant(nanoseconds: UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec))
    }
}

/// From a dashboard: whatever is accepted is written and read back as the same.
private func cursor(_ input: [UInt8]) {
    guard let cursor = LogCursor(input) else { return }
    let written = cursor.bytes
    precondition(written.count <= Limits.logCursorBytes, "a cursor has no room in its message")
    guard let again = LogCursor(written) else { preconditionFailure("a cursor that was written is not read") }
    precondition(again.bytes == written, "a cursor is not read as it was written")
    precondition(again.turn == cursor.turn && again.journal == cursor.journal, "a cursor loses something")
    for (identity, place) in again.files {
        precondition(cursor.files[identity]?.offset == place.offset, "a cursor is at another place")
    }
}

/// All at once is the same as byte by byte; a body is no longer than the whole.
private func answerOverHTTP(_ input: [UInt8]) {
    var (whole, bitten) = (HTTPReader(), HTTPReader())
    whole.take(input)
    for byte in input { bitten.take(CollectionOfOne(byte)) }
    whole.end()
    bitten.end()
    precondition(whole.state == bitten.state && whole.body == bitten.body, "it matters in which pieces it comes")
    precondition(whole.body.count <= input.count, "a body is longer than its answer")
    precondition(whole.isDone, "the end of the connection is not the end")
    if whole.state == .whole { precondition(whole.status >= 100, "an answer without a status") }
    // What is in the body goes to another reader, whatever the head was.
    if case .value(let value)? = XMLRPCAnswer(parsing: whole.body) { bound(value, depth: 0) }
    if case .value(let value)? = XMLRPCAnswer(parsing: input) { bound(value, depth: 0) }
}

private func bound(_ value: XMLRPCValue, depth: Int) {
    precondition(depth <= XMLRPCAnswer.maximumDepth, "a value is deeper than it may be")
    switch value {
    case .nothing, .number, .bool, .string: break
    case .list(let elements): for element in elements { bound(element, depth: depth + 1) }
    case .record(let members): for member in members.values { bound(member, depth: depth + 1) }
    }
}

private func answerOfPM2(_ input: [UInt8]) {
    var reader = AxonReader()
    reader.take(input)
    reader.end()
    precondition(reader.isDone && reader.arguments.count <= 15, "an answer of PM2 has no end")
    for argument in reader.arguments {
        precondition(argument.count <= AxonReader.keptBytes, "too much of an argument is kept")
        _ = AxonAnswer(parsing: argument)
    }
    _ = AxonAnswer(parsing: input)
}

/// From any process of the machine.
private func report(_ input: [UInt8]) {
    _ = try? RuntimeReport(parsing: input)  // refused, as most are
    var lines = ReportLines()
    var rest = input[...]
    while let length = rest.popFirst() {
        guard let line = try? lines.take(rest.prefix(Int(length))) else { break }
        precondition(!line.contains(UInt8(ascii: "\n")), "a line has a line end inside")
        rest = rest.dropFirst(Int(length))
        if let report = try? RuntimeReport(parsing: line), let share = report.utilisationPermille {
            precondition(share <= 1000, "more than all of the time")
        }
    }
    precondition(lines.partial.count <= ReportLines.maximumBytes, "a line without an end grows")
}

private let boot = BootID(high: 1, low: 2)

/// `memory.json`, which somebody may have changed: it is told again as it was read, and everybody who takes from it can.
private func memory(_ input: [UInt8]) {
    guard let memory = try? JSONDecoder().decode(KeptMemory.self, from: Data(input)) else { return }
    let written = Data(JSONBuffer(memory).bytes)
    precondition(
        (try? JSONDecoder().decode(KeptMemory.self, from: written)) == memory,
        "what was written is not read as the same")
    var (slots, ledger, missing) = (SlotTable(), Ledger(), MissingSince())
    for group in memory.groups {
        slots.restore(group.slots, of: group.key, boot: boot)
        ledger.restore(group.lives, of: group.key, boot: boot)
        if let since = group.missingSince { missing.restore(WallTime(nanoseconds: since), of: group.key) }
    }
    for group in memory.groups {
        let claims = group.workers.map {
            SlotTable.Claim(WorkerID(boot: boot, pid: $0.pid, startTicks: $0.ticks), published: group.expected)
        }
        let places = slots.assign(claims, in: group.key)
        precondition(Set(places.keys) == Set(claims.map(\.worker)), "a worker has no slot")
        _ = ledger.kept(of: group.key, slots: Set(slots.kept(of: group.key).map(\.number)))
    }
}

/// From the environment of an app: nothing but this machine may come of it.
private func addresses(_ input: [UInt8]) {
    let text = String(decoding: input, as: UTF8.self)
    if case .tcp(let found, _)? = try? SupervisordAddress(text) {
        precondition(found.allSatisfy(\.isLoopback), "an app can lead the agent elsewhere")
    }
    _ = ListeningAddresses.parse(input, port: 9001)
}

/// From whoever answers in place of a name server.
private func service(_ input: [UInt8]) {
    guard let answer = try? ServiceAnswer(parsing: input) else { return }
    for place in answer.places {
        precondition(!place.host.isEmpty && place.host.utf8.count <= 254, "a host of the wrong length")
        precondition(place.host.utf8.allSatisfy { 0x21...0x7E ~= $0 }, "a host that no terminal may see")
    }
    precondition(Set(answer.places).count == answer.places.count, "a place twice")
}
