import Glibc
import Testing

@testable import Agent

@Suite struct StateLockTests {
    @Test func aSecondHolderIsToldWhoTheFirstIs() throws {
        let directory = TemporaryDirectory()
        directory.note("agent.lock")
        let first = try StateLock(directory: directory.path)
        do {
            _ = try StateLock(directory: directory.path)
            Issue.record("two agents hold one directory")
        } catch {
            #expect(error.code == .cannotCreate)
            let sentence = """
                \(directory.path) is held by the agent with pid \(getpid()); stop it, or give this agent another \
                directory with --state-dir
                """
            #expect(error.sentence == sentence)
        }
        withExtendedLifetime(first) {}
    }

    @Test func itIsFreeAgainWithItsHolder() throws {
        let directory = TemporaryDirectory()
        directory.note("agent.lock")
        for _ in 0..<3 {
            let lock = try StateLock(directory: directory.path)
            withExtendedLifetime(lock) {}
        }
    }

    @Test func aLockFileLeftByADeadAgentHoldsNobodyUp() throws {
        let directory = TemporaryDirectory()
        let file = try directory.write("agent.lock", "123456789\nand more")
        let lock = try StateLock(directory: directory.path)
        let text = try #require(try Configuration.contents(of: file, mustExist: true))
        #expect(String(decoding: text, as: UTF8.self) == "\(getpid())\n")
        withExtendedLifetime(lock) {}
    }

    @Test func aLinkInItsPlaceIsNotFollowed() throws {
        let directory = TemporaryDirectory()
        let victim = try directory.write("victim", "precious")
        directory.note("agent.lock")
        #expect(symlink(victim, directory.path + "/agent.lock") == 0)
        #expect(throws: Fatal.self) { try StateLock(directory: directory.path) }
        #expect(try Configuration.contents(of: victim, mustExist: true) == Array("precious".utf8))
    }

    @Test func withoutADirectoryTheReasonIsTold() throws {
        do {
            _ = try StateLock(directory: "/nonexistent/looptop")
            Issue.record("locked nothing")
        } catch {
            #expect(error.code == .cannotCreate)
            #expect(error.sentence == "cannot open /nonexistent/looptop/agent.lock: No such file or directory")
        }
    }
}
