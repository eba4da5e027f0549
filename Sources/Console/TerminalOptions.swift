/// What the user asked for on the command line; `nil` leaves it to the environment.
public struct TerminalOptions: Hashable, Sendable {
    /// A theme's name. Beats `NO_COLOR` and `LOOPTOP_THEME`; a terminal without colours stays without.
    public var theme: String?
    /// The theme where nothing else says one.
    public var usualTheme: String?
    /// The name of a glyph set; beats locale and `TERM`.
    public var glyphs: String?

    public init(theme: String? = nil, usualTheme: String? = nil, glyphs: String? = nil) {
        self.theme = theme
        self.usualTheme = usualTheme
        self.glyphs = glyphs
    }
}

/// What the environment says about how to draw.
struct TerminalTraits: Equatable {
    /// What things look like, if the terminal has colours.
    var theme: Theme
    /// Text beyond ASCII may be written; otherwise it shows as `?`.
    var unicode: Bool
    /// What is drawn besides words.
    var glyphs: Glyphs
    /// Whether it may be asked what it can do; some print what they do not understand.
    var answers: Bool
    /// Whether this machine has the locale that the environment names.
    var hasLocale: Bool

    /// - Parameters:
    ///   - codeset: the character set of the locale the environment names, `nil` if the system lacks that locale.
    ///   - canEncode: a UTF-8 locale is in effect, so curses can write Unicode.
    init(
        options: TerminalOptions, environment: (String) -> String?, codeset: String?, canEncode: Bool
    ) throws(TerminalError) {
        func value(_ name: String) -> String? { environment(name).flatMap { $0.isEmpty ? nil : $0 } }
        // https://no-color.org: present and not empty
        let surroundings = value("NO_COLOR") == nil ? value("LOOPTOP_THEME") : Theme.mono.name
        let named = options.theme ?? surroundings ?? options.usualTheme
        guard let theme = named.map({ Theme(named: $0) }) ?? .standard else {
            throw .unknownTheme(name: named ?? "")
        }
        self.theme = theme
        hasLocale = codeset != nil
        let terminal = value("TERM") ?? ""
        let isVideoTerminal = terminal.hasPrefix("vt") || terminal == "ansi" || terminal == "sun"
        let locale = value("LC_ALL") ?? value("LC_CTYPE") ?? value("LANG")
        let chosen = try options.glyphs.map { name throws(TerminalError) in
            guard let glyphs = Glyphs(named: name) else { throw .unknownGlyphs(name: name) }
            return glyphs
        }
        answers = !isVideoTerminal && terminal != "linux"
        let speaksUnicode = !isVideoTerminal && Self.isUnicode(locale: locale, codeset: codeset)
        unicode = canEncode && (speaksUnicode || chosen.map { $0 != .ascii } ?? false)
        // The Linux console decodes UTF-8, but its fonts hold half of the eighths.
        glyphs = unicode ? chosen ?? (terminal == "linux" ? .ascii : .block) : .ascii
    }

    /// No locale at all is what containers and minimal servers have, and their users' terminals speak UTF-8. Whoever
    /// says `C` asks for ASCII. A locale that this machine lacks (ssh sends its name) is judged by its name.
    private static func isUnicode(locale: String?, codeset: String?) -> Bool {
        guard let locale else { return true }
        if locale == "C" || locale == "POSIX" { return false }
        let set = codeset ?? String(locale.drop { $0 != "." })
        let letters = set.lowercased().filter { $0.isLetter || $0.isNumber }
        return letters.hasPrefix("utf8")
    }
}
