/// The last question before a change in a protected context: its name, and behind it why, if somebody wants to say so.
struct Naming: Sendable {
    /// More than a policy's audit line needs.
    static let longest = 200

    /// Of the context.
    let name: String
    private(set) var text = ""
    /// Enter was pressed on something else.
    var isRefused = false

    init(_ name: String) { self.name = name }

    private var words: [Substring] { text.split(separator: " ", maxSplits: 1) }

    var isRight: Bool { words.first.map { $0 == name } ?? false }
    /// What stands behind the name; for the audit.
    var reason: String { words.count > 1 ? String(words[1]).trimmingBlanks : "" }

    mutating func type(_ more: String) {
        isRefused = false
        text = String((text + more).prefix(Self.longest))
    }
    mutating func erase() { if !text.isEmpty { text.removeLast() } }
    mutating func clear() { text = "" }
}

extension String {
    fileprivate var trimmingBlanks: String {
        var rest = self[...]
        while rest.last == " " { rest.removeLast() }
        return String(rest)
    }
}
