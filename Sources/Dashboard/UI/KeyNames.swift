import Console

/// Keys as configurations write them and help prints them: `Q`, `C-r`, `F6`, `Space`, `PgDn`.
extension Key {
    private static let named: [(String, Key)] = [
        ("Space", .character(" ")), ("Enter", .enter), ("Esc", .escape), ("BS", .backspace), ("Tab", .tab),
        ("S-Tab", .backTab), ("Up", .up), ("Down", .down), ("Left", .left), ("Right", .right), ("PgUp", .pageUp),
        ("PgDn", .pageDown), ("Home", .home), ("End", .end), ("Del", .delete), ("Ins", .insert),
    ]

    /// `nil` where it is no key's name.
    init?(named name: String) {
        if let known = Self.named.first(where: { $0.0.lowercased() == name.lowercased() }) {
            self = known.1
        } else if name.count == 1, let character = name.first, let scalar = name.unicodeScalars.first,
            scalar.value > 0x20, scalar.value != 0x7F
        {
            self = .character(character)
        } else if name.first == "F" || name.first == "f", let number = Int(name.dropFirst()), (1...12).contains(number)
        {
            self = .function(number)
        } else if name.lowercased().hasPrefix("c-"), name.count == 3, let letter = name.last, letter.isASCII,
            letter.isLetter
        {
            self = .control(Character(letter.lowercased()))
        } else {
            return nil
        }
    }

    var name: String {
        if let known = Self.named.first(where: { $0.1 == self }) { return known.0 }
        return switch self {
        case .character(let character): String(character)
        case .function(let number): "F\(number)"
        case .control(let letter): "C-\(letter)"
        default: "?"
        }
    }
}

extension Intent {
    /// As configurations call it: `sort-by-cpu`.
    var word: String {
        var word = ""
        var wasLower = false
        for character in "\(self)" {
            if character.isUppercase, wasLower { word.append("-") }
            wasLower = character.isLowercase
            word += character.lowercased()
        }
        return word
    }

    init?(word: String) {
        guard let found = Intent.allCases.first(where: { $0.word == word }) else { return nil }
        self = found
    }

    /// Whether it changes something on a host, after a question.
    var isAct: Bool { [.restart, .roll, .pauseRoll, .abortRoll].contains(self) }
}
