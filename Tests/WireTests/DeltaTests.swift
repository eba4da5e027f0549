import Model
import Testing
import Wire

@Suite struct DeltaTests {
    let old = Samples.keyframe

    @Test func nothingButTheClocksCostsAFewBytes() throws {
        var new = old
        new.sequence += 1
        new.monotonic.nanoseconds += 1_000_000_000
        new.wall.nanoseconds += 1_000_000_000
        let delta = Delta(subscription: 1, from: old, to: new)
        #expect(delta.body.count == 7)
        #expect(try delta.applied(to: old) == new)
    }

    @Test func aDeltaForAnotherBaseIsRefused() {
        let delta = Delta(subscription: 1, from: old, to: Samples.later)
        var other = old
        other.sequence = 40
        #expect(throws: WireError.wrongBase(needed: 41, found: 40)) { try delta.applied(to: other) }
    }

    @Test func aCounterThatBeganAnewComesThrough() throws {
        var new = Samples.later
        new.workers[0].row[.cpuNanoseconds] = 0
        new.workers[0].row[.readBytes] = .max
        new.workers[0].row[.state] = nil
        #expect(try Delta(subscription: 1, from: old, to: new).applied(to: old) == new)
        #expect(try Delta(subscription: 1, from: new, to: old).applied(to: new) == old)
    }

    @Test func anotherBootReplacesEveryWorker() throws {
        var new = Samples.later
        for index in new.workers.indices { new.workers[index].info.id.boot = Samples.run }
        #expect(try Delta(subscription: 1, from: old, to: new).applied(to: old) == new)
    }

    @Test func aChangedInfoReplacesTheEntry() throws {
        var new = Samples.later
        new.groups[0].info.ports = [3000, 3001]
        new.workers[0].info.arguments = []
        #expect(try Delta(subscription: 1, from: old, to: new).applied(to: old) == new)
    }

    @Test func aRollThatMovesOnTravelsWithItsGroup() throws {
        var held = old
        for roll in ControlSamples.rollMovingOn {
            var next = held
            next.sequence += 1
            next.groups[0].info.roll = roll
            let delta = Delta(subscription: 1, from: held, to: next)
            #expect(delta.body.count < 150)
            held = try delta.applied(to: held)
            #expect(held == next)
        }
        #expect(held.groups[0].info.roll == nil)
    }

    @Test func aMasterThatWasStartedAnewTravelsWithItsGroup() throws {
        var new = old
        new.groups[0].info.master?.startTicks += 1
        #expect(try Delta(subscription: 1, from: old, to: new).applied(to: old) == new)
    }

    @Test func fromNothingAndToNothing() throws {
        let nothing = Snapshot(sequence: 0, monotonic: Samples.monotonic, wall: Samples.wall)
        #expect(try Delta(subscription: 1, from: nothing, to: old).applied(to: nothing) == old)
        #expect(try Delta(subscription: 1, from: old, to: nothing).applied(to: old) == nothing)
    }

    @Test func anInterestThatNarrowsAndWidensComesThrough() throws {
        let narrow = Samples.later.narrowed(to: .worker(Samples.worker))
        #expect(try Delta(subscription: 1, from: old, to: narrow).applied(to: old) == narrow)
        #expect(try Delta(subscription: 1, from: narrow, to: old).applied(to: narrow) == old)
    }

    @Test func rowsThatChangeInTheSameColumnsShareThem() throws {
        var one = old
        one.workers[0].row[.cpuNanoseconds] = 5_000_000_001
        var both = one
        both.workers[1].row[.cpuNanoseconds] = 7_000_000_001
        let cost = Delta(subscription: 1, from: old, to: both).body.count
        #expect(cost == Delta(subscription: 1, from: old, to: one).body.count + 2)
        #expect(try Delta(subscription: 1, from: old, to: both).applied(to: old) == both)
    }

    @Test func columnsUsedUpToThreeSetsAgoAreRemembered() throws {
        let fields: [WorkerField] = [.threads, .residentBytes, .state, .threads, .threads, .residentBytes, .openFiles]
        var old = self.old
        old.workers = fields.indices.map { index in
            let id = WorkerID(boot: Samples.boot, pid: Int32(index), startTicks: 1)
            var row = WorkerRow()
            for field in WorkerField.allCases { row[field] = 10 }
            return WorkerEntry(info: Samples.info(id, slot: 1), row: row)
        }
        var new = old
        for (index, field) in fields.enumerated() { new.workers[index].row[field] = 11 }
        let body: [UInt8] = [
            0x10, 0, 0, 4, 0x08, 2, 4, 0x04, 2, 4, 0x80, 0x10, 2, 7, 2, 5, 2, 7, 2, 4, 0x10, 2, 0,
        ]
        let delta = Delta(subscription: 1, from: old, to: new)
        #expect(delta.body == body)
        #expect(try delta.applied(to: old) == new)
    }

    @Test func theLoopsRunTimeIsToldBeyondTheCPUTime() throws {
        var new = old
        new.workers[0].row[.cpuNanoseconds] = 5_030_000_000
        new.workers[0].row[.loopRunNanoseconds] = 4_717_499_990
        let delta = Delta(subscription: 1, from: old, to: new)
        // Parts and clocks, change of columns 0 and 8, +30000000 in four bytes, 10 less than that, end.
        #expect(delta.body == [0x10, 0, 0, 4, 0x82, 0x04, 0x80, 0x8e, 0xce, 0x1c, 19, 0])
        #expect(try delta.applied(to: old) == new)
    }

    // Bodies made by hand: parts, monotonic, wall, then the workers' edits.

    @Test(
        arguments: [
            ("a change beyond the list", [2 << 3 | 4, 0x02, 0x02, 0x00]),
            ("more kept than there is", [3 << 3 | 1, 0x00]),
            ("more removed than there is", [0x01, 0x01, 0x01, 0x00]),
            ("a huge gap", [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]),
            ("keeping without an edit", [1 << 3, 0x00]),
            ("recent columns when there were none", [0x05, 0x00]),
            ("a change of nothing", [0x04, 0x00, 0x00]),
            ("a change of an unknown column", [0x04, 0x10, 0x02, 0x00]),
            ("a gain of a known column", [0x03, 0x01, 0x05, 0x00]),
            ("a loss of an unknown column", [0x03, 0x06, 0x00]),
            ("a column both lost and changed", [0x03, 0x00, 0x04, 0x02, 0x02, 0x00]),
            ("a gain beyond the columns there can be", [0x03, 0x3f, 0x05, 0x00]),
            ("a gain beyond the list", [2 << 3 | 3, 0x07, 0x05, 0x00]),
            ("no end", [0x04, 0x02, 0x02]),
        ] as [(String, [UInt8])])
    func isRefused(_ what: String, _ edits: [UInt8]) {
        let delta = Delta(subscription: 1, baseSequence: 41, sequence: 42, body: [0x10, 0, 0] + edits)
        #expect(throws: WireError.self, "\(what)") { try delta.applied(to: old) }
    }

    @Test func columnsOfANewerVersionAreSkipped() throws {
        // Of groups: gain column 30 = 5, lose column 29; change columns 5 by +1 and 30 by +2.
        let edits: [UInt8] = [3, 61, 5, 3, 58, 4, 0xc0, 0x80, 0x80, 0x80, 0x08, 2, 4, 0]
        let delta = Delta(subscription: 1, baseSequence: 41, sequence: 41, body: [0x08, 0, 0] + edits)
        var new = old
        new.groups[0].row[.exits] = 1
        #expect(try delta.applied(to: old) == new)
    }

    @Test(
        arguments: [
            ("a worker that is already there", 0, Samples.worker), ("a worker out of order", 2, Samples.worker),
            ("a worker before its predecessor", 0, Samples.otherWorker),
        ] as [(String, UInt8, WorkerID)])
    func isRefusedWhenInserted(_ what: String, _ kept: UInt8, _ id: WorkerID) {
        // The bytes of an insertion, taken from a delta that starts with no workers, after parts and clocks.
        var empty = old
        empty.workers = []
        var with = empty
        with.workers = [WorkerEntry(info: Samples.info(id, slot: 1), row: WorkerRow())]
        let insertion = Delta(subscription: 1, from: empty, to: with).body.dropFirst(4)
        let delta = Delta(
            subscription: 1, baseSequence: 41, sequence: 42, body: [0x10, 0, 0, kept << 3 | 2] + insertion)
        #expect(throws: WireError.self, "\(what)") { try delta.applied(to: old) }
    }

    @Test(arguments: [0x20, 0x40, 0x80, 0x03] as [UInt8]) func unknownPartsAreRefused(_ parts: UInt8) {
        let delta = Delta(subscription: 1, baseSequence: 41, sequence: 42, body: [parts, 0, 0, 0, 0, 0, 0])
        #expect(throws: WireError.self) { try delta.applied(to: old) }
    }

    @Test func bytesAfterTheBodyAreRefused() {
        var delta = Delta(subscription: 1, from: old, to: Samples.later)
        delta.body.append(0)
        #expect(throws: WireError.trailingBytes(message: "DELTA", count: 1)) { try delta.applied(to: old) }
    }

    @Test func aWholeBodyNeedsNothingOfItsBase() throws {
        var disordered = Samples.later
        disordered.workers.reverse()
        let delta = Delta(subscription: 1, from: old, to: disordered)
        #expect(delta.body.first == 1)
        let blank = Snapshot(sequence: 41, monotonic: MonotonicInstant(nanoseconds: 0), wall: Samples.wall)
        #expect(try delta.applied(to: blank) == Samples.later)
    }
}
