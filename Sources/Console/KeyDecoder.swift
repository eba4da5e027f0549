/// What curses hands out, with its numbers already translated.
enum RawKey: Equatable {
    case key(Key)
    case scalar(Unicode.Scalar)
    case pasteStart, pasteEnd
}

/// Makes keys of raw input: names control characters, gathers pastes, and swallows escape sequences that curses does
/// not know. Without the last, a key like Alt-Shift-F5 would type its digits and letters into the dashboard.
struct KeyDecoder {
    /// A longer paste is cut; the rest is swallowed up to its end.
    static let maximumPaste = 65536
    private static let maximumSequence = 64

    /// Text between the paste marks; the end may come in a later read.
    private var paste: String?
    /// Read ahead while looking for an escape sequence.
    private var pending: [RawKey] = []

    /// The next key, or `nil` when there is no more input now. `read` must not wait.
    mutating func next(_ read: () -> RawKey?) -> Key? {
        while let raw = pending.isEmpty ? read() : pending.removeFirst() {
            if paste != nil {
                if let key = gather(raw) { return key }
                continue
            }
            switch raw {
            case .key(let key): return key
            case .pasteStart: paste = ""
            case .pasteEnd: continue
            case .scalar("\u{1B}"): return escape(read)
            case .scalar(let scalar): return Self.key(scalar)
            }
        }
        return nil
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

    private mutating func escape(_ read: () -> RawKey?) -> Key {
        func nextRaw() -> RawKey? { pending.isEmpty ? read() : pending.removeFirst() }
        guard let introducer = nextRaw() else { return .escape }
        guard introducer == .scalar("[") || introducer == .scalar("O") else {
            pending.insert(introducer, at: 0)
            return .escape
        }
        var sequence = ""
        while sequence.utf8.count < Self.maximumSequence {
            guard let raw = nextRaw() else {
                // Nothing but the introducer: somebody typed Escape and a bracket.
                if sequence.isEmpty { pending.append(introducer) }
                return sequence.isEmpty ? .escape : .unknown(0)
            }
            guard case .scalar(let scalar) = raw, 0x20...0x7E ~= scalar.value else {
                pending.insert(raw, at: 0)
                return .unknown(0)
            }
            sequence.unicodeScalars.append(scalar)
            if introducer == .scalar("O") || 0x40...0x7E ~= scalar.value { return Self.key(sequence: sequence) }
        }
        return .unknown(0)
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
