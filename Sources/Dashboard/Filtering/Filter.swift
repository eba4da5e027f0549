/// Which rows are meant: `lag99>100ms app=api|web host=web-* state!=ok`. One language for the `/` key, for selectors of
/// the command line and for alert rules.
///
/// Terms stand beside each other or are joined by `,` or `and`: all have to hold. `or`, `not` (or `!`) and parentheses do
/// what they say; `and` binds closer than `or`. A term is
/// - `KEY OP VALUE` with `= != < <= > >=`. In texts `*` stands for any text, `a|b` for either. A value `-` is an unknown one.
///   With `=` and `!=` a key that is none is a label of the host, unless it looks like a slip of the finger: `site=eu-1`;
///   `label.site=eu-1` is one in any case.
/// - `HOST/APP`, `HOST/APP#SLOT` or `HOST/PID`,
/// - any other word: text that is in one of a row's names, upper and lower case alike.
///
/// Quotes (`"..."` or `'...'`) make a value or a word of anything.
///
/// What is unknown is neither above nor below anything: neither `cpu>80%` nor `not cpu>80%` holds of a row whose CPU is
/// not known.
struct Filter: Hashable, Sendable {
    /// As it was typed.
    let text: String
    /// `nil` lets everything through.
    let tree: FilterTree?

    static let everything = Filter()

    private init(text: String = "", tree: FilterTree? = nil) {
        self.text = text
        self.tree = tree
    }

    /// - Throws: what is wrong first, and where.
    init(parsing text: String, keys: [FilterKey]) throws(FilterProblem) {
        var parser = FilterParser(text, keys: keys)
        tree = try parser.parse()
        self.text = text
    }

    /// Whether a row is meant. `value` tells what the row has of a key.
    func matches(_ value: (FilterKey.ID) -> FilterValue, names: @escaping () -> [String]) -> Bool {
        tree == nil || tree?.holds(value, names) == true
    }

    /// Whether a row is not meant, whatever it is called and whatever else becomes known of it.
    func excludes(_ value: (FilterKey.ID) -> FilterValue) -> Bool { tree?.holds(value, nil) == false }

    /// The number that it says must be: 2 of `slot=2 app=api`.
    func required(_ key: FilterKey.ID) -> Double? {
        for part in tree?.required ?? [] {
            if case .number(key, .equal, let number) = part { return number }
        }
        return nil
    }

    /// The same without what it says of these.
    func without(_ keys: Set<FilterKey.ID>) -> Filter {
        let left = (tree?.required ?? []).filter { $0.keys.isDisjoint(with: keys) || $0.keys.isEmpty }
        return Filter(text: text, tree: left.isEmpty ? nil : .all(left))
    }

    /// Whether it says exactly which rows are meant: what only looks for a word may find more than somebody thought of.
    var isExact: Bool { tree?.isExact ?? true }
    /// What it asks of rows.
    var keys: Set<FilterKey.ID> { tree?.keys ?? [] }
}

/// Something that a filter can ask of a row.
struct FilterKey: Hashable, Sendable {
    typealias ID = String

    enum Kind: Hashable, Sendable {
        case text
        case number(Quantity)
        /// One of a few words, the mildest first: `state>=warn`.
        case rank([String])
    }

    /// As it is written: `lag99`; of a label with `label.` before its name.
    let id: ID
    let kind: Kind

    static func label(named name: String) -> FilterKey { FilterKey(id: "label.\(name)", kind: .text) }

    /// The label that a key asks for; `nil` for what is none.
    static func label(of key: ID) -> String? { key.hasPrefix("label.") ? String(key.dropFirst("label.".count)) : nil }
}

/// What a row has of a key.
enum FilterValue: Hashable, Sendable {
    /// Any of these: a host has a name and an address.
    case texts([String])
    /// In the base unit.
    case number(Double)
    /// No more, or no less than this is all that is known.
    case atMost(Double)
    case atLeast(Double)
    /// Place in the key's list of words.
    case rank(Int)
    case unknown
}

/// Why a text is no filter, and where: the place is what to underline.
struct FilterProblem: Error, Hashable, Sendable {
    let sentence: String
    /// In characters of the text; empty at its end when something is missing there.
    let place: Range<Int>
}

indirect enum FilterTree: Hashable, Sendable {
    case all([FilterTree])
    case any([FilterTree])
    case not(FilterTree)
    case word(String)
    case text(FilterKey.ID, isEqual: Bool, [Glob])
    case number(FilterKey.ID, FilterComparison, Double)
    case rank(FilterKey.ID, FilterComparison, Int)
    case unknown(FilterKey.ID, isUnknown: Bool)

    /// `nil`: not known. Without `names` nobody knows what is in them.
    func holds(_ value: (FilterKey.ID) -> FilterValue, _ names: (() -> [String])?) -> Bool? {
        switch self {
        case .all(let parts):
            var known = true
            for part in parts {
                guard let holds = part.holds(value, names) else {
                    known = false
                    continue
                }
                if !holds { return false }
            }
            return known ? true : nil
        case .any(let parts):
            var known = true
            for part in parts {
                guard let holds = part.holds(value, names) else {
                    known = false
                    continue
                }
                if holds { return true }
            }
            return known ? false : nil
        case .not(let part): return part.holds(value, names).map { !$0 }
        case .word(let word): return names.map { $0().contains { $0.holds(lowercase: word) } }
        case .text(let key, let isEqual, let globs):
            // Which labels a host has is known: where one is not there, nothing is true of it.
            guard case .texts(let texts) = value(key) else { return FilterKey.label(of: key) == nil ? nil : false }
            return texts.contains { text in globs.contains { $0.matches(text) } } == isEqual
        case .number(let key, let comparison, let limit):
            return comparison.holds(value(key), limit)
        case .rank(let key, let comparison, let limit):
            guard case .rank(let rank) = value(key) else { return nil }
            return comparison.holds(rank, limit)
        case .unknown(let key, let isUnknown): return (value(key) == .unknown) == isUnknown
        }
    }

    /// What has to hold, each by itself.
    var required: [FilterTree] { if case .all(let parts) = self { parts.flatMap(\.required) } else { [self] } }

    var isExact: Bool {
        switch self {
        case .all(let parts), .any(let parts): parts.allSatisfy(\.isExact)
        case .not(let part): part.isExact
        case .word: false
        case .text, .number, .rank, .unknown: true
        }
    }

    var keys: Set<FilterKey.ID> {
        switch self {
        case .all(let parts), .any(let parts): parts.reduce(into: []) { $0.formUnion($1.keys) }
        case .not(let part): part.keys
        case .word: []
        case .text(let key, _, _), .number(let key, _, _), .rank(let key, _, _), .unknown(let key, _): [key]
        }
    }
}

enum FilterComparison: String, Hashable, Sendable, CaseIterable {
    // The longer ones first: `<=` begins with `<`.
    case unequal = "!="
    case atMost = "<="
    case atLeast = ">="
    case equal = "="
    case below = "<"
    case above = ">"

    func holds<Value: Comparable>(_ left: Value, _ right: Value) -> Bool {
        switch self {
        case .unequal: left != right
        case .atMost: left <= right
        case .atLeast: left >= right
        case .equal: left == right
        case .below: left < right
        case .above: left > right
        }
    }

    /// `nil`: not known, as whether what is at most 120 ms is above 100 ms.
    func holds(_ value: FilterValue, _ limit: Double) -> Bool? {
        switch (value, self) {
        case (.number(let number), _): holds(number, limit)
        case (.atMost(let most), .below): most < limit ? true : nil
        case (.atMost(let most), .atMost): most <= limit ? true : nil
        case (.atMost(let most), .above): most <= limit ? false : nil
        case (.atMost(let most), .atLeast), (.atMost(let most), .equal): most < limit ? false : nil
        case (.atMost(let most), .unequal): most < limit ? true : nil
        case (.atLeast(let least), .above): least > limit ? true : nil
        case (.atLeast(let least), .atLeast): least >= limit ? true : nil
        case (.atLeast(let least), .below): least >= limit ? false : nil
        case (.atLeast(let least), .atMost), (.atLeast(let least), .equal): least > limit ? false : nil
        case (.atLeast(let least), .unequal): least > limit ? true : nil
        case (.texts, _), (.rank, _), (.unknown, _): nil
        }
    }
}

extension String {
    /// Whether a text in lower case is in it, in whatever case.
    ///
    /// Bytes are compared where both are ASCII, as nearly all are: the way of Unicode takes twenty times as long, and a letter
    /// typed into a filter is looked for in all that there is.
    fileprivate func holds(lowercase word: String) -> Bool {
        let known = utf8.withContiguousStorageIfAvailable { text in
            word.utf8.withContiguousStorageIfAvailable { word in Self.isFound(word, in: text) } ?? nil
        }
        return (known ?? nil) ?? lowercased().contains(word)
    }

    /// `nil` where that is no question of bytes.
    private static func isFound(_ word: UnsafeBufferPointer<UInt8>, in text: UnsafeBufferPointer<UInt8>) -> Bool? {
        // CR and LF are one character.
        func isPlain(_ byte: UInt8) -> Bool { byte < 0x80 && byte != 0x0D }
        guard text.allSatisfy(isPlain), word.allSatisfy(isPlain) else { return nil }
        guard text.count >= word.count else { return false }
        func lowered(_ byte: UInt8) -> UInt8 { byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte }
        return (0...text.count - word.count).contains { start in
            word.indices.allSatisfy { lowered(text[start + $0]) == word[$0] }
        }
    }
}
