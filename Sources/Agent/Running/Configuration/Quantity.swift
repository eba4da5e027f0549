import Trust

/// Sizes and times as people write them: `512MiB`, `1.5GB`, `500ms`, `2m`. A number without a unit is refused: nobody
/// can tell seconds from milliseconds later.
enum Quantity {
    private static let sizes: [(word: String, bytes: Double)] = [
        ("B", 1), ("kB", 1e3), ("MB", 1e6), ("GB", 1e9), ("TB", 1e12), ("KiB", 1024), ("MiB", 1_048_576),
        ("GiB", 1_073_741_824), ("TiB", 1_099_511_627_776),
    ]
    private static let times: [(word: String, seconds: Double)] = [
        ("ms", 0.001), ("s", 1), ("m", 60), ("h", 3600), ("d", 86_400),
    ]

    static func bytes(_ text: some StringProtocol) -> UInt64? {
        guard let (number, unit) = parts(text), let size = sizes.first(where: { $0.word == unit }) else { return nil }
        let bytes = (number * size.bytes).rounded()
        return bytes < 9e18 ? UInt64(bytes) : nil
    }

    static func duration(_ text: some StringProtocol) -> Duration? {
        guard let (number, unit) = parts(text), let time = times.first(where: { $0.word == unit }) else { return nil }
        let milliseconds = (number * time.seconds * 1000).rounded()
        return milliseconds < 1e15 ? .milliseconds(Int64(milliseconds)) : nil
    }

    /// Not negative, and finite.
    private static func parts(_ text: some StringProtocol) -> (Double, String)? {
        let digits = text.prefix { ("0"..."9").contains($0) || $0 == "." }
        guard digits.count <= 15, digits.first != ".", digits.last != ".", let number = Double(String(digits)) else {
            return nil
        }
        return (number, String(text.dropFirst(digits.count)))
    }

    /// In the largest unit that makes it whole.
    static func text(_ duration: Duration) -> String {
        let (seconds, atto) = duration.components
        let milliseconds = seconds * 1000 + atto / 1_000_000_000_000_000
        let unit = times.last { milliseconds != 0 && milliseconds % Int64($0.seconds * 1000) == 0 } ?? times[0]
        return "\(milliseconds / Int64(unit.seconds * 1000))\(unit.word)"
    }

    /// In the largest binary unit that makes it whole.
    static func text(bytes: UInt64) -> String {
        let unit = sizes.last { $0.word.hasSuffix("iB") && bytes != 0 && bytes % UInt64($0.bytes) == 0 } ?? sizes[0]
        return "\(bytes / UInt64(unit.bytes))\(unit.word)"
    }
}

extension JSON5Cursor {
    /// A time between two others.
    func duration(_ range: ClosedRange<Duration>) throws(JSON5Problem) -> Duration {
        let bounds = "\(Quantity.text(range.lowerBound)) to \(Quantity.text(range.upperBound))"
        guard let duration = Quantity.duration(try text()) else {
            throw problem("it must be a time such as \"500ms\", \"30s\", \"2m\" or \"1h\"")
        }
        guard range.contains(duration) else { throw problem("it must be \(bounds)") }
        return duration
    }

    func bytes() throws(JSON5Problem) -> UInt64 {
        guard let bytes = Quantity.bytes(try text()), bytes > 0 else {
            throw problem("it must be a size such as \"512MiB\" or \"1GiB\"")
        }
        return bytes
    }
}
