/// A page of the manual in troff's man macros (man(7), groff_man(7)), made from what the program says of its command line.
public struct ManPage {
    /// A section at the end: `FILES`, `EXIT STATUS`.
    public struct Section: Sendable {
        var title: String
        /// What, and what it means.
        var items: [(String, String)]

        public init(_ title: String, _ items: [(String, String)]) {
            self.title = title
            self.items = items
        }
    }

    /// With a newline at its end.
    public private(set) var text = ""
    private let tool: ToolDescription.Command
    /// Options that many commands have in common: told once.
    private let common: [ToolDescription.Argument]

    /// So many commands with one option make it one that is told once.
    private static let many = 4

    /// - Parameters:
    ///   - description: what `_dumpHelp()` of the program's root command gives.
    ///   - version: of the program.
    ///   - related: `looptop-agent(1)`.
    public init(_ description: String, version: String, sections: [Section], related: [String]) throws {
        tool = try ToolDescription(json: description).command
        var counts: [ToolDescription.Argument: Int] = [:]
        var order: [ToolDescription.Argument] = []
        for command in Self.leaves(of: tool, named: "").map(\.command) {
            for argument in command.shownArguments where argument.kind != .positional {
                if counts[argument] == nil { order.append(argument) }
                counts[argument, default: 0] += 1
            }
        }
        common = order.filter { counts[$0, default: 0] >= Self.many }
        write(version: version, sections: sections, related: related)
    }

    private mutating func write(version: String, sections: [Section], related: [String]) {
        let name = tool.commandName
        text = ".TH \(Self.argument(name.uppercased())) 1 \"\" \(Self.argument("\(name) \(version)")) \"\"\n"
        head("NAME")
        add("\(Self.escaped(name)) \\- \(Self.escaped(sentence(tool.abstract)))")
        head("SYNOPSIS")
        let commands = Self.leaves(of: tool, named: name)
        add("\\fB\(Self.escaped(name))\\fR \\fIcommand\\fR [\\fIoptions\\fR]")
        if let standard = tool.shownCommands.first(where: { $0.commandName == tool.defaultSubcommand }) {
            add(".br")
            add(Self.usage(name, standard.shownArguments))
        }
        if let discussion = tool.discussion {
            head("DESCRIPTION")
            paragraphs(discussion)
        }
        if !common.isEmpty {
            head("COMMON OPTIONS")
            add("What many of the commands below take.")
            for argument in common { item(argument) }
        }
        head("COMMANDS")
        for (title, command) in commands { self.command(title, command) }
        for section in sections {
            head(section.title)
            for (what, meaning) in section.items {
                add(".TP")
                add("\\fB\(Self.escaped(what))\\fR")
                add(Self.line(meaning))
            }
        }
        head("SEE ALSO")
        add(Self.line(related.joined(separator: ", ")))
    }

    private mutating func command(_ title: String, _ command: ToolDescription.Command) {
        add(".SS \(Self.argument(title))")
        let own = command.shownArguments.filter { !common.contains($0) }
        add(Self.usage(title, own))
        if let abstract = command.abstract {
            add(".PP")
            add(Self.line(abstract))
        }
        if let discussion = command.discussion {
            add(".PP")
            paragraphs(discussion)
        }
        for argument in own { item(argument) }
        let shared = command.shownArguments.filter { common.contains($0) }.compactMap { $0.spellings.last }
        guard !shared.isEmpty else { return }
        add(".PP")
        add("Common options: \(shared.map { "\\fB\(Self.escaped($0))\\fR" }.joined(separator: ", ")).")
    }

    private static func usage(_ title: String, _ arguments: [ToolDescription.Argument]) -> String {
        let values = arguments.filter { $0.kind == .positional }.map { argument in
            let name = "\\fI\(escaped(argument.valueName ?? "value"))\\fR"
            let repeated = argument.isRepeating ? "\(name) ..." : name
            return argument.isOptional ? "[\(repeated)]" : repeated
        }
        return (["\\fB\(escaped(title))\\fR"] + values + ["[\\fIoptions\\fR]"]).joined(separator: " ")
    }

    private mutating func item(_ argument: ToolDescription.Argument) {
        add(".TP")
        let value = argument.placeholder.map { " \\fI\(Self.escaped($0))\\fR" } ?? ""
        let names = argument.spellings.map { "\\fB\(Self.escaped($0))\\fR" }
        add(
            names.isEmpty
                ? "\\fI\(Self.escaped(argument.valueName ?? "value"))\\fR" : names.joined(separator: ", ") + value)
        var meaning = argument.abstract ?? ""
        if let standard = argument.defaultValue { meaning += " (default: \(standard))" }
        add(Self.line(meaning.isEmpty ? "-" : meaning))
        if let discussion = argument.discussion { add(Self.line(discussion)) }
    }

    /// Commands that do something, with the words that lead there.
    private static func leaves(
        of command: ToolDescription.Command, named name: String
    ) -> [(title: String, command: ToolDescription.Command)] {
        command.shownCommands.flatMap { below in
            let title = name.isEmpty ? below.commandName : "\(name) \(below.commandName)"
            return below.shownCommands.isEmpty ? [(title, below)] : leaves(of: below, named: title)
        }
    }

    // MARK: troff

    private mutating func add(_ line: String) { text += line + "\n" }

    private mutating func head(_ title: String) { add(".SH \(Self.argument(title))") }

    /// Blank lines part paragraphs.
    private mutating func paragraphs(_ discussion: String) {
        var isFirst = true
        var lines: [Substring] = []
        func flush(into page: inout ManPage) {
            guard !lines.isEmpty else { return }
            if !isFirst { page.add(".PP") }
            isFirst = false
            page.add(Self.line(lines.joined(separator: " ")))
            lines = []
        }
        for line in discussion.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.allSatisfy(\.isWhitespace) { flush(into: &self) } else { lines.append(line) }
        }
        flush(into: &self)
    }

    private func sentence(_ abstract: String?) -> String {
        let text = abstract ?? ""
        return text.hasSuffix(".") ? String(text.dropLast()) : text
    }

    /// Text as it stands: no request at the beginning of a line, no escape within.
    private static func line(_ text: String) -> String {
        let escaped = escaped(text)
        return escaped.hasPrefix(".") || escaped.hasPrefix("'") ? "\\&" + escaped : escaped
    }

    private static func escaped(_ text: String) -> String {
        var result = ""
        for character in text {
            switch character {
            case "\\": result += "\\e"
            case "-": result += "\\-"
            case "\n": result += " "
            case "'": result += "\\(aq"
            case "`": result += "\\(ga"
            case "^": result += "\\(ha"
            case "~": result += "\\(ti"
            default: result.append(character)
            }
        }
        return result
    }

    /// Of a macro.
    private static func argument(_ text: String) -> String {
        "\"" + escaped(text).replacing("\"", with: "\\(dq") + "\""
    }
}
