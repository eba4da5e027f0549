import Model
import TestSupport
import Testing

@Suite struct MergedSnapshotTests {
    /// Two snapshots as one, column by column.
    private static func plain<Field>(_ later: Row<Field>, _ earlier: Row<Field>) -> Row<Field> {
        var row = later
        for field in Field.allCases {
            switch field.merge {
            case .latest: break
            case .highest: row[field] = [later[field], earlier[field]].compactMap(\.self).max()
            case .alongside(let column):
                if earlier[column: column] ?? 0 > later[column: column] ?? 0 { row[field] = earlier[field] }
            }
        }
        return row
    }

    private static func plain(_ later: Snapshot, _ earlier: Snapshot) -> Snapshot {
        var merged = later
        merged.host = plain(later.host, earlier.host)
        for place in merged.groups.indices {
            let entry = merged.groups[place]
            let before = earlier.groups.first { $0.info.key == entry.info.key }
            if let before { merged.groups[place].row = plain(entry.row, before.row) }
        }
        for place in merged.workers.indices {
            let entry = merged.workers[place]
            let before = earlier.workers.first { $0.info.id == entry.info.id }
            if let before { merged.workers[place].row = plain(entry.row, before.row) }
        }
        return merged
    }

    /// Few values, so that peaks meet their like, and each column is unknown now and then.
    private static func row<Field>(_ random: inout SeededGenerator) -> Row<Field> {
        var row = Row<Field>()
        for field in Field.allCases {
            row[field] = random.next() % 4 == 0 ? nil : UInt64.random(in: 0...3, using: &random)
        }
        return row
    }

    private static func snapshot(_ sequence: UInt64, _ random: inout SeededGenerator) -> Snapshot {
        var snapshot = Snapshot(
            sequence: sequence, monotonic: MonotonicInstant(nanoseconds: sequence),
            wall: WallTime(nanoseconds: Int64(sequence)), limitations: [.ioDenied], host: row(&random))
        // Every other time the same ones, so that rows are also merged without anybody who came or went.
        let isWhole = sequence / 2 % 2 == 0
        for number in Int32(0)..<4 where isWhole || random.next() % 2 == 0 {
            var group = SnapshotTests.group
            group.info.key = "g\(number)"
            group.info.expected = UInt32(sequence)
            group.row = row(&random)
            snapshot.groups.append(group)
        }
        for number in Int32(0)..<8 where isWhole || random.next() % 2 == 0 {
            var worker = SnapshotTests.worker(number)
            worker.info.slot = UInt32(sequence)
            worker.row = row(&random)
            worker.stretches.add(UInt32(sequence), inBucket: 3)
            snapshot.workers.append(worker)
        }
        return snapshot
    }

    @Test(arguments: [UInt64](1...20))
    func itIsWhatMergingColumnByColumnGives(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var merged = MergedSnapshot()
        var expected: Snapshot?
        for sequence in UInt64(1)...40 {
            let next = Self.snapshot(sequence, &random)
            merged.take(next)
            expected = expected.map { Self.plain(next, $0) } ?? next
            #expect(merged.snapshot == expected, "seed \(seed), snapshot \(sequence)")
        }
    }

    @Test func ofNoneThereIsNone() { #expect(MergedSnapshot().snapshot == nil) }
}
