import Model
import TestSupport
import Testing

@testable import Lag

/// Bursts are a shorter way to say what records of switches say.
struct LoopBurstTests {
    /// One loop, in full records to one meter and in bursts to another one.
    struct Pair: ~Copyable {
        var full = Self.meter()
        var short = Self.meter()
        var probe = SimulatedLoop().probe(at: SimulatedLoop.start)
        private(set) var now = SimulatedLoop.start

        static func meter() -> LoopMeter {
            LoopMeter(tier: .perf, kind: .epoll, tick: .nanoseconds(Int64(SimulatedLoop.tick)))
        }

        init() {
            probe.at = instant(now)
            full.note(probe)
            short.note(probe)
        }

        /// What it did until `until`: woke at, waited for a CPU, worked, in ns each.
        mutating func look(_ bursts: [(woke: UInt64, waited: UInt64, worked: UInt64)], until: UInt64) {
            var switches: [Probe.Switch] = []
            var told: [LoopBurst] = []
            for (woke, waited, worked) in bursts {
                let end = woke + waited + worked
                switches.append(Probe.Switch(at: instant(woke + waited), kind: .into, waitNanoseconds: waited))
                switches.append(Probe.Switch(at: instant(end), kind: .sleep, place: probe.place))
                told.append(LoopBurst(from: instant(woke), to: instant(end), waitNanoseconds: waited))
                probe.runNanoseconds += worked
                probe.waitNanoseconds += waited
                probe.timeslices += 1
                probe.voluntarySwitches? += 1
            }
            probe.at = instant(until)
            var withSwitches = probe
            withSwitches.switches = switches
            full.note(withSwitches)
            short.note(told, until: probe, gap: probe.at - instant(now))
            now = until
        }

        private func instant(_ time: UInt64) -> MonotonicInstant { MonotonicInstant(nanoseconds: time) }

        mutating func close() -> (full: LagWindow, short: LagWindow) {
            (full.close(at: instant(now)), short.close(at: instant(now)))
        }
    }

    @Test func burstsSayWhatRecordsSay() {
        var random = SeededGenerator(seed: printedSeed())
        for _ in 0..<300 {
            var pair = Pair()
            for _ in 0..<4 {
                for _ in 0..<20 {
                    let end = pair.now + 50_000_000
                    var bursts: [(woke: UInt64, waited: UInt64, worked: UInt64)] = []
                    var time = pair.now + 1
                    while time < end, bursts.count < 6, Bool.random(using: &random) {
                        let waited = Bool.random(using: &random) ? UInt64.random(in: 0...4_000_000, using: &random) : 0
                        let worked = UInt64.random(in: 1000...12_000_000, using: &random)
                        guard time + waited + worked < end else { break }
                        bursts.append((time, waited, worked))
                        time += waited + worked + UInt64.random(in: 1000...9_000_000, using: &random)
                    }
                    pair.look(bursts, until: end)
                }
                let (full, short) = pair.close()
                #expect(full == short)
                #expect(full.quality == .exact)
            }
        }
    }

    @Test func aLongBurstIsAStallWithItsCause() throws {
        var pair = Pair()
        let start = pair.now
        pair.look([(start + 5_000_000, 41_000_000, 1_000_000)], until: start + 50_000_000)
        pair.look([(start + 51_000_000, 0, 45_000_000)], until: start + 100_000_000)
        let (full, short) = pair.close()
        #expect(full == short)
        #expect(short.stalls.map(\.cause) == [.runQueue, .cpu])
        #expect(short.stalls.map(\.length) == [.milliseconds(42), .milliseconds(45)])
        #expect(short.max == .milliseconds(45))
        #expect(short.probeGapMax == .milliseconds(50))
    }

    /// They are known to be complete only from a wait that is known on.
    @Test func withoutAKnownWaitBurstsAreNoNews() {
        var meter = Pair.meter()
        var takes = meter.takesBursts
        #expect(!takes)
        var probe = SimulatedLoop().probe(at: SimulatedLoop.start)
        probe.place = .running
        meter.note(probe)
        takes = meter.takesBursts
        #expect(!takes)
        probe.at = probe.at + .milliseconds(10)
        probe.runNanoseconds += 5_000_000
        let burst = LoopBurst(from: probe.at, to: probe.at, waitNanoseconds: 0)
        meter.note([burst], until: probe, gap: .milliseconds(10))
        let isIdle = meter.isIdle
        let utilisation = meter.close(at: probe.at).utilisation
        #expect(!isIdle && utilisation == 0.5)
    }

    /// What a kernel writes is input.
    @Test func noTimeOfABurstIsOutsideOfWhatPassed() {
        var random = SeededGenerator(seed: printedSeed())
        for _ in 0..<500 {
            var meter = Pair.meter()
            var probe = SimulatedLoop().probe(at: SimulatedLoop.start)
            meter.note(probe)
            for _ in 0..<4 {
                probe.at = probe.at + .milliseconds(50)
                probe.runNanoseconds &+= UInt64.random(in: 0...60_000_000, using: &random)
                let bursts = (0..<3).map { _ in
                    LoopBurst(
                        from: MonotonicInstant(nanoseconds: .random(in: 0...UInt64.max, using: &random)),
                        to: MonotonicInstant(nanoseconds: .random(in: 0...UInt64.max, using: &random)),
                        waitNanoseconds: .random(in: 0...UInt64.max, using: &random))
                }
                meter.note(bursts, until: probe, gap: .milliseconds(50))
            }
            let window = meter.close(at: probe.at)
            #expect((window.max ?? .zero) <= .milliseconds(200))
            #expect(window.stalls.allSatisfy { $0.length <= .milliseconds(200) && $0.end <= probe.at })
        }
    }
}
