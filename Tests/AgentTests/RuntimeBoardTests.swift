import Model
import Testing

@testable import Agent

@Suite struct RuntimeBoardTests {
    private let worker = Samples.worker(10)
    private var owner: RuntimeBoard.Owner { RuntimeBoard.Owner(pid: worker.pid, startTicks: worker.startTicks) }

    private func row(_ board: RuntimeBoard, of worker: WorkerID, at seconds: Double) -> WorkerRow {
        var row = WorkerRow()
        row[.cpuNanoseconds] = 7
        board.fill(&row, worker: worker, now: Samples.instant(seconds))
        return row
    }

    private func report(delay: UInt64) throws -> RuntimeReport {
        try RuntimeReport(parsing: Array(#"{"delay_max_us":\#(delay),"heap_bytes":9}"#.utf8))
    }

    @Test func theNewestReportIsShownUntilItIsStale() throws {
        let board = RuntimeBoard()
        board.note(try report(delay: 1), of: owner, at: Samples.instant(0))
        board.note(try report(delay: 2), of: owner, at: Samples.instant(1))
        let fresh = row(board, of: worker, at: 3.9)
        #expect(fresh[.runtimeDelayMaxMicroseconds] == 2)
        #expect(fresh[.runtimeHeapBytes] == 9)
        #expect(fresh[.runtimeGCMicroseconds] == nil)
        #expect(fresh[.cpuNanoseconds] == 7)
        let stale = row(board, of: worker, at: 4)
        #expect(stale[.runtimeDelayMaxMicroseconds] == nil)
        #expect(stale[.cpuNanoseconds] == 7)
    }

    @Test func aLaterProcessOfTheSameNumberHasNone() throws {
        let board = RuntimeBoard()
        board.note(try report(delay: 1), of: owner, at: Samples.instant(0))
        var later = worker
        later.startTicks += 1
        #expect(row(board, of: later, at: 0)[.runtimeDelayMaxMicroseconds] == nil)
    }

    @Test func whatIsRemovedIsGone() throws {
        let board = RuntimeBoard()
        board.note(try report(delay: 1), of: owner, at: Samples.instant(0))
        board.remove(owner)
        #expect(board.count == 0)
        #expect(row(board, of: worker, at: 0)[.runtimeHeapBytes] == nil)
    }
}
