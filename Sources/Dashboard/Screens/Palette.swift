import Console
import Model

/// What states and levels are to the theme. Word and glyph say it too; no meaning hangs on colour or bold alone.
enum Palette {
    static func style(_ level: Level) -> Style {
        switch level {
        case .ok: .plain
        case .warn: .warn
        case .crit: .crit
        }
    }

    /// Of a command whose outcome is not known.
    static let unknown = Style(.unknown)

    /// Of the state's word and glyph.
    static func word(_ state: HostState) -> Style {
        switch state {
        case .ok: .plain
        case .warn: Style(.warnState)
        case .crit, .untrusted: Style(.critState)
        case .down: Style(.downState)
        case .auth, .version: Style(.barred)
        case .stale, .connecting, .noData: Style(.stale)
        }
    }

    /// Of everything else in the row.
    static func row(_ state: HostState) -> Style {
        switch state {
        case .stale, .connecting, .noData: Style(.stale)
        case .down, .untrusted: Style(.down)
        case .auth, .version: Style(.barred)
        case .ok, .warn, .crit: .plain
        }
    }

    /// Of how many hosts are in a state.
    static func total(_ state: HostState) -> Style {
        switch state {
        case .ok: .plain
        case .warn: .warn
        case .crit, .down, .untrusted: .crit
        case .auth, .version: Style(.barred)
        case .stale, .connecting, .noData: .bold
        }
    }

    static func word(_ state: WorkerState) -> Style {
        switch state {
        case .hung, .crit: Style(.critState)
        case .warn, .zombie: Style(.warnState)
        case .exited: Style(.exited)
        case .start: .info
        case .stale: Style(.stale)
        case .ok: .plain
        }
    }

    static func row(_ state: WorkerState) -> Style {
        switch state {
        case .exited, .stale: Style(.stale)
        default: .plain
        }
    }

    /// In front of a row.
    static func glyph(_ state: HostState, _ glyphs: Glyphs) -> SafeText {
        switch state {
        case .ok: " "
        case .connecting, .noData: glyphs.info
        case .warn: glyphs.warning
        case .crit: glyphs.critical
        case .stale: glyphs.stale
        case .down, .untrusted, .auth, .version: glyphs.down
        }
    }

    static func glyph(_ state: WorkerState, _ glyphs: Glyphs) -> SafeText {
        switch state {
        case .ok: " "
        case .start: glyphs.info
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
