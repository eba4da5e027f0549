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
