import Testing

@testable import Console

@Suite struct ThemeTests {
    @Test func eachHasItsName() {
        #expect(
            Theme.all.map(\.name) == ["default", "light", "high-contrast", "deuteranopia", "tritanopia", "mono"])
        for theme in Theme.all { #expect(Theme(named: theme.name) == theme) }
        #expect(Theme(named: "") == nil)
        #expect(Theme(named: "Default") == nil)
    }

    @Test(arguments: Theme.all) func whatMattersDiffersByMoreThanColour(theme: Theme) {
        let plain = attributes(theme, Style())
        for tone in [Tone.warnState, .critState, .downState, .unknown, .focus, .mode, .mistake] {
            #expect(attributes(theme, Style(tone)) != plain, "\(theme.name) \(tone)")
        }
        #expect(attributes(theme, Style(selected: true)) != plain)
        #expect(attributes(theme, Style(.critState)) != attributes(theme, Style(.warnState)))
        #expect(theme.appearance(of: .warn) != theme.appearance(of: .crit))
        for tone in Tone.allCases {
            let selected = theme.appearance(of: Style(tone, selected: true))
            #expect(selected.reverse, "the row of the cursor is seen in all its cells: \(theme.name) \(tone)")
            #expect(!selected.dim)
        }
    }

    @Test func monoHasNoColourAndNothingFaint() {
        for style in Style.all {
            let look = Theme.mono.appearance(of: style)
            #expect(!look.hasColor && !look.dim)
        }
    }

    @Test func highContrastChoosesBothColoursEverywhere() {
        for style in Style.all {
            let look = Theme.highContrast.appearance(of: style)
            #expect(look.foreground != .standard && look.background != .standard && !look.dim)
        }
    }

    @Test func redAndGreenAreNotToldApartByWhoCannot() {
        let unsafe: Set<Color> = [.red, .green, .brightRed, .brightGreen]
        for style in Style.all {
            let look = Theme.deuteranopia.appearance(of: style)
            #expect(unsafe.isDisjoint(with: [look.foreground, look.background]))
        }
        for style in Style.all {
            let look = Theme.tritanopia.appearance(of: style)
            #expect(Set([.yellow, .blue, .green, .brightYellow]).isDisjoint(with: [look.foreground, look.background]))
        }
    }

    @Test func emphasisComesOnTopOfTheRole() {
        let look = Theme.standard.appearance(of: Style(.warn, bold: true, underline: true))
        #expect(look == Appearance(.yellow, bold: true, underline: true))
    }

    @Test func brightColoursAreBoldWhereThereAreEight() {
        #expect(Appearance(.brightBlue).inEightColors == Appearance(.blue, bold: true))
        #expect(
            Appearance(.brightWhite, on: .brightYellow).inEightColors == Appearance(.white, on: .yellow, bold: true))
        #expect(Appearance(.black, on: .white).inEightColors == Appearance(.black, on: .white))
        #expect(Color.allCases.map(\.number) == [nil] + Array(0...7) + Array(9...15))
    }

    @Test func everyStyleHasAPlaceOfItsOwn() {
        #expect(Style.all.enumerated().allSatisfy { $0.offset == $0.element.index })
        #expect(Set(Style.all).count == Style.all.count)
    }

    private func attributes(_ theme: Theme, _ style: Style) -> Appearance {
        var look = theme.appearance(of: style)
        look.foreground = .standard
        look.background = .standard
        return look
    }
}
