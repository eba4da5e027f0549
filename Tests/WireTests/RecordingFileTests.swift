import Model
import TestSupport
import Testing
import Wire

/// Recordings in files: whole ones come out as they went in, of damaged ones what is whole.
@Suite struct RecordingFileTests {
    static let info = HostInfo(
        id: HostID(high: 1, low: 2), boot: BootID(high: 3, low: 4), name: "web-17", kernel: "6.1.0", cores: 16,
        ticksPerSecond: 100, agentVersion: "0.1.0", intervalNanoseconds: 1_000_000_000)

    private static func chunks(_ seed: UInt64, _ count: Int) -> [RecordingChunk] {
        var random = SeededGenerator(seed: seed)
        var generator = ControlGenerator(seed: seed)
        func at() -> MonotonicInstant { MonotonicInstant(nanoseconds: random.next()) }
        return (0..<count).map { place -> RecordingChunk in
            let host = UInt32(place % 3)
            switch Int.random(in: 0..<5, using: &random) {
            case 0:
                return .host(
                    RecordedHost(
                        number: host, label: "web-\(place)", address: "10.0.0.1:7433", isNamed: place % 2 == 0))
            case 1: return .news(host: host, at: at(), .connected(info, .operator))
            case 2: return .news(host: host, at: at(), .lost("connect timed out"))
            case 3: return .news(host: host, at: at(), .event(generator.event()))
            default:
                let bytes = (0..<Int.random(in: 0...3000, using: &random)).map { _ in
                    UInt8.random(in: 0...255, using: &random)
                }
                return .stretch(
                    RecordedStretch(
                        host: host, source: RecordedStretch.Source.allCases.randomElement(using: &random) ?? .live,
                        boot: BootID(high: random.next(), low: random.next()), clockOffset: random.next(),
                        calendarOffset: Int64(bitPattern: random.next()), first: at(), last: at(), messages: bytes))
            }
        }
    }

    private static func file(_ chunks: [RecordingChunk]) -> [UInt8] {
        RecordingFile.head + chunks.flatMap { RecordingFile.bytes(of: $0) }
    }

    private static func read(_ bytes: [UInt8]) throws -> (chunks: [RecordingChunk], reader: RecordingReader) {
        var reader = try RecordingReader(bytes.span)
        var chunks: [RecordingChunk] = []
        while let chunk = reader.next(in: bytes.span) { chunks.append(chunk) }
        return (chunks, reader)
    }

    @Test(arguments: 0..<50) func whatIsWrittenIsRead(_ seed: Int) throws {
        let chunks = Self.chunks(UInt64(seed), 20) + [.end]
        let (found, reader) = try Self.read(Self.file(chunks))
        #expect(found == chunks)
        #expect(reader.isComplete && reader.lostBytes == 0 && reader.skipped == 0)
    }

    /// Cut at any byte: all chunks before that are there, and that the end is missing is known.
    @Test func aFileThatWasCutOffTellsWhatIsWhole() throws {
        let chunks = Self.chunks(3, 8)
        let bytes = Self.file(chunks + [.end])
        var ends = [RecordingFile.head.count]
        for chunk in chunks { ends.append((ends.last ?? 0) + RecordingFile.bytes(of: chunk).count) }
        for length in stride(from: RecordingFile.head.count, to: bytes.count, by: 7) {
            let (found, reader) = try Self.read(Array(bytes.prefix(length)))
            #expect(found == Array(chunks.prefix(ends.count { $0 <= length } - 1)))
            #expect(!reader.isComplete)
        }
    }

    /// Whatever is changed, at most the chunks that it is in are lost, and nothing else is read instead.
    @Test(arguments: 0..<200) func damageCostsOnlyWhatItIsIn(_ seed: Int) throws {
        var random = SeededGenerator(seed: UInt64(seed))
        let chunks = Self.chunks(UInt64(seed), 12) + [.end]
        var bytes = Self.file(chunks)
        var ends = [RecordingFile.head.count]
        for chunk in chunks { ends.append((ends.last ?? 0) + RecordingFile.bytes(of: chunk).count) }
        var hit: Set<Int> = []
        for _ in 0..<Int.random(in: 1...3, using: &random) {
            let place = Int.random(in: RecordingFile.head.count..<bytes.count, using: &random)
            bytes[place] ^= UInt8.random(in: 1...255, using: &random)
            hit.insert(ends.lastIndex { $0 <= place } ?? 0)
        }
        let (found, reader) = try Self.read(bytes)
        let whole = chunks.enumerated().filter { !hit.contains($0.offset) }.map(\.element)
        // A byte that was changed twice may be what it was.
        #expect(found == whole || found == chunks, "seed \(seed)")
        #expect(found == chunks || reader.lostBytes > 0 || !reader.isComplete, "seed \(seed)")
    }

    @Test(arguments: 0..<300) func anyBytesAreReadToTheirEnd(_ seed: Int) throws {
        var random = SeededGenerator(seed: UInt64(seed))
        var bytes = RecordingFile.head
        for _ in 0..<Int.random(in: 0...6, using: &random) {
            var part = RecordingFile.bytes(of: Self.chunks(UInt64(seed), 1)[0])
            if random.chance(50) { part = part.shuffled(using: &random) }
            if random.chance(50) { part = Array(part.prefix(Int.random(in: 0...part.count, using: &random))) }
            bytes += part
        }
        _ = try Self.read(bytes)
    }

    @Test func whatIsNoRecordingIsRefused() {
        #expect(throws: RecordingReader.Refusal.notARecording) { try Self.read([]) }
        #expect(throws: RecordingReader.Refusal.notARecording) { try Self.read(Array("not a recording at all".utf8)) }
        var later = RecordingFile.head
        later[5] = 2
        #expect(throws: RecordingReader.Refusal.version(2)) { try Self.read(later) }
    }

    @Test func aKindThatIsNotKnownIsPassedOver() throws {
        var chunk = RecordingFile.bytes(of: .end)
        chunk[4] = 77
        var checksum = CRC32C()
        checksum.add(chunk[4..<12].span)
        for index in 0..<4 { chunk[12 + index] = UInt8(truncatingIfNeeded: checksum.value >> UInt32(24 - 8 * index)) }
        let known = Self.chunks(5, 3)
        let bytes = Self.file(Array(known.prefix(2))) + chunk + known.suffix(1).flatMap { RecordingFile.bytes(of: $0) }
        let (found, reader) = try Self.read(bytes)
        #expect(found == known)
        #expect(reader.skipped == 1 && reader.lostBytes == 0)
    }

    /// RFC 3720, appendix B.4.
    @Test func theChecksumIsCastagnolis() {
        var ones = CRC32C()
        ones.add(Array(repeating: UInt8.max, count: 32).span)
        #expect(ones.value == 0x62a8_ab43)
        var digits = CRC32C()
        digits.add(Array("1234".utf8).span)
        digits.add(Array("56789".utf8).span)
        #expect(digits.value == 0xe306_9283)
    }
}
