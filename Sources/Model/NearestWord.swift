/// Which of a few words somebody may have meant.
public enum NearestWord {
    /// `what; did you mean "…"?`, or `what; known are …`.
    public static func advice(_ what: String, for word: String, among words: [String]) -> String {
        if let near = nearest(to: word, among: words) { return "\(what); did you mean \"\(near)\"?" }
        return words.isEmpty ? what : "\(what); known are \(words.joined(separator: ", "))"
    }

    /// The word with the fewest slips of the finger, if there are few enough: one of three letters may be wrong.
    public static func nearest(to word: String, among words: [String]) -> String? {
        let wanted = Array(word.lowercased().prefix(longest))
        let best = words.map { (word: $0, slips: slips(wanted, Array($0.lowercased().prefix(longest)))) }
            .min { $0.slips < $1.slips }
        guard let best, best.slips <= max(1, wanted.count / 3) else { return nil }
        return best.word
    }

    private static let longest = 64

    /// Letters added, left out, exchanged for another or swapped with their neighbour.
    private static func slips(_ left: [Character], _ right: [Character]) -> Int {
        var older: [Int] = []
        var above = Array(0...right.count)
        for (row, letter) in left.enumerated() {
            var current = [row + 1]
            for (column, other) in right.enumerated() {
                var least = min(above[column] + (letter == other ? 0 : 1), above[column + 1] + 1, current[column] + 1)
                if row > 0, column > 0, letter == right[column - 1], left[row - 1] == other {
                    least = min(least, older[column - 1] + 1)
                }
                current.append(least)
            }
            (older, above) = (above, current)
        }
        return above.last ?? 0
    }
}
