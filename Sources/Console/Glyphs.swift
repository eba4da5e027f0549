/// The characters a screen draws besides words. Every glyph is one column wide.
public struct Glyphs: Hashable, Sendable {
    /// Box and rule lines.
    public struct Lines: Hashable, Sendable {
        public let horizontal, vertical: SafeText
        public let topLeft, topRight, bottomLeft, bottomRight: SafeText
        public let teeLeft, teeRight, teeTop, teeBottom, cross: SafeText
    }

    /// As the user writes it.
    public let name: String
    /// Eight heights of one cell of a graph with several rows, the last of them full.
    let heights: [SafeText]
    /// Whether such a graph is made of dots instead: two values in a cell, four dots high.
    let hasDots: Bool
    /// Rising heights, eight of them; the lowest one is a value, too (0 is not unknown).
    public let sparkline: [SafeText]
    /// A place in a graph where a sample is missing.
    public let gap: SafeText
    /// From nothing to full, for heat maps.
    public let shades: [SafeText]
    public let lines: Lines
    public let ellipsis: SafeText
    /// Levels never speak by colour alone.
    public let info, warning, critical, stale, down: SafeText
    public let selection, marked: SafeText
    /// Sort direction in a table head.
    public let ascending, descending: SafeText
    /// Between parts of a line.
    public let separator: SafeText

    /// Unicode blocks and box lines.
    public static let block = blocks("block", hasDots: false)

    /// The same, but graphs of several rows are made of dots: twice as long, and finer. Not every font has them.
    public static let braille = blocks("braille", hasDots: true)

    private static func blocks(_ name: String, hasDots: Bool) -> Glyphs {
        let eighths: [SafeText] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]
        return Glyphs(
            name: name, heights: eighths, hasDots: hasDots, sparkline: eighths, gap: "·",
            shades: [" ", "░", "▒", "▓", "█"],
            lines: Lines(
                horizontal: "─", vertical: "│", topLeft: "┌", topRight: "┐", bottomLeft: "└", bottomRight: "┘",
                teeLeft: "├", teeRight: "┤", teeTop: "┬", teeBottom: "┴", cross: "┼"),
            ellipsis: "…", info: "i", warning: "▲", critical: "■", stale: "~", down: "x", selection: ">", marked: "*",
            ascending: "▲", descending: "▼", separator: "·")
    }

    /// For terminals or locales without UTF-8, and the Linux console, whose font lacks the blocks.
    public static let ascii = Glyphs(
        name: "ascii", heights: ["_", ".", "-", "=", "+", "*", "#", "#"], hasDots: false,
        sparkline: ["_", ".", "-", "=", "+", "*", "#", "@"], gap: "?",
        shades: [" ", ".", ":", "-", "=", "+", "*", "#", "%", "@"],
        lines: Lines(
            horizontal: "-", vertical: "|", topLeft: "+", topRight: "+", bottomLeft: "+", bottomRight: "+",
            teeLeft: "+", teeRight: "+", teeTop: "+", teeBottom: "+", cross: "+"),
        ellipsis: "$", info: "i", warning: "!", critical: "#", stale: "~", down: "x", selection: ">", marked: "*",
        ascending: "^", descending: "v", separator: "|")

    /// For lines of text that are read aloud: no graphs, no lines, no marks beside words.
    public static let spoken = Glyphs(
        name: "spoken", heights: Array(repeating: " ", count: 8), hasDots: false,
        sparkline: Array(repeating: " ", count: 8), gap: " ", shades: [" ", " "],
        lines: Lines(
            horizontal: " ", vertical: " ", topLeft: " ", topRight: " ", bottomLeft: " ", bottomRight: " ",
            teeLeft: " ", teeRight: " ", teeTop: " ", teeBottom: " ", cross: " "),
        ellipsis: ".", info: " ", warning: " ", critical: " ", stale: "~", down: " ", selection: ">", marked: "*",
        ascending: "^", descending: "v", separator: " ")

    /// Of a bar.
    public var full: SafeText { heights[heights.count - 1] }

    /// Five from low to high, of which none is blank.
    public var steps: [SafeText] {
        shades.count < 10 ? [separator] + shades.dropFirst() : stride(from: 1, to: 10, by: 2).map { shades[$0] }
    }

    /// The shade for a share of 0...1; more than nothing is never drawn as nothing.
    public func shade(_ share: Double) -> SafeText {
        guard share > 0 else { return shades[0] }
        let level = (min(share, 1) * Double(shades.count - 1)).rounded(.up)
        return shades[Int(level)]
    }
}

extension Glyphs {
    /// All there are, the usual one first.
    public static let all: [Glyphs] = [.block, .braille, .ascii]

    /// `nil`: there is none of that name.
    public init?(named name: String) {
        guard let glyphs = Glyphs.all.first(where: { $0.name == name }) else { return nil }
        self = glyphs
    }
}
