import Console
import Model
import Testing

@testable import Dashboard

/// A state is a word and a glyph before it is a colour.
@Suite struct PaletteTests {
    private static let workerStates: [WorkerState] = [.hung, .crit, .warn, .zombie, .exited, .start, .stale]

    @Test(arguments: [Glyphs.block, .ascii]) func everyStateDiffersFromOKByWordAndGlyph(glyphs: Glyphs) {
        for state in HostState.allCases where state != .ok {
            #expect(state.word != HostState.ok.word)
            #expect(Palette.glyph(state, glyphs) != Palette.glyph(HostState.ok, glyphs), "\(state)")
        }
        for state in Self.workerStates {
            #expect(state.word != WorkerState.ok.word)
            #expect(Palette.glyph(state, glyphs) != Palette.glyph(WorkerState.ok, glyphs), "\(state)")
        }
    }

    /// What keeps a mono terminal usable: who should be looked at stands out of the table, too.
    @Test(arguments: Theme.all) func whatIsWrongStandsOut(theme: Theme) {
        func look(_ style: Style) -> Appearance { theme.appearance(of: style) }
        for state in [HostState.warn, .crit, .down, .auth, .untrusted, .version] {
            #expect(look(Palette.word(state)) != look(Palette.word(HostState.ok)), "\(theme.name) \(state)")
        }
        for state in [WorkerState.hung, .crit, .warn, .zombie, .exited] {
            #expect(look(Palette.word(state)) != look(Palette.word(WorkerState.ok)), "\(theme.name) \(state)")
        }
        #expect(look(Palette.style(.warn)) != look(Palette.style(.ok)))
        #expect(look(Palette.style(.crit)) != look(Palette.style(.warn)))
    }
}
