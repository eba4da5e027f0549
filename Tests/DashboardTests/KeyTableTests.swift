import Console
import Testing

@testable import Dashboard

struct KeyTableTests {
    @Test(arguments: ScreenKind.allCases)
    func noKeyMeansTwoThings(_ screen: ScreenKind) {
        for table in [KeyTable.usual, KeyTable.usual.ofRecordings] {
            let keys = table.bindings.filter { $0.screens.contains(screen) }.flatMap(\.keys)
            #expect(Set(keys).count == keys.count)
        }
    }

    @Test func everyIntentHasAKey() {
        #expect(Set(KeyTable.usual.ofRecordings.bindings.map(\.intent)) == Set(Intent.allCases))
    }

    @Test func noControlKeyChangesAnything() {
        for binding in KeyTable.usual.bindings where binding.intent == .restart {
            #expect(!binding.keys.contains { if case .control = $0 { true } else { false } })
        }
    }

    @Test(arguments: ScreenKind.allCases)
    func theKeyLineFitsAndKeepsHelp(_ screen: ScreenKind) {
        for columns in 20...300 {
            let line = KeyTable.usual.line(for: screen, columns: columns)
            #expect(line.text.utf8.count <= columns)
            #expect(line.contains(KeyLineItem(text: "? help", key: .character("?"))))
            for item in line { #expect(KeyTable.usual.intent(of: item.key, on: screen) != nil) }
        }
    }

    @Test(arguments: ScreenKind.allCases)
    func helpNamesEveryKeyAndNeverCallsTheBoundLag(_ screen: ScreenKind) {
        let text = HelpText(for: screen, columns: 300).lines.map { $0.pieces.map(\.text.string).joined() }
        for binding in KeyTable.usual.bindings where binding.screens.contains(screen) {
            #expect(text.contains { $0.hasPrefix(binding.label) })
        }
        guard screen != .log else { return }
        #expect(text.contains { $0.hasPrefix("lag<=") && $0.contains("at most") })
    }

    @Test func everyActionHasAWordAndEveryKeyAName() throws {
        for intent in Intent.allCases { #expect(Intent(word: intent.word) == intent) }
        #expect(Intent.sortByCPU.word == "sort-by-cpu" && Intent.pageUp.word == "page-up")
        for key in KeyTable.usual.bindings.flatMap(\.keys) { #expect(Key(named: key.name) == key) }
        for wrong in ["", "F0", "F13", "C-", "C-1", "qq", "\u{1B}", "\u{7F}"] { #expect(Key(named: wrong) == nil) }
    }

    @Test func otherKeysTakeThePlaceOfTheUsualOnes() throws {
        let table = try KeyTable(changing: ["quit": ["Q", "F12"], "restart": ["e"], "help": []])
        for screen in ScreenKind.allCases {
            #expect(table.intent(of: .character("Q"), on: screen) == .quit)
            #expect(table.intent(of: .character("q"), on: screen) == nil)
            #expect(table.intent(of: .character("?"), on: screen) == nil)
        }
        let line = table.line(for: .worker, columns: 200, words: [.pauseRoll: "p resume"]).text
        #expect(line.contains("e restart") && line.contains("Q quit") && line.contains("p resume"))
        #expect(!line.contains("help"))
        let help = HelpText(for: .host, keys: table, columns: 100).lines.map { $0.pieces.map(\.text.string).joined() }
        #expect(help.contains { $0.hasPrefix("Q F12 ") })
    }

    @Test(arguments: [
        (["qiut": ["Q"]], "there is no action \"qiut\"; did you mean \"quit\"?"),
        (
            ["quit": ["Ctrl-Q"]],
            "\"Ctrl-Q\" is no key: write a character, F1 to F12, C-x, Space, Enter, Tab, Up, PgDn ..."
        ),
        (["restart": ["C-r"]], "a Ctrl key changes nothing: restart cannot be C-r"),
        (["sort": ["C-c"]], "C-c always quits"),
        (["restart": ["y"]], "y answers dialogs: typed twice it would say yes to what it asked"),
        (["actions": ["n"]], "n answers dialogs: typed twice it would say yes to what it asked"),
        (["sort": ["q"]], "q is quit on the fleet screen already; give that another key, too"),
    ])
    func whatCannotBeIsSaid(_ changes: [String: [String]], _ sentence: String) {
        do throws(KeyTable.Problem) {
            _ = try KeyTable(changing: changes)
            Issue.record("it was taken")
        } catch {
            #expect(error.sentence == sentence)
        }
    }

    /// Two actions may change their keys with each other.
    @Test func keysCanBeSwapped() throws {
        let table = try KeyTable(changing: ["restart": ["R"], "roll": ["r"]])
        #expect(table.intent(of: .character("R"), on: .worker) == .restart)
        #expect(table.intent(of: .character("r"), on: .app) == .roll)
    }
}
