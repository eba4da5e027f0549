/// Where things stand in a policy's text, for messages: the decoder tells no places, and takes one of two equal keys
/// without a word. What is right or wrong the decoder decides; this only finds it again.
struct PolicyKeys {
    struct Place: Equatable {
        /// From 1.
        var line: Int
        /// In bytes, from 1.
        var column: Int
    }

    private let bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// Where a key begins, named by the keys around it and itself.
    func place(of wanted: [String]) -> Place? {
        for (path, offset) in keys() where path == wanted { return place(at: offset) }
        return nil
    }

    /// The first key that its object has already.
    func firstRepeated() -> (key: String, place: Place)? {
        var seen: Set<[String]> = []
        for (path, offset) in keys() where !seen.insert(path).inserted {
            return (path.joined(separator: "."), place(at: offset))
        }
        return nil
    }

    /// Where the text stops being JSON5, as far as objects, lists, texts and words go; `nil` when it does not.
    func firstFault() -> (reason: String, place: Place)? {
        enum Expectation { case value, valueOrEnd, keyOrEnd, colon, commaOrEnd, nothing }
        var tokens = PolicyTokens(bytes)
        var open: [UInt8] = []
        var expected = Expectation.value
        while let (token, offset) = tokens.next() {
            switch (expected, token) {
            case (_, .unterminated):
                return ("what begins here does not end", place(at: offset))
            case (.value, .sign(UInt8(ascii: "{"))), (.valueOrEnd, .sign(UInt8(ascii: "{"))):
                open.append(UInt8(ascii: "}"))
                expected = .keyOrEnd
            case (.value, .sign(UInt8(ascii: "["))), (.valueOrEnd, .sign(UInt8(ascii: "["))):
                open.append(UInt8(ascii: "]"))
                expected = .valueOrEnd
            case (.keyOrEnd, .sign(let sign)) where sign == open.last,
                (.valueOrEnd, .sign(let sign)) where sign == open.last,
                (.commaOrEnd, .sign(let sign)) where sign == open.last:
                open.removeLast()
                expected = open.isEmpty ? .nothing : .commaOrEnd
            case (.value, .quoted), (.valueOrEnd, .quoted):
                expected = open.isEmpty ? .nothing : .commaOrEnd
            case (.value, .word(let word)), (.valueOrEnd, .word(let word)):
                guard Self.isLiteral(word) else { return ("a text needs quotes", place(at: offset)) }
                expected = open.isEmpty ? .nothing : .commaOrEnd
            case (.keyOrEnd, .quoted), (.keyOrEnd, .word):
                expected = .colon
            case (.colon, .sign(UInt8(ascii: ":"))):
                expected = .value
            case (.commaOrEnd, .sign(UInt8(ascii: ","))):
                expected = open.last == UInt8(ascii: "}") ? .keyOrEnd : .valueOrEnd
            case (.colon, _): return ("a ':' is missing before this", place(at: offset))
            case (.commaOrEnd, _):
                return ("a ',' is missing before this, or this does not belong here", place(at: offset))
            case (.nothing, _): return ("there is more after the end", place(at: offset))
            case (.value, _), (.valueOrEnd, _), (.keyOrEnd, _): return ("this does not belong here", place(at: offset))
            }
        }
        return expected == .nothing ? nil : ("it ends too early", place(at: bytes.count))
    }

    /// Every key with the keys around it, and where it begins.
    private func keys() -> [(path: [String], offset: Int)] {
        var tokens = PolicyTokens(bytes)
        var found: [(path: [String], offset: Int)] = []
        var path: [String] = []
        var depth = 0
        var candidate: (text: String, offset: Int)?
        while let (token, offset) = tokens.next() {
            switch token {
            case .quoted(let text), .word(let text):
                candidate = (text, offset)
                continue
            case .sign(UInt8(ascii: ":")):
                if let candidate {
                    path = Array(path.prefix(max(depth - 1, 0))) + [candidate.text]
                    found.append((path, candidate.offset))
                }
            case .sign(UInt8(ascii: "{")): depth += 1
            case .sign(UInt8(ascii: "}")): depth -= 1
            case .sign, .unterminated: break
            }
            candidate = nil
        }
        return found
    }

    private func place(at offset: Int) -> Place {
        let before = bytes[..<offset]
        let lineStart = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        return Place(line: before.count { $0 == UInt8(ascii: "\n") } + 1, column: offset - lineStart + 1)
    }

    private static func isLiteral(_ word: String) -> Bool {
        if ["true", "false", "null", "Infinity", "NaN"].contains(word) { return true }
        return word.utf8.first.map { "+-.0123456789".utf8.contains($0) } ?? false
    }
}
