/// The themes: the one place that knows what anything looks like.
extension Theme {
    /// For dark and most other backgrounds, in the user's own palette.
    public static let standard = Theme(
        "default",
        [
            .dim: Appearance(dim: true),
            .info: Appearance(.cyan),
            .warn: Appearance(.yellow),
            .crit: Appearance(.red, bold: true),
            .warnState: Appearance(.yellow, bold: true),
            .critState: Appearance(.red, bold: true, reverse: true),
            .downState: Appearance(.red, reverse: true),
            .down: Appearance(.red),
            .barred: Appearance(.magenta),
            .stale: Appearance(dim: true),
            .exited: Appearance(.red),
            .unknown: Appearance(.yellow, bold: true, underline: true),
            .focus: Appearance(bold: true, reverse: true),
            .marked: Appearance(.yellow, bold: true),
            .mode: Appearance(reverse: true),
            .mistake: Appearance(.red, bold: true, underline: true),
        ])

    /// For white backgrounds, where yellow and cyan cannot be read: yellow lies behind the text instead.
    public static let light = Theme(
        "light",
        [
            .dim: Appearance(dim: true),
            .info: Appearance(.blue),
            .warn: Appearance(.black, on: .yellow),
            .crit: Appearance(.red, bold: true),
            .warnState: Appearance(.black, on: .yellow, bold: true),
            .critState: Appearance(.red, bold: true, reverse: true),
            .downState: Appearance(.red, reverse: true),
            .down: Appearance(.red),
            .barred: Appearance(.magenta),
            .stale: Appearance(dim: true),
            .exited: Appearance(.red),
            .unknown: Appearance(.black, on: .yellow, bold: true, underline: true),
            .focus: Appearance(bold: true, reverse: true),
            .marked: Appearance(.blue, bold: true),
            .mode: Appearance(reverse: true),
            .mistake: Appearance(.red, bold: true, underline: true),
        ])

    /// White on black whatever the terminal's own colours are; nothing is faint.
    public static let highContrast = Theme(
        "high-contrast", plain: Appearance(.brightWhite, on: .black),
        selection: Appearance(bold: true, reverse: true),
        [
            .info: Appearance(.brightCyan, on: .black, bold: true),
            .warn: Appearance(.brightYellow, on: .black, bold: true),
            .crit: Appearance(.brightWhite, on: .red, bold: true),
            .warnState: Appearance(.black, on: .brightYellow, bold: true),
            .critState: Appearance(.brightWhite, on: .red, bold: true, underline: true),
            .downState: Appearance(.brightWhite, on: .red, bold: true, underline: true),
            .down: Appearance(.brightWhite, on: .black, bold: true),
            .barred: Appearance(.brightMagenta, on: .black, bold: true),
            .exited: Appearance(.brightWhite, on: .black, bold: true),
            .unknown: Appearance(.black, on: .brightYellow, bold: true, underline: true),
            .focus: Appearance(.black, on: .brightWhite, bold: true),
            .marked: Appearance(.brightYellow, on: .black, bold: true),
            .mode: Appearance(.black, on: .brightWhite, bold: true),
            .mistake: Appearance(.brightWhite, on: .red, bold: true, underline: true),
        ])

    /// For eyes that do not tell red from green: yellow and blue.
    public static let deuteranopia = Theme(
        "deuteranopia",
        [
            .dim: Appearance(dim: true),
            .info: Appearance(.brightBlue),
            .warn: Appearance(.yellow),
            .crit: Appearance(.brightWhite, on: .blue, bold: true),
            .warnState: Appearance(.yellow, bold: true),
            .critState: Appearance(.brightWhite, on: .blue, bold: true, underline: true),
            .downState: Appearance(.brightWhite, on: .blue, bold: true),
            .down: Appearance(.brightBlue, bold: true),
            .barred: Appearance(.brightBlue, underline: true),
            .stale: Appearance(dim: true),
            .exited: Appearance(.brightBlue, bold: true),
            .unknown: Appearance(.yellow, bold: true, underline: true),
            .focus: Appearance(bold: true, reverse: true),
            .marked: Appearance(bold: true),
            .mode: Appearance(reverse: true),
            .mistake: Appearance(.brightWhite, on: .blue, bold: true, underline: true),
        ])

    /// For eyes that do not tell blue from green, nor yellow from pink: red and cyan.
    public static let tritanopia = Theme(
        "tritanopia",
        [
            .dim: Appearance(dim: true),
            .info: Appearance(.cyan),
            .warn: Appearance(.red),
            .crit: Appearance(.brightWhite, on: .red, bold: true),
            .warnState: Appearance(.red, bold: true),
            .critState: Appearance(.brightWhite, on: .red, bold: true, underline: true),
            .downState: Appearance(.brightWhite, on: .red, bold: true),
            .down: Appearance(.red, bold: true),
            .barred: Appearance(.cyan, underline: true),
            .stale: Appearance(dim: true),
            .exited: Appearance(.red, bold: true),
            .unknown: Appearance(.red, bold: true, underline: true),
            .focus: Appearance(bold: true, reverse: true),
            .marked: Appearance(bold: true),
            .mode: Appearance(reverse: true),
            .mistake: Appearance(.red, bold: true, underline: true),
        ])

    /// Without colours, greys too: for `NO_COLOR`, and for terminals that have none.
    public static let mono = Theme(
        "mono",
        [
            .warn: Appearance(bold: true),
            .crit: Appearance(bold: true, reverse: true),
            .warnState: Appearance(bold: true),
            .critState: Appearance(bold: true, reverse: true),
            .downState: Appearance(reverse: true),
            .barred: Appearance(bold: true),
            .exited: Appearance(bold: true),
            .unknown: Appearance(bold: true, underline: true),
            .focus: Appearance(bold: true, reverse: true),
            .marked: Appearance(bold: true),
            .mode: Appearance(reverse: true),
            .mistake: Appearance(bold: true, underline: true),
        ])
}
