import Testing

@testable import Dashboard

@Suite struct FilterTests {
    static let states = ["ok", "warn", "crit", "stale", "down"]
    static let keys = [
        FilterKey(id: "host", kind: .text), FilterKey(id: "app", kind: .text),
        FilterKey(id: "state", kind: .rank(states)),
        FilterKey(id: "cpu", kind: .number(.share)), FilterKey(id: "lag99", kind: .number(.seconds)),
        FilterKey(id: "rss", kind: .number(.bytes)), FilterKey(id: "slot", kind: .number(.count)),
        FilterKey(id: "pid", kind: .number(.count)),
    ]
    static let row: [String: FilterValue] = [
        "host": .texts(["web-1", "10.0.0.1:7433"]), "app": .texts(["api"]), "state": .rank(1), "cpu": .number(0.81),
        "lag99": .number(0.12), "rss": .unknown, "slot": .number(3), "pid": .number(4711),
    ]

    static func matches(_ text: String) throws -> Bool {
        try Filter(parsing: text, keys: keys).matches(
            { row[$0] ?? .unknown }, names: { ["web-1", "api", "api#3", "4711", "WARN"] })
    }

    @Test(arguments: [
        "", "  ", "api", "API", "warn 47", "cpu>80%", "cpu>80", "cpu >= 81%", "lag99>100ms", "lag99<0.2s",
        "lag99>=120ms app=api", "app=api,host=web-*", "host=10.0.0.1*", "state!=ok", "state=warn",
        "state>=warn state<down", "app=web|api",
        "not app=web", "!app=web", "app=web or app=api", "app=web or (app=api and slot=3)", "web-1/api", "web-*/api#3",
        "web-1/4711",
        "\"api\"", "app=\"api\"", "rss=-", "cpu!=-", "not (app=web or cpu<10)", "app=api or rss>1G", "orange or api",
        "'api#3'",
    ])
    func holds(_ text: String) throws { #expect(try Self.matches(text)) }

    @Test(arguments: [
        "nothing", "cpu>82%", "lag99>1s", "app=web", "app!=api", "state=ok", "state>warn", "rss>1K", "rss<1K",
        "not rss>1K", "not rss<1K",
        "web-2/api", "web-1/api#2", "web-1/471", "app=api cpu<10", "rss!=-", "host!=web-*", "app=api and not cpu>80",
    ])
    func holdsNot(_ text: String) throws { #expect(try !Self.matches(text)) }

    @Test(arguments: [
        ("site=eu-1", true), ("site=eu-*|us-*", true), ("site!=us-1", true), ("label.site=eu-1", true),
        ("site=us-1", false),
        ("rack=-", true), ("rack=1", false), ("rack!=1", false), ("not rack=1", true), ("site!=-", true),
        ("label.my-zone=-", true),
        ("app=api site=eu-1", true), ("not site=us-1", true), ("Site=eu-1", false),
    ])
    func aKeyThatIsNoneIsALabel(_ text: String, _ expected: Bool) throws {
        let filter = try Filter(parsing: text, keys: Self.keys)
        let row = Self.row.merging(["label.site": .texts(["eu-1"])]) { old, _ in old }
        #expect(filter.matches({ row[$0] ?? .unknown }, names: { [] }) == expected)
    }

    /// A slip of the finger must not become a label that no host has.
    @Test(arguments: ["hots=web-1", "site>5", "ap!=x", "9site=x", "label.=x", "label.site<5"])
    func whatMayBeASlipIsNoLabel(_ text: String) {
        #expect(throws: FilterProblem.self) { try Filter(parsing: text, keys: Self.keys) }
    }

    @Test(arguments: [
        ("lga99>1s", 0..<5, "there is no key \"lga99\"; did you mean \"lag99\"?"),
        ("stat=x", 0..<4, "there is no key \"stat\"; did you mean \"state\"? A label of that name is label.stat"),
        ("app=api lag99>1", 14..<15, "\"1\" is no value of lag99; write it like 100ms, 1.5s or 2h"),
        ("cpu>", 4..<4, "cpu has no value"),
        ("state=wran", 6..<10, "state is never \"wran\"; did you mean \"warn\"?"),
        ("(app=api", 0..<1, "the \"(\" is not closed"),
        ("app=api)", 7..<8, "\")\" without a \"(\""),
        ("app=\"api", 4..<5, "the quote is not closed"),
        ("app>api", 3..<4, "app is a text: = or !="),
        ("app=api or", 10..<10, "something is missing here"),
        ("or app=api", 0..<2, "\"or\" stands between two terms; \"\\\"or\\\"\" is the word"),
        ("cpu>-", 4..<5, "what is unknown can only be = or !="),
        (">5", 0..<1, "a key stands before \">\": letters and digits"),
        ("web-1/", 0..<6, "a path is HOST/APP, HOST/APP#SLOT or HOST/PID"),
        ("web-1/api#x", 0..<11, "a number stands after \"#\""),
        (",", 0..<1, "something is missing before this"),
        ("web-1/99999999999999999999999", 0..<29, "\"99999999999999999999999\" is no pid"),
    ])
    func saysWhatIsWrongAndWhere(_ text: String, _ place: Range<Int>, _ sentence: String) {
        do throws(FilterProblem) {
            let filter = try Filter(parsing: text, keys: Self.keys)
            Issue.record("parsed as \(String(describing: filter.tree))")
        } catch {
            #expect(error.sentence == sentence)
            #expect(error.place == place)
        }
    }

    @Test func aFilterHasBounds() {
        for (text, sentence) in [
            (String(repeating: "x", count: 1001), "a filter has at most 1000 characters"),
            (String(repeating: "(", count: 40), "too many parentheses"),
        ] {
            let problem = #expect(throws: FilterProblem.self) { try Filter(parsing: text, keys: Self.keys) }
            #expect(problem?.sentence == sentence)
        }
    }

    @Test(arguments: [
        ("web", "WEB-1", true), ("B-1", "web-1", true), ("eb-2", "web-1", false), ("web-1", "eb-1", false),
        ("web-1", "web-1", true), ("école", "ÉCOLE-1", true), ("ecole", "école", false), ("e", "", false),
    ])
    func aWordIsFoundInWhateverCase(_ word: String, _ name: String, _ isFound: Bool) throws {
        #expect(try Filter(parsing: word).matches({ _ in .unknown }, names: { [name] }) == isFound)
    }

    @Test func anyTextGivesATreeOrAProblem() {
        var seed = SystemRandomNumberGenerator()
        let pieces = [
            "app", "=", "!", "(", ")", " ", "or", "and", "not", ">", "<=", "\"", "'", "api", "lag99", "1s", ",", "#",
            "/", "|", "*", "-", "é", "9",
        ]
        for _ in 0..<20_000 {
            let text = (0..<Int.random(in: 0...12, using: &seed)).map { _ in pieces.randomElement(using: &seed) ?? "" }
                .joined()
            do throws(FilterProblem) {
                let filter = try Filter(parsing: text, keys: Self.keys)
                _ = filter.matches({ Self.row[$0] ?? .unknown }, names: { ["a"] })
            } catch {
                #expect(error.place.lowerBound >= 0 && error.place.upperBound <= text.count, "\(text)")
            }
        }
        #expect(throws: FilterProblem.self) { try Filter(parsing: String(repeating: "(", count: 900), keys: Self.keys) }
        #expect(throws: FilterProblem.self) { try Filter(parsing: String(repeating: "!", count: 900), keys: Self.keys) }
        #expect(throws: FilterProblem.self) {
            try Filter(parsing: String(repeating: "a", count: 1001), keys: Self.keys)
        }
    }

    @Test func knowsWhetherItIsExact() throws {
        #expect(try Filter(parsing: "web-1/api#2 cpu>5", keys: Self.keys).isExact)
        #expect(try !Filter(parsing: "app=api 7", keys: Self.keys).isExact)
        #expect(Filter.everything.isExact)
        #expect(try Filter(parsing: "web-1/api#2 cpu>5", keys: Self.keys).keys == ["host", "app", "slot", "cpu"])
    }
}

/// What is only bounded: at most 120 ms may be above 100 ms or not, but is certainly below 200 ms.
@Suite struct BoundedValueTests {
    private static func holds(_ text: String, _ value: FilterValue) throws -> Bool? {
        try Filter(parsing: text, keys: FilterTests.keys).tree?.holds({ _ in value }, { [] })
    }

    @Test(arguments: [
        ("lag99<200ms", true), ("lag99<=120ms", true), ("lag99>120ms", false), ("lag99>=200ms", false),
        ("lag99=200ms", false), ("lag99!=200ms", true), ("lag99>100ms", nil), ("lag99<100ms", nil),
        ("lag99=100ms", nil),
    ])
    func atMost(_ text: String, _ expected: Bool?) throws {
        #expect(try Self.holds(text, .atMost(0.12)) == expected)
    }

    @Test(arguments: [
        ("lag99>100ms", true), ("lag99>=120ms", true), ("lag99<120ms", false), ("lag99<=100ms", false),
        ("lag99=100ms", false), ("lag99!=100ms", true), ("lag99>200ms", nil), ("lag99<200ms", nil),
        ("lag99=200ms", nil),
    ])
    func atLeast(_ text: String, _ expected: Bool?) throws {
        #expect(try Self.holds(text, .atLeast(0.12)) == expected)
    }
}

@Suite struct GlobTests {
    @Test(arguments: [
        ("*", "", true), ("*", "x", true), ("a*c", "abc", true), ("a*c", "ac", true), ("a*c", "abcd", false),
        ("a*b*c", "aXbYbc", true), ("**a", "ba", true), ("", "", true), ("", "x", false), ("ab", "a", false),
        ("a*", "a", true), ("*ab", "aab", true), ("wörk*", "wörker", true),
    ])
    func aStarStandsForAnyText(_ pattern: String, _ text: String, _ matches: Bool) {
        #expect(Glob(pattern).matches(text) == matches, "\(pattern) on \(text)")
    }
}
