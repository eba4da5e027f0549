internal import Model

/// A value of a file, with the keys that lead to it: reads it as what it has to be, or says what is wrong there.
public struct JSON5Cursor: Sendable {
    public let value: JSON5
    /// `apps.web.rules[0]`; empty for the whole.
    public let path: String

    init(_ value: JSON5, path: String) {
        self.value = value
        self.path = path
    }

    /// The whole of a text.
    public init(parsing bytes: [UInt8]) throws(JSON5Problem) { self.init(try JSON5Parser.parse(bytes), path: "") }

    public func problem(_ reason: String) -> JSON5Problem {
        JSON5Problem(place: value.place, key: path, reason: reason)
    }

    /// It is of another kind than `wanted`.
    public func wrong(_ wanted: String) -> JSON5Problem { problem("it must be \(wanted), not \(value.kind)") }

    public func text() throws(JSON5Problem) -> String {
        guard case .text(let text) = value.content else { throw wrong("a text") }
        return text
    }

    /// A text with something in it.
    public func name() throws(JSON5Problem) -> String {
        let text = try text()
        guard !text.isEmpty else { throw problem("it must not be empty") }
        guard !text.utf8.contains(0) else { throw problem("it must not contain a zero byte") }
        return text
    }

    public func flag() throws(JSON5Problem) -> Bool {
        guard case .flag(let flag) = value.content else { throw wrong("true or false") }
        return flag
    }

    public func number() throws(JSON5Problem) -> Double {
        guard case .number(let number) = value.content else { throw wrong("a number") }
        return number
    }

    public func whole(_ range: ClosedRange<Int>) throws(JSON5Problem) -> Int {
        guard case .number(let number) = value.content else { throw wrong("a whole number") }
        guard let whole = Int(exactly: number), range.contains(whole) else {
            throw problem("it must be a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return whole
    }

    public func list() throws(JSON5Problem) -> [JSON5Cursor] {
        guard case .list(let elements) = value.content else { throw wrong("a list [ … ]") }
        return elements.enumerated().map { JSON5Cursor($1, path: "\(path)[\($0)]") }
    }

    public func members() throws(JSON5Problem) -> [(key: String, place: JSON5Place, value: JSON5Cursor)] {
        guard case .object(let members) = value.content else { throw wrong("an object { … }") }
        return members.map { member in
            let path = path.isEmpty ? member.key : "\(path).\(member.key)"
            return (member.key, member.place, JSON5Cursor(member.value, path: path))
        }
    }

    public var isEmptyObject: Bool {
        if case .object(let members) = value.content { members.isEmpty } else { false }
    }

    /// One of a few words; a wrong one is told the nearest.
    public func choice(_ words: [String]) throws(JSON5Problem) -> String {
        let text = try text()
        guard !words.contains(text) else { return text }
        throw problem(NearestWord.advice("\"\(text)\" is not known here", for: text, among: words))
    }

    /// As `JSON5Problem`: the number that belongs to a user, given by name or by number.
    public func user() throws(JSON5Problem) -> UInt32 {
        if case .number = value.content { return UInt32(clamping: try whole(0...Int(UInt32.max) - 1)) }
        let name = try name()
        guard let uid = UserName.uid(of: name) else { throw problem("there is no user \"\(name)\" on this host") }
        return uid
    }

    /// A signal by its name.
    public func signal() throws(JSON5Problem) -> UInt8 {
        let word = try name()
        if let number = SignalNumber.number(word) { return number }
        throw problem(
            NearestWord.advice("\"\(word)\" is not a signal", for: word, among: Self.signals))
    }

    private static let signals = (1...31).compactMap { SignalNumber.word($0) }
}

/// What is wrong with a file, in the order of the places: all of it, so that one look mends all of it.
public struct JSON5Problems: Sendable {
    private var noted: [JSON5Problem] = []
    /// Beyond these nobody reads on.
    static let most = 50

    public init() {}

    public var all: [JSON5Problem] {
        noted.sorted { ($0.place.line, $0.place.column) < ($1.place.line, $1.place.column) }
    }

    public mutating func note(_ problem: JSON5Problem) {
        if noted.count < Self.most { noted.append(problem) }
    }

    /// What `read` makes of a value that is there; `nil` also where it is wrong, which is noted.
    public mutating func take<Value>(
        _ cursor: JSON5Cursor?, _ read: (JSON5Cursor) throws(JSON5Problem) -> Value
    ) -> Value? {
        guard let cursor else { return nil }
        do throws(JSON5Problem) {
            return try read(cursor)
        } catch {
            note(error)
            return nil
        }
    }

    /// The members of an object that may have these keys and no others; what else is there is noted.
    public mutating func object(_ cursor: JSON5Cursor?, keys: [String]) -> [String: JSON5Cursor] {
        var found: [String: JSON5Cursor] = [:]
        for (key, place, value) in members(of: cursor) {
            if keys.contains(key) {
                found[key] = value
            } else {
                let reason = NearestWord.advice("unknown key", for: key, among: keys)
                note(JSON5Problem(place: place, key: value.path, reason: reason))
            }
        }
        return found
    }

    /// The members of an object with names of somebody's choice. Of two with one name nobody can tell which one counts.
    public mutating func members(
        of cursor: JSON5Cursor?
    ) -> [(key: String, place: JSON5Place, value: JSON5Cursor)] {
        guard let members = take(cursor, { (cursor) throws(JSON5Problem) in try cursor.members() }) else { return [] }
        var first: [String: JSON5Place] = [:]
        return members.filter { member in
            guard let before = first.updateValue(member.place, forKey: member.key) else { return true }
            let reason = "it is there twice; the other is in line \(before.line)"
            note(JSON5Problem(place: member.place, key: member.value.path, reason: reason))
            return false
        }
    }
}
