import Console
import Testing

@testable import Dashboard

struct KeyTableTests {
    @Test(arguments: ScreenKind.allCases)
    func noKeyMeansTwoThings(_ screen: ScreenKind) {
        let keys = KeyTable.bindings.filter { $0.screens.contains(screen) }.flatMap(\.keys)
        #expect(Set(keys).count == keys.count)
    }

    @Test func everyIntentHasAKey() {
        #expect(Set(KeyTable.bindings.map(\.intent)) == Set(Intent.allCases))
    }

    @Test func noControlKeyChangesAnything() {
        for binding in KeyTable.bindings where binding.intent == .restart {
            #expect(!binding.keys.contains { if case .control = $0 { true } else { false } })
        }
    }

    @Test(arguments: ScreenKind.allCases)
    func theKeyLineFitsAndKeepsHelp(_ screen: ScreenKind) {
        for columns in 20...300 {
            let line = KeyTable.line(for: screen, columns: columns)
            #expect(line.utf8.count <= columns)
            #expect(line.contains("? help"))
        }
    }

    @Test(arguments: ScreenKind.allCases)
    func helpNamesEveryKeyAndNeverCallsTheBoundLag(_ screen: ScreenKind) {
        let text = HelpText(for: screen, columns: 300).lines.map { $0.pieces.map(\.text.string).joined() }
        for binding in KeyTable.bindings where binding.screens.contains(screen) {
            #expect(text.contains { $0.hasPrefix(binding.label) })
        }
        #expect(text.contains { $0.hasPrefix("lag<=") && $0.contains("at most") })
    }
}
