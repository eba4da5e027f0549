import Testing

@testable import Wire

@Suite struct ReaderTests {
    @Test(arguments: [0, 1, 0x7f, 0x80, 0x3fff, 0x4000, UInt64(1) << 63, .max])
    func aVarintComesBack(_ value: UInt64) throws {
        var writer = Writer()
        writer.varint(value)
        let bytes = writer.bytes
        var reader = Reader("TEST")
        #expect(try reader.varint("value", in: bytes.span) == value)
        try reader.finish(in: bytes.span)
        #expect(bytes.count == max(1, (UInt64.bitWidth - value.leadingZeroBitCount + 6) / 7))
    }

    @Test(arguments: [0, -1, 1, 63, -64, 64, .min, .max] as [Int64])
    func aSignedNumberComesBack(_ value: Int64) throws {
        var writer = Writer()
        writer.signed(value)
        let bytes = writer.bytes
        var reader = Reader("TEST")
        #expect(try reader.signed("value", in: bytes.span) == value)
        #expect((-64...63).contains(value) == (bytes.count == 1))
    }

    @Test func aVarintNeedNotBeTheShortest() throws {
        #expect(try varint([0x81, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00]) == 1)
    }

    @Test func aVarintOfElevenBytesIsRefused() {
        let bytes = [UInt8](repeating: 0x80, count: 10) + [0]
        #expect(throws: WireError.malformed(message: "TEST", field: "value", offset: 10)) { try varint(bytes) }
    }

    @Test func aVarintOver64BitsIsRefused() {
        let bytes = [UInt8](repeating: 0xff, count: 9) + [2]
        #expect(throws: WireError.malformed(message: "TEST", field: "value", offset: 10)) { try varint(bytes) }
    }

    @Test func aVarintThatEndsEarlyIsTruncated() {
        #expect(throws: WireError.truncated(message: "TEST", field: "value", offset: 2)) { try varint([0xff, 0xff]) }
        #expect(throws: WireError.truncated(message: "TEST", field: "value", offset: 0)) { try varint([]) }
    }

    @Test func aNumberTooLargeForItsFieldIsRefused() {
        let bytes: [UInt8] = [0x80, 0x80, 0x04]  // 65536
        #expect(throws: WireError.malformed(message: "TEST", field: "port", offset: 3)) {
            var reader = Reader("TEST")
            let _: UInt16 = try reader.number("port", in: bytes.span)
        }
    }

    @Test func aDurationBeyondInt64IsRefused() {
        let bytes = [UInt8](repeating: 0xff, count: 9) + [1]
        #expect(throws: WireError.malformed(message: "TEST", field: "grace", offset: 10)) {
            var reader = Reader("TEST")
            _ = try reader.duration("grace", in: bytes.span)
        }
    }

    @Test func invalidUTF8IsRepaired() throws {
        #expect(try text([3, 0x61, 0xff, 0x62]) == "a\u{fffd}b")
        #expect(try text([2, 0xc3, 0xa9]) == "é")
        #expect(try text([1, 0xc3]) == "\u{fffd}")
        #expect(try text([0]) == "")
    }

    @Test func repairedTextStaysWithinItsLimit() throws {
        // Eight bad bytes would be 24 bytes of U+FFFD; two of them fit.
        #expect(try text([8] + [UInt8](repeating: 0xff, count: 8), limit: 8) == "\u{fffd}\u{fffd}")
    }

    @Test func textOverItsLimitIsRefused() throws {
        #expect(try text([4, 0x61, 0x61, 0x61, 0x61], limit: 4) == "aaaa")
        #expect(throws: WireError.limit(message: "TEST", field: "text", limit: 3)) {
            try text([4, 0x61, 0x61, 0x61, 0x61], limit: 3)
        }
    }

    @Test func aCountIsCheckedAgainstWhatIsLeft() {
        #expect(throws: WireError.truncated(message: "TEST", field: "text", offset: 1)) { try text([4, 0x61, 0x61]) }
        let bytes: [UInt8] = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]
        #expect(throws: WireError.limit(message: "TEST", field: "text", limit: 256)) { try text(bytes) }
    }

    @Test func bytesAfterTheLastFieldAreAnError() {
        #expect(throws: WireError.trailingBytes(message: "PING", count: 1)) { try decode(.ping, [1, 0]) }
        #expect(throws: WireError.trailingBytes(message: "ENROL-DONE", count: 2)) { try decode(.enrolDone, [0, 0]) }
    }

    private func varint(_ bytes: [UInt8]) throws -> UInt64 {
        var reader = Reader("TEST")
        return try reader.varint("value", in: bytes.span)
    }

    private func text(_ bytes: [UInt8], limit: Int = 256) throws -> String {
        var reader = Reader("TEST")
        let text = try reader.text("text", limit: limit, in: bytes.span)
        try reader.finish(in: bytes.span)
        return text
    }
}
