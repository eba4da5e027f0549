import Glibc
import Testing
import Wire

/// `docs/PROTOCOL.md` is what other implementers work from: its examples must be true.
@Suite struct ProtocolDocumentTests {
    @Test func everyExampleDecodesAndEncodesToTheSameBytes() throws {
        let examples = try Self.examples()
        #expect(examples.count == Vector.all.count)
        for (name, text) in examples {
            let bytes = bytes(hex: text)
            let message = try #require(try decode(bytes), "\(name)")
            #expect(hex(message.encoded()) == hex(bytes), "\(name)")
        }
    }

    @Test func examplesAreTheVectorsOfTheTests() throws {
        let examples = Dictionary(try Self.examples()) { first, _ in first }
        for vector in Vector.all {
            let text = try #require(examples[vector.name], "no example \(vector.name)")
            #expect(hex(bytes(hex: text)) == hex(vector.bytes), "\(vector.name)")
        }
    }

    @Test func everyMessageAndFailureCodeIsListedWithItsNumber() throws {
        let document = try Self.document()
        for type in MessageType.allCases {
            #expect(document.contains("| \(type.rawValue) | \(type.word) |"), "\(type)")
        }
        for code in FailureCode.allCases {
            #expect(document.contains("| \(code.rawValue) | \(code) |"), "\(code)")
        }
    }

    /// Blocks that begin with "```hex NAME".
    private static func examples() throws -> [(String, String)] {
        try document().split(separator: "```hex ").dropFirst().map { block in
            let name = block.prefix { $0 != "\n" }
            let text = block.dropFirst(name.count + 1)
            return (String(name), String(text[..<(text.firstRange(of: "```")?.lowerBound ?? text.endIndex)]))
        }
    }

    private static func document() throws -> String {
        let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")
        return String(decoding: try contents(ofFile: root + "/docs/PROTOCOL.md"), as: UTF8.self)
    }
}

struct MissingFile: Error { var path: String }

func contents(ofFile path: String) throws -> [UInt8] {
    guard let file = fopen(path, "r") else { throw MissingFile(path: path) }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while case let count = fread(&buffer, 1, buffer.count, file), count > 0 { bytes += buffer[..<count] }
    return bytes
}
