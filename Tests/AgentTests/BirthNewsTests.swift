import CLinux
import TestSupport
import Testing

/// Messages of the process events connector: whole, cut, changed and foreign.
struct BirthNewsTests {
    /// Recorded from Linux 6.18 on x86_64: a process forks, its child runs `sh`, and ends with code 3.
    static let fork = """
        4c000000030000006b1f06000000000001000000010000006b1f0600000000002800000001000000000000009f3954e8942c00004f5b0000\
        4f5b00007d5b00007d5b00000000000000000000
        """
    static let ran = """
        4c00000003000000c6930500000000000100000001000000c693050000000000280000000200000001000000396f70e8942c00007d5b0000\
        7d5b000000000000000000000000000000000000
        """
    static let end = """
        4c00000003000000c7930500000000000100000001000000c7930500000000002800000000000080010000\
        00a97c7ae8942c00007d5b00007d5b000000030000110000004f5b00004f5b0000
        """

    static func bytes(_ hex: String) -> [UInt8] {
        let digits = hex.utf8.map { $0 < 58 ? $0 - 48 : $0 - 87 }
        return stride(from: 0, to: digits.count - 1, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }

    static func parse(_ bytes: [UInt8]) -> looptop_process_news {
        bytes.withUnsafeBytes { looptop_births_parse($0.baseAddress, $0.count) }
    }

    @Test func readsForksProgramsAndEnds() {
        let fork = Self.parse(Self.bytes(Self.fork))
        #expect(fork.what == LOOPTOP_PROCESS_FORKED.rawValue)
        #expect(fork.parent == 0x5b4f && fork.pid == 0x5b7d)
        #expect(fork.time == 0x2c94_e854_399f)
        let ran = Self.parse(Self.bytes(Self.ran))
        #expect(ran.what == LOOPTOP_PROCESS_RAN.rawValue)
        #expect(ran.parent == 0 && ran.pid == 0x5b7d)
        let end = Self.parse(Self.bytes(Self.end))
        #expect(end.what == LOOPTOP_PROCESS_ENDED.rawValue)
        #expect(end.parent == 0x5b4f && end.pid == 0x5b7d && end.status == 3 << 8)
    }

    @Test func aThreadIsNoProcess() {
        for (message, second) in [(Self.fork, 64), (Self.end, 56)] {
            var bytes = Self.bytes(message)
            bytes[second] ^= 1
            #expect(Self.parse(bytes).what == LOOPTOP_PROCESS_OTHER.rawValue)
        }
    }

    @Test func whatIsCutIsNoNews() {
        for message in [Self.fork, Self.ran, Self.end] {
            let whole = Self.bytes(message)
            for length in 0..<whole.count {
                #expect(Self.parse(Array(whole.prefix(length))).what == LOOPTOP_PROCESS_OTHER.rawValue)
            }
        }
    }

    /// Lengths of the message, its type, the connector's two numbers and length, and what happened: user ids, two things.
    @Test(arguments: [(0, 0x4b), (0, 0x4d), (4, 1), (16, 2), (20, 2), (32, 39), (36, 4), (36, 3)])
    func whatIsForeignIsNoNews(_ place: Int, _ value: UInt8) {
        var bytes = Self.bytes(Self.fork)
        bytes[place] = value
        #expect(Self.parse(bytes).what == LOOPTOP_PROCESS_OTHER.rawValue)
    }

    @Test func noBytesTrap() {
        var random = SeededGenerator(seed: printedSeed())
        for _ in 0..<2000 {
            var bytes = Self.bytes([Self.fork, Self.ran, Self.end].randomElement(using: &random) ?? Self.fork)
            for _ in 0..<Int.random(in: 1...8, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            let cut = Array(bytes.prefix(Int.random(in: 0...bytes.count, using: &random)))
            let news = Self.parse(cut)
            #expect(news.what <= LOOPTOP_PROCESS_ENDED.rawValue)
            #expect(news.what == LOOPTOP_PROCESS_OTHER.rawValue || cut.count == bytes.count)
        }
    }
}
