import Control
import Glibc
import Model
import Testing

@testable import Agent

/// Records and places for the tests of the audit log.
enum AuditSamples {
    static let boot = BootID(high: 0xB007, low: 1)
    static let hexBoot = "000000000000b0070000000000000001"
    static let wall = WallTime(nanoseconds: 1_788_264_000_123_456_789)

    static func later(_ seconds: Int64) -> WallTime {
        WallTime(nanoseconds: wall.nanoseconds + seconds * 1_000_000_000)
    }

    static let mark = AuditMark(
        kind: .genesis, wall: wall, monotonic: MonotonicInstant(nanoseconds: 41), boot: boot)

    static func worker(_ pid: Int32, ticks: UInt64 = 100) -> WorkerID {
        WorkerID(boot: boot, pid: pid, startTicks: ticks)
    }

    static func command(_ number: UInt64 = 1, _ change: (inout Command) -> Void = { _ in }) -> Command {
        var command = Command(
            id: CommandID(high: 0xC0, low: number), action: .restart, target: .worker(worker(10)))
        change(&command)
        return command
    }

    static func record(
        _ number: UInt64 = 1, app: String = "web", verdict: Verdict? = nil, wall: WallTime = wall,
        _ change: (inout Command) -> Void = { _ in }
    ) -> AuditRecord {
        AuditRecord(
            kind: verdict == nil ? .intent : .result, wall: wall, monotonic: MonotonicInstant(nanoseconds: 42),
            boot: boot, command: command(number, change),
            peer: .person(
                name: "ada", role: .operator,
                certificate: PeerCertificate(serial: "0A1B", issued: WallTime(nanoseconds: 0))),
            role: .operator,
            worker: LiveWorker(
                id: worker(10), groupKey: "g", app: app, slot: 3, seen: MonotonicInstant(nanoseconds: 0)),
            verdict: verdict)
    }
}

/// A directory of its own for the files of a log, removed with the test.
final class AuditPlace {
    let path: String

    init() throws {
        var template = Array("/tmp/looptop-audit-XXXXXX".utf8CString)
        path = try #require(mkdtemp(&template).map { String(cString: $0) })
    }

    deinit {
        let names = [AuditLog.fileName, AuditLog.oldFileName, AuditHead.fileName, "other", "host-id"]
        for name in names { unlink(file(name)) }
        rmdir(path)
    }

    func file(_ name: String = AuditLog.fileName) -> String { "\(path)/\(name)" }

    func log(sizeLimit: Int64 = 64 << 20) -> AuditLog { AuditLog(directory: path, sizeLimit: sizeLimit) }

    func status(_ name: String = AuditLog.fileName) throws -> stat {
        var status = stat()
        try #require(lstat(file(name), &status) == 0)
        return status
    }

    /// In place of what is there.
    func write(_ text: String, to name: String = AuditLog.fileName) throws {
        let raw = open(file(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        try #require(raw >= 0)
        defer { close(raw) }
        let bytes = Array(text.utf8)
        try #require(Glibc.write(raw, bytes, bytes.count) == bytes.count)
    }

    func text(_ name: String = AuditLog.fileName) throws -> String {
        let raw = open(file(name), O_RDONLY | O_CLOEXEC)
        try #require(raw >= 0)
        defer { close(raw) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while case let count = read(raw, &buffer, buffer.count), count > 0 { bytes += buffer[..<count] }
        return String(decoding: bytes, as: UTF8.self)
    }

    func lines(_ name: String = AuditLog.fileName) throws -> [String] {
        let text = try text(name)
        #expect(text.hasSuffix("\n"))
        return text.split(separator: "\n").map(String.init)
    }

    /// What `audit verify` says; `nil` where there is no log.
    func report(wanted: String? = nil) throws -> AuditReport? {
        AuditReport(of: try AuditFolder(reading: path), wanted: wanted)
    }

    var faults: [String] {
        get throws { try #require(try report()).faults.map(\.description) }
    }

    /// Of a line as it was written.
    func chain(_ line: String?) throws -> String {
        try #require(AuditChain.open(Array((line ?? "").utf8)[...])).chain
    }

    var notes: [String] {
        get throws { try #require(try report()).notes.map(\.description) }
    }
}
