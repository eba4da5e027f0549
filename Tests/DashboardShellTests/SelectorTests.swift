import Testing

@testable import Dashboard

@Suite struct SelectorTests {
    @Test func readsTheShortForms() throws {
        #expect(try Selector(parsing: "web-1/api#2") == Selector(host: Glob("web-1"), app: Glob("api"), slot: 2))
        #expect(try Selector(parsing: "web-1/api") == Selector(host: Glob("web-1"), app: Glob("api")))
        #expect(try Selector(parsing: "web-1/4711") == Selector(host: Glob("web-1"), pid: 4711))
        #expect(try Selector(parsing: "*/a/b#12") == Selector(host: Glob("*"), app: Glob("a/b"), slot: 12))
        #expect(try Selector(parsing: "[::1]:7433/x=y") == Selector(host: Glob("[::1]:7433"), app: Glob("x=y")))
    }

    @Test func readsKeysInAnyOrder() throws {
        let all = Selector(host: Glob("web-*"), app: Glob("api"), slot: 2, pid: 123)
        #expect(try Selector(parsing: "pid=123,app=api,host=web-*,slot=2") == all)
        #expect(try Selector(parsing: "app=a/b") == Selector(app: Glob("a/b")))
    }

    @Test(arguments: [
        ("", Selector.Problem.empty), ("web-1", .notASelector("web-1")), ("/api", .notASelector("/api")),
        ("web-1/", .notASelector("web-1/")), ("app=api,web", .notASelector("web")),
        ("worker=3", .unknownKey("worker")), ("app=a,app=b", .repeatedKey("app")),
        ("slot=two", .notANumber(key: "slot", value: "two")), ("slot=0", .notANumber(key: "slot", value: "0")),
        ("pid=-1", .notANumber(key: "pid", value: "-1")), ("pid=+1", .notANumber(key: "pid", value: "+1")),
        ("pid=99999999999", .notANumber(key: "pid", value: "99999999999")), ("app=", .emptyValue(key: "app")),
        ("web-1/api#x", .notANumber(key: "slot", value: "x")), ("app=api,", .notASelector("")),
    ])
    func refusesWhatItDoesNotUnderstand(_ text: String, _ problem: Selector.Problem) {
        #expect(throws: problem) { try Selector(parsing: text) }
    }

    @Test func allPartsMustHold() throws {
        let selector = try Selector(parsing: "host=web-*,app=api,slot=2")
        #expect(selector.matches(hostNames: ["web-7"]))
        #expect(selector.matches(hostNames: ["10.0.0.1:7433", "web-7"]))
        #expect(!selector.matches(hostNames: ["db-1"]))
        #expect(selector.matches(app: "api", slot: 2, pid: 1))
        #expect(!selector.matches(app: "api", slot: 3, pid: 1))
        #expect(!selector.matches(app: "apix", slot: 2, pid: 1))
    }

    @Test(arguments: [
        ("*", "", true), ("*", "x", true), ("a*c", "abc", true), ("a*c", "ac", true), ("a*c", "abcd", false),
        ("a*b*c", "aXbYbc", true), ("**a", "ba", true), ("", "", true), ("", "x", false), ("ab", "a", false),
        ("a*", "a", true), ("*ab", "aab", true), ("wörk*", "wörker", true),
    ])
    func aStarStandsForAnyText(_ pattern: String, _ text: String, _ matches: Bool) {
        #expect(Glob(pattern).matches(text) == matches, "\(pattern) on \(text)")
    }
}
