/// The lines of a log file, one after the other and in pieces of 64 KiB: the file can be large.
struct AuditLines {
    struct Line {
        /// From 1.
        var number: Int
        /// Without its newline.
        var bytes: ArraySlice<UInt8>
        /// `false` for the last one of a file that does not end with a newline.
        var isEnded: Bool
    }

    /// What is longer was not written by us: it is cut, and so has no chain.
    static let longest = 1 << 20
    private static let chunk = 64 << 10

    private let file: AuditDescriptor
    private var offset: Int64 = 0
    private var buffer: [UInt8] = []
    private var at = 0
    private var number = 0

    init(_ file: AuditDescriptor) { self.file = file }

    mutating func next() -> Line? {
        var line: [UInt8] = []
        while true {
            if at == buffer.count {
                buffer = file.read(Self.chunk, at: offset)
                offset += Int64(buffer.count)
                at = 0
                if buffer.isEmpty {
                    guard !line.isEmpty else { return nil }
                    return numbered(line, isEnded: false)
                }
            }
            let rest = buffer[at...]
            let end = rest.firstIndex(of: UInt8(ascii: "\n"))
            line += rest[..<(end ?? rest.endIndex)].prefix(Self.longest - line.count)
            at = end.map { $0 + 1 } ?? buffer.count
            if end != nil { return numbered(line, isEnded: true) }
        }
    }

    private mutating func numbered(_ line: [UInt8], isEnded: Bool) -> Line {
        number += 1
        return Line(number: number, bytes: line[...], isEnded: isEnded)
    }
}

extension ArraySlice<UInt8> {
    /// Where a word ends that is in there, the first time. Logs are long, and the search of the standard library takes any
    /// collection: it took three quarters of the time of reading one.
    func end(of word: StaticString) -> Int? {
        word.withUTF8Buffer { word in
            guard count >= word.count else { return nil }
            let place = (startIndex...endIndex - word.count).first { place in
                word.indices.allSatisfy { self[place + $0] == word[$0] }
            }
            return place.map { $0 + word.count }
        }
    }
}
