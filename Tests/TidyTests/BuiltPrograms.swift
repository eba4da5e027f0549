import Testing

/// What the programs are linked with, read from the built files.
@Suite struct BuiltPrograms {
    /// A dynamic program names the libraries it needs in its string table; a static one carries their symbols.
    static func needs(_ library: String, _ bytes: [UInt8]) -> Bool {
        let wanted = Array(library.utf8)
        return bytes.withUnsafeBufferPointer { text in
            var start = text.startIndex
            while let hit = text[start...].firstIndex(of: wanted[0]) {
                if text[hit...].starts(with: wanted) { return true }
                start = hit + 1
            }
            return false
        }
    }

    static let built = ["debug", "release"].flatMap { kind in
        ["looptop", "looptop-agent"].map { ".build/\(kind)/\($0)" }
    }.filter(SourceTree.exists)

    @Test func thereIsAProgramToLookAt() { #expect(!Self.built.isEmpty) }

    @Test(arguments: built) func fullFoundationIsNotLinked(_ program: String) throws {
        let bytes = try SourceTree.bytes(of: program)
        #expect(!Self.needs("libFoundation.so", bytes), "\(program) links Foundation")
        #expect(!Self.needs("lib_FoundationICU", bytes), "\(program) links ICU")
        #expect(Self.needs("libc.so.6", bytes), "the search does not even find libc in \(program)")
    }
}
