import Glibc
import Model
import ProcFS
import Synchronization
import Testing
import Transport

@testable import Agent

/// The receiver over a real socket; this process is the one that reports.
@Suite(.serialized) struct RuntimeReceiverTests {
    /// Turns in its own thread only where a test says so; else round by round.
    private struct Listening {
        let directory = TemporaryDirectory()
        let board = RuntimeBoard()
        let bell: Doorbell
        let said = Said()
        let receiver: RuntimeReceiver
        let path: String

        init(limits: RuntimeLimits = RuntimeLimits()) throws {
            path = directory.path + "/runtime.sock"
            directory.note("runtime.sock")
            bell = try Doorbell()
            let said = said
            receiver = try RuntimeReceiver(
                socket: try OpenSocket(path, opensDirectory: false, flag: "--x"), board: board, bell: bell,
                limits: limits, warn: { line in said.lines.withLock { $0.append(line) } })
        }

        func rounds(until what: String, _ condition: () throws -> Bool) throws {
            try wait(for: what) {
                _ = receiver.round(within: 0)
                return try condition()
            }
        }
    }

    private final class Said: Sendable {
        let lines = Mutex<[String]>([])
        var all: [String] { lines.withLock { $0 } }
    }

    /// The other end; closed with this.
    private final class Reporter {
        let descriptor = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue), 0)

        init(_ path: String) throws {
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
            let size = socklen_t(MemoryLayout<sockaddr_un>.size)
            let result = withUnsafePointer(to: address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, size) }
            }
            guard result == 0 else { throw Strange(message: "connect: \(reason(errno))") }
        }

        func say(_ text: String) { _ = send(descriptor, text, text.utf8.count, CInt(MSG_NOSIGNAL)) }

        /// Whether the receiver has let go of it.
        var isClosed: Bool {
            var byte: UInt8 = 0
            return read(descriptor, &byte, 1) == 0
        }

        deinit { close(descriptor) }
    }

    private func own() throws -> WorkerID {
        let reader = ProcReader()
        let stat = try reader.processStat(of: try reader.processDirectory(getpid()))
        return WorkerID(boot: Samples.boot, pid: getpid(), startTicks: stat.startTicks)
    }

    private func delay(_ listening: Listening) throws -> UInt64? {
        var row = WorkerRow()
        listening.board.fill(&row, worker: try own(), now: Clocks.monotonic())
        return row[.runtimeDelayMaxMicroseconds]
    }

    @Test func aReportIsThatOfTheProcessThatConnected() throws {
        let listening = try Listening()
        let reporter = try Reporter(listening.path)
        reporter.say("{\"pid\":1,\"delay_max_us\":5}\n{\"delay_max_us\":6}\n{\"del")
        try listening.rounds(until: "a report") { try delay(listening) == 6 }
        reporter.say("ay_max_us\":7}\n")
        try listening.rounds(until: "the next") { try delay(listening) == 7 }
        #expect(listening.board.count == 1)
        #expect(listening.said.all == [])
    }

    @Test func whatAProcessSaidGoesWithItsConnection() throws {
        let listening = try Listening()
        var reporter: Reporter? = try Reporter(listening.path)
        reporter?.say("{\"delay_max_us\":5}\n")
        try listening.rounds(until: "a report") { try delay(listening) == 5 }
        reporter = nil
        try listening.rounds(until: "the end") { listening.board.count == 0 }
    }

    @Test func theNewestConnectionOfAProcessCounts() throws {
        let listening = try Listening()
        let first = try Reporter(listening.path)
        first.say("{\"delay_max_us\":5}\n")
        try listening.rounds(until: "a report") { try delay(listening) == 5 }
        let second = try Reporter(listening.path)
        second.say("{\"delay_max_us\":8}\n")
        try listening.rounds(until: "the other's report") { try delay(listening) == 8 }
        #expect(first.isClosed)
        #expect(!second.isClosed)
    }

    @Test func garbageIsClosedWithOneLine() throws {
        let listening = try Listening()
        for text in ["GET / HTTP/1.0\r\n\r\n", "\n", "{\"gc_us\":-1}\n"] {
            let reporter = try Reporter(listening.path)
            reporter.say(text)
            try listening.rounds(until: "a closed connection") { reporter.isClosed }
        }
        #expect(listening.board.count == 0)
        let said = listening.said.all
        #expect(said.count == 1)
        let words = "runtime socket: turned away user id \(getuid()): it sends what is no report; pid \(getpid())"
        #expect(said.first?.hasPrefix(words) == true)
    }

    @Test func aLineWithoutEndIsClosed() throws {
        let listening = try Listening()
        let reporter = try Reporter(listening.path)
        reporter.say(String(repeating: "x", count: 5000))
        try listening.rounds(until: "a closed connection") { reporter.isClosed }
        let words = "turned away user id \(getuid()): a line of more than 1024 bytes; pid \(getpid())"
        #expect(listening.said.all.first == "runtime socket: " + words)
    }

    @Test func aFloodIsReadInBoundedPieces() throws {
        var limits = RuntimeLimits()
        limits.bytesPerRound = 64
        let listening = try Listening(limits: limits)
        let reporter = try Reporter(listening.path)
        for number in 1...40 { reporter.say("{\"delay_max_us\":\(number)}\n") }
        try listening.rounds(until: "the connection") { listening.board.count == 1 }
        let first = try #require(try delay(listening))
        #expect(first < 5)
        try listening.rounds(until: "the last") { try delay(listening) == 40 }
    }

    @Test func noMoreAreTakenThanTheLimit() throws {
        let none = try Listening(limits: RuntimeLimits(connections: 0))
        let refused = try Reporter(none.path)
        try none.rounds(until: "a closed connection") { refused.isClosed }
        let words = "turned away user id \(getuid()): 0 processes report already; pid \(getpid())"
        #expect(none.said.all.first == "runtime socket: " + words)
        let one = try Listening(limits: RuntimeLimits(connections: 1))
        let taken = try Reporter(one.path)
        taken.say("{\"delay_max_us\":5}\n")
        try one.rounds(until: "a report") { try delay(one) == 5 }
        #expect(RuntimeLimits.within(descriptors: 1024).connections == 128)
        #expect(RuntimeLimits.within(descriptors: .max).connections == 1024)
    }

    @Test func theBellEndsItAndTheSocketGoes() throws {
        let directory = TemporaryDirectory()
        let path = directory.path + "/runtime.sock"
        let settings = try #require(RuntimeSettings(flag: path, socket: nil, environment: [:], uid: 1))
        let service = try RuntimeService(settings: settings, limits: RuntimeLimits()) { _ in }
        #expect(access(path, F_OK) == 0)
        let reporter = try Reporter(path)
        reporter.say("{\"delay_max_us\":5}\n")
        try wait(for: "a report") { service.board.count == 1 }
        service.stop()
        try wait(for: "the end") { access(path, F_OK) != 0 && reporter.isClosed }
    }

    @Test func aSecondAgentOfTheSamePathIsTold() throws {
        let listening = try Listening()
        let settings = try #require(RuntimeSettings(flag: listening.path, socket: nil, environment: [:], uid: 1))
        #expect(throws: Fatal.self) { _ = try RuntimeService(settings: settings, limits: RuntimeLimits()) { _ in } }
    }
}

@Suite struct RuntimeSettingsTests {
    private func path(
        flag: String? = nil, socket: String? = nil, _ environment: [String: String] = [:], uid: UInt32 = 1000
    ) -> String? {
        RuntimeSettings(flag: flag, socket: socket, environment: environment, uid: uid).map {
            $0.path + ($0.isForAll ? " for all" : "") + ($0.isRequired ? " required" : "")
        }
    }

    @Test func besideTheAgentsSocketExceptForWhoWatchesAll() {
        let systemd = ["RUNTIME_DIRECTORY": "/run/looptop-agent:/run/looptop-runtime"]
        #expect(path(systemd) == "/run/looptop-runtime/runtime.sock for all")
        #expect(path(["RUNTIME_DIRECTORY": "/run/looptop-agent"]) == "/run/looptop-agent/runtime.sock")
        #expect(path(uid: 0) == "/run/looptop-runtime/runtime.sock for all")
        #expect(path(["XDG_RUNTIME_DIR": "/run/user/1000"]) == "/run/user/1000/looptop-agent/runtime.sock")
        #expect(path() == "/tmp/looptop-agent-1000/runtime.sock")
        #expect(path(socket: "/srv/a/agent.sock", uid: 0) == "/srv/a/runtime.sock")
        #expect(path(socket: "agent.sock", systemd) == "./runtime.sock")
        #expect(path(flag: "/x/y", socket: "/srv/agent.sock", systemd) == "/x/y required")
        #expect(path(flag: "off") == nil)
    }

    private func path(_ environment: [String: String]) -> String? { path(flag: nil, environment) }
}
