/// What a piece of a screen is. Screens say no more than this; what it looks like says the theme.
public enum Tone: UInt8, Hashable, Sendable, CaseIterable {
    /// Ordinary text, and everything that is OK.
    case plain
    /// What is read last: clock times, hints, rules.
    case dim
    /// Worth knowing, nothing to be done.
    case info
    /// A number or sentence past its first or second threshold.
    case warn, crit
    /// The word and glyph of a state: seen from across the room.
    case warnState, critState, downState
    /// The rest of a row that is down.
    case down
    /// Not let in: a person has to mend it.
    case barred
    /// Values that are old.
    case stale
    /// A worker that ended.
    case exited
    /// It is not known what became of a command.
    case unknown
    /// The button or item that Enter takes.
    case focus
    /// Chosen by the user, to act on several at once.
    case marked
    /// What the screen shows is not the present.
    case mode
    /// The part of an input that is wrong.
    case mistake
}

/// How a cell is drawn: its tone, and emphasis on top of what the theme makes of that.
public struct Style: Hashable, Sendable {
    public var tone: Tone
    private var flags: UInt8

    /// - Parameter selected: in the row that the cursor is on.
    public init(_ tone: Tone = .plain, bold: Bool = false, underline: Bool = false, selected: Bool = false) {
        self.tone = tone
        flags = (bold ? 1 : 0) | (underline ? 2 : 0) | (selected ? 4 : 0)
    }

    public var bold: Bool {
        get { flags & 1 != 0 }
        set { set(1, newValue) }
    }

    public var underline: Bool {
        get { flags & 2 != 0 }
        set { set(2, newValue) }
    }

    public var selected: Bool {
        get { flags & 4 != 0 }
        set { set(4, newValue) }
    }

    public static let plain = Style()
    public static let bold = Style(bold: true)
    public static let underline = Style(underline: true)
    public static let dim = Style(.dim)
    public static let info = Style(.info)
    public static let warn = Style(.warn)
    public static let crit = Style(.crit)
    public static let focus = Style(.focus)
    public static let marked = Style(.marked)
    public static let mode = Style(.mode)
    public static let mistake = Style(.mistake)

    /// Every style there is.
    static let all: [Style] = Tone.allCases.flatMap { tone in
        (UInt8(0)..<8).map { flags in
            var style = Style(tone)
            style.flags = flags
            return style
        }
    }

    /// Its place in `all`.
    var index: Int { Int(tone.rawValue) * 8 + Int(flags) }

    /// This style with the named parts replaced; `nil` keeps a part.
    public func with(bold: Bool? = nil, underline: Bool? = nil) -> Style {
        Style(tone, bold: bold ?? self.bold, underline: underline ?? self.underline, selected: selected)
    }

    private mutating func set(_ flag: UInt8, _ on: Bool) {
        if on { flags |= flag } else { flags &= ~flag }
    }
}
