import Glibc
import Model
import ProcFS
import TestSupport
import Testing

@testable import Agent

@Suite struct FoldedCostsTests {
    private let reader = ProcReader()
    private static let owner = WorkerID(boot: BootID(high: 1, low: 2), pid: 1, startTicks: 1)

    private func reference(_ child: Child) throws -> ProcessRef {
        let stat = try reader.processStat(of: try reader.processDirectory(child.pid))
        return ProcessRef(pid: child.pid, startTicks: stat.startTicks)
    }

    private func worker(_ folded: ProcessRef...) -> WorkerInfo {
        WorkerInfo(
            id: Self.owner, parentPID: 1, groupKey: "web", slot: 1, uid: 0, name: "web", arguments: [],
            started: WallTime(nanoseconds: 0),
            folded: folded.map { FoldedProcess(process: $0, role: .helper, title: "helper") })
    }

    /// Five sweeps: each has had its turn.
    private func row(_ costs: inout FoldedCosts, _ worker: WorkerInfo) -> WorkerRow {
        var row = WorkerRow()
        for sweep in UInt64(0)..<5 {
            costs.fill(&row, worker: worker.id, folded: worker.folded, sweep: sweep, reader: reader)
        }
        return row
    }

    @Test func whatTheyCostIsAddedUp() throws {
        let children = [try Child.spinning(), try Child.spinning()]
        var costs = FoldedCosts(pageSize: 4096)
        let worker = worker(try reference(children[0]), try reference(children[1]))
        try wait(for: "work") { children.allSatisfy { CPUClock.nanoseconds(ofProcess: $0.pid) ?? 0 > 20_000_000 } }
        let first = row(&costs, worker)
        #expect(try #require(first[.foldedCPUNanoseconds]) >= 40_000_000)
        #expect(try #require(first[.foldedResidentBytes]) > 400_000)
        try wait(for: "more work") {
            row(&costs, worker)[.foldedCPUNanoseconds] ?? 0 > (first[.foldedCPUNanoseconds] ?? 0) + 20_000_000
        }
    }

    @Test func itNeverShrinks() throws {
        let children = [try Child.spinning(), try Child.spinning()]
        let references = try children.map(reference)
        var costs = FoldedCosts(pageSize: 4096)
        try wait(for: "work") { children.allSatisfy { CPUClock.nanoseconds(ofProcess: $0.pid) ?? 0 > 20_000_000 } }
        let both = row(&costs, worker(references[0], references[1]))
        children[0].reap()
        costs.keep([worker(references[1])])
        let one = row(&costs, worker(references[1]))
        #expect(one[.foldedCPUNanoseconds] ?? 0 >= both[.foldedCPUNanoseconds] ?? .max)
        #expect(one[.foldedResidentBytes] ?? .max < both[.foldedResidentBytes] ?? 0)
        costs.keep([])
        costs.forget(Self.owner)
        #expect(row(&costs, worker())[.foldedCPUNanoseconds] == nil)
        let anew = row(&costs, worker(references[1]))
        #expect(anew[.foldedCPUNanoseconds] ?? .max < one[.foldedCPUNanoseconds] ?? 0)
    }

    @Test func aNumberThatIsSomebodyElsesByNowIsNotCounted() throws {
        let child = try Child.spinning()
        var costs = FoldedCosts(pageSize: 4096)
        let real = try reference(child)
        let old = ProcessRef(pid: real.pid, startTicks: real.startTicks - 1)
        let row = row(&costs, worker(old))
        #expect(row[.foldedCPUNanoseconds] == nil)
        #expect(row[.foldedResidentBytes] == nil)
    }
}
