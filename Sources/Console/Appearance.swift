/// The sixteen-colour palette's names, so that the user's own terminal palette decides what they look like. Bright black is
/// left out: in some palettes it is the background.
public enum Color: UInt8, Hashable, Sendable, CaseIterable {
    /// Whatever the terminal uses by itself.
    case standard
    case black, red, green, yellow, blue, magenta, cyan, white
    case brightRed, brightGreen, brightYellow, brightBlue, brightMagenta, brightCyan, brightWhite

    /// Its number among 16 colours; `nil` is the terminal's own.
    var number: Int? {
        switch self {
        case .standard: nil
        case .black, .red, .green, .yellow, .blue, .magenta, .cyan, .white: Int(rawValue) - 1
        default: Int(rawValue)  // 9...15; 8 is bright black
        }
    }

    /// The colour it is a bright form of; only a terminal with 16 colours has those.
    var base: Color { rawValue > Color.white.rawValue ? Color(rawValue: rawValue - 7) ?? self : self }

    var isBright: Bool { base != self }
}

/// What a cell looks like: what a theme makes of a style.
public struct Appearance: Hashable, Sendable {
    public var foreground = Color.standard
    public var background = Color.standard
    public var bold = false
    public var dim = false
    public var reverse = false
    public var underline = false

    public init(
        _ foreground: Color = .standard, on background: Color = .standard, bold: Bool = false, dim: Bool = false,
        reverse: Bool = false, underline: Bool = false
    ) {
        self.foreground = foreground
        self.background = background
        self.bold = bold
        self.dim = dim
        self.reverse = reverse
        self.underline = underline
    }

    public var hasColor: Bool { foreground != .standard || background != .standard }

    /// As a terminal of eight colours has it: bold stands for bright.
    var inEightColors: Appearance {
        var result = self
        result.foreground = foreground.base
        result.background = background.base
        if foreground.isBright { result.bold = true }
        return result
    }
}
