/// A value of a JSON5 text, and where it stands in it.
public struct JSON5: Hashable, Sendable {
    public indirect enum Content: Hashable, Sendable {
        case null
        case flag(Bool)
        case number(Double)
        case text(String)
        case list([JSON5])
        case object([Member])
    }

    /// A key with its value. The parser keeps all of them, repeated ones too: whoever reads decides.
    public struct Member: Hashable, Sendable {
        public var key: String
        public var place: JSON5Place
        public var value: JSON5
    }

    public var content: Content
    public var place: JSON5Place

    /// What it is, for messages.
    var kind: String {
        switch content {
        case .null: "null"
        case .flag: "true or false"
        case .number: "a number"
        case .text: "a text"
        case .list: "a list"
        case .object: "an object"
        }
    }
}

/// A place in a text; both from 1, columns in bytes.
public struct JSON5Place: Hashable, Sendable {
    public var line: Int
    public var column: Int

    public init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }
}

/// What is wrong with a file, and where.
public struct JSON5Problem: Error, Hashable, Sendable {
    public var place: JSON5Place
    /// The keys that lead there, `apps.web.restart`; empty for the whole, or where the text is no JSON5.
    public var key: String
    public var reason: String

    public init(place: JSON5Place, key: String, reason: String) {
        self.place = place
        self.key = key
        self.reason = reason
    }

    /// `FILE:LINE:COLUMN: KEY: REASON`.
    public func sentence(file: String) -> String {
        "\(file):\(place.line):\(place.column): " + (key.isEmpty ? "" : key + ": ") + reason
    }
}
