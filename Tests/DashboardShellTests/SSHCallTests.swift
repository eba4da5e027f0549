import Glibc
import Model
import Synchronization
import Testing
import Transport
import Wire

@testable import Dashboard

/// A connection through a program in ssh's place.
@Suite(.timeLimit(.minutes(1))) struct SSHCallTests {
    private final class Ear: ConnectionDelegate, Sendable {
        let told: AsyncStream<String>
        private let tell: AsyncStream<String>.Continuation

        init() { (told, tell) = AsyncStream.makeStream(of: String.self) }

        func connectionOpened(_ connection: Connection) { tell.yield("opened \(connection.description)") }
        func connection(_ connection: Connection, received message: Message) {
            if case .hello = message { tell.yield("hello") } else { tell.yield("a message") }
        }
        func connectionBecameWritable(_ connection: Connection) {}
        func connectionClosed(_ connection: Connection?, reason: CloseReason) {
            tell.yield("\(LinkFailure(reason))")
            tell.finish()
        }
    }

    /// What a link is told of a program with these lines; `$pid` is the file that it may write its pid to.
    private func told(_ script: String, limit: Duration = .seconds(10), handshake: Duration = .zero) async throws
        -> (words: [String], pids: [Int32])
    {
        var template = Array("/tmp/looptop-test-XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else { throw ShellError.failedCall("mkdtemp", errno: errno) }
        let directory = String(cString: made)
        let (program, pids) = (directory + "/ssh", directory + "/pid")
        defer {
            unlink(program)
            unlink(pids)
            rmdir(directory)
        }
        try Self.write("#!/bin/sh\npid=\(pids)\n\(script)\n", to: program)
        chmod(program, 0o700)
        let network = Network(deadlines: Deadlines(handshake: handshake))
        defer { network.shutdown() }
        let ear = Ear()
        network.perform {
            SSHCall.begin(to: "web-1", by: program, network: network, limit: limit, delegate: ear)
        }
        var words: [String] = []
        for await word in ear.told { words.append(word) }
        return (words, Self.read(pids).split(separator: "\n").compactMap { Int32($0) })
    }

    private static func write(_ text: String, to path: String) throws {
        guard let file = fopen(path, "we") else { throw ShellError.failedCall("fopen", errno: errno) }
        fputs(text, file)
        fclose(file)
    }

    private static func read(_ path: String) -> String {
        guard let file = fopen(path, "re") else { return "" }
        defer { fclose(file) }
        var room = [UInt8](repeating: 0, count: 4096)
        let count = fread(&room, 1, room.count, file)
        return String(decoding: room.prefix(count), as: UTF8.self)
    }

    @Test(arguments: [
        ("echo 'ada@b: Permission denied (publickey).' >&2; exit 255", "authentication(reason: \"ssh web-1: ada@b: "),
        (
            "echo 'ssh: connect to host b port 22: No route to host' >&2; exit 255",
            "unreachable(reason: \"ssh web-1: con"
        ),
        ("exit 3", "unreachable(reason: \"ssh web-1: it ended with code 3\")"),
        ("kill -9 $$", "unreachable(reason: \"ssh web-1: it was ended by signal 9\")"),
        ("echo Welcome; sleep 100", "protocolError"),
    ])
    func itsEndIsTheReason(_ script: String, _ reason: String) async throws {
        let told = try await told(script).words
        #expect(told.last?.contains(reason) == true, "\(told)")
    }

    /// A message of a type that is not known, and need not be, is a first byte, too.
    private static let byte = #"printf '\000\000\000\004\377\000\000\000'"#

    @Test func itOpensWithTheFirstByteAndLastsUntilTheEnd() async throws {
        let told = try await told("\(Self.byte); echo 'Broken pipe' >&2; exit 255").words
        #expect(told == ["opened ssh:web-1", "closed(reason: \"ssh web-1: Broken pipe\")"])
    }

    @Test func anEndThatIsWellNeedsNoWords() async throws {
        let told = try await told("echo 'a banner' >&2; \(Self.byte); exit 0").words
        #expect(told == ["opened ssh:web-1", "closed(reason: \"\")"])
    }

    @Test func whoIsSilentIsEndedWithAllThatItStarted() async throws {
        let (told, pids) = try await told(
            "sleep 1000 & echo $! $$ | tr ' ' '\\n' >$pid; wait", limit: .seconds(3))
        #expect(told == ["unreachable(reason: \"ssh web-1: timed out after 3 s\")"])
        #expect(pids.count == 2)
        for pid in pids { #expect(await Self.ends(pid), "\(pid)") }
    }

    @Test func whoIgnoresThatIsKilled() async throws {
        let (told, pids) = try await told(
            "trap '' TERM; echo $$ >$pid; echo 'still there' >&2; while :; do sleep 1; done", limit: .seconds(2))
        #expect(told == ["unreachable(reason: \"ssh web-1: timed out after 2 s (it said: still there)\")"])
        #expect(pids.count == 1)
        for pid in pids { #expect(await Self.ends(pid)) }
    }

    @Test func howMuchItSaysDoesNotMatter() async throws {
        let told = try await told(
            "\(Self.byte); yes | head -c 60000 >&2; echo 'the last word' >&2; exit 1"
        ).words
        #expect(told.last == "closed(reason: \"ssh web-1: the last word\")")
    }

    @Test func withoutSSHThatIsSaid() async throws {
        let network = Network()
        defer { network.shutdown() }
        let ear = Ear()
        network.perform {
            SSHCall.begin(to: "a", by: "no-such-program-here", network: network, limit: .seconds(1), delegate: ear)
        }
        for await word in ear.told {
            #expect(word == "unreachable(reason: \"ssh a: there is no no-such-program-here in PATH\")")
        }
    }

    /// Whether it goes, or is a zombie that its own parent has to wait for.
    private static func ends(_ pid: Int32) async -> Bool {
        for _ in 0..<1000 {
            let state = read("/proc/\(pid)/stat").split(separator: ")").last?.dropFirst().first
            if state == nil || state == "Z" { return true }
            await Task.yield()
            poll(nil, 0, 5)
        }
        return false
    }
}
