import Glibc
import Lag
import Logging
import Model
import ProcFS
import Testing

@testable import Agent

/// The sampler with a prober beside it, over real workers.
@Suite(.serialized) struct SamplerLagTests {
    /// A prober that ends with the test.
    private final class Probes {
        let probing: Probing

        init(_ sampler: Sampler) throws {
            probing = Probing(
                control: try ProberControl(), log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            try probing.start(ProbingSettings(budget: .infinity), switchLog: nil)
            sampler.probing = (probing.control, probing.board)
        }

        deinit { probing.stop() }
    }

    private func method(of entry: WorkerEntry) -> LagMethod? {
        entry.row[.lagMethod].flatMap(LagMethod.init(packed:))
    }

    @Test func rowsGroupsAndHostTellTheLagOfTheLoops() throws {
        let watch = try Watch(try Fleet("--workers", "2", "--block", "1:120-120:400"))
        let probes = try Probes(watch.sampler)
        try watch.sweep(until: "the lag of both") { found in
            guard let last = found.snapshots.last, last.workers.count == 2 else { return false }
            return last.workers.allSatisfy { method(of: $0)?.quality == .exact && $0.row[.lagMaxMicroseconds] != nil }
                && last.workers.contains { $0.info.slot == 1 && $0.row[.lagMaxMicroseconds] ?? 0 > 100_000 }
        }
        let last = watch.last
        for worker in last.workers {
            #expect(method(of: worker)?.kind == .epoll)
            #expect(method(of: worker)?.isHung == false)
            #expect(worker.row[.openStallMicroseconds] != nil)
            #expect(worker.row[.loopUtilisationPermille] != nil)
            #expect(worker.row[.probePeriodMicroseconds] ?? 0 > 0)
            #expect((worker.row[.lagMaxMicroseconds] ?? 1) % 100 == 0)
        }
        let blocked = try #require(last.workers.first { $0.info.slot == 1 })
        #expect(blocked.stretches.counts.reduce(0, +) > 0)
        // On a busy machine the other one can be later still: it waits for a CPU.
        let lags = last.workers.flatMap { [$0.row[.lagMaxMicroseconds], $0.row[.openStallMicroseconds]] }
        #expect(lags.compactMap { $0 }.max() == last.host[.worstLagMicroseconds])
        #expect(last.groups.first?.row[.worstLagMicroseconds] == last.host[.worstLagMicroseconds])
        #expect(last.host[.probeStretchPermille] == 1000)
        withExtendedLifetime(probes) {}
    }

    @Test func whoEndsIsForgottenAndWhoComesIsProbed() throws {
        let watch = try Watch(try Fleet("--workers", "2"))
        let probes = try Probes(watch.sampler)
        try watch.settle(workers: 2)
        let victim = try #require(watch.last.workers.first).info.id
        #expect(probes.probing.control.current.targets.contains(ProbedWorker.Target(victim)))
        kill(victim.pid, SIGKILL)
        try watch.sweep(until: "a replacement with lag") { found in
            guard let last = found.snapshots.last, last.workers.count == 2 else { return false }
            return last.workers.allSatisfy { $0.info.id != victim && method(of: $0)?.quality == .exact }
        }
        let targets = probes.probing.control.current.targets
        #expect(targets == Set(watch.last.workers.map { ProbedWorker.Target($0.info.id) }))
    }

    @Test func withoutAProberNothingIsClaimed() throws {
        let watch = try Watch(try Fleet("--workers", "2"))
        try watch.settle(workers: 2)
        watch.sampler.sweep()
        for worker in watch.last.workers {
            #expect(worker.row[.lagMethod] == nil && worker.row[.lagMaxMicroseconds] == nil)
            #expect(worker.row[.loopRunNanoseconds] != nil)
        }
        #expect(watch.last.host[.worstLagMicroseconds] == nil && watch.last.host[.probeStretchPermille] == nil)
    }
}
