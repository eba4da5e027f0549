import Testing

/// What documents say of files, modules and chapters is so.
@Suite struct DocumentedFiles {
    static let documents = [
        "README.md", "docs/OPERATING.md", "docs/LAG.md", "docs/ARCHITECTURE.md", "docs/TESTING.md", "docs/PROTOCOL.md",
        "docs/SECURITY.md",
        "docs/RECORDING.md", "docs/SCALE.md", "docs/PERFORMANCE.md",
        "integrations/node/README.md",
    ]

    @Test(arguments: documents) func everySwiftFileOfADocumentIsThere(_ path: String) throws {
        let files = try ["Sources", "Tests", "Fuzz"].flatMap { try SourceTree.paths(below: $0) } + ["Package.swift"]
        for code in CommandText.codes(in: try SourceTree.read(path))
        where code.hasSuffix(".swift") && !code.contains(" ") {
            if code.contains("*") { continue }
            #expect(files.contains { $0 == code || $0.hasSuffix("/" + code) }, "\(path): there is no \(code)")
        }
    }

    /// `[word](#heading)`, `[word](FILE.md#heading)`
    @Test(arguments: documents) func everyLinkLeadsSomewhere(_ path: String) throws {
        let folder = path.split(separator: "/").dropLast().joined(separator: "/")
        for part in try SourceTree.read(path).replacing("\n", with: " ").split(separator: "](").dropFirst() {
            let link = part.prefix { $0 != ")" }
            if link.contains("://") || link.contains(" ") { continue }
            let parts = link.split(separator: "#", omittingEmptySubsequences: false)
            let file = parts[0].isEmpty ? path : Self.resolved(String(parts[0]), in: folder)
            guard SourceTree.exists(file) else {
                Issue.record("\(path): \(link) leads nowhere")
                continue
            }
            guard parts.count > 1 else { continue }
            #expect(Self.anchors(of: try SourceTree.read(file)).contains(String(parts[1])), "\(path): \(link)")
        }
    }

    /// "Modules" of the architecture, `ImportRules` and `Package.swift` say the same.
    @Test func theTableOfModulesIsTheOneThatIsChecked() throws {
        let table = try Self.modules()
        #expect(
            Set(table.keys) == Set(ImportRules.allowed.keys.map(String.init)).union(["CLinux", "CNcurses", "CZlib"]))
        for (module, allowed) in ImportRules.allowed {
            let row = try #require(table[String(module)])
            #expect(row.own.union(row.others) == Set(allowed.map(String.init)), "\(module)")
        }
        let package = try SourceTree.read("Package.swift")
        for (module, row) in table {
            guard let start = package.firstRange(of: "library(\"\(module)\", [") else { continue }
            let parts = package[start.upperBound...].prefix { $0 != "]" }
                .split(separator: "\"", omittingEmptySubsequences: false)
            // Own modules are in quotes, and packages are not.
            let wanted = Set(parts.indices.filter { $0 % 2 == 1 }.map { String(parts[$0]) })
            #expect(wanted == row.own, "\(module) in Package.swift")
        }
    }

    @Test(arguments: ["Agent", "Dashboard"]) func everyFolderIsNamed(_ module: String) throws {
        let text = try SourceTree.read("docs/ARCHITECTURE.md")
        let folders = try SourceTree.paths(below: "Sources/\(module)").map { $0.split(separator: "/") }
            .filter { $0.count > 3 }.map { String($0[2]) }
        for folder in Set(folders) { #expect(text.contains("`\(module)/\(folder)`"), "\(module)/\(folder)") }
    }

    @Test func everyKindOfTestIsExplained() throws {
        let text = try SourceTree.read("docs/TESTING.md")
        let folders = Set(try SourceTree.paths(below: "Tests").map { String($0.split(separator: "/")[1]) })
        for target in folders where target.hasSuffix("Tests") {
            let isExplained = text.contains("| \(target) |")
            #expect(isExplained, "\(target)")
        }
        for path in try SourceTree.paths(below: "Tests/EndToEnd") {
            let name = path.split(separator: "/").last ?? ""
            guard name.hasPrefix("test_"), name.hasSuffix(".py") else { continue }
            let isExplained = text.contains("- `\(name)`: ")
            #expect(isExplained, "\(name)")
        }
    }

    /// The pictures of the README are those of the tests, without their empty rows.
    @Test func theScreensOfTheReadmeAreGoldens() throws {
        let blocks = try SourceTree.read("README.md").split(separator: "```").filter {
            $0.contains("──────") && $0.contains("Fleet > ")
        }
        #expect(blocks.count == 2)
        let folder = "Tests/DashboardTests/Goldens"
        let goldens = try SourceTree.files(below: folder, ending: "-80x24.txt").map { Self.rows(of: $0.text) }
        for block in blocks {
            let rows = Self.rows(of: String(block))
            let isGolden = goldens.contains { $0 == rows }
            #expect(isGolden, "no golden is as README's \(rows.dropFirst(2).first ?? "")")
        }
    }

    @Test func aHeadingIsAnAnchor() {
        let text = "# One `two`\n## What's it for?\n```\n# no heading\n```\n### A-b c\n"
        #expect(Self.anchors(of: text) == ["one-two", "whats-it-for", "a-b-c"])
        #expect(Self.resolved("../README.md", in: "docs") == "README.md")
        #expect(Self.resolved("LAG.md", in: "docs") == "docs/LAG.md")
    }

    // MARK: reading

    private static func rows(of text: String) -> [Substring] {
        text.split(separator: "\n").map { line in
            line.lastIndex { $0 != " " }.map { line[...$0] } ?? ""
        }.filter { !$0.isEmpty }
    }

    private static func resolved(_ link: String, in folder: String) -> String {
        var parts = folder.split(separator: "/").map(String.init)
        for part in link.split(separator: "/") {
            if part == ".." { _ = parts.popLast() } else { parts.append(String(part)) }
        }
        return parts.joined(separator: "/")
    }

    /// Headings as links name them: small letters, `-` for blanks, nothing else but letters and digits.
    private static func anchors(of text: String) -> Set<String> {
        var isBlock = false
        var found: Set<String> = []
        for line in text.split(separator: "\n") {
            if line.hasPrefix("```") { isBlock.toggle() }
            guard !isBlock, line.hasPrefix("#") else { continue }
            let title = line.drop { $0 == "#" }.dropFirst().lowercased()
            found.insert(
                String(
                    title.map { $0 == " " ? "-" : $0 }.filter { $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" }))
        }
        return found
    }

    /// `| \`Name\` | what | own modules | others |`
    private static func modules() throws -> [String: (own: Set<String>, others: Set<String>)] {
        let text = try SourceTree.read("docs/ARCHITECTURE.md")
        let start = try #require(text.firstRange(of: "| module | holds | own modules |"))
        var found: [String: (own: Set<String>, others: Set<String>)] = [:]
        for line in text[start.upperBound...].split(separator: "\n").dropFirst(2) {
            guard line.hasPrefix("| `") else { break }
            let cells = line.split(separator: "|", omittingEmptySubsequences: false)
            let name = cells[1].split(separator: "`")[1]
            func names(_ cell: Substring) -> Set<String> {
                Set(cell.split(separator: ",").compactMap { $0.split(separator: " ").first.map(String.init) })
            }
            found[String(name)] = (names(cells[3]), names(cells[4]))
        }
        return found
    }
}
