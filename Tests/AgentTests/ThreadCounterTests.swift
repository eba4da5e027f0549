import Discovery
import Glibc
import Model
import ProcFS
import TestSupport
import Testing

@testable import Agent

/// The kernel's answers beside the files that say the same. They need CAP_NET_ADMIN; without it there are none.
@Suite struct ThreadCounterTests {
    private static let mayAsk: Bool = {
        let networkAdministration: UInt64 = 1 << 12  // capability.h
        do {
            return try ProcReader().withFile("status", ofProcess: getpid()) { (text) throws(ProcError) in
                try Capabilities(parsing: text).effective & networkAdministration != 0
            }
        } catch { return false }
    }()

    @Test func whoMayAskIsToldAndNobodyElse() {
        #expect((ThreadCounterBatch() != nil) == Self.mayAsk)
    }

    /// Children that sleep: what the files say of them does not change while both are read.
    @Test(.enabled(if: mayAsk)) func theAnswersAreWhatTheFilesSay() throws {
        let batch = try #require(ThreadCounterBatch())
        let children = try (0..<ThreadCounterBatch.size).map { _ in try Child(["/bin/sleep", "60"]) }
        let reader = ProcReader()
        for child in children {
            try wait(for: "child \(child.pid) to sleep") {
                try reader.withFile("syscall", ofProcess: child.pid) { (text) throws(ProcError) in
                    try SyscallLine(parsing: text)
                } != .running
            }
        }
        #expect(batch.ask(children.map(\.pid)))
        for (index, child) in children.enumerated() {
            let counters = try batch.counters(at: index)
            let status = try reader.withFile("status", ofProcess: child.pid) { (text) throws(ProcError) in
                try ProcessStatus(parsing: text)
            }
            let schedule = try reader.withFile("schedstat", ofProcess: child.pid) { (text) throws(ProcError) in
                try SchedStat(parsing: text)
            }
            #expect(
                counters
                    == ThreadCounters(
                        runNanoseconds: schedule.runNanoseconds, waitNanoseconds: schedule.waitNanoseconds,
                        voluntarySwitches: status.voluntarySwitches ?? 0,
                        involuntarySwitches: status.involuntarySwitches ?? 0))
        }
    }

    @Test(.enabled(if: mayAsk)) func whoEndedIsMissedAloneAndTheNextQuestionIsAnswered() throws {
        let batch = try #require(ThreadCounterBatch())
        let ended = try Child(["/bin/true"])
        ended.reap()
        #expect(batch.ask([getpid(), ended.pid, getpid()]))
        #expect(try batch.counters(at: 0).runNanoseconds > 0)
        #expect(throws: ProcError.vanished(file: "taskstats")) { try batch.counters(at: 1) }
        #expect(try batch.counters(at: 2).runNanoseconds > 0)
        #expect(throws: ProcError.self) { try batch.counters(at: 3) }
        #expect(batch.ask(repeatElement(getpid(), count: 3 * ThreadCounterBatch.size)))
        #expect(try batch.counters(at: ThreadCounterBatch.size - 1).runNanoseconds > 0)
    }
}
