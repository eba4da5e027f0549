/// The bytes of a recording: a head, then chunks, each with a checksum of its own, so that what is whole can be read where
/// something else is not. Layout: `docs/RECORDING.md`.
public enum RecordingFile {
    public static let version: UInt8 = 1

    /// The first eight bytes: a byte that is no text, a name, the version, and an end of line that a transfer as text would
    /// change.
    public static let head: [UInt8] = [0x8c] + Array("LOOP".utf8) + [version, 0x0d, 0x0a]

    /// Before each chunk, to find the next one behind damage.
    static let mark: [UInt8] = [0xc1] + Array("CHK".utf8)
    /// Mark, kind, reserved, length of the payload, checksum of kind to payload.
    static let chunkHead = 4 + 1 + 3 + 4 + 4

    public static func bytes(of chunk: RecordingChunk) -> [UInt8] {
        var writer = Writer(capacity: 256)
        chunk.write(to: &writer)
        let payload = writer.bytes
        let covered = [chunk.kind, 0, 0, 0] + bigEndian(UInt32(clamping: payload.count))
        var checksum = CRC32C()
        checksum.add(covered.span)
        checksum.add(payload.span)
        return mark + covered + bigEndian(checksum.value) + payload
    }

    private static func bigEndian(_ number: UInt32) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) }
    }
}

/// Reads a recording from its beginning. It goes on behind what cannot be read.
public struct RecordingReader: Sendable {
    /// Why nothing of it can be read.
    public enum Refusal: Error, Equatable, Sendable {
        /// It does not begin as one.
        case notARecording
        /// Made by a later version.
        case version(UInt8)
    }

    /// Bytes that belong to no chunk that is whole.
    public private(set) var lostBytes = 0
    /// Chunks of kinds that this version does not know.
    public private(set) var skipped = 0
    /// Whether the chunk that ends a recording was there.
    public private(set) var isComplete = false
    private var offset: Int
    /// How many bytes were summed up in vain.
    private var vain = 0

    public init(_ bytes: Span<UInt8>) throws(Refusal) {
        let head = RecordingFile.head
        let place = 5  // of the version
        guard bytes.count >= head.count else { throw .notARecording }
        for index in head.indices where index != place && bytes[index] != head[index] { throw .notARecording }
        guard bytes[place] == RecordingFile.version else { throw .version(bytes[place]) }
        offset = head.count
    }

    /// `nil` at the end.
    public mutating func next(in bytes: Span<UInt8>) -> RecordingChunk? {
        while offset < bytes.count {
            // A file made of marks would have each of them sum up all the rest.
            guard vain <= 4 * RecordingChunk.largestPayload else {
                lostBytes += bytes.count - offset
                offset = bytes.count
                return nil
            }
            guard let (kind, payload) = whole(in: bytes) else {
                lostBytes += 1
                offset += 1
                continue
            }
            offset = payload.upperBound
            var reader = Reader("recording")
            do throws(WireError) {
                guard let chunk = try RecordingChunk(kind: kind, from: &reader, in: bytes.extracting(payload)) else {
                    skipped += 1
                    continue
                }
                if chunk == .end { isComplete = true }
                return chunk
            } catch {
                lostBytes += RecordingFile.chunkHead + payload.count  // whole, and yet none that we would write
            }
        }
        return nil
    }

    /// The chunk that begins here: its kind, and where its payload is.
    private mutating func whole(in bytes: Span<UInt8>) -> (kind: UInt8, payload: Range<Int>)? {
        let begin = offset + RecordingFile.chunkHead
        guard begin <= bytes.count else { return nil }
        for (index, byte) in RecordingFile.mark.enumerated() where bytes[offset + index] != byte { return nil }
        let length = Int(number(in: bytes, at: offset + 8))
        guard length <= RecordingChunk.largestPayload, length <= bytes.count - begin else { return nil }
        var checksum = CRC32C()
        checksum.add(bytes.extracting(offset + 4..<offset + 12))
        checksum.add(bytes.extracting(begin..<begin + length))
        guard checksum.value == number(in: bytes, at: offset + 12) else {
            vain += length
            return nil
        }
        return (bytes[offset + 4], begin..<begin + length)
    }

    /// Big-endian; within, as the caller made sure.
    private func number(in bytes: Span<UInt8>, at place: Int) -> UInt32 {
        var number: UInt32 = 0
        for index in place..<place + 4 { number = number << 8 | UInt32(bytes[index]) }
        return number
    }
}
