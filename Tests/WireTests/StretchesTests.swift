import Model
import Testing
import Wire

/// The histogram of a worker's stretches, whole and as growth.
@Suite struct StretchesTests {
    let old = Samples.keyframe

    private func delta(of old: [UInt32], to new: [UInt32]) throws -> [UInt8] {
        var before = self.old
        before.workers[1].stretches = LagHistogram(counts: old)
        var after = before
        after.workers[1].stretches = LagHistogram(counts: new)
        let delta = Delta(subscription: 1, from: before, to: after)
        #expect(try delta.applied(to: before) == after)
        return delta.body
    }

    /// Parts and clocks; keep one, change of the stretches only; the growth; no more edits.
    private func body(_ growth: [UInt8]) -> [UInt8] {
        [0x10, 0, 0, 1 << 3 | 4, 1] + growth + [0]
    }

    @Test func growthHasExactlyTheseBytes() throws {
        #expect(try delta(of: [], to: [1]) == body([0x10]))
        #expect(try delta(of: [], to: [1, 6]) == body([0x16, 0x00]))
        #expect(try delta(of: [3, 4], to: [3, 6]) == body([0x82, 0x00]))
        #expect(try delta(of: [], to: [7, 16]) == body([0x71, 0x77, 0x21, 0x00]))
        // Buckets 7 and 20: seven passed, two half bytes of growth, twelve passed.
        var new = [UInt32](repeating: 0, count: 21)
        new[7] = 16
        new[20] = 1
        #expect(try delta(of: [], to: new) == body([0xe7, 0x21, 0x0f, 0xb1, 0x00]))
    }

    @Test func whatDidNotChangeCostsNothing() throws {
        #expect(try delta(of: [3, 4], to: [3, 4]) == [0, 0, 0])
    }

    @Test func lengthsAreToldInHundredsWhereTheyAreSome() throws {
        var new = old
        new.workers[0].row[.lagMaxMicroseconds] = 4_300
        #expect(Array(Delta(subscription: 1, from: old, to: new).body.suffix(2)) == [3, 0])
        new.workers[0].row[.lagMaxMicroseconds] = 4_199
        #expect(Array(Delta(subscription: 1, from: old, to: new).body.suffix(3)) == [0, 1, 0])
        for value: UInt64 in [0, 1, 4_100, .max, .max / 2, .max / 100 * 100] {
            new.workers[0].row[.lagMaxMicroseconds] = value
            #expect(try Delta(subscription: 1, from: old, to: new).applied(to: old) == new)
            #expect(try Delta(subscription: 1, from: new, to: old).applied(to: new) == old)
        }
        // A number of hundreds that no 64 bits hold wraps around.
        let huge: [UInt8] = Array(repeating: 0xff, count: 9) + [0x01]
        let delta = Delta(
            subscription: 1, baseSequence: 41, sequence: 42, body: [0x10, 0, 0, 4, 0x80, 0x20] + huge + [0])
        #expect(try delta.applied(to: old).workers[0].row[.lagMaxMicroseconds] != nil)
    }

    @Test func countsWrapAround() throws {
        #expect(try delta(of: [.max], to: [1]) == body([0x20]))
        #expect(try delta(of: [1, 0, 9], to: []).count > 0)
        _ = try delta(of: Array(repeating: .max, count: 68), to: Array(repeating: 1, count: 68))
        _ = try delta(of: [], to: Array(repeating: .max, count: 68))
    }

    @Test func aRowAndItsStretchesChangeTogether() throws {
        var new = old
        new.workers[0].row[.lagMaxMicroseconds] = 4_300
        new.workers[0].row[.stallCause] = StallCause.cpu.packed
        new.workers[0].stretches.add(.seconds(1000))
        new.workers[1].stretches.add(.milliseconds(1))
        let delta = Delta(subscription: 1, from: old, to: new)
        #expect(try delta.applied(to: old) == new)
        #expect(try Delta(subscription: 1, from: new, to: old).applied(to: new) == old)
    }

    @Test(
        arguments: [
            ("bucket 68", [0xff, 0xff, 0xff, 0xff, 0xb1, 0x10]),
            ("passing for ever", Array(repeating: 0xff, count: 60)),
            ("no digits", [0x70, 0x00]), ("nine digits", [0x79, 0x11, 0x11, 0x11, 0x11, 0x10]), ("no end", [0x11]),
            ("nothing", []), ("something after the end", [0x01]), ("a growth cut short", [0x78, 0x11]),
        ] as [(String, [UInt8])])
    func isRefused(_ what: String, _ growth: [UInt8]) {
        let delta = Delta(
            subscription: 1, baseSequence: 41, sequence: 42,
            body: [0x10, 0, 0, 1 << 3 | 4, 1] + growth)
        #expect(throws: WireError.self, "\(what)") { try delta.applied(to: old) }
    }

    @Test func groupsHaveNone() {
        let delta = Delta(subscription: 1, baseSequence: 41, sequence: 42, body: [0x08, 0, 0, 4, 1, 0, 0])
        #expect(throws: WireError.malformed(message: "DELTA", field: "changed columns", offset: 5)) {
            try delta.applied(to: old)
        }
    }

    @Test func theLastBucketIsAccepted() throws {
        let delta = Delta(
            subscription: 1, baseSequence: 41, sequence: 42,
            body: body([0xff, 0xff, 0xff, 0xff, 0xa1, 0x00]))
        #expect(try delta.applied(to: old).workers[1].stretches.counts.count == LagHistogram.bucketCount)
    }

    @Test func aHistogramOverItsLimitIsRefusedInAWholeEntryToo() throws {
        var one = Samples.keyframe
        one.workers = [WorkerEntry(info: Samples.info(Samples.worker, slot: 1), row: WorkerRow())]
        let bytes = Array(Message.keyframe(subscription: 1, one).encoded().dropFirst(MessageHeader.byteCount))
        #expect(bytes.suffix(2) == [0, 0])  // an empty row, no stretches
        let many = [UInt8](repeating: 0x11, count: 34) + [0x10]
        #expect(throws: WireError.limit(message: "KEYFRAME", field: "stretches", limit: 68)) {
            try decode(.keyframe, bytes.dropLast() + many)
        }
    }
}
