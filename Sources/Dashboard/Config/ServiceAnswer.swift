/// The SRV records of a DNS answer; RFC 1035 section 4, RFC 2782. Takes any bytes and never traps.
///
/// Priorities and weights are passed over: every host is to be seen, not one of them to be used.
struct ServiceAnswer: Hashable, Sendable {
    struct Place: Hashable, Sendable {
        var host: String
        var port: UInt16
    }

    /// Why bytes are no answer; where in them.
    struct Malformed: Error, Hashable, Sendable {
        var offset: Int
    }

    /// In the order of the answer, each once.
    private(set) var places: [Place] = []
    /// How long it holds, in seconds; the shortest of all records.
    private(set) var lifetime: UInt32?

    init(parsing bytes: [UInt8]) throws(Malformed) {
        var reader = Reader(bytes: bytes)
        reader.at = 4
        let questions = try reader.number()
        let answers = try reader.number()
        reader.at = 12
        for _ in 0..<questions {
            _ = try reader.name()
            try reader.skip(4)
        }
        for _ in 0..<answers {
            _ = try reader.name()
            let type = try reader.number()
            try reader.skip(2)  // class
            let lifetime = UInt32(try reader.number()) << 16 | UInt32(try reader.number())
            let length = Int(try reader.number())
            let end = reader.at + length
            guard end <= bytes.count else { throw Malformed(offset: reader.at) }
            if type == Self.service {
                try reader.skip(4)  // priority, weight
                let port = try reader.number()
                let host = try reader.name()
                guard reader.at == end else { throw Malformed(offset: reader.at) }
                // "." says that the service is not there.
                let place = Place(host: host, port: port)
                if !host.isEmpty, !places.contains(place) { places.append(place) }
                self.lifetime = min(self.lifetime ?? lifetime, lifetime)
            }
            reader.at = end
        }
    }

    private static let service: UInt16 = 33

    private struct Reader {
        let bytes: [UInt8]
        var at = 0

        mutating func skip(_ count: Int) throws(Malformed) {
            guard bytes.count - at >= count else { throw Malformed(offset: at) }
            at += count
        }

        mutating func number() throws(Malformed) -> UInt16 {
            guard bytes.count - at >= 2 else { throw Malformed(offset: at) }
            defer { at += 2 }
            return UInt16(bytes[at]) << 8 | UInt16(bytes[at + 1])
        }

        /// Without the dot at its end; empty for the root. A pointer leads to an earlier place only, so there is an end.
        mutating func name() throws(Malformed) -> String {
            var labels: [String] = []
            var place = at
            var limit = at
            var isBehind = false
            var length = 0
            while true {
                guard bytes.indices.contains(place) else { throw Malformed(offset: place) }
                let count = Int(bytes[place])
                if count & 0xC0 == 0xC0 {
                    guard place + 1 < bytes.count else { throw Malformed(offset: place) }
                    let target = (count & 0x3F) << 8 | Int(bytes[place + 1])
                    guard target < limit else { throw Malformed(offset: place) }
                    if !isBehind { at = place + 2 }
                    isBehind = true
                    limit = target
                    place = target
                    continue
                }
                guard count & 0xC0 == 0 else { throw Malformed(offset: place) }
                place += 1
                if count == 0 { break }
                length += count + 1
                let label = bytes[min(place, bytes.count)..<min(place + count, bytes.count)]
                guard label.count == count, length <= 254, label.allSatisfy(Self.isPlain) else {
                    throw Malformed(offset: place)
                }
                labels.append(String(decoding: label, as: UTF8.self))
                place += count
            }
            if !isBehind { at = place }
            return labels.joined(separator: ".")
        }

        private static func isPlain(_ byte: UInt8) -> Bool { byte > 0x20 && byte < 0x7F && byte != UInt8(ascii: ".") }
    }
}
