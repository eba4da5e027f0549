import Console
import Model

/// Colours of states and levels. Word and glyph say it too; no meaning hangs on colour or bold alone.
enum Palette {
    static func style(_ level: Level) -> Style {
        switch level {
        case .ok: .plain
        case .warn: .color(.yellow)
        case .crit: Style(foreground: .red, bold: true)
        }
    }

    /// Of a command whose outcome is not known.
    static let unknown = Style(foreground: .yellow, bold: true, underline: true)

    /// Of the state's word; reverse where somebody should look even on a terminal without colours.
    static func word(_ state: HostState) -> Style {
        switch state {
        case .ok: .plain
        case .warn: Style(foreground: .yellow, bold: true)
        case .crit, .untrusted: Style(foreground: .red, bold: true, reverse: true)
        case .down: Style(foreground: .red, reverse: true)
        case .auth, .version: .color(.magenta)
        case .stale, .connecting: .dim
        }
    }

    /// Of everything else in the row.
    static func row(_ state: HostState) -> Style {
        switch state {
        case .stale, .connecting: .dim
        case .down, .untrusted: .color(.red)
        case .auth, .version: .color(.magenta)
        case .ok, .warn, .crit: .plain
        }
    }

    static func word(_ state: WorkerState) -> Style {
        switch state {
        case .hung, .crit: Style(foreground: .red, bold: true, reverse: true)
        case .warn, .zombie: Style(foreground: .yellow, bold: true)
        case .exited: Style(foreground: .red)
        case .start: .color(.cyan)
        case .stale: .dim
        case .ok: .plain
        }
    }

    static func row(_ state: WorkerState) -> Style {
        switch state {
        case .exited, .stale: .dim
        default: .plain
        }
    }

    /// In front of a row.
    static func glyph(_ state: HostState, _ glyphs: Glyphs) -> SafeText {
        switch state {
        case .ok, .connecting: " "
        case .warn: glyphs.warning
        case .crit: glyphs.critical
        case .stale: glyphs.stale
        case .down, .untrusted, .auth, .version: glyphs.down
        }
    }

    static func glyph(_ state: WorkerState, _ glyphs: Glyphs) -> SafeText {
        switch state {
        case .ok, .start: " "
        case .warn, .zombie: glyphs.warning
        case .hung, .crit: glyphs.critical
        case .stale: glyphs.stale
        case .exited: glyphs.down
        }
    }

    static func glyph(_ level: Level, _ glyphs: Glyphs) -> SafeText {
        switch level {
        case .ok: " "
        case .warn: glyphs.warning
        case .crit: glyphs.critical
        }
    }
}
