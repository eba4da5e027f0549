/// What curses hands out, with its numbers already translated.
enum RawKey: Equatable {
    case key(Key)
    case scalar(Unicode.Scalar)
    case pasteStart, pasteEnd
}

/// What came from the terminal.
enum Input: Equatable {
    case key(Key)
    /// The answer to DECRQM: whether the terminal has a private mode at all.
    case mode(Int, isKnown: Bool)
}

/// Makes keys of raw input: names control characters, gathers pastes, takes answers of the terminal, and swallows escape
/// sequences that curses does not know. Without the last, a key like Alt-Shift-F5 would type its digits and letters into the
/// dashboard.
struct KeyDecoder {
    /// A longer paste is cut; the rest is swallowed up to its end.
    static let maximumPaste = 65536
    private static let maximumSequence = 64

    /// Text between the paste marks; the end may come in a later read.
    private var paste: String?
    /// A control sequence from its introducer on; the end may come in a later read.
    private var sequence: String?
    /// Read ahead while looking for an escape sequence.
    private var pending: [RawKey] = []

    /// What comes next, or `nil` when there is no more input now. `read` must not wait.
    mutating func next(_ read: () -> RawKey?) -> Input? {
        func nextRaw() -> RawKey? { pending.isEmpty ? read() : pending.removeFirst() }
        while let raw = nextRaw() {
            if paste != nil {
                if let key = gather(raw) { return .key(key) }
                continue
            }
            if sequence != nil {
                if let input = follow(raw) { return input }
                continue
            }
            switch raw {
            case .key(let key): return .key(key)
            case .pasteStart: paste = ""
            case .pasteEnd: continue
            case .scalar("\u{1B}"):
                guard let introducer = nextRaw() else { return .key(.escape) }
                guard introducer == .scalar("[") || introducer == .scalar("O"), let first = nextRaw() else {
                    // Somebody typed Escape, and perhaps a bracket.
                    pending.insert(introducer, at: 0)
                    return .key(.escape)
                }
                pending.insert(first, at: 0)
                sequence = introducer == .scalar("[") ? "[" : "O"
            case .scalar(let scalar): return .key(Self.key(scalar))
            }
        }
        return nil
    }

    /// One more of a control sequence; `nil` while its end has not come.
    private mutating func follow(_ raw: RawKey) -> Input? {
        guard let text = sequence else { return nil }
        guard case .scalar(let scalar) = raw, 0x20...0x7E ~= scalar.value, text.utf8.count <= Self.maximumSequence
        else {
            sequence = nil
            pending.insert(raw, at: 0)
            return .key(.unknown(0))
        }
        let longer = text + String(Character(scalar))
        guard text == "O" || 0x40...0x7E ~= scalar.value else {
            sequence = longer
            return nil
        }
        sequence = nil
        return Self.input(longer)
    }

    private mutating func gather(_ raw: RawKey) -> Key? {
        guard let text = paste else { return nil }
        switch raw {
        case .pasteEnd:
            paste = nil
            return .paste(text)
        case .scalar("\u{03}"):
            // A lost end mark must not lock the keyboard.
            paste = nil
            return .control("c")
        case .scalar(let scalar) where text.utf8.count < Self.maximumPaste:
            paste?.unicodeScalars.append(scalar == "\r" ? "\n" : scalar)
        case .key(let key) where text.utf8.count < Self.maximumPaste:
            if key == .enter { paste?.append("\n") }
            if key == .tab { paste?.append("\t") }
        case .scalar, .key, .pasteStart:
            break
        }
        return nil
    }

    private static func input(_ sequence: String) -> Input {
        // CSI ? mode ; state $ y, where state 0 is "never heard of it" and 4 "off for good"
        if sequence.hasPrefix("[?"), sequence.hasSuffix("$y") {
            let numbers = sequence.dropFirst(2).dropLast(2).split(separator: ";").compactMap { Int($0) }
            if numbers.count == 2 { return .mode(numbers[0], isKnown: 1...3 ~= numbers[1]) }
        }
        if let mouse = Mouse(report: sequence.dropFirst()) { return .key(.mouse(mouse)) }
        return .key(key(sequence: String(sequence.dropFirst())))
    }

    /// What nearly every terminal sends, for those whose description does not say so.
    private static func key(sequence: String) -> Key {
        switch sequence {
        case "A": .up
        case "B": .down
        case "C": .right
        case "D": .left
        case "H", "1~", "7~": .home
        case "F", "4~", "8~": .end
        case "M": .enter
        case "Z": .backTab
        case "2~": .insert
        case "3~": .delete
        case "5~": .pageUp
        case "6~": .pageDown
        case "P": .function(1)
        case "Q": .function(2)
        case "R": .function(3)
        case "S": .function(4)
        default: .unknown(0)
        }
    }

    private static func key(_ scalar: Unicode.Scalar) -> Key {
        switch scalar.value {
        case 0x09: return .tab
        case 0x0A, 0x0D: return .enter
        case 0x08, 0x7F: return .backspace
        case 0x00: return .control(" ")
        case 0x01...0x1A: return .control(Character(Unicode.Scalar(UInt8(scalar.value) + 0x60)))
        case 0x1B: return .escape
        case 0x1C...0x1F: return .control(Character(Unicode.Scalar(UInt8(scalar.value) + 0x40)))
        case 0x80..<0xA0: return .unknown(0)
        default: return .character(Character(scalar))
        }
    }
}
