import Lag
import Model
import TestSupport
import Testing

/// What must hold of any trace, also of one no kernel would write.
@Suite struct LoopMeterFuzzTests {
    private static let places: [Probe.Place] = [
        .running, .running, .call(.epollPwait, firstArgument: 5), .call(.epollPwait, firstArgument: 5),
        .call(.epollWait, firstArgument: 28), .call(SystemCall(number: 202), firstArgument: 0), .outside, .stopped,
        .asleep(inEventWait: true), .asleep(inEventWait: false), .call(.poll, firstArgument: 1),
        .call(.select, firstArgument: 12), .call(.ioUringEnter, firstArgument: 4),
    ]

    /// Grows by something plausible, and now and then by something wild.
    private static func grown(
        _ value: UInt64, by scale: UInt64, _ random: inout some RandomNumberGenerator
    ) -> UInt64 {
        switch Int.random(in: 0..<200, using: &random) {
        case 0: UInt64.random(in: 0...UInt64.max, using: &random)
        case 1: value &- UInt64.random(in: 0...scale, using: &random)
        case 2...60: value
        default: value &+ UInt64.random(in: 0...scale, using: &random)
        }
    }

    private static func trace(_ random: inout SeededGenerator) -> [Probe] {
        var probe = Probe(
            at: MonotonicInstant(nanoseconds: 1_000_000_000), runNanoseconds: 0, waitNanoseconds: 0, timeslices: 0,
            place: .running)
        return (0..<Int.random(in: 2...400, using: &random)).map { _ in
            let gap: UInt64 = Int.random(in: 0..<50, using: &random) == 0 ? 3_000_000_000 : 20_000_000
            let before = probe.at
            probe.at.nanoseconds = min(grown(probe.at.nanoseconds, by: gap, &random), 1 << 61)
            probe.runNanoseconds = grown(probe.runNanoseconds, by: 12_000_000, &random)
            probe.waitNanoseconds = grown(probe.waitNanoseconds, by: 6_000_000, &random)
            probe.timeslices = grown(probe.timeslices, by: 3, &random)
            if let place = places.randomElement(using: &random) { probe.place = place }
            probe.voluntarySwitches =
                Bool.random(using: &random) ? grown(probe.voluntarySwitches ?? 0, by: 3, &random) : nil
            probe.involuntarySwitches = probe.voluntarySwitches.map { $0 / 2 }
            probe.calls =
                Bool.random(using: &random)
                ? CallCounts(reads: grown(probe.calls?.reads ?? 0, by: 9, &random), writes: probe.timeslices) : nil
            probe.sockets =
                Bool.random(using: &random)
                ? SocketEvidence(
                    consumedBytes: grown(probe.sockets?.consumedBytes ?? 0, by: 900, &random),
                    sentBytes: grown(probe.sockets?.sentBytes ?? 0, by: 900, &random),
                    unreadBytes: UInt64.random(in: 0...500, using: &random),
                    turns: grown(probe.sockets?.turns ?? 0, by: 2, &random),
                    unreadSince: Bool.random(using: &random) ? before : nil) : nil
            probe.throttledNanoseconds = grown(probe.throttledNanoseconds ?? 0, by: 1_000_000, &random)
            probe.runnable = UInt32.random(in: 0...9, using: &random)
            probe.lostSwitches = Int.random(in: 0..<20, using: &random) == 0
            probe.switches = (0..<Int.random(in: 0...5, using: &random)).map { _ in
                Probe.Switch(
                    at: MonotonicInstant(
                        nanoseconds: UInt64.random(in: 0...max(1, probe.at.nanoseconds), using: &random)),
                    kind: Probe.Switch.Kind(rawValue: UInt8.random(in: 0...2, using: &random)) ?? .into,
                    place: Bool.random(using: &random) ? probe.place : nil,
                    waitNanoseconds: Bool.random(using: &random) ? UInt64.random(in: 0...(.max), using: &random) : nil)
            }
            return probe
        }
    }

    @Test(arguments: LagTier.allCases)
    func stretchesAreNeverNegativeNorLongerThanTheTimeNorOverlap(tier: LagTier) throws {
        var seeds = SeededGenerator(seed: printedSeed())
        for _ in 0..<300 {
            let seed = seeds.next()
            var random = SeededGenerator(seed: seed)
            let kind = LoopKind.allCases.randomElement(using: &random) ?? .epoll
            var meter = LoopMeter(tier: tier, kind: kind, tick: .milliseconds(4))
            var last: Probe?
            // A trace that goes back in time begins anew: what came before is another thread's.
            var began = MonotonicInstant(nanoseconds: 0)
            var lastEnd = began
            for probe in Self.trace(&random) {
                if last.map({ probe.at < $0.at }) ?? true {
                    meter = LoopMeter(tier: tier, kind: kind, tick: .milliseconds(4))
                    began = probe.at
                    lastEnd = began
                }
                _ = meter.needs(at: probe.place, slicesChanged: true, now: probe.at)
                meter.note(probe)
                last = probe
                #expect(meter.openFor >= .zero && meter.openFor <= probe.at - began, "seed \(seed)")
                guard Int.random(in: 0..<7, using: &random) == 0 else { continue }
                let window = meter.close(at: probe.at)
                for stall in window.stalls {
                    #expect(stall.length >= LagWindow.shortestStall, "seed \(seed)")
                    #expect(stall.start >= lastEnd, "seed \(seed): stalls overlap")
                    #expect(stall.end <= probe.at, "seed \(seed): a stall of the future")
                    lastEnd = stall.end
                }
                for value in [window.max, window.p99, window.p50].compactMap({ $0 }) {
                    #expect(value >= .zero && value <= probe.at - began, "seed \(seed)")
                }
                if let p50 = window.p50, let p99 = window.p99, let max = window.max {
                    #expect(p50 <= p99 && p99 <= max, "seed \(seed)")
                }
                for share in [window.utilisation, window.runQueue, window.blocked].compactMap({ $0 }) {
                    #expect((0...1).contains(share), "seed \(seed)")
                }
                if let open = window.open { #expect(open.length <= probe.at - began, "seed \(seed)") }
                if tier == .utilisation { #expect(window.max == nil && window.stalls.isEmpty) }
            }
        }
    }
}
