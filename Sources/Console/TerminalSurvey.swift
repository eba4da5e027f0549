/// What the environment and the terminal's description say of a terminal that nobody has taken yet.
public struct TerminalSurvey: Hashable, Sendable {
    /// `TERM`; empty where it is not set.
    public var name: String
    /// Why there can be no screen; `nil` where there can be one.
    public var problem: TerminalError?
    /// 0 for none.
    public var colors = 0
    /// Text beyond ASCII can be drawn.
    public var isUnicode = false
    /// The glyph set that a screen would have.
    public var glyphs = Glyphs.ascii
    /// The theme that a screen with colours would have.
    public var theme = ""
    /// Whether it may be asked questions: some terminals print what they do not understand.
    public var answers = false
    /// The variable that names the locale, and what it says; `nil` where none does.
    public var locale: Variable?
    /// Whether this machine has that locale.
    public var hasLocale = true

    public struct Variable: Hashable, Sendable {
        public var name, value: String

        public init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    public init(environment: (String) -> String?) {
        name = environment("TERM") ?? ""
        // In the order of locale(7).
        for variable in ["LC_ALL", "LC_CTYPE", "LANG"] {
            guard let value = environment(variable), !value.isEmpty else { continue }
            locale = Variable(name: variable, value: value)
            return
        }
    }

    mutating func take(isANSI: Bool, colors: Int) {
        answers = answers && isANSI
        self.colors = max(colors, 0)
    }

    mutating func take(_ traits: TerminalTraits) {
        isUnicode = traits.unicode
        glyphs = traits.glyphs
        theme = traits.theme.name
        answers = traits.answers
        hasLocale = traits.hasLocale
    }
}
