import ArgumentParser
import Synchronization
import Testing

@testable import Agent
@testable import Dashboard

/// Commands and options that documents name exist, and those that exist are documented.
@Suite struct DocumentedCommands {
    static let documents = [
        "README.md", "docs/OPERATING.md", "docs/LAG.md", "docs/ARCHITECTURE.md", "docs/TESTING.md", "docs/PROTOCOL.md",
        "docs/SECURITY.md",
        "docs/RECORDING.md", "docs/PERFORMANCE.md",
        "integrations/node/README.md",
    ]

    static func program(_ name: String) -> any ParsableCommand.Type {
        name == "looptop" ? Looptop.self : AgentProgram.self
    }

    /// The command that the words lead to, and what of them is left.
    static func command(_ text: CommandText) -> (type: any ParsableCommand.Type, rest: ArraySlice<String>) {
        var type = program(text.program)
        var rest = text.words[...]
        if rest.first == "help" { rest.removeFirst() }
        while let word = rest.first,
            let next = type.configuration.subcommands.first(where: { $0._commandName == word })
        {
            type = next
            rest.removeFirst()
        }
        if let standard = type.configuration.defaultSubcommand { type = standard }
        return (type, rest)
    }

    /// `--yes`, `-o`: what its help lists. The help is long in the making, and asked for again and again.
    static func options(of type: any ParsableCommand.Type) -> Set<String> {
        known.withLock { known in
            if let options = known[ObjectIdentifier(type)] { return options }
            let options = readOptions(of: type)
            known[ObjectIdentifier(type)] = options
            return options
        }
    }

    private static let known = Mutex<[ObjectIdentifier: Set<String>]>([:])

    private static func readOptions(of type: any ParsableCommand.Type) -> Set<String> {
        let help = type.helpMessage(includeHidden: true, columns: 200)
        var found: Set<String> = []
        for line in help.split(separator: "\n") where line.hasPrefix("  -") {
            for word in line.split(whereSeparator: { " ,/".contains($0) }) {
                guard word.hasPrefix("-") else { break }
                found.insert(String(word))
            }
        }
        return found
    }

    /// What is wrong with it; `nil` where nothing is.
    static func fault(in text: CommandText) -> String? {
        let (type, rest) = command(text)
        // `looptop help COMMAND`, and messages that begin with the program's name
        if rest == ["COMMAND"] || rest.contains("...") { return nil }
        let known = options(of: type)
        for word in rest where word.hasPrefix("-") && word != "-" {
            let name = String(word.prefix { $0 != "=" })
            if !known.contains(name) { return "\(text): there is no \(name)" }
        }
        // `looptop web-1` names a host; a word without a number or a dot is a command that is not there.
        let isDefault = type == program(text.program).configuration.defaultSubcommand
        if isDefault, let word = rest.first, !word.hasPrefix("-"), word != type._commandName,
            text.program == "looptop-agent" || !word.contains(where: { $0.isNumber || $0 == "." })
        {
            return "\(text): there is no command \(word)"
        }
        guard text.isWhole, !rest.contains("--help"), text.words.first != "help" else { return nil }
        do {
            // By itself: the whole program takes a hundred times as long to be made ready for a line.
            _ = try type.parse(Array(rest))
            return nil
        } catch {
            return "\(text): \(type.message(for: error))"
        }
    }

    @Test(arguments: documents) func everyCommandOfADocumentExists(_ path: String) throws {
        for text in CommandText.all(in: try SourceTree.read(path)) {
            if let fault = Self.fault(in: text) { Issue.record("\(path): \(fault)") }
        }
    }

    /// `--flag` alone in a sentence: of whichever command.
    @Test(arguments: ["README.md", "docs/OPERATING.md"]) func everyOptionOfASentenceExists(_ path: String) throws {
        let all = Self.commands.reduce(into: Set<String>()) { $0.formUnion(Self.options(of: $1.type)) }
        var isBlock = false
        let prose = try SourceTree.read(path).split(separator: "\n", omittingEmptySubsequences: false).filter { line in
            if line.hasPrefix("```") { isBlock.toggle() }
            return !isBlock && !line.hasPrefix("```")
        }.joined(separator: "\n")
        for code in CommandText.codes(in: prose) where code.hasPrefix("--") {
            let name = String(code.prefix { $0 != " " && $0 != "=" })
            #expect(all.contains(name), "\(path): there is no \(name)")
        }
    }

    @Test func everyCommandAndOptionIsInTheManual() throws {
        let manual = try SourceTree.read("docs/OPERATING.md")
        let words = Set(manual.split { !$0.isLetter && !$0.isNumber && $0 != "-" })
        for (program, type) in Self.commands {
            let missing = Self.options(of: type).union([type._commandName])
                .subtracting(["-h", "--help", "--version"]).filter { !words.contains($0[...]) }
            #expect(missing.isEmpty, "\(program) \(type._commandName): not in docs/OPERATING.md")
        }
    }

    /// Those that do something: not what only leads to others.
    static let commands: [(program: String, type: any ParsableCommand.Type)] = {
        func leaves(_ type: any ParsableCommand.Type) -> [any ParsableCommand.Type] {
            let below = type.configuration.subcommands
            return below.isEmpty ? [type] : below.flatMap(leaves)
        }
        return CommandText.programs.map(String.init).sorted().flatMap { name in
            leaves(program(name)).map { (name, $0) }
        }
    }()

    @Test func theSearchFindsCommandsAndNothingElse() {
        let text = """
            Type `looptop ls -o json | jq .`, or `looptop-agent
            audit verify`; `make test` is no command of ours.
            ```sh
            laptop$ looptop restart 'web-1/api#2' --yes   # one worker
            looptop: no worker matches
            sudo -u nobody looptop-agent init --listen :7433
            ```
            ```
            looptop  hosts 7
            ```
            """
        #expect(
            CommandText.all(in: text).map(\.description) == [
                "looptop restart web-1/api#2 --yes", "looptop-agent init --listen :7433", "looptop ls -o json",
                "looptop-agent audit verify",
            ])
        #expect(CommandText.all(in: text).map(\.isWhole) == [true, true, false, false])
    }

    @Test(arguments: [
        ("looptop ls --wied", "--wied"), ("looptop restrat web-1/api", "restrat"), ("looptop-agent prune", "prune"),
        ("looptop-agent audit verify --all", "--all"), ("looptop roll web-1/api --to=6", "--to"),
    ])
    func whatIsMadeUpIsFound(_ line: String, _ word: String) throws {
        let text = try #require(CommandText(line: line, isWhole: false))
        #expect(try #require(Self.fault(in: text)).contains("\(word)"))
    }

    @Test(arguments: ["looptop scale web-1/api", "looptop ls --timeout soon", "looptop restart", "looptop-agent init"])
    func aWholeLineIsTakenAsItStands(_ line: String) throws {
        #expect(Self.fault(in: try #require(CommandText(line: line, isWhole: false))) == nil)
        #expect(Self.fault(in: try #require(CommandText(line: line, isWhole: true))) != nil)
    }
}
