import Model
import TestSupport
import Testing
import Wire

@Suite struct DeltaPropertyTests {
    @Test func aDeltaMakesTheLaterSnapshotOfTheEarlierOne() throws {
        let seed = printedSeed()
        var generator = SnapshotGenerator(seed: seed)
        var held = generator.snapshot()
        var pairs = 0
        for round in 0..<1500 {
            var pair = [(held, generator.successor(of: held))]
            if round % 3 == 0 { pair.append((held, generator.snapshot())) }  // nothing in common
            for (old, new) in pair {
                let delta = Delta(subscription: 1, from: old, to: new)
                guard case .delta(let received) = try decode(Message.delta(delta).encoded()) else {
                    Issue.record("no delta came back, seed \(seed), round \(round)")
                    return
                }
                try #require(received == delta, "seed \(seed), round \(round)")
                try #require(try received.applied(to: old) == new, "seed \(seed), round \(round)")
                pairs += 1
            }
            held = round % 50 == 49 ? generator.snapshot() : pair[0].1
        }
        #expect(pairs >= 2000)
    }

    @Test func aChainOfDeltasKeepsUpWithKeyframes() throws {
        let seed = printedSeed()
        var generator = SnapshotGenerator(seed: seed)
        var sent = generator.snapshot()
        var held = sent
        for round in 0..<300 {
            let next = generator.successor(of: sent)
            held = try Delta(subscription: 1, from: sent, to: next).applied(to: held)
            sent = next
            guard case .keyframe(_, let whole) = try decode(Message.keyframe(subscription: 1, sent).encoded()) else {
                Issue.record("no keyframe came back, seed \(seed), round \(round)")
                return
            }
            try #require(held == whole, "seed \(seed), round \(round)")
        }
    }

    @Test func disorderedSnapshotsArriveInOrder() throws {
        let seed = printedSeed()
        var generator = SnapshotGenerator(seed: seed)
        for round in 0..<300 {
            let old = disordered(generator.snapshot(), &generator.random)
            let new = disordered(
                round % 2 == 0 ? generator.successor(of: old) : generator.snapshot(), &generator.random)
            let delta = Delta(subscription: 1, from: old, to: new)
            try #require(try delta.applied(to: old) == new.asSent, "seed \(seed), round \(round)")
            try #require(try delta.applied(to: old.asSent) == new.asSent, "seed \(seed), round \(round)")
        }
    }

    private func disordered(_ snapshot: Snapshot, _ random: inout SeededGenerator) -> Snapshot {
        var snapshot = snapshot
        if random.chance(70) { snapshot.workers.shuffle(using: &random) }
        if random.chance(50) { snapshot.groups.shuffle(using: &random) }
        if let worker = snapshot.workers.last, random.chance(30) { snapshot.workers.insert(worker, at: 0) }
        return snapshot
    }
}
