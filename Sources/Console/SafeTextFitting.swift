/// Cutting and padding by columns; a wide character is never halved, a base never loses its marks.
extension SafeText {
    /// The longest start that takes at most `limit` columns.
    public func prefix(columns limit: Int) -> SafeText {
        if columns <= limit { return self }
        if limit <= 0 { return .empty }
        let (index, width) = cutIndex(columns: limit)
        return SafeText(trusted: String(string[..<index]), columns: width)
    }

    /// Without its first `count` columns; a wide character cut in the middle leaves a blank.
    public func dropFirst(columns count: Int) -> SafeText {
        if count <= 0 { return self }
        if columns <= count { return .empty }
        let (index, width) = cutIndex(columns: count)
        let rest = SafeText(trusted: String(string[index...]), columns: columns - width)
        guard width < count else { return rest }
        // The base at the cut is wide: skip it whole and keep its second column as a blank.
        let (next, wide) = rest.cutIndex(columns: 2)
        return SafeText(trusted: " " + rest.string[next...], columns: 1 + rest.columns - wide)
    }

    /// At most `limit` columns; what was cut shows as an ellipsis (`Glyphs.ellipsis`).
    public func truncated(to limit: Int, ellipsis: SafeText = "…") -> SafeText {
        if columns <= limit { return self }
        guard limit >= ellipsis.columns else { return prefix(columns: limit) }
        return prefix(columns: limit - ellipsis.columns) + ellipsis
    }

    /// Exactly `width` columns: truncated, or with blanks after the text.
    public func padded(to width: Int, ellipsis: SafeText = "…") -> SafeText {
        let text = truncated(to: width, ellipsis: ellipsis)
        return text.columns < width ? text + .spaces(width - text.columns) : text
    }

    /// Exactly `width` columns: truncated, or with blanks before the text.
    public func leftPadded(to width: Int, ellipsis: SafeText = "…") -> SafeText {
        let text = truncated(to: width, ellipsis: ellipsis)
        return text.columns < width ? .spaces(width - text.columns) + text : text
    }

    /// Where the first `limit` columns end, and how many of them are used.
    private func cutIndex(columns limit: Int) -> (String.Index, Int) {
        if isASCII {
            let count = min(limit, columns)
            return (string.utf8.index(string.startIndex, offsetBy: count), count)
        }
        var used = 0
        let scalars = string.unicodeScalars
        var index = scalars.startIndex
        while index < scalars.endIndex {
            if case .base(let width) = CharacterWidth(scalars[index]) {
                if used + width > limit { break }
                used += width
            }
            index = scalars.index(after: index)
        }
        return (index, used)
    }
}
