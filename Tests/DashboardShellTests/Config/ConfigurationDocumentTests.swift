import Glibc
import Testing

@testable import Dashboard

/// What the manual shows as a file is taken as it stands.
@Suite struct ConfigurationDocumentTests {
    private static let root = String(
        #filePath.dropLast("/Tests/DashboardShellTests/Config/ConfigurationDocumentTests.swift".count))

    private static func examples(beginning start: String) throws -> [String] {
        let descriptor = open("\(root)/docs/OPERATING.md", O_RDONLY | O_CLOEXEC)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while case let count = read(descriptor, &buffer, buffer.count), count > 0 { bytes += buffer[..<count] }
        var examples: [String] = []
        var block: String?
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("```") {
                if let block, block.hasPrefix(start) { examples.append(block) }
                block = block == nil && line == "```json5" ? "" : nil
            } else if block != nil {
                block?.append("\(line)\n")
            }
        }
        return examples
    }

    @Test func examplesOfTheConfigurationAreTaken() throws {
        let examples = try Self.examples(beginning: "// config.json5")
        #expect(examples.count == 1)
        for example in examples {
            #expect(ConfigurationReaderTests.problems(example) == [])
            let configuration = try ConfigurationReaderTests.parse(example)
            #expect(configuration.contexts.map(\.isProtected) == [false, true])
            #expect(configuration.context == "staging")
        }
    }
}
