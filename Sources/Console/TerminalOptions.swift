/// What the user asked for on the command line; `nil` leaves it to the environment.
public struct TerminalOptions: Hashable, Sendable {
    /// Beats `NO_COLOR`; a terminal without colours stays without.
    public var color: Bool?
    /// Whether anything beyond ASCII is drawn; beats the locale.
    public var utf8: Bool?

    public init(color: Bool? = nil, utf8: Bool? = nil) {
        self.color = color
        self.utf8 = utf8
    }
}

/// What the environment says about how to draw.
struct TerminalTraits: Equatable {
    /// Colours may be used if the terminal has any.
    var color: Bool
    /// Text beyond ASCII may be written; otherwise it shows as `?`.
    var unicode: Bool
    /// Blocks and box lines may be drawn.
    var blocks: Bool

    /// - Parameters:
    ///   - codeset: the character set of the locale the environment names, `nil` if the system lacks that locale.
    ///   - canEncode: a UTF-8 locale is in effect, so curses can write Unicode.
    init(
        options: TerminalOptions, environment: (String) -> String?, codeset: String?, canEncode: Bool
    ) {
        func value(_ name: String) -> String? { environment(name).flatMap { $0.isEmpty ? nil : $0 } }
        // https://no-color.org: present and not empty
        color = options.color ?? (value("NO_COLOR") == nil)
        let terminal = value("TERM") ?? ""
        let isVideoTerminal = terminal.hasPrefix("vt") || terminal == "ansi" || terminal == "sun"
        let named = value("LC_ALL") ?? value("LC_CTYPE") ?? value("LANG")
        let wanted = options.utf8 ?? (!isVideoTerminal && Self.isUnicode(locale: named, codeset: codeset))
        unicode = wanted && canEncode
        // The Linux console decodes UTF-8, but its fonts hold half of the eighths.
        blocks = unicode && (options.utf8 == true || terminal != "linux")
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
