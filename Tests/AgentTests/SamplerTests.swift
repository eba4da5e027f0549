import Control
import Glibc
import Model
import ProcFS
import Testing

@testable import Agent

/// The sampler over real processes. One test after the other: each has a fleet and looks at clocks.
@Suite(.serialized) struct SamplerTests {
    @Test func workersAreFoundAndSaidToHaveStartedOnce() throws {
        let fleet = try Fleet("--workers", "3")
        let watch = try Watch(fleet)
        try watch.settle(workers: 3)
        for _ in 0..<3 { watch.sampler.sweep() }
        let snapshot = watch.last
        #expect(snapshot.workers.map(\.info.slot).sorted() == [1, 2, 3])
        #expect(snapshot.workers.allSatisfy { $0.info.parentPID == fleet.master && $0.info.uid == getuid() })
        #expect(snapshot.workers.map(\.info.id) == snapshot.workers.map(\.info.id).sorted())
        #expect(snapshot.groups.map(\.info.masterPID) == [fleet.master])
        #expect(snapshot.groups.first?.row[.workers] == 3)
        #expect(watch.findings.started.count == 3)
        #expect(Set(watch.findings.living.map(\.id)) == Set(snapshot.workers.map(\.info.id)))
        let now = Clocks.wall().nanoseconds
        for worker in snapshot.workers { #expect(abs(now - worker.info.started.nanoseconds) < 60_000_000_000) }
        #expect(watch.findings.exits.isEmpty)
        #expect(watch.findings.warnings.isEmpty)
    }

    @Test func sequencesCountUpByOne() throws {
        let watch = try Watch(try Fleet("--workers", "2"))
        for _ in 0..<5 { watch.sampler.sweep() }
        #expect(watch.findings.snapshots.map(\.sequence) == [1, 2, 3, 4, 5])
        let instants = watch.findings.snapshots.map(\.monotonic)
        #expect(instants == instants.sorted())
    }

    @Test func cpuTimeIsThatOfTheWorkersOwnClock() throws {
        let watch = try Watch(try Fleet("--workers", "2", "--busy", "1:40"))
        try watch.settle(workers: 2)
        for _ in 0..<20 {
            let workers = watch.last.workers.map(\.info.id)
            let before = workers.map { CPUClock.nanoseconds(ofProcess: $0.pid) }
            watch.sampler.sweep()
            let after = workers.map { CPUClock.nanoseconds(ofProcess: $0.pid) }
            for (index, entry) in watch.last.workers.enumerated() {
                let (low, high) = (try #require(before[index]), try #require(after[index]))
                let told = try #require(entry.row[.cpuNanoseconds])
                #expect((low...high).contains(told))
            }
            usleep(10_000)
        }
        // What the group used is what its workers used since they were found, give or take what ran before that.
        // Its first worker alone was another group, until the second came.
        let key = try #require(watch.last.groups.first?.info.key)
        let totals = watch.findings.snapshots.compactMap { snapshot in
            snapshot.groups.first { $0.info.key == key }?.row[.cpuNanoseconds]
        }
        #expect(totals == totals.sorted())
        #expect(totals.last ?? 0 > 0)
    }

    @Test func everyColumnOfAWorkerIsKnownAndAgreesWithTheKernel() throws {
        let watch = try Watch(try Fleet("--workers", "2"))
        try watch.settle(workers: 2)
        let reader = ProcReader()
        func kernels(_ id: WorkerID) throws -> [UInt64?] {
            let directory = try reader.processDirectory(id.pid)
            let status = try reader.withFile("status", of: directory) { (text) throws(ProcError) in
                try ProcessStatus(parsing: text)
            }
            return [status.residentBytes, try reader.descriptorCount(of: directory)]
        }
        // It opens its descriptors after it was found: what counts is a full read between two equal looks of ours.
        let id = try #require(watch.last.workers.first).info.id
        var expected: [UInt64?] = []
        try wait(for: "a worker at rest") {
            expected = try kernels(id)
            for _ in 0..<10 { watch.sampler.sweep() }
            return try kernels(id) == expected
        }
        let entry = try #require(watch.last.workers.first)
        #expect(entry.info.id == id)
        #expect([entry.row[.residentBytes], entry.row[.openFiles]] == expected)
        // The columns after `state` are those of a prober and of runtimes.
        let known = WorkerField.allCases.filter { entry.row[$0] != nil }
        #expect(known == WorkerField.allCases.filter { $0.rawValue <= WorkerField.state.rawValue })
        #expect(entry.row[.threads] == 1)
    }

    @Test func theRowOfAWorkerThatDidNotRunDoesNotChange() throws {
        let watch = try Watch(try Fleet("--workers", "2"))
        try watch.settle(workers: 2)
        let pids = watch.last.workers.map(\.info.id.pid)
        for pid in pids { kill(pid, SIGSTOP) }
        // Its state is told before it has left its CPU; where it waits, only after.
        let reader = ProcReader()
        try wait(for: "stopped workers") {
            try pids.allSatisfy { pid in
                let directory = try reader.processDirectory(pid)
                let channel = try reader.withFile("wchan", of: directory) { WaitChannel(parsing: $0) }
                return state(of: pid) == "T" && !channel.isUnknown
            }
        }
        for _ in 0..<10 { watch.sampler.sweep() }  // one of them reads in full
        let stopped = watch.last
        for _ in 0..<12 {  // more than one full read among them
            watch.sampler.sweep()
            #expect(watch.last.workers == stopped.workers)
            #expect(watch.last.groups.first?.row[.worstUtilisationPermille] == 0)
        }
        #expect(stopped.workers.allSatisfy { $0.row[.state] == UInt64(UInt8(ascii: "T")) })
    }

    @Test func theHostsRowIsComplete() throws {
        let watch = try Watch(try Fleet("--workers", "2"))
        try watch.settle(workers: 2)
        watch.sampler.sweep()  // the first one does not know yet how long it takes
        let host = watch.last.host
        // Without PSI in the kernel these are unknown; the others are of subscriptions, of a loop that waits for its time,
        // and of a prober.
        let optional: Set<HostField> = [
            .pressureCPUMicroseconds, .pressureMemoryMicroseconds, .pressureIOMicroseconds, .droppedSnapshots,
            .agentSentBytes, .sweepLatenessMicroseconds,
            .worstUtilisationPermille, .worstLagBoundNanoseconds, .worstLagMicroseconds, .lagP99Microseconds,
            .hungWorkers, .probeStretchPermille, .lagQuality,
        ]
        for field in HostField.allCases where !optional.contains(field) { #expect(host[field] != nil, "\(field)") }
        #expect(host[.workers] == 2)
        #expect(host[.missedSweeps] == 0)
        #expect(host[.exits] == 0)
        #expect(try #require(host[.agentResidentBytes]) > 1 << 20)
        #expect(try #require(host[.memoryAvailableBytes]) <= (try #require(host[.memoryTotalBytes])))
        watch.sampler.sweep()
        for field in HostField.allCases where field.isCounter {
            guard let old = host[field], let new = watch.last.host[field] else { continue }
            #expect(new >= old, "\(field)")
        }
    }

    @Test func withoutRoomForDescriptorsWorkersAreLeftOutAndThatIsSaid() throws {
        let fleet = try Fleet("--workers", "6")
        let full = try Watch(fleet)
        try full.settle(workers: 6)
        // 256 are for the agent itself; of 4 no worker gets kept files, as one's would need more than half.
        let watch = try Watch(fleet, descriptors: 256 + 4)
        try watch.sweep(until: "a few workers") { $0.snapshots.last?.workers.count == 4 }
        #expect(watch.last.limitations.contains(.workersOmitted))
        for worker in watch.last.workers { #expect(worker.row[.residentBytes] != nil) }
        let none = try Watch(fleet, descriptors: 0)
        none.sampler.sweep()
        #expect(none.last.workers.isEmpty)
        #expect(none.last.limitations.contains(.workersOmitted))
    }

    @Test func descriptorsAreGivenBack() throws {
        let fleet = try Fleet("--workers", "40", "--no-respawn")
        let watch = try Watch(fleet)
        try watch.settle(workers: 40)
        let workers = watch.last.workers.map(\.info.id.pid)
        #expect(openFiles(of: workers) >= 2 * 40, "what is kept of each, beside its pidfd")
        for pid in workers { kill(pid, SIGKILL) }
        try watch.sweep(until: "40 exits") { $0.exits.count == 40 }
        #expect(openFiles(of: workers) == 0)
    }

    /// Descriptors of ours that lead to something below `/proc/PID` of these; others come and go with other tests.
    private func openFiles(of pids: [Int32]) -> Int {
        let folders = Set(pids.map { "\($0)" })
        var target = [UInt8](repeating: 0, count: 256)
        return (0..<8192).count { descriptor in
            let length = readlink("/proc/self/fd/\(descriptor)", &target, target.count)
            guard length > 0 else { return false }
            let parts = String(decoding: target[..<length], as: UTF8.self).split(separator: "/")
            return parts.count >= 2 && parts[0] == "proc" && folders.contains(String(parts[1]))
        }
    }

    @Test func aMasterThatEndedIsSaidOnceItIsGone() throws {
        let fleet = try Fleet("--workers", "2")
        let watch = try Watch(fleet)
        try watch.settle(workers: 2)
        fleet.end()
        try watch.sweep(until: "both exits") { $0.exits.count == 2 }
        watch.sampler.sweep()
        #expect(watch.last.workers.isEmpty)
        #expect(watch.findings.warnings.contains { $0.contains("pid \(fleet.master) has ended") })
    }
}
