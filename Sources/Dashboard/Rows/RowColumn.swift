import Console
import Model

/// What can be a row of a table: a host, an app or a worker, at a moment.
protocol RowSubject: Sendable {
    /// All that can be shown, sorted by and asked for, in the order of the table.
    static var columns: [RowColumn<Self>] { get }
    /// The same by key.
    static var byKey: [String: RowColumn<Self>] { get }
    /// What a bare word of a filter is looked for in.
    var names: [String] { get }
    /// Its numbers are old: nothing is graded by them.
    var isStale: Bool { get }
    /// Whether somebody should look at it.
    var isProblem: Bool { get }
    /// What rows stand in the order of where their values are equal.
    var tieOrder: RowTie { get }
}

extension RowSubject {
    /// `nil` for what is no column of it.
    func value(_ key: String) -> FilterValue? {
        guard let column = Self.byKey[key], column.kind != nil else { return nil }
        return column.value(self)
    }

    /// Whether a filter can ask it of such rows.
    static func has(_ key: String) -> Bool { byKey[key]?.kind != nil }

    static func heading(of key: String) -> SafeText { byKey[key]?.heading ?? SafeText(key.uppercased()) }
}

/// One column of hosts, apps or workers: screens, `ls`, sorting, filters and help are all made from it.
struct RowColumn<Subject: Sendable>: Sendable {
    /// Where a cell is drawn.
    struct Room {
        let ink: Ink
        /// `.max` where nothing is cut, as in a pipe.
        let width: Int
    }

    /// How many columns of the terminal it takes.
    enum Width: Hashable, Sendable {
        case fixed(Int)
        case flexible(Int, Int)
        /// As wide as its widest cell; shrinks to the first number, grows to the second.
        case content(Int, Int)
    }

    /// In filters and sort options, and at the head of csv.
    let key: String
    let heading: SafeText
    /// For help.
    let meaning: SafeText
    /// What a filter compares it as; `nil` for pictures.
    let kind: FilterKey.Kind?
    let alignment: Column.Alignment
    let width: Width
    /// As in `Column`, or `hiddenColumn`.
    let priority: Int
    let value: @Sendable (Subject) -> FilterValue
    let cell: @Sendable (Subject, Room) -> TableCell
    /// What rows are sorted by, where that is not the value.
    var order: (@Sendable (Subject) -> RowKey)?
    /// Whether the lowest comes first.
    var isAscending: Bool { kind == .text || key == "slot" }

    func rowKey(_ subject: Subject) -> RowKey { order?(subject) ?? RowKey(value(subject)) }

    /// With another order than that of its values.
    func ordered(by order: @escaping @Sendable (Subject) -> RowKey) -> Self {
        var column = self
        column.order = order
        return column
    }
}

/// Priority of columns that are shown only when chosen, and in wide listings.
let hiddenColumn = 100

// How the common kinds are made.
extension RowColumn {
    static func text(
        _ key: String, _ heading: SafeText, _ meaning: SafeText, width: Width, priority: Int,
        _ texts: @escaping @Sendable (Subject) -> [String],
        cell: (@Sendable (Subject, Room) -> TableCell)? = nil
    ) -> Self {
        RowColumn(
            key: key, heading: heading, meaning: meaning, kind: .text, alignment: .left, width: width,
            priority: priority,
            value: {
                let texts = texts($0)
                return texts.isEmpty ? .unknown : .texts(texts)
            },
            cell: cell ?? { subject, _ in texts(subject).first.map { TableCell(SafeText($0)) } ?? "" })
    }

    static func number(
        _ key: String, _ heading: SafeText, _ meaning: SafeText, _ quantity: Quantity, width: Int, priority: Int,
        _ value: @escaping @Sendable (Subject) -> Double?, cell: (@Sendable (Subject, Room) -> TableCell)? = nil
    ) -> Self {
        RowColumn(
            key: key, heading: heading, meaning: meaning, kind: .number(quantity), alignment: .right,
            width: .fixed(width), priority: priority, value: { value($0).map { .number($0) } ?? .unknown },
            cell: cell ?? { subject, _ in TableCell(quantity.text(value(subject))) })
    }

    static func count(
        _ key: String, _ heading: SafeText, _ meaning: SafeText, width: Int, priority: Int,
        _ value: @escaping @Sendable (Subject) -> (some BinaryInteger & Sendable)?
    ) -> Self {
        number(key, heading, meaning, .count, width: width, priority: priority) {
            value($0).map { Double($0) }
        } cell: {
            subject, _ in
            TableCell(Format.count(value(subject)))
        }
    }

    /// Drawn, and nothing else.
    static func picture(
        _ key: String, _ heading: SafeText, _ meaning: SafeText, width: Width, priority: Int,
        _ cell: @escaping @Sendable (Subject, Room) -> TableCell
    ) -> Self {
        RowColumn(
            key: key, heading: heading, meaning: meaning, kind: nil, alignment: .left, width: width,
            priority: priority, value: { _ in .unknown }, cell: cell)
    }

    /// The state's word; `rank` of `StateRank`.
    static func state(
        priority: Int, _ word: @escaping @Sendable (Subject) -> String,
        style: @escaping @Sendable (Subject) -> Style
    ) -> Self {
        RowColumn(
            key: "state", heading: "STATE", meaning: "see the states below", kind: .rank(StateRank.words),
            alignment: .left, width: .fixed(6), priority: priority,
            value: { StateRank.rank(word($0)).map { .rank($0) } ?? .unknown },
            cell: { subject, _ in TableCell(SafeText(word(subject)), style: style(subject)) })
    }
}

extension RowColumn where Subject: RowSubject {
    /// The same, with a colour where a threshold is passed. `value` where it is not what is shown.
    func graded(_ threshold: Threshold, by value: (@Sendable (Subject) -> Double?)? = nil) -> Self {
        graded(by: value) { _ in threshold }
    }

    /// The same where each row has its own threshold.
    func graded(
        by value: (@Sendable (Subject) -> Double?)? = nil, _ threshold: @escaping @Sendable (Subject) -> Threshold
    ) -> Self {
        let (plain, shown) = (cell, self.value)
        return RowColumn(
            key: key, heading: heading, meaning: meaning, kind: kind, alignment: alignment, width: width,
            priority: priority, value: shown,
            cell: { subject, room in
                var cell = plain(subject, room)
                let number = value.map { $0(subject) } ?? shown(subject).number
                guard !subject.isStale, let number else { return cell }
                let level = threshold(subject).level(of: number)
                if level != .ok { cell.style = Palette.style(level) }
                return cell
            }, order: order)
    }
}

extension Quantity {
    /// As rows show it; a time as a delay.
    func text(_ value: Double?) -> SafeText {
        switch self {
        case .share: Format.percent(value)
        case .seconds: Format.milliseconds(value.map { $0 * 1000 })
        case .bytes: Format.bytes(value.flatMap { Int64(exactly: $0.rounded()) })
        case .count: Format.number(value)
        }
    }
}

extension FilterValue {
    /// `nil` for what is only bounded: it grades nothing.
    var number: Double? { if case .number(let number) = self { number } else { nil } }
}

/// All words of states, the mildest first: `state>=warn`.
enum StateRank {
    static let words = [
        "ok", "nodata", "connecting", "stale", "start", "warn", "zombie", "exited", "ver", "auth", "untrusted", "down",
        "crit", "hung",
    ]

    static func rank(_ word: String) -> Int? { words.firstIndex(of: word.lowercased()) }
}

extension RowColumn {
    /// With something before what it says.
    func indented(by indent: SafeText) -> Self {
        let plain = cell
        return drawn { subject, room in
            var cell = plain(subject, room)
            cell.text = indent + cell.text
            return cell
        }
    }

    /// Dropped sooner or later where there is little room.
    func with(priority: Int) -> Self {
        RowColumn(
            key: key, heading: heading, meaning: meaning, kind: kind, alignment: alignment, width: width,
            priority: priority, value: value, cell: cell, order: order)
    }

    /// With other cells.
    func drawn(_ cell: @escaping @Sendable (Subject, Room) -> TableCell) -> Self {
        RowColumn(
            key: key, heading: heading, meaning: meaning, kind: kind, alignment: alignment, width: width,
            priority: priority, value: value, cell: cell, order: order)
    }

    func aligned(_ alignment: Column.Alignment, _ width: Width) -> Self {
        RowColumn(
            key: key, heading: heading, meaning: meaning, kind: kind, alignment: alignment, width: width,
            priority: priority, value: value, cell: cell, order: order)
    }
}
