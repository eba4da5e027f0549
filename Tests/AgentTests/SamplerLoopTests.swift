import Glibc
import Model
import Synchronization
import Testing

@testable import Agent

extension SamplerTests {
    /// The sampler on its own thread, with its own cadence.
    @Suite(.serialized) struct Loop {
        /// Runs it until `body` is done.
        private func run(_ watch: Watch, _ body: () throws -> Void) throws {
            nonisolated(unsafe) let sampler = watch.sampler  // given to the thread, and not touched until it ended
            let thread = try NamedThread("test sampler") { sampler.run() }
            defer {
                watch.control.stop()
                thread.join()
            }
            try body()
        }

        @Test func endsAndReplacementsAreSeenWithoutWaitingForTheNextSweep() throws {
            let fleet = try Fleet("--workers", "3")
            let watch = try Watch(fleet, interval: .seconds(60))
            try watch.settle(workers: 3)
            let findings = watch.findings
            let sweeps = findings.snapshots.count
            let victim = try #require(watch.last.workers.first).info
            try run(watch) {
                try wait(for: "the first sweep of the loop") { findings.snapshots.count == sweeps + 1 }
                kill(victim.id.pid, SIGKILL)
                try wait(for: "the end") { findings.exits.map(\.info.id) == [victim.id] }
                try wait(for: "the replacement") { findings.started.count == 4 }
                try wait(for: "its way to the desk") { findings.living.count == 3 }
            }
            #expect(findings.snapshots.count == sweeps + 1)
            #expect(findings.started.last?.slot == victim.slot)
        }

        @Test func aCallToLookIsHeardBetweenSweeps() throws {
            let watch = try Watch(try Fleet("--workers", "2"), interval: .seconds(60))
            let findings = watch.findings
            try run(watch) {
                // The fleet may start after the only sweep there is.
                try wait(for: "two workers") {
                    watch.control.lookSoon()
                    return findings.living.count == 2
                }
            }
            #expect(findings.snapshots.count <= 1)
        }

        /// As after SIGSTOP and SIGCONT, or on a machine that is much too busy.
        @Test func sweepsThatWereMissedAreCountedAndNotMadeUpFor() throws {
            let interval = Duration.milliseconds(100)
            let watch = try Watch(try Fleet("--workers", "2", "--busy", "1:10"), interval: interval) { sequence in
                if sequence == 5 { usleep(1_050_000) }
            }
            let findings = watch.findings
            try run(watch) { try wait(for: "sweeps after the pause") { findings.snapshots.count >= 9 } }
            let snapshots = findings.snapshots
            let missed = try #require(snapshots.last?.host[.missedSweeps])
            #expect(missed >= 10)
            #expect(missed < 100)
            #expect(snapshots[4].host[.missedSweeps] ?? 0 <= missed - 10)
            for (earlier, later) in zip(snapshots, snapshots.dropFirst()) {
                #expect(later.sequence == earlier.sequence + 1)
                // Never two on one appointment: at most one can be late and the next on time.
                #expect(later.monotonic > earlier.monotonic)
            }
            let span = snapshots[8].monotonic - snapshots[4].monotonic
            #expect(span > .milliseconds(1050) + interval * 2, "no burst after the pause")
        }
    }
}
