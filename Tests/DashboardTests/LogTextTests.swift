import Console
import Model
import Testing

@testable import Dashboard

struct LogTextTests {
    @Test(arguments: [
        ("a\tb", "a       b"), ("\tb", "        b"), ("12345678\tb", "12345678        b"),
        ("a\t\tb", "a               b"),
        ("no tab", "no tab"), ("日\tb", "日      b"), ("\u{1b}\tb", "\\x1b    b"),
    ])
    func tabsAreBlanks(_ line: String, _ shown: String) { #expect(logText(line).string == shown) }

    @Test(arguments: [
        ("ERROR x", Level.crit), ("[error] x", .crit), ("x FATAL: y", .crit), (#"{"level":"error"}"#, .crit),
        ("2026 WARN x", .warn), ("WARNING: x", .warn), (#"{"level":"warn"}"#, .warn), ("INFO no ERRORS", .ok),
        ("error in lower case is a word like any other", .ok), ("TERROR", .ok), ("", .ok),
    ])
    func levelsAreWhatTheLineSays(_ line: String, _ level: Level) { #expect(logLevel(line) == level) }
}
