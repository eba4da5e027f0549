/// What each tone looks like. The words and glyphs of states are the same in all themes: colour is the last of the signals.
public struct Theme: Hashable, Sendable {
    /// As the user writes it.
    public let name: String
    /// One for each tone, in their order.
    private var appearances: [Appearance]
    /// Laid over all of the row that the cursor is on.
    private var selection: Appearance

    /// - Parameters:
    ///   - plain: of the tones that are not among `tones`.
    ///   - selection: its attributes come on top of the tone's; colours stay.
    init(
        _ name: String, plain: Appearance = Appearance(), selection: Appearance = Appearance(reverse: true),
        _ tones: [Tone: Appearance]
    ) {
        self.name = name
        self.selection = selection
        appearances = Tone.allCases.map { tones[$0] ?? plain }
    }

    /// All there are, the standard one first.
    public static let all: [Theme] = [.standard, .light, .highContrast, .deuteranopia, .tritanopia, .mono]

    /// `nil`: there is none of that name.
    public init?(named name: String) {
        guard let theme = Theme.all.first(where: { $0.name == name }) else { return nil }
        self = theme
    }

    public func appearance(of style: Style) -> Appearance {
        var result = appearances[Int(style.tone.rawValue)]
        if style.bold { result.bold = true }
        if style.underline { result.underline = true }
        guard style.selected else { return result }
        result.bold = result.bold || selection.bold
        result.reverse = result.reverse || selection.reverse
        result.underline = result.underline || selection.underline
        result.dim = false  // hard to read on what is reversed
        return result
    }
}
