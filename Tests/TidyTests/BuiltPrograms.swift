import Glibc
import Testing

/// What the programs are linked with, read from the built files.
@Suite struct BuiltPrograms {
    /// A dynamic program names the libraries it needs in its string table; a static one carries their symbols.
    static func needs(_ library: String, _ bytes: [UInt8]) -> Bool {
        let wanted = Array(library.utf8)
        return bytes.withUnsafeBytes { text in
            guard let start = text.baseAddress else { return false }
            var offset = 0
            while offset + wanted.count <= text.count,
                let hit = memchr(start + offset, CInt(wanted[0]), text.count - offset - wanted.count + 1)
            {
                if memcmp(hit, wanted, wanted.count) == 0 { return true }
                offset = UnsafeRawPointer(hit) - start + 1
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
