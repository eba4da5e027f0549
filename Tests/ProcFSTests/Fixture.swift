import ProcFS

/// Recorded trees below `Tests/Fixtures`; each has a NOTE of kernel and origin.
enum Fixture {
    static func root(_ name: String) -> String {
        let here = #filePath.split(separator: "/").dropLast(2).joined(separator: "/")
        return "/\(here)/Fixtures/\(name)/proc"
    }

    /// The bytes of one recorded file: `bytes("host", "stat")`, `bytes("nginx", "20113/stat")`.
    static func bytes(_ name: String, _ file: String) throws -> [UInt8] {
        let reader = ProcReader(root: root(name))
        return try reader.withHostFile(file) { text throws(ProcError) in copied(text) }
    }
}

func copied(_ text: Span<UInt8>) -> [UInt8] {
    var bytes: [UInt8] = []
    for index in 0..<text.count { bytes.append(text[index]) }
    return bytes
}

/// SplitMix64: the same numbers for the same seed.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// A new seed each run, printed, so that a failure can be repeated.
func printedSeed(_ test: String = #function) -> UInt64 {
    let seed = UInt64.random(in: 0...UInt64.max)
    print("\(test): seed \(seed)")
    return seed
}
