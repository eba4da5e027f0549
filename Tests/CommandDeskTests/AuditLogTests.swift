import Control
import Glibc
import Model
import Testing

@testable import Agent

/// A directory of its own, removed with the test.
private final class Folder {
    let path: String
    init() throws {
        var template = Array("/tmp/looptop-audit-XXXXXX".utf8CString)
        path = try #require(mkdtemp(&template).map { String(cString: $0) })
    }
    deinit {
        for name in [AuditLog.fileName, AuditLog.oldFileName, "other"] { unlink(file(name)) }
        rmdir(path)
    }
    func file(_ name: String = AuditLog.fileName) -> String { "\(path)/\(name)" }

    func status(_ name: String = AuditLog.fileName) throws -> stat {
        var status = stat()
        try #require(lstat(file(name), &status) == 0)
        return status
    }

    func write(_ text: String, mode: mode_t = 0o600) throws {
        let raw = open(file(), O_WRONLY | O_CREAT | O_CLOEXEC, mode)
        try #require(raw >= 0)
        defer { close(raw) }
        try #require(text.withCString { Glibc.write(raw, $0, strlen($0)) } == text.utf8.count)
    }

    func lines(_ name: String = AuditLog.fileName) throws -> [String] {
        let raw = open(file(name), O_RDONLY | O_CLOEXEC)
        try #require(raw >= 0)
        defer { close(raw) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while case let count = read(raw, &buffer, buffer.count), count > 0 { bytes += buffer[..<count] }
        #expect(bytes.last == UInt8(ascii: "\n"))
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    }
}

private func record(_ number: UInt64 = 1, app: String = "web", verdict: Verdict? = nil) -> AuditRecord {
    AuditRecord(
        kind: verdict == nil ? .intent : .result, wall: WallTime(nanoseconds: 1_788_264_000_123_456_789),
        monotonic: MonotonicInstant(nanoseconds: 42), boot: boot, command: command(number, worker(10)), peer: ada,
        role: .operator,
        worker: LiveWorker(
            id: worker(10), groupKey: "g", app: app, slot: 3, seen: MonotonicInstant(nanoseconds: 0)),
        verdict: verdict)
}

private let hexBoot = "000000000000b0070000000000000001"
private let hexCommand = "00000000000000c00000000000000001"
private let beginning = """
    {"time":"2026-09-01T12:00:00.123Z","monotonic_ns":42,"boot":"\(hexBoot)",
    """

@Test func anIntentNamesWhoAndWhat() {
    #expect(
        String(decoding: record().line, as: UTF8.self) == beginning + """
            "record":"intent","command":"\(hexCommand)","action":"restart","issuer":"user/ada","role":"operator",\
            "certificate_serial":"0A1B","target":{"pid":10,"start_ticks":100,"boot":"\(hexBoot)"},"app":"web","slot":3,\
            "grace_ms":10000}

            """)
}

@Test func aResultHoldsTheEvidence() {
    let evidence = RestartEvidence(
        signals: [SentSignal(number: 15, after: .zero), SentSignal(number: 9, after: .milliseconds(10_001))],
        exited: .milliseconds(10_020), exitStatus: .signal(9), replacement: worker(20, ticks: 200),
        replaced: .seconds(11))
    let line = String(decoding: record(verdict: .replaced(evidence)).line, as: UTF8.self)
    #expect(
        line.hasSuffix(
            """
            "grace_ms":10000,"verdict":"replaced","signals":[{"number":15,"after_ms":0},{"number":9,"after_ms":10001}],\
            "forced":true,"exited_ms":10020,"exit_signal":9,"replacement":{"pid":20,"start_ticks":200,\
            "boot":"\(hexBoot)"},"replaced_ms":11000}

            """))
    #expect(line.contains("\"record\":\"result\""))
}

@Test func everyVerdictHasItsWord() {
    let verdicts: [(Verdict, String)] = [
        (.notReplaced(RestartEvidence()), #""verdict":"not_replaced","signals":[],"forced":false}"#),
        (.timedOut(RestartEvidence()), #""verdict":"timed_out","signals":[],"forced":false}"#),
        (.targetChanged, #""verdict":"target_changed"}"#),
        (
            .refused(.role(app: "a\"b", needed: .operator, has: .viewer)),
            #""verdict":"refused","reason":"app a\"b needs operator, issuer is viewer"}"#
        ),
        (.refused(.auditUnavailable(errno: 28)), #"errno 28"}"#),
    ]
    for (verdict, text) in verdicts {
        #expect(String(decoding: record(verdict: verdict).line, as: UTF8.self).hasSuffix(text + "\n"))
    }
}

@Test func aLocalIssuerHasAPidAndNoSerial() {
    var record = record()
    record.peer = .local(uid: 1000, pid: 77)
    let line = String(decoding: record.line, as: UTF8.self)
    #expect(line.contains(#""issuer":"uid/1000","role":"operator","issuer_pid":77,"target""#))
    #expect(!line.contains("serial"))
}

/// What a process may call itself: ends of line, of string, escape sequences, 8-bit CSI, bidi, separators.
@Test func foreignTextStaysInItsQuotes() {
    let hostile = "a\"},\\\n\r\u{1b}[2J\u{9b}1m\u{7f}\u{0}\u{2028}\u{202e}\u{feff}ü\u{1F600}"
    let bytes = record(app: hostile).line
    #expect(bytes.filter { $0 < 0x20 || $0 == 0x7F } == [UInt8(ascii: "\n")], "only the end of the line")
    #expect(
        String(decoding: bytes, as: UTF8.self).contains(
            #""app":"a\"},\\\u000a\u000d\u001b[2J\u009b1m\u007f\u0000\u2028\u202e\ufeffü😀","slot":3"#))
    let long = record(app: String(repeating: "x", count: 1_000_000)).line
    #expect(long.count < 2000)
}

@Test(
    arguments: [
        (0, "1970-01-01T00:00:00.000Z"), (-1, "1969-12-31T23:59:59.999Z"),
        (951_782_400_000_000_000, "2000-02-29T00:00:00.000Z"),
        (1_709_251_199_999_999_999, "2024-02-29T23:59:59.999Z"),
        (4_107_542_400_000_000_000, "2100-03-01T00:00:00.000Z"),
        (.max, "2262-04-11T23:47:16.854Z"), (.min, "1677-09-21T00:12:43.145Z"),
    ] as [(Int64, String)])
func writesTimesAsRFC3339(nanoseconds: Int64, text: String) {
    #expect(WallTime(nanoseconds: nanoseconds).rfc3339 == text)
}

@Test func theLogIsPrivateAndGrows() throws {
    let folder = try Folder()
    try AuditLog(directory: folder.path).append(record(1), durable: true)
    let log = AuditLog(directory: folder.path)  // another run of the agent
    try log.append(record(2), durable: true)
    try log.append(record(3), durable: false)
    let lines = try folder.lines()
    #expect(lines.count == 3)
    #expect(lines.allSatisfy { $0.hasPrefix(beginning) && $0.hasSuffix("}") })
    #expect(try folder.status().st_mode & 0o7777 == 0o600)
}

@Test func aTornLineIsEndedBeforeTheNext() throws {
    let folder = try Folder()
    try folder.write("{\"time\":\"2026-")
    try AuditLog(directory: folder.path).append(record(), durable: true)
    let lines = try folder.lines()
    #expect(lines.count == 2)
    #expect(lines.last?.hasPrefix(beginning) == true)
}

@Test func aFullLogIsKeptOnce() throws {
    let folder = try Folder()
    let size = Int64(record().line.count)
    let log = AuditLog(directory: folder.path, sizeLimit: size * 2)
    for number in 1...5 as ClosedRange<UInt64> { try log.append(record(number), durable: true) }
    #expect(try folder.lines(AuditLog.oldFileName).map { $0.contains(#"3","action"#) } == [true, false])
    #expect(try folder.lines().count == 1)
    #expect(try folder.status(AuditLog.oldFileName).st_mode & 0o7777 == 0o600)
}

@Test func aRemovedLogIsBegunAnew() throws {
    let folder = try Folder()
    let log = AuditLog(directory: folder.path)
    try log.append(record(1), durable: true)
    unlink(folder.file())
    try log.append(record(2), durable: true)
    #expect(try folder.lines().count == 1)
}

@Test func whatSomebodyElsePutThereIsRefused() throws {
    let folder = try Folder()
    let log = AuditLog(directory: folder.path)
    symlink("other", folder.file())
    #expect(throws: AuditFailure(errno: ELOOP)) { try log.append(record(), durable: true) }
    unlink(folder.file())
    mkfifo(folder.file(), 0o600)
    #expect(throws: AuditFailure.self) { try log.append(record(), durable: true) }
    unlink(folder.file())
    try folder.write("")
    chmod(folder.file(), 0o644)
    #expect(throws: AuditFailure(errno: EPERM)) { try log.append(record(), durable: true) }
    chmod(folder.file(), 0o600)
    link(folder.file(), folder.file("other"))
    #expect(throws: AuditFailure(errno: EPERM)) { try log.append(record(), durable: true) }
    unlink(folder.file("other"))
    chmod(folder.path, 0o777)
    #expect(throws: AuditFailure(errno: EPERM)) { try log.append(record(), durable: true) }
    chmod(folder.path, 0o700)
    try log.append(record(), durable: true)  // and it recovers
    #expect(try folder.lines().count == 1)
}

@Test func aDirectoryThatTakesNoFileIsAFailure() throws {
    // procfs takes no new files from anybody, root included.
    for path in ["/proc/self/fdinfo", "/nonexistent/looptop"] {
        #expect(throws: AuditFailure.self) { try AuditLog(directory: path).append(record(), durable: true) }
    }
    guard geteuid() != 0 else { return }  // root writes wherever the file system can
    let folder = try Folder()
    chmod(folder.path, 0o500)
    #expect(throws: AuditFailure(errno: EACCES)) {
        try AuditLog(directory: folder.path).append(record(), durable: true)
    }
}

/// The desk on a real log: what a refused writer means for a command.
@Test func aCommandIsRefusedWithTheErrnoOfTheLog() async throws {
    let world = DeskWorld()
    let desk = CommandDesk(
        settings: .init(boot: boot), kernel: world, audit: AuditLog(directory: "/nonexistent/looptop"),
        clock: world.time.clock, hooks: .init(policy: { _, _, _, _ in nil }))
    await world.sweep(desk, [worker(10)])
    await desk.submit(command(1, worker(10)), from: ada, role: .operator, sink: world.sink)
    #expect(world.verdicts == [.refused(.auditUnavailable(errno: ENOENT))])
    #expect(!world.chronicle.contains { $0.hasPrefix("signal") })
}
