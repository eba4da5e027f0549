import Model
import TestSupport
import Testing
import Wire

/// What a second of ordinary life costs on the wire. Sizes only; times are for the benchmark.
@Suite struct RowCostTests {
    /// CPU time, run-queue wait and switches of a worker in one second.
    struct Load: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var cpu: ClosedRange<UInt64>
        var wait: ClosedRange<UInt64>
        var switches: ClosedRange<UInt64>
        var limit: Double
    }

    /// Busy: 0.2 to 6 % of a core. Light: timers and a request now and then.
    @Test(arguments: [
        Load(
            testDescription: "busy", cpu: 2_000_000...60_000_000, wait: 20_000...1_500_000, switches: 10...300,
            limit: 16),
        Load(testDescription: "light", cpu: 100_000...2_000_000, wait: 500...100_000, switches: 1...20, limit: 13),
    ])
    func aChangedWorkerRowCostsFewBytes(_ load: Load) throws {
        var random = SeededGenerator(seed: 50)
        var old = Samples.keyframe
        old.workers = (0..<50).map { index in
            let id = WorkerID(boot: Samples.boot, pid: 4400 + Int32(index), startTicks: 90_000)
            var row = Samples.row(cpu: 5_000_000_000, resident: 64 << 20, wait: 9_000_000)
            row[.openFiles] = 40
            row[.readBytes] = 0
            row[.writtenBytes] = 4096
            row[.involuntarySwitches] = 70
            return WorkerEntry(info: Samples.info(id, slot: UInt32(index) + 1), row: row)
        }
        var bytes = 0
        var changed = 0
        let seconds = 60
        for _ in 0..<seconds {
            var new = old
            new.sequence += 1
            new.monotonic.nanoseconds += 1_000_000_000
            new.wall.nanoseconds += 1_000_000_000
            for index in new.workers.indices where random.chance(75) {
                step(&new.workers[index].row, load, &random)
                changed += 1
            }
            let delta = Delta(subscription: 1, from: old, to: new)
            #expect(try delta.applied(to: old) == new)
            bytes += Message.delta(delta).encoded().count
            old = new
        }
        let perRow = Double(bytes) / Double(changed)
        let perSample = Double(bytes) / Double(50 * seconds)
        print(
            "wire, \(load.testDescription): \(perRow) bytes a changed worker row, \(perSample) a sample, with framing")
        #expect(perRow <= load.limit)
    }

    @Test func anUnchangedWorkerCostsNothing() {
        var old = Samples.keyframe
        old.workers = (1...2000).map { pid in
            WorkerEntry(
                info: Samples.info(WorkerID(boot: Samples.boot, pid: pid, startTicks: 1), slot: 1),
                row: Samples.row(cpu: 1, resident: 1, wait: 1))
        }
        #expect(Delta(subscription: 1, from: old, to: old).body.count == 3)
    }

    private func step(_ row: inout WorkerRow, _ load: Load, _ random: inout SeededGenerator) {
        let cpu = UInt64.random(in: load.cpu, using: &random)
        add(cpu, to: .cpuNanoseconds, &row)
        add(cpu - cpu / UInt64.random(in: 10...100, using: &random), to: .loopRunNanoseconds, &row)
        add(UInt64.random(in: load.wait, using: &random), to: .loopWaitNanoseconds, &row)
        add(UInt64.random(in: load.switches, using: &random), to: .voluntarySwitches, &row)
        if random.chance(30) { add(UInt64.random(in: 1...5, using: &random), to: .involuntarySwitches, &row) }
        if random.chance(15) { add(4096 * UInt64.random(in: 1...200, using: &random), to: .residentBytes, &row) }
        if random.chance(5) { add(UInt64.random(in: 1...3, using: &random), to: .openFiles, &row) }
    }

    private func add(_ amount: UInt64, to field: WorkerField, _ row: inout WorkerRow) {
        row[field] = (row[field] ?? 0) + amount
    }
}
