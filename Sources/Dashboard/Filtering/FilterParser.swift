import Model

/// Reads a filter, by recursive descent. Any text gives a tree or a problem; depth and length are bounded.
struct FilterParser {
    static let longest = 1000
    static let deepest = 32

    private let characters: [Character]
    private let keys: [FilterKey]
    private var at = 0
    private var depth = 0

    init(_ text: String, keys: [FilterKey]) {
        characters = Array(text)
        self.keys = keys
    }

    /// - Returns: `nil` for a text that says nothing.
    mutating func parse() throws(FilterProblem) -> FilterTree? {
        guard characters.count <= Self.longest else {
            throw problem("a filter has at most \(Self.longest) characters", from: Self.longest)
        }
        skipBlanks()
        guard at < characters.count else { return nil }
        let tree = try alternatives()
        guard at == characters.count else { throw problem("\")\" without a \"(\"", from: at, to: at + 1) }
        return tree
    }

    private mutating func alternatives() throws(FilterProblem) -> FilterTree {
        var parts = [try conjunction()]
        while takeWord("or") { parts.append(try conjunction()) }
        return parts.count == 1 ? parts[0] : .any(parts)
    }

    private mutating func conjunction() throws(FilterProblem) -> FilterTree {
        var parts = [try negation()]
        while true {
            skipBlanks()
            if take(",") || takeWord("and") {
                parts.append(try negation())
                continue
            }
            if at == characters.count || characters[at] == ")" || isWord("or") { break }
            parts.append(try negation())
        }
        return parts.count == 1 ? parts[0] : .all(parts)
    }

    private mutating func negation() throws(FilterProblem) -> FilterTree {
        skipBlanks()
        let start = at
        guard at < characters.count else { throw problem("something is missing here", from: at) }
        for word in ["or", "and"] where isWord(word) {
            throw problem(
                "\"\(word)\" stands between two terms; \"\\\"\(word)\\\"\" is the word", from: at, to: at + word.count)
        }
        guard depth < Self.deepest else { throw problem("too many parentheses", from: start, to: start + 1) }
        depth += 1
        defer { depth -= 1 }
        if take("!") || takeWord("not") { return .not(try negation()) }
        if take("(") {
            let tree = try alternatives()
            skipBlanks()
            guard take(")") else { throw problem("the \"(\" is not closed", from: start, to: start + 1) }
            return tree
        }
        return try term()
    }

    private mutating func term() throws(FilterProblem) -> FilterTree {
        let start = at
        if let quoted = try takeQuoted() { return .word(quoted.lowercased()) }
        var name = take { $0.isLetter || $0.isNumber || $0 == "_" }
        if name == "label", take(".") { name += "." + take { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "-" } }
        let named = start..<at
        skipBlanks()
        if !name.isEmpty, let comparison = takeComparison() { return try self.comparison(name, named, comparison) }
        at = start
        let word = take { !$0.isWhitespace && $0 != "," && $0 != "(" && $0 != ")" }
        guard !word.isEmpty else { throw problem("something is missing before this", from: start, to: start + 1) }
        if let mark = word.firstIndex(where: { "=<>".contains($0) }) {
            let offset = word.distance(from: word.startIndex, to: mark)
            throw problem(
                "a key stands before \"\(word[mark])\": letters and digits", from: start, to: start + offset + 1)
        }
        return try path(word, start..<at) ?? .word(word.lowercased())
    }

    private mutating func comparison(
        _ name: String, _ named: Range<Int>, _ comparison: FilterComparison
    ) throws(FilterProblem) -> FilterTree {
        guard let key = keys.first(where: { $0.id == name.lowercased() }) ?? label(name, comparison) else {
            let advice = NearestWord.advice("there is no key \"\(name)\"", for: name, among: keys.map(\.id))
            let isEquation = comparison == .equal || comparison == .unequal
            let label = isEquation && HostEntry.isLabel(name) ? " A label of that name is label.\(name)" : ""
            throw FilterProblem(sentence: advice + label, place: named)
        }
        skipBlanks()
        let start = at
        let quoted = try takeQuoted()
        let value = quoted ?? take { !$0.isWhitespace && $0 != "," && $0 != ")" }
        guard quoted != nil || !value.isEmpty else { throw problem("\(name) has no value", from: at) }
        let place = start..<at
        if quoted == nil, value == "-" {
            guard comparison == .equal || comparison == .unequal else {
                throw FilterProblem(sentence: "what is unknown can only be = or !=", place: place)
            }
            return .unknown(key.id, isUnknown: comparison == .equal)
        }
        switch key.kind {
        case .text:
            guard comparison == .equal || comparison == .unequal else {
                throw FilterProblem(sentence: "\(name) is a text: = or !=", place: named.upperBound..<start)
            }
            let globs = quoted.map { [Glob($0)] } ?? value.split(separator: "|").map { Glob(String($0)) }
            return .text(key.id, isEqual: comparison == .equal, globs)
        case .number(let quantity):
            guard let number = quantity.parse(Substring(value)) else {
                throw FilterProblem(
                    sentence: "\"\(value)\" is no value of \(name); write it like \(quantity.example)", place: place)
            }
            return .number(key.id, comparison, number)
        case .rank(let words):
            guard let rank = words.firstIndex(of: value.lowercased()) else {
                throw FilterProblem(
                    sentence: NearestWord.advice("\(name) is never \"\(value)\"", for: value, among: words),
                    place: place)
            }
            return .rank(key.id, comparison, rank)
        }
    }

    /// A label of the host, where it is certain that one is meant.
    private func label(_ name: String, _ comparison: FilterComparison) -> FilterKey? {
        guard comparison == .equal || comparison == .unequal else { return nil }
        let label = FilterKey.label(of: name)
        guard HostEntry.isLabel(label ?? name) else { return nil }
        let isSlip = label == nil && NearestWord.nearest(to: name, among: keys.map(\.id)) != nil
        return isSlip ? nil : .label(named: label ?? name)
    }

    /// `HOST/APP`, `HOST/APP#SLOT` or `HOST/PID`; `nil` for what has no slash.
    private func path(_ word: String, _ place: Range<Int>) throws(FilterProblem) -> FilterTree? {
        guard let slash = word.firstIndex(of: "/") else { return nil }
        let host = String(word[..<slash])
        let rest = word[word.index(after: slash)...]
        guard !host.isEmpty, !rest.isEmpty else {
            throw FilterProblem(sentence: "a path is HOST/APP, HOST/APP#SLOT or HOST/PID", place: place)
        }
        let isHost = FilterTree.text("host", isEqual: true, [Glob(host)])
        if rest.utf8.allSatisfy({ 0x30...0x39 ~= $0 }) {
            guard let pid = Quantity.count.parse(rest) else {
                throw FilterProblem(sentence: "\"\(rest)\" is no pid", place: place)
            }
            return .all([isHost, .number("pid", .equal, pid)])
        }
        guard let hash = rest.lastIndex(of: "#"), hash != rest.startIndex else {
            return .all([isHost, .text("app", isEqual: true, [Glob(String(rest))])])
        }
        guard let slot = Quantity.count.parse(rest[rest.index(after: hash)...]) else {
            throw FilterProblem(sentence: "a number stands after \"#\"", place: place)
        }
        return .all([isHost, .text("app", isEqual: true, [Glob(String(rest[..<hash]))]), .number("slot", .equal, slot)])
    }
}

// Characters.
extension FilterParser {
    private mutating func skipBlanks() { while at < characters.count, characters[at].isWhitespace { at += 1 } }

    private mutating func take(_ character: Character) -> Bool {
        guard at < characters.count, characters[at] == character else { return false }
        at += 1
        return true
    }

    private mutating func take(while holds: (Character) -> Bool) -> String {
        let start = at
        while at < characters.count, holds(characters[at]) { at += 1 }
        return String(characters[start..<at])
    }

    /// Whether this word stands here by itself.
    private func isWord(_ word: String) -> Bool {
        let end = at + word.count
        guard end <= characters.count, String(characters[at..<end]).lowercased() == word else { return false }
        return end == characters.count || characters[end].isWhitespace || characters[end] == "("
            || characters[end] == ")"
    }

    private mutating func takeWord(_ word: String) -> Bool {
        skipBlanks()
        guard isWord(word) else { return false }
        at += word.count
        return true
    }

    private mutating func takeComparison() -> FilterComparison? {
        for comparison in FilterComparison.allCases {
            let sign = Array(comparison.rawValue)
            guard characters[at...].starts(with: sign) else { continue }
            at += sign.count
            return comparison
        }
        return nil
    }

    /// What stands between quotes; `nil` where none begins.
    private mutating func takeQuoted() throws(FilterProblem) -> String? {
        guard at < characters.count, characters[at] == "\"" || characters[at] == "'" else { return nil }
        let start = at
        let quote = characters[at]
        at += 1
        let content = take { $0 != quote }
        guard take(quote) else { throw problem("the quote is not closed", from: start, to: start + 1) }
        return content
    }

    private func problem(_ sentence: String, from start: Int, to end: Int? = nil) -> FilterProblem {
        FilterProblem(sentence: sentence, place: start..<min(max(end ?? characters.count, start), characters.count))
    }
}
