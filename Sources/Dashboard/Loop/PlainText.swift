import Console
import Model

/// The screen as lines of text, for screen readers and serial lines: whole when something else is shown, then only what
/// changed, each row a line.
///
/// A change of numbers alone is no news: of those only the row under the cursor is told again, now and then. What comes by
/// itself is told at no more than `rate`; the rest waits, and is then told as it is by then.
struct PlainText: Sendable {
    /// Between two tellings of numbers.
    static let pause = Duration.seconds(10)
    /// Lines a second, of what nobody asked for, and how many may come at once.
    static let rate = 4.0
    static let burst = 20.0

    /// A row that says something.
    private struct Row {
        let text: String
        /// What it says but for numbers.
        let shape: String
        /// A row of a list is known by what it is about, and not by its place.
        let target: Spot.Target?
        /// The terminal's cursor is there.
        let isSelected: Bool
        /// The mark of what is chosen is before it.
        let isChosen: Bool
        /// Sums and the like, which change all the time.
        let isSummary: Bool

        var subject: Subject { target.map { .row($0) } ?? .line(shape) }
    }

    private enum Subject: Hashable {
        case row(Spot.Target)
        case line(String)
    }

    private var heading: SafeText?
    /// The rows of lists as they were told last.
    private var told: [Spot.Target: (text: String, shape: String)] = [:]
    /// The other rows that were told and are still there.
    private var others: Set<String> = []
    private var selected: Subject?
    private var numbersAt: MonotonicInstant?
    private var allowance = Self.burst
    private var filledAt: MonotonicInstant?

    /// The next call tells everything.
    mutating func forget() { heading = nil }

    /// What is to be said now.
    ///
    /// - Parameter isAnswer: somebody typed something since the last call.
    mutating func lines(of rendering: Rendering, isAnswer: Bool, now: MonotonicInstant) -> [String] {
        refill(now)
        let rows = Self.rows(of: rendering)
        guard heading == rendering.heading else {
            heading = rendering.heading
            told = [:]
            others = []
            numbersAt = now
            return rows.map { tell($0) } + Self.keyLine(of: rendering)
        }
        others.formIntersection(rows.map(\.shape))
        var lines: [String] = []
        var saysWhere = false
        for row in rows where !row.isSummary {
            let isMove = row.isSelected && row.subject != selected
            guard isMove || isNews(row), isAnswer || take() else { continue }
            lines.append(tell(row))
            saysWhere = saysWhere || row.isSelected
        }
        // Whoever narrows a list has to hear where they are then, though it be where they were.
        if isAnswer, !lines.isEmpty, !saysWhere, let row = rows.first(where: { $0.isSelected && $0.target != nil }) {
            lines.append(tell(row))
        }
        if numbersAt.map({ now - $0 >= Self.pause }) ?? true {
            numbersAt = now
            for row in rows where row.isSelected {
                guard let target = row.target, told[target]?.text != row.text, take() else { continue }
                lines.append(tell(row))
            }
        }
        return lines
    }

    private func isNews(_ row: Row) -> Bool {
        guard let target = row.target else { return !others.contains(row.shape) }
        return told[target]?.shape != row.shape
    }

    private mutating func tell(_ row: Row) -> String {
        if let target = row.target { told[target] = (row.text, row.shape) } else { others.insert(row.shape) }
        if row.isSelected { selected = row.subject }
        return row.isSelected && row.isChosen ? "> " + row.text : row.text
    }

    private mutating func refill(_ now: MonotonicInstant) {
        let passed = filledAt.map { (now - $0).seconds } ?? 0
        filledAt = now
        allowance = min(allowance + passed * Self.rate, Self.burst)
    }

    /// Whether one more line may be told now.
    private mutating func take() -> Bool {
        guard allowance >= 1 else { return false }
        allowance -= 1
        return true
    }

    private static func rows(of rendering: Rendering) -> [Row] {
        let frame = rendering.frame
        let targets = Dictionary(
            rendering.spots.filter { $0.target.isListRow || $0.target.isKey }.map { ($0.row, $0.target) }
        ) { $1 }
        let anatomy = Anatomy(frame.size)
        return (0..<frame.size.rows).compactMap { number in
            let target = targets[number]
            if target?.isKey == true { return nil }
            let isSelected = frame.cursor?.row == number
            // Before a list's row stand the cursor's mark and the glyph of the word that follows.
            let cells = frame[row: number].dropFirst(target == nil ? 0 : Canvas.indent - 1)
            var words = cells.map(\.string).joined().split(separator: " ")[...]
            let isMarked = words.first == ">"
            if isMarked { words.removeFirst() }
            guard !words.isEmpty else { return nil }
            var shapes = words.map(shape)
            // Two events may differ by nothing but their time.
            if anatomy?.messages.contains(number) == true { shapes[0] = String(words[words.startIndex]) }
            return Row(
                text: words.joined(separator: " "), shape: shapes.joined(separator: " "), target: target,
                isSelected: isSelected, isChosen: isMarked || target != nil, isSummary: number == anatomy?.summary)
        }
    }

    /// The keys that mean something now; they are told with everything else, and not when one comes or goes.
    private static func keyLine(of rendering: Rendering) -> [String] {
        guard let row = rendering.spots.last(where: { $0.target.isKey })?.row else { return [] }
        return ["Keys: " + rendering.frame.text(row: row)]
    }

    /// `#` for a number with its unit, and for one that is not known.
    private static func shape(of word: Substring) -> String {
        let digits = word.drop { "<>=~+-(/".contains($0) }
        return digits.isEmpty || digits.first?.isNumber == true ? "#" : String(word)
    }
}

extension Spot.Target {
    fileprivate var isKey: Bool { if case .key = self { true } else { false } }

    fileprivate var isListRow: Bool {
        switch self {
        case .fleetRow, .hostRow: true
        default: false
        }
    }
}
