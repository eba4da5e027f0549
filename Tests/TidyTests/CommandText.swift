/// Command lines of the two programs, as documents write them.
struct CommandText: Hashable, Sendable, CustomStringConvertible {
    static let programs: Set<Substring> = ["looptop", "looptop-agent"]

    let program: String
    /// Without quotes, and without what a shell takes for itself.
    let words: [String]
    /// A whole line of a block, to be typed as it stands; what is inside a sentence may leave things out.
    let isWhole: Bool

    var description: String { ([program] + words).joined(separator: " ") }

    /// Of a line, with a prompt or `sudo` before the program; `nil` where it is another program's, or output.
    init?(line: some StringProtocol, isWhole: Bool) {
        var words = Self.words(of: line)
        // `laptop$ looptop`, `# looptop-agent`, `sudo -u USER looptop-agent`
        if let first = words.first, first.hasSuffix("$") || first.hasSuffix("#") { words.removeFirst() }
        if words.first == "sudo" { words.removeFirst(words.dropFirst().first == "-u" ? min(3, words.count) : 1) }
        guard let program = words.first, Self.programs.contains(program[...]) else { return nil }
        self.program = program
        self.words = Array(words.dropFirst())
        self.isWhole = isWhole
    }

    /// Up to a comment, a pipe, a redirection or an `&`.
    private static func words(of line: some StringProtocol) -> [String] {
        var words: [String] = []
        var word: String?
        var quote: Character?
        for character in line {
            if let open = quote {
                if character == open { quote = nil } else { word?.append(character) }
            } else if character == " " {
                if let ended = word { words.append(ended) }
                word = nil
            } else if "|<>&;".contains(character) || word == nil && character == "#" && !words.isEmpty {
                break
            } else if character == "'" || character == "\"" {
                quote = character
                word = word ?? ""
            } else {
                word = (word ?? "") + String(character)
            }
        }
        return words + (word.map { [$0] } ?? [])
    }

    /// All of a document: lines of its `sh` blocks, and code inside its sentences.
    static func all(in markdown: String) -> [CommandText] {
        var found: [CommandText] = []
        var prose = ""
        var block: Substring?
        for line in markdown.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("```") {
                block = block == nil ? line.dropFirst(3) : nil
                prose += "\n\n"
            } else if let language = block {
                guard language == "sh", let command = CommandText(line: line, isWhole: true) else { continue }
                found.append(command)
            } else {
                prose += line + "\n"
            }
        }
        return found + codes(in: prose).compactMap { CommandText(line: $0, isWhole: false) }
    }

    /// Code inside sentences; it may be broken into two lines.
    static func codes(in prose: String) -> [String] {
        let parts = prose.split(separator: "`", omittingEmptySubsequences: false)
        return parts.indices.filter { $0 % 2 == 1 }.map { String(parts[$0]).replacing("\n", with: " ") }
    }
}
