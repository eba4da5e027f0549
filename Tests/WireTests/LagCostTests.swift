import Model
import TestSupport
import Testing
import Wire

/// What lag costs on the wire: a host of 50 workers of which 40 are idle, all of them probed, one snapshot a second.
@Suite struct LagCostTests {
    @Test func aMixedHostCostsAtMostTenBytesASample() throws {
        var random = SeededGenerator(seed: 3)
        var fleet = Fleet(&random)
        let seconds = 300
        var bytes = 0
        var bare = 0
        var without = fleet.snapshot.withoutLag
        for _ in 0..<seconds {
            let old = fleet.snapshot
            fleet.step(&random)
            let delta = Delta(subscription: 1, from: old, to: fleet.snapshot)
            #expect(try delta.applied(to: old) == fleet.snapshot)
            bytes += Message.delta(delta).encoded().count
            let next = fleet.snapshot.withoutLag
            bare += Message.delta(Delta(subscription: 1, from: without, to: next)).encoded().count
            without = next
        }
        let samples = Double(Fleet.count * seconds)
        let cost = Double(bytes) / samples
        print("wire, 40 idle and 10 busy: \(cost) bytes a sample with framing, \(Double(bare) / samples) without lag")
        #expect(cost <= 10)
    }
}

extension Snapshot {
    /// As an agent without probes tells it.
    fileprivate var withoutLag: Snapshot {
        var bare = self
        for index in bare.workers.indices {
            for field in WorkerField.allCases where field.rawValue > WorkerField.state.rawValue {
                bare.workers[index].row[field] = nil
            }
            bare.workers[index].stretches = LagHistogram()
        }
        return bare
    }
}

/// 20 workers that sleep, 20 that wake about once a second, 10 that serve requests: most of which take 0.2 to 8 ms, and
/// now and then one blocks or spins for up to 300 ms.
private struct Fleet {
    static let count = 50
    private(set) var snapshot: Snapshot

    init(_ random: inout SeededGenerator) {
        snapshot = Samples.keyframe
        snapshot.workers = (0..<Self.count).map { index in
            let id = WorkerID(boot: Samples.boot, pid: 4400 + Int32(index), startTicks: 90_000)
            var row = Samples.row(cpu: 5_000_000_000, resident: 64 << 20, wait: 9_000_000)
            row[.openFiles] = 40
            row[.readBytes] = 0
            row[.writtenBytes] = 4096
            row[.involuntarySwitches] = 70
            for field in [
                WorkerField.lagMaxMicroseconds, .lagP99Microseconds, .lagP50Microseconds, .openStallMicroseconds,
                .loopUtilisationPermille, .loopRunQueuePermille, .loopBlockedPermille,
            ] {
                row[field] = 0
            }
            row[.lagMethod] = LagMethod(tier: .proc, quality: .exact, kind: .epoll).packed
            row[.probePeriodMicroseconds] = index < 40 ? 50_000 : 10_000
            row[.probeGapMicroseconds] = 50_000
            return WorkerEntry(info: Samples.info(id, slot: UInt32(index) + 1), row: row)
        }
    }

    mutating func step(_ random: inout SeededGenerator) {
        snapshot.sequence += 1
        snapshot.monotonic.nanoseconds += 1_000_000_000 + UInt64.random(in: 0...50_000, using: &random)
        snapshot.wall.nanoseconds += 1_000_000_000
        snapshot.host[.cpuBusyNanoseconds] =
            (snapshot.host[.cpuBusyNanoseconds] ?? 0) + UInt64.random(in: 100_000_000...900_000_000, using: &random)
        snapshot.host[.uptimeNanoseconds] = snapshot.monotonic.nanoseconds
        // How late the agent was is the same for all that are probed together; told in steps of 5 ms.
        let late = random.chance(5) ? UInt64.random(in: 1...80, using: &random) : 0
        for index in snapshot.workers.indices {
            var entry = snapshot.workers[index]
            entry.row[.probeGapMicroseconds] = (index < 40 ? 50_000 : 10_000) + (late * 100 + 2500) / 5000 * 5000
            if index >= 40 { Self.serve(&entry, &random) } else if index >= 20 { Self.wake(&entry, &random) }
            snapshot.workers[index] = entry
        }
    }

    private static func wake(_ entry: inout WorkerEntry, _ random: inout SeededGenerator) {
        guard random.chance(90) else { return }
        let run = UInt64.random(in: 80_000...400_000, using: &random)
        entry.row.add(run, to: .cpuNanoseconds)
        entry.row.add(run, to: .loopRunNanoseconds)
        entry.row.add(UInt64.random(in: 2_000...60_000, using: &random), to: .loopWaitNanoseconds)
        entry.row.add(UInt64.random(in: 1...2, using: &random), to: .voluntarySwitches)
        entry.row[.lagMaxMicroseconds] = (run + 50_000) / 100_000 * 100
    }

    private static func serve(_ entry: inout WorkerEntry, _ random: inout SeededGenerator) {
        let requests = Int.random(in: 5...60, using: &random)
        var lengths = (0..<requests).map { _ in UInt64(200) << UInt64.random(in: 0...4, using: &random) }
        lengths = lengths.map { $0 + UInt64.random(in: 0...$0, using: &random) }
        let stalled = random.chance(15)
        if stalled { lengths.append(UInt64.random(in: 20_000...300_000, using: &random)) }
        let worst = lengths.max() ?? 0
        let sum = lengths.reduce(0, +)
        let blocked = stalled && random.chance(50) ? worst : 0
        let run = (sum - blocked) * 1000 + UInt64.random(in: 0...999, using: &random)
        entry.row.add(run + run / UInt64.random(in: 10...60, using: &random), to: .cpuNanoseconds)
        entry.row.add(run, to: .loopRunNanoseconds)
        entry.row.add(UInt64.random(in: 20_000...1_500_000, using: &random), to: .loopWaitNanoseconds)
        entry.row.add(UInt64(requests), to: .voluntarySwitches)
        if random.chance(50) { entry.row.add(UInt64.random(in: 1...9, using: &random), to: .involuntarySwitches) }
        if random.chance(25) { entry.row.add(4096 * UInt64.random(in: 1...200, using: &random), to: .residentBytes) }
        if random.chance(15) { entry.row.add(UInt64.random(in: 1...3, using: &random), to: .openFiles) }
        entry.row[.lagMaxMicroseconds] = (worst + 50) / 100 * 100
        entry.row[.lagP99Microseconds] = stalled ? (worst - 9_000) / 100 * 100 : worst / 300 * 100
        entry.row[.loopUtilisationPermille] = min(1000, sum / 1000)
        entry.row[.loopRunQueuePermille] = UInt64.random(in: 0...2, using: &random)
        entry.row[.loopBlockedPermille] = blocked / 1000
        entry.row[.stallCause] =
            worst < 3000 ? nil : (blocked > 0 ? StallCause.blocked(SystemCall(number: 202)) : .cpu).packed
        for length in lengths { entry.stretches.add(.microseconds(Int64(length))) }
    }
}

extension WorkerRow {
    fileprivate mutating func add(_ amount: UInt64, to field: WorkerField) { self[field] = (self[field] ?? 0) + amount }
}
