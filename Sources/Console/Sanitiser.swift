/// Turns scalars from anywhere into `SafeText`.
enum Sanitiser {
    /// More would let a few kilobytes of marks climb over the rows above (and curses keeps no more in a cell).
    static let marksPerBase = 4

    static func sanitised(_ scalars: some BidirectionalCollection<Unicode.Scalar>) -> SafeText {
        var result = ""
        var columns = 0
        var marks = Int.max  // none fits before the first base
        for scalar in scalars {
            switch CharacterWidth(scalar) {
            case .base(let width):
                result.unicodeScalars.append(scalar)
                columns += width
                marks = 0
            case .mark where marks < marksPerBase:
                result.unicodeScalars.append(scalar)
                marks += 1
            case .mark where marks == .max:
                append(escape(scalar), to: &result, &columns)  // nothing to sit on
            case .mark:
                marks += 1
                // A run of marks adds no columns, so the column limit alone would not stop it.
                if marks > SafeText.maximumColumns { return cut(result, columns) }
            case .unsafe:
                append(escape(scalar), to: &result, &columns)
                marks = .max
            }
            if columns > SafeText.maximumColumns { return cut(result, columns) }
        }
        return SafeText(trusted: result, columns: columns)
    }

    /// `\x1b` below U+0100, `\u{202e}` above.
    static func escape(_ scalar: Unicode.Scalar) -> String {
        let hex = String(scalar.value, radix: 16)
        if scalar.value < 0x100 { return "\\x" + (hex.utf8.count == 1 ? "0" : "") + hex }
        return "\\u{" + hex + "}"
    }

    private static func append(_ ascii: String, to result: inout String, _ columns: inout Int) {
        result += ascii
        columns += ascii.utf8.count
    }

    private static func cut(_ result: String, _ columns: Int) -> SafeText {
        SafeText(trusted: result, columns: columns).prefix(columns: SafeText.maximumColumns - 3)
            + SafeText(trusted: "...", columns: 3)
    }
}
