import Testing

/// A newcomer finds a thing by its name, and reads a file in one go.
@Suite struct FileShape {
    /// Code in one go; a test file may list more cases.
    static let maximumLines = ["Sources": 350, "Tests": 450]

    @Test func filesStayReadable() throws {
        for (folder, maximum) in Self.maximumLines {
            for file in try SourceTree.files(below: folder, ending: ".swift") {
                #expect(file.lines.count <= maximum, "\(file) has \(file.lines.count) lines")
            }
        }
    }

    @Test func noTwoFilesOfAModuleHaveOneName() throws {
        let files = try SourceTree.files(below: "Sources", ending: ".swift")
        let names = Dictionary(grouping: files) { "\($0.module)/\($0.name)" }
        for (name, same) in names { #expect(same.count == 1, "\(name): \(same)") }
    }

    @Test func nothingOfTheWorkplaceIsCommitted() throws {
        let marks = ["/wo" + "rk/", "/tm" + "p/ns", ".pye" + "nv"]
        for folder in ["Sources", "Tests", "scripts", "docs", "Demo", "Benchmarks", "Fuzz", "integrations"] {
            for ending in [".swift", ".md", ".py", ".sh", ".c", ".h", ".js", "/run", "/demo"] {
                let files = try SourceTree.files(below: folder, ending: ending)
                for file in files where !file.path.contains("/Fixtures/") {
                    for mark in marks { #expect(!file.text.contains(mark), "\(file) contains \(mark)") }
                }
            }
        }
    }
}
