import Testing
import Wire

@Suite struct HeaderTests {
    @Test func lengthCountsAllBytesAfterItself() throws {
        let bytes: [UInt8] = [0, 0, 0, 6, 4, 1, 0, 0]
        let header = try MessageHeader(parsing: bytes.span, maximum: 100)
        #expect(header.bodyByteCount == 2)
        #expect(header.messageByteCount == 10)
        #expect(header.type == 4)
        #expect(header.isCritical)
    }

    static let limits = [
        Limits.messageBytes(toward: .agent, welcomed: false), Limits.messageBytes(toward: .dashboard, welcomed: false),
        Limits.messageBytes(toward: .agent, welcomed: true), Limits.messageBytes(toward: .dashboard, welcomed: true),
        Limits.enrolmentBytes,
    ]

    @Test(arguments: limits) func aMessageMayBeAsLargeAsTheLimitAndNotLarger(_ limit: Int) throws {
        for size in [limit - 1, limit] {
            let header = try MessageHeader(
                length: UInt32(size - 4), type: 8, flags: 1, reserved: 0, maximum: limit)
            #expect(header.messageByteCount == size)
        }
        #expect(throws: WireError.limit(message: "header", field: "length", limit: limit)) {
            try MessageHeader(length: UInt32(limit - 3), type: 8, flags: 1, reserved: 0, maximum: limit)
        }
        #expect(throws: WireError.limit(message: "header", field: "length", limit: limit)) {
            try MessageHeader(length: .max, type: 8, flags: 1, reserved: 0, maximum: limit)
        }
    }

    @Test func limitsAreTheOnesOfTheProtocol() { #expect(Self.limits == [4096, 4096, 65536, 2_097_152, 16384]) }

    @Test func aLengthBelowTheRestOfTheHeaderIsRefused() throws {
        #expect(throws: WireError.malformed(message: "header", field: "length", offset: 0)) {
            try MessageHeader(length: 3, type: 4, flags: 1, reserved: 0, maximum: 100)
        }
        #expect(try MessageHeader(length: 4, type: 4, flags: 1, reserved: 0, maximum: 100).bodyByteCount == 0)
    }

    @Test func unknownFlagsAndReservedBitsAreRefused() {
        #expect(throws: WireError.malformed(message: "header", field: "flags", offset: 5)) {
            try MessageHeader(length: 4, type: 4, flags: 2, reserved: 0, maximum: 100)
        }
        #expect(throws: WireError.malformed(message: "header", field: "reserved", offset: 6)) {
            try MessageHeader(length: 4, type: 4, flags: 1, reserved: 1, maximum: 100)
        }
    }

    @Test(arguments: 0..<8) func anIncompleteHeaderIsTruncated(_ count: Int) {
        let bytes = [UInt8](repeating: 0, count: count)
        #expect(throws: WireError.truncated(message: "header", field: "length", offset: count)) {
            try MessageHeader(parsing: bytes.span, maximum: 100)
        }
    }

    @Test func anUnknownTypeIsSkippedUnlessCritical() throws {
        let body: [UInt8] = [1, 2, 3]
        for type in UInt8.min...UInt8.max where MessageType(rawValue: type) == nil {
            #expect(try Message.decode(type: type, flags: 0, body: body.span) == nil)
            #expect(throws: WireError.unknownCritical(type: type)) {
                try Message.decode(type: type, flags: 1, body: body.span)
            }
        }
    }

    @Test(arguments: MessageType.allCases) func aBodyOverTheLimitOfItsTypeIsRefused(_ type: MessageType) {
        let body = [UInt8](repeating: 0, count: type.maximumByteCount - MessageHeader.byteCount + 1)
        #expect(throws: WireError.limit(message: type.word, field: "message", limit: type.maximumByteCount)) {
            try decode(type, body)
        }
    }

    @Test func theHighestCommonVersionIsUsed() {
        #expect(ProtocolVersion.common(with: 3...3) == 3)
        #expect(ProtocolVersion.common(with: 0...9) == 3)
        #expect(ProtocolVersion.common(with: 4...5) == nil)
        #expect(ProtocolVersion.common(with: 1...2) == nil)
        #expect(ProtocolVersion.common(with: 0...0) == nil)
        #expect([ProtocolVersion.alpn, ProtocolVersion.enrolmentALPN] == ["looptop/1", "looptop-enrol/1"])
    }
}
