import CLinux
import TestSupport
import Testing

/// Answers of the kernel that were cut, changed, or are errors.
struct SocketParseTests {
    /// Two sockets of sequence 7, each with a `tcp_info` among its attributes, and the end of the dump.
    static func answer(end: Int32? = 0) -> [UInt8] {
        var bytes: [UInt8] = []
        for inode in [UInt32(11), 12] { bytes += message(type: 20, body: socket(inode: inode)) }
        if let end { bytes += message(type: 3, body: words(UInt32(bitPattern: end))) }
        return bytes
    }

    static func message(type: UInt16, sequence: UInt32 = 7, body: [UInt8]) -> [UInt8] {
        words(UInt32(16 + body.count)) + words(type, 2) + words(sequence, UInt32(0)) + body
    }

    static func words<T: FixedWidthInteger>(_ values: T...) -> [UInt8] {
        values.flatMap { value in withUnsafeBytes(of: value) { Array($0) } }
    }

    static func socket(inode: UInt32) -> [UInt8] {
        var body: [UInt8] = [2, 1, 0, 0]  // family, state, timer, retransmits
        body += words(UInt16(80).bigEndian, UInt16(4000).bigEndian)
        body += words(UInt32(0x0100_007F), 0, 0, 0) + words(UInt32(0x0200_007F), 0, 0, 0)
        body += words(UInt32(0), 5, 6)  // interface, cookie
        body += words(UInt32(0), 30, 40, 1000, inode)  // expires, queues, uid, inode
        body += words(UInt16(5), 8) + [1, 0, 0, 0]  // an attribute of one byte and its padding
        var info = [UInt8](repeating: 0, count: 160)
        info.replaceSubrange(120..<128, with: words(UInt64(900)))  // tcpi_bytes_acked
        info.replaceSubrange(128..<136, with: words(UInt64(800)))  // tcpi_bytes_received
        return body + words(UInt16(4 + info.count), 2) + info
    }

    static func parse(_ bytes: [UInt8], room: Int = 8) -> (result: CInt, sockets: [looptop_socket]) {
        var sockets = [looptop_socket](repeating: looptop_socket(), count: room)
        var count = 0
        let result = bytes.withUnsafeBytes {
            looptop_diag_parse($0.baseAddress, $0.count, 7, &sockets, room, &count)
        }
        return (result, Array(sockets.prefix(count)))
    }

    @Test func readsSockets() throws {
        let (result, sockets) = Self.parse(Self.answer())
        #expect(result == 0)
        #expect(sockets.map(\.inode) == [11, 12])
        let socket = try #require(sockets.first)
        #expect(socket.key.local_port == 80 && socket.key.remote_port == 4000)
        #expect(socket.receive_queue == 30 && socket.send_queue == 40)
        #expect(socket.has_info == 1 && socket.acknowledged == 900 && socket.received == 800)
        #expect(socket.key.cookie.0 == 5 && socket.key.cookie.1 == 6)
    }

    @Test func aPartSaysThatMoreIsToCome() {
        let (result, sockets) = Self.parse(Self.answer(end: nil))
        #expect(result == 1)
        #expect(sockets.count == 2)
    }

    @Test func errorsOfTheKernelAreErrors() {
        for number in [Int32(-1), -2, -16, -105] {
            let (result, sockets) = Self.parse(Self.message(type: 2, body: Self.words(number)))
            #expect(result == number)
            #expect(sockets.isEmpty)
        }
        #expect(Self.parse(Self.answer(end: -4)).result == -4)  // a dump that was interrupted says so at its end
    }

    @Test func answersToOthersArePassedOver() {
        let stale = Self.message(type: 20, sequence: 6, body: Self.socket(inode: 1))
        let late = Self.message(type: 2, sequence: 6, body: Self.words(Int32(-2)))
        let (result, sockets) = Self.parse(stale + late + Self.answer())
        #expect(result == 0)
        #expect(sockets.map(\.inode) == [11, 12])
    }

    @Test func whatFindsNoRoomIsDropped() {
        #expect(Self.parse(Self.answer(), room: 1).sockets.map(\.inode) == [11])
    }

    @Test func anOldKernelHasAShorterInfo() throws {
        var body = Self.socket(inode: 9)
        body.removeLast(164)
        body += Self.words(UInt16(4 + 104), 2) + [UInt8](repeating: 1, count: 104)
        let socket = try #require(Self.parse(Self.message(type: 20, body: body)).sockets.first)
        #expect(socket.inode == 9)
        #expect(socket.has_info == 0)
    }

    @Test func anAnswerThatWasCutIsNoTrap() {
        let whole = Self.answer()
        for length in 0..<whole.count {
            let (result, sockets) = Self.parse(Array(whole.prefix(length)))
            #expect(result <= 1)
            #expect(sockets.count <= 2)
        }
    }

    @Test func noiseIsNoTrap() {
        var random = SeededGenerator(seed: printedSeed())
        let whole = Self.answer()
        for _ in 0..<5000 {
            var bytes = whole
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                bytes[.random(in: bytes.indices, using: &random)] = .random(in: 0...255, using: &random)
            }
            #expect(Self.parse(bytes).sockets.count <= 8)
        }
    }
}
