/// The sixteen-colour palette's names, so that the user's own terminal palette decides what they look like.
public enum Color: UInt8, Sendable, CaseIterable {
    /// Whatever the terminal uses by itself.
    case standard
    case red, green, yellow, blue, magenta, cyan, white
}

/// How a cell is drawn. Without colours (`NO_COLOR`, vt100) only `bold`, `reverse` and `underline` remain.
public struct Style: Hashable, Sendable {
    public var foreground: Color
    public var background: Color
    private var flags: UInt8

    public init(
        foreground: Color = .standard, background: Color = .standard, bold: Bool = false, dim: Bool = false,
        reverse: Bool = false, underline: Bool = false
    ) {
        self.foreground = foreground
        self.background = background
        flags = (bold ? 1 : 0) | (dim ? 2 : 0) | (reverse ? 4 : 0) | (underline ? 8 : 0)
    }

    public var bold: Bool {
        get { flags & 1 != 0 }
        set { set(1, newValue) }
    }

    public var dim: Bool {
        get { flags & 2 != 0 }
        set { set(2, newValue) }
    }

    public var reverse: Bool {
        get { flags & 4 != 0 }
        set { set(4, newValue) }
    }

    public var underline: Bool {
        get { flags & 8 != 0 }
        set { set(8, newValue) }
    }

    public static let plain = Style()
    public static let bold = Style(bold: true)
    public static let dim = Style(dim: true)
    public static let reverse = Style(reverse: true)
    public static let underline = Style(underline: true)

    /// Plain text in a colour.
    public static func color(_ foreground: Color) -> Style { Style(foreground: foreground) }

    /// This style with the named parts replaced; `nil` keeps a part.
    public func with(
        foreground: Color? = nil, background: Color? = nil, bold: Bool? = nil, dim: Bool? = nil,
        reverse: Bool? = nil, underline: Bool? = nil
    ) -> Style {
        Style(
            foreground: foreground ?? self.foreground, background: background ?? self.background,
            bold: bold ?? self.bold, dim: dim ?? self.dim, reverse: reverse ?? self.reverse,
            underline: underline ?? self.underline)
    }

    private mutating func set(_ flag: UInt8, _ on: Bool) {
        if on { flags |= flag } else { flags &= ~flag }
    }
}
