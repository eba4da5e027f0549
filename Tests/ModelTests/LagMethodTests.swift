import Model
import Testing

@Suite struct LagMethodTests {
    @Test func everyMethodSurvivesPacking() {
        var packed: Set<UInt64> = []
        for tier in LagTier.allCases {
            for quality in LagQuality.allCases {
                for kind in LoopKind.allCases {
                    for (isHung, isStretched) in [(false, false), (true, false), (false, true), (true, true)] {
                        let method = LagMethod(
                            tier: tier, quality: quality, kind: kind, isHung: isHung, isStretched: isStretched)
                        #expect(LagMethod(packed: method.packed) == method)
                        packed.insert(method.packed)
                    }
                }
            }
        }
        #expect(packed.count == LagTier.allCases.count * LagQuality.allCases.count * LoopKind.allCases.count * 4)
    }

    /// Numbers of the wire: never changed.
    @Test func theBitsStayWhereTheyAre() {
        #expect(LagMethod(tier: .utilisation, quality: .none, kind: .unknown).packed == 0)
        #expect(LagMethod(tier: .perf, quality: .exact, kind: .none).packed == 3 | 2 << 3 | 5 << 5)
        #expect(LagMethod(tier: .proc, quality: .floor, kind: .epoll).packed == 2 | 3 << 3 | 1 << 5)
        #expect(
            LagMethod(tier: .nosys, quality: .bound, kind: .ioUring, isHung: true, isStretched: true).packed
                == 1 | 1 << 3 | 4 << 5 | 1 << 9 | 1 << 10)
    }

    @Test func whatIsNotKnownIsNothingAndNoTrap() {
        for packed: UInt64 in 0..<(1 << 12) {
            if let method = LagMethod(packed: packed) { #expect(method.packed == packed) }
        }
        for packed: UInt64 in [4, 6 << 5, 15 << 5, 1 << 11, .max] { #expect(LagMethod(packed: packed) == nil) }
    }

    @Test func betterTiersCompareGreater() {
        #expect(LagTier.allCases.sorted() == [.utilisation, .nosys, .proc, .perf])
        #expect(LagTier.allCases.map(\.word) == ["utilisation", "nosys", "proc", "perf"])
        #expect(LagQuality.allCases.map(\.word) == ["none", "bound", "exact", "floor"])
        #expect(LoopKind.allCases.map(\.word) == ["unknown", "epoll", "poll", "select", "io_uring", "none"])
    }
}

@Suite struct StallCauseTests {
    static let causes: [(StallCause, UInt64)] = [
        (.cpu, 1), (.runQueue, 2), (.blocked(nil), 3), (.blocked(SystemCall(number: 0)), 3 | 1 << 4),
        (.blocked(SystemCall(number: 202)), 3251), (.blocked(SystemCall(number: .max)), 3 | 65536 << 4), (.stopped, 4),
        (.throttled, 5),
    ]

    @Test func everyCauseSurvivesPackingAsTheSameNumber() {
        for (cause, packed) in Self.causes {
            #expect(cause.packed == packed)
            #expect(StallCause(packed: packed) == cause)
        }
    }

    @Test func whatIsNotKnownIsNothingAndNoTrap() {
        for packed: UInt64 in 0..<(1 << 12) {
            if let cause = StallCause(packed: packed) { #expect(cause.packed == packed) }
        }
        for packed: UInt64 in [0, 6, 15, 1 | 1 << 4, 4 | 7 << 4, 3 | 65537 << 4, .max, .max - 12] {
            #expect(StallCause(packed: packed) == nil)
        }
    }

    @Test func onlyABlockedLoopHasASystemCall() {
        #expect(StallCause.blocked(SystemCall(number: 202)).systemCall?.name == "futex")
        #expect(Self.causes.filter { $0.0.systemCall != nil }.count == 3)
        #expect(
            Set(Self.causes.map(\.0.word)) == ["cpu", "runqueue", "blocked", "stopped", "throttled"])
    }
}
