import CLinux
import TestSupport
import Testing

/// The walk through the records of a ring, on rings made by hand.
struct SwitchRecordTests {
    static let size: UInt64 = 256
    static let into: UInt16 = 0
    static let out: UInt16 = 1 << 13
    static let preempted: UInt16 = 1 << 13 | 1 << 14

    /// Bytes at positions that go on for ever, as the kernel writes them.
    struct Ring {
        var data = [UInt8](repeating: 0xEE, count: Int(SwitchRecordTests.size))
        var head: UInt64
        var tail: UInt64

        init(at start: UInt64 = 0) {
            head = start
            tail = start
        }

        mutating func put<T: FixedWidthInteger>(_ value: T) {
            withUnsafeBytes(of: value) { bytes in
                for byte in bytes {
                    data[Int(head % SwitchRecordTests.size)] = byte
                    head += 1
                }
            }
        }

        mutating func putSwitch(_ misc: UInt16, time: UInt64) {
            put(UInt32(14))
            put(misc)
            put(UInt16(24))
            put(UInt64(7))  // pid and tid
            put(time)
        }

        mutating func putOther(type: UInt32, words: Int) {
            put(type)
            put(UInt16(0))
            put(UInt16(8 + 8 * words))
            for _ in 0..<words { put(UInt64(0xAAAA)) }
        }

        mutating func take(room: Int = 16) -> (switches: [looptop_switch], lost: Bool) {
            var taken = [looptop_switch](repeating: looptop_switch(), count: room)
            var lost: CInt = 0
            let count = data.withUnsafeBufferPointer { data in
                looptop_switch_records(
                    data.baseAddress, SwitchRecordTests.size, head, &tail, &taken, room, &lost)
            }
            return (Array(taken.prefix(count)), lost != 0)
        }
    }

    /// Each start, so that each field of a record lies across the end once.
    @Test(arguments: Array(stride(from: UInt64(0), to: 512, by: 8))) func recordsGoRoundTheEnd(start: UInt64) {
        var ring = Ring(at: start)
        ring.putSwitch(Self.out, time: 5)
        ring.putSwitch(Self.into, time: 6)
        ring.putSwitch(Self.preempted, time: 7)
        let (switches, lost) = ring.take()
        #expect(!lost)
        #expect(switches.map(\.time) == [5, 6, 7])
        #expect(switches.map(\.kind) == [LOOPTOP_SWITCH_SLEEP, LOOPTOP_SWITCH_INTO, LOOPTOP_SWITCH_PREEMPTED])
        #expect(ring.tail == ring.head)
        #expect(ring.take().switches.isEmpty)
    }

    @Test func whatFindsNoRoomIsTakenNext() {
        var ring = Ring()
        for time in 1...5 { ring.putSwitch(Self.into, time: UInt64(time)) }
        #expect(ring.take(room: 2).switches.map(\.time) == [1, 2])
        #expect(ring.take(room: 2).switches.map(\.time) == [3, 4])
        #expect(ring.take(room: 2).switches.map(\.time) == [5])
    }

    @Test func lostRecordsAreSaidToBe() {
        var ring = Ring()
        ring.putSwitch(Self.out, time: 1)
        ring.putOther(type: 2, words: 4)
        ring.putSwitch(Self.into, time: 9)
        let (switches, lost) = ring.take()
        #expect(lost)
        #expect(switches.map(\.time) == [1, 9])
    }

    @Test func recordsOfOtherKindsArePassedOver() {
        var ring = Ring()
        ring.putOther(type: 5, words: 3)
        ring.putSwitch(Self.out, time: 1)
        ring.putOther(type: 4711, words: 0)
        let (switches, lost) = ring.take()
        #expect(!lost)
        #expect(switches.map(\.time) == [1])
    }

    @Test func nonsenseEndsTheWalkAndIsALoss() {
        for (type, size) in [(UInt32(14), UInt16(0)), (14, 7), (14, 200)] {
            var ring = Ring()
            ring.put(type)
            ring.put(UInt16(0))
            ring.put(size)
            ring.put(UInt64(0))
            let (switches, lost) = ring.take()
            #expect(switches.isEmpty && lost)
            #expect(ring.tail == ring.head)
        }
        var behind = Ring(at: 0)
        behind.head = 1000  // more than there is room for: the reader was overtaken
        #expect(behind.take().lost)
        #expect(behind.tail == 1000)
    }

    @Test func noiseDoesNotLeadOutOfTheRing() {
        var random = SeededGenerator(seed: printedSeed())
        for _ in 0..<2000 {
            var ring = Ring(at: UInt64.random(in: 0...UInt64.max - 1024, using: &random) & ~7)
            for index in ring.data.indices { ring.data[index] = UInt8.random(in: 0...255, using: &random) }
            // Often a plausible size, so that the walk goes on.
            for index in stride(from: 6, to: ring.data.count, by: 8) where Bool.random(using: &random) {
                ring.data[index] = [8, 16, 24].randomElement(using: &random) ?? 8
                ring.data[index + 1] = 0
            }
            ring.head = ring.tail + UInt64.random(in: 0...Self.size, using: &random)
            let before = ring.tail
            let (switches, _) = ring.take()
            #expect(switches.count <= 16)
            #expect(ring.tail - before <= ring.head - before)
        }
    }
}
