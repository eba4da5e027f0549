/// What rows are sorted by: numbers highest first, texts lowest first, unknown always last.
enum RowKey: Sendable {
    /// One that is only "at most" comes after an equal one that was measured.
    case number(Double, isBound: Bool = false)
    case text(String)
    case unknown

    init(_ value: FilterValue) {
        switch value {
        case .number(let number), .atLeast(let number): self = .number(number)
        case .atMost(let number): self = .number(number, isBound: true)
        case .rank(let rank): self = .number(Double(rank))
        case .texts(let texts): self = texts.first.map { .text($0) } ?? .unknown
        case .unknown: self = .unknown
        }
    }

    /// Whether this comes before `other`; `nil` when the order does not say.
    func precedes(_ other: RowKey, inverted: Bool) -> Bool? {
        switch (self, other) {
        case (.number(let left, let leftIsBound), .number(let right, let rightIsBound)):
            left == right
                ? (leftIsBound == rightIsBound ? nil : rightIsBound != inverted) : (left > right) != inverted
        case (.text(let left), .text(let right)): left == right ? nil : (left < right) != inverted
        case (.unknown, .unknown): nil
        case (.unknown, _): false
        case (_, .unknown): true
        case (.number, .text): true
        case (.text, .number): false
        }
    }
}

/// The order of rows of equal value.
struct RowTie: Comparable, Sendable {
    var texts: [String]
    var numbers: [UInt64]

    init(_ texts: String..., then numbers: UInt64...) {
        self.texts = texts
        self.numbers = numbers
    }

    init(_ texts: [String], then numbers: UInt64...) {
        self.texts = texts
        self.numbers = numbers
    }

    static func < (left: Self, right: Self) -> Bool {
        if left.texts != right.texts { return left.texts.lexicographicallyPrecedes(right.texts) }
        return left.numbers.lexicographicallyPrecedes(right.numbers)
    }
}

/// The rows in the order of a column; unknown keys leave the order of ties.
func sorted<Subject: RowSubject>(_ subjects: [Subject], by key: String, inverted: Bool) -> [Subject] {
    let column = Subject.byKey[key]
    let keys = subjects.map { column?.rowKey($0) ?? .unknown }
    let ties = subjects.map(\.tieOrder)
    // Places change theirs, and not subjects, each of which holds on to all of a fleet.
    let places = subjects.indices.sorted { left, right in
        keys[left].precedes(keys[right], inverted: inverted) ?? (ties[left] < ties[right])
    }
    return places.map { subjects[$0] }
}
