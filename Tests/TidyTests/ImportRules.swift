import Testing

/// Which module may import which: `docs/ARCHITECTURE.md`, "Modules".
@Suite struct ImportRules {
    /// Own modules and packages; the standard library, Glibc and Synchronization are open to all but Model, Lag,
    /// Discovery, Wire, Serving and Exposition, which know nothing of a system.
    static let allowed: [Substring: Set<Substring>] = [
        "Model": [],
        "ProcFS": ["Model", "Glibc"],
        "Lag": ["Model"],
        "Discovery": ["Model"],
        "Wire": ["Model"],
        "Trust": ["Model", "Glibc", "X509", "Crypto", "SwiftASN1", "FoundationEssentials", "Synchronization"],
        "Transport": [
            "Model", "Wire", "Trust", "Glibc", "Synchronization", "NIOCore", "NIOPosix", "NIOSSL", "NIOTLS",
            "NIOHTTP1", "CZlib",
        ],
        "Serving": ["Model", "Wire"],
        "Exposition": ["Model"],
        "Control": ["Model", "Glibc", "CLinux"],
        "Manual": ["ArgumentParser", "FoundationEssentials"],
        "Console": ["Model", "Glibc", "CNcurses"],
        "Agent": [
            "Model", "ProcFS", "Lag", "Discovery", "Wire", "Serving", "Exposition", "Trust", "Transport", "Control",
            "CLinux",
            "Manual", "Glibc", "Synchronization", "ArgumentParser", "Logging", "FoundationEssentials",
        ],
        "Dashboard": [
            "Model", "Lag", "Wire", "Trust", "Transport", "Exposition", "Console", "CLinux", "Manual", "Glibc",
            "Synchronization",
            "ArgumentParser", "FoundationEssentials",
        ],
        "Simulator": [
            "Model", "Wire", "Serving", "Trust", "Transport", "CLinux", "Glibc", "Synchronization", "ArgumentParser",
        ],
    ]

    /// One file each knows the C library.
    static let onlyIn: [Substring: Set<String>] = [
        "CNcurses": ["Sources/Console/CursesTerminal.swift"],
        "CZlib": ["Sources/Transport/Gzip.swift"],
        "Control/CLinux": ["Sources/Control/LinuxKernel.swift"],
    ]

    static func imports(of file: SourceTree.File) -> [Substring] {
        file.lines.compactMap { line in
            var words = line.split(separator: " ")
            while let first = words.first, first.hasPrefix("@") || ["public", "internal", "package"].contains(first) {
                words.removeFirst()
            }
            guard words.first == "import", words.count > 1 else { return nil }
            let kinds: Set<Substring> = ["struct", "func", "enum", "class", "protocol", "typealias"]
            return kinds.contains(words[1]) ? words.dropFirst(2).first?.prefix { $0 != "." } : words[1]
        }
    }

    @Test func modulesImportOnlyWhatTheTableAllows() throws {
        let files = try SourceTree.files(below: "Sources", ending: ".swift")
        #expect(files.count > 50)
        for file in files {
            let allowed = try #require(Self.allowed[file.module], "\(file): a module the table does not know")
            for name in Self.imports(of: file) where name != file.module {
                #expect(allowed.contains(name), "\(file) imports \(name)")
            }
        }
    }

    /// What all tests may use must not lead any of them to a module that it is not about.
    @Test func theTestsSupportImportsNoModule() throws {
        let files = try SourceTree.files(below: "Tests/Support", ending: ".swift")
        #expect(!files.isEmpty)
        for file in files { for name in Self.imports(of: file) { #expect(name == "Glibc", "\(file) imports \(name)") } }
    }

    @Test func oneFileKnowsCurses() throws {
        for (place, homes) in Self.onlyIn {
            let parts = place.split(separator: "/")
            let folder = parts.count > 1 ? "Sources/\(parts[0])" : "Sources"
            let users = try SourceTree.files(below: folder, ending: ".swift")
                .filter { Self.imports(of: $0).contains(parts[parts.count - 1]) }.map(\.path)
            #expect(Set(users) == homes, "\(place) is imported by \(users)")
        }
    }

    @Test func theReaderOfImportsSeesEachForm() {
        let text = "public import Model\nimport struct Glibc.stat\n@testable import Wire\n// import Nothing\n"
        #expect(Self.imports(of: SourceTree.File(path: "Sources/X/a.swift", text: text)) == ["Model", "Glibc", "Wire"])
    }
}
