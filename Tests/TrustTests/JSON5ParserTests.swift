import FoundationEssentials
import TestSupport
import Testing

@testable import Trust

struct JSON5ParserTests {
    private static func parse(_ text: String) throws -> JSON5 { try JSON5Parser.parse(Array(text.utf8)) }

    private static func content(_ text: String) throws -> JSON5.Content { try parse(text).content }

    @Test(
        arguments: [
            ("null", .null), ("true", .flag(true)), (" false // no", .flag(false)), ("7", .number(7)),
            ("+.5", .number(0.5)), ("-5.", .number(-5)), ("0x1F", .number(31)), ("1e3", .number(1000)),
            ("1.5E-1", .number(0.15)), ("-Infinity", .number(-.infinity)), ("0", .number(0)), ("'a'", .text("a")),
            ("\"it's\"", .text("it's")), ("'\\'\\\"\\\\\\/'", .text("'\"\\/")),
            ("'\\b\\f\\n\\r\\t\\v\\0'", .text("\u{8}\u{c}\n\r\t\u{b}\0")), ("'\\x41\\u00e4'", .text("Aä")),
            ("'\\ud83d\\ude00'", .text("😀")), ("'\\ud83dx'", .text("\u{FFFD}x")), ("'a\\\nb\\\r\nc'", .text("abc")),
            ("\u{FEFF}\u{A0}\u{2028}\u{3000}1\u{2003}", .number(1)), ("[]", .list([])), ("{}", .object([])),
            ("/* a * / // */ {} // b", .object([])),
        ] as [(String, JSON5.Content)])
    func takesWhatJSON5Has(text: String, content: JSON5.Content) throws {
        #expect(try Self.content(text) == content)
    }

    @Test func keepsKeysInOrderWithTheirPlaces() throws {
        let text = "{\n  // one\n  a: 1,\n  'b c': [\n    true, 'x',\n  ], $_9ä: {},\n}"
        guard case .object(let members) = try Self.content(text) else { return }
        #expect(members.map(\.key) == ["a", "b c", "$_9ä"])
        #expect(members.map { [$0.place.line, $0.place.column] } == [[3, 3], [4, 3], [6, 6]])
        #expect(members.map { [$0.value.place.line, $0.value.place.column] } == [[3, 6], [4, 10], [6, 13]])
        guard case .list(let elements) = members[1].value.content else { return }
        #expect(elements.map { [$0.place.line, $0.place.column] } == [[5, 5], [5, 11]])
    }

    @Test(arguments: [
        ("", "1:1: it ends too early"), ("{", "1:2: it ends too early"), ("{a", "1:3: it ends too early"),
        ("{a:", "1:4: it ends too early"), ("[1", "1:3: it ends too early"),
        ("{\n a 1}", "2:4: a ':' is missing before this"),
        ("{a: 1 b: 2}", "1:7: a ',' is missing before this, or this does not belong here"),
        ("[1 2]", "1:4: a ',' is missing before this, or this does not belong here"),
        ("{} x", "1:4: there is more after the end"),
        ("{a: web}", "1:5: a text needs quotes"), ("{a: 1x}", "1:5: this is no number"),
        ("010", "1:1: this is no number"), ("1e", "1:1: this is no number"), (".", "1:1: this is no number"),
        ("0x", "1:1: this is no number"), ("{,}", "1:2: this does not belong here"),
        ("[,]", "1:2: this does not belong here"), ("{1: 2}", "1:2: this does not belong here"),
        ("{a-b: 2}", "1:3: a key with this character needs quotes"),
        ("{\n 'a: 1}", "2:2: what begins here does not end"), ("'a\nb'", "1:1: this text does not end on its line"),
        ("\n /* x", "2:2: what begins here does not end"), ("'\\x4'", "1:5: a hexadecimal digit is missing"),
        ("'\\1'", "1:3: there is no escape with this digit"), ("}", "1:1: this does not belong here"),
        ("'\\ud83d\\u0041'", "1:14: half a character: a surrogate stands alone"),
    ])
    func saysWhereATextIsWrong(text: String, wanted: String) {
        let problem = #expect(throws: JSON5Problem.self) { try Self.parse(text) }
        #expect(problem?.sentence(file: "f") == "f:\(wanted)")
    }

    @Test(
        arguments: [
            ([0x27, 0xFF, 0x27], "1:1: this text is not UTF-8"), ([0x27, 0xC2, 0x27], "1:1: this text is not UTF-8"),
            ([0x7B, 0xFF, 0x3A, 0x31, 0x7D], "1:3: the key before this is not UTF-8"),
            ([0xFF], "1:1: a text needs quotes"),
        ] as [([UInt8], String)])
    func refusesBytesThatAreNoText(bytes: [UInt8], wanted: String) {
        let problem = #expect(throws: JSON5Problem.self) { try JSON5Parser.parse(bytes) }
        #expect(problem?.sentence(file: "f") == "f:\(wanted)")
    }

    @Test func isNestedSoDeepAndNoDeeper() throws {
        let limit = JSON5Parser.deepest
        #expect(throws: Never.self) {
            try Self.parse(String(repeating: "[", count: limit) + String(repeating: "]", count: limit))
        }
        let problem = #expect(throws: JSON5Problem.self) { try Self.parse(String(repeating: "{a:", count: 100_000)) }
        #expect(problem?.reason == "it is nested too deep")
    }

    private static let sample = """
        // who may
        { a: {'b c': [1, -2.5, 0x1f, 'x\\u0041', "y",], c: null, /* d */ "e": true}, f: +1e2, g: "\\\\", }
        """

    /// Every byte cut, dropped, doubled and replaced: an answer, and never a trap.
    @Test func neverTraps() {
        let bytes = Array(Self.sample.utf8)
        let signs = Array("{}[]:,'\"\\/*x0-. \n".utf8) + [0x00, 0x80, 0xC2, 0xE2, 0xFF]
        for index in bytes.indices {
            var variants = [Array(bytes.prefix(index)), Array(bytes.suffix(index))]
            for sign in signs {
                var changed = bytes
                changed[index] = sign
                variants.append(changed)
                changed = bytes
                changed.insert(sign, at: index)
                variants.append(changed)
            }
            for variant in variants { _ = try? JSON5Parser.parse(variant) }  // either answer will do
        }
    }

    /// What we take, Apple's decoder takes too, and finds the same in it.
    @Test func findsWhatFoundationFinds() throws {
        var generator = SeededGenerator(seed: 0x150)
        let parts = [
            "{", "}", "[", "]", ":", ",", "a", "'k'", "\"v\"", "1", "-2.5", "0x1f", ".5", "true", "null", " ", "\n",
            "// c\n", "/* d */", "'\\u0041'", "b: 1", "'x': [2, 3,]", "+1e2",
        ]
        var taken = 0
        for _ in 0..<30_000 {
            let count = Int.random(in: 1...9, using: &generator)
            let text = (0..<count).map { _ in parts.randomElement(using: &generator) ?? "" }.joined()
            guard let own = try? Self.parse(text), !Self.hasRepeatedKeys(own) else { continue }
            taken += 1
            let decoder = JSONDecoder()
            decoder.allowsJSON5 = true
            do {
                let other = try decoder.decode(Mirrored.self, from: Data(text.utf8))
                #expect(other == Mirrored(own), "\(text)")
            } catch {
                Issue.record("\(text): \(error)")
            }
        }
        #expect(taken > 200)
    }

    private static func hasRepeatedKeys(_ value: JSON5) -> Bool {
        switch value.content {
        case .object(let members):
            Set(members.map(\.key)).count < members.count || members.contains { hasRepeatedKeys($0.value) }
        case .list(let elements): elements.contains(where: hasRepeatedKeys)
        default: false
        }
    }

    private indirect enum Mirrored: Decodable, Equatable {
        case null
        case flag(Bool)
        case number(Double)
        case text(String)
        case list([Mirrored])
        case object([String: Mirrored])

        init(_ value: JSON5) {
            switch value.content {
            case .null: self = .null
            case .flag(let flag): self = .flag(flag)
            case .number(let number): self = .number(number)
            case .text(let text): self = .text(text)
            case .list(let elements): self = .list(elements.map(Mirrored.init))
            case .object(let members):
                self = .object(
                    Dictionary(members.map { ($0.key, Mirrored($0.value)) }, uniquingKeysWith: { first, _ in first }))
            }
        }

        init(from decoder: any Decoder) throws {
            let box = try decoder.singleValueContainer()
            if box.decodeNil() {
                self = .null
            } else if let flag = try? box.decode(Bool.self) {
                self = .flag(flag)
            } else if let number = try? box.decode(Double.self) {
                self = .number(number)
            } else if let text = try? box.decode(String.self) {
                self = .text(text)
            } else if let elements = try? box.decode([Mirrored].self) {
                self = .list(elements)
            } else {
                self = .object(try box.decode([String: Mirrored].self))
            }
        }
    }
}
