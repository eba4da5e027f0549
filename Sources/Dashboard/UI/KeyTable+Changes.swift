import Console
import Model

// Other keys than usual.
extension KeyTable {
    /// Of recordings: Home and End go to their ends, and not to those of lists.
    var ofRecordings: KeyTable {
        var table = self
        let ends: [Key] = [.home, .end]
        for index in table.bindings.indices where table.bindings[index].keys.contains(where: { ends.contains($0) }) {
            table.bindings[index].keys.removeAll { ends.contains($0) }
            table.bindings[index].label = table.bindings[index].keys.map(\.name).joined(separator: " ")
        }
        table.bindings += [
            KeyBinding(
                keys: [.home], label: "Home", intent: .recordingStart, section: .time,
                meaning: "the first moment of the recording"),
            KeyBinding(
                keys: [.end], label: "End", intent: .recordingEnd, section: .time,
                meaning: "the last moment of the recording"),
        ]
        return table
    }

    /// Why keys cannot be as somebody wants them.
    struct Problem: Error, Hashable {
        /// The action whose keys are wrong.
        let action: String
        let sentence: String
    }

    /// The usual keys but for some actions, each with all its keys by their names; without any it has none, and `:` runs it.
    init(changing changes: [String: [String]]) throws(Problem) {
        self = .usual
        for (action, names) in changes.sorted(by: { $0.key < $1.key }) {
            guard let intent = Intent(word: action) else {
                let known = Intent.allCases.map(\.word)
                throw Problem(
                    action: action,
                    sentence: NearestWord.advice("there is no action \"\(action)\"", for: action, among: known))
            }
            var keys: [Key] = []
            for name in names {
                guard let key = Key(named: name) else {
                    let advice = "write a character, F1 to F12, C-x, Space, Enter, Tab, Up, PgDn ..."
                    throw Problem(action: action, sentence: "\"\(name)\" is no key: \(advice)")
                }
                if case .control = key, intent.isAct {
                    throw Problem(action: action, sentence: "a Ctrl key changes nothing: \(action) cannot be \(name)")
                }
                if intent.isAct || intent == .actions, Self.answers.contains(key) {
                    let reason = "\(name) answers dialogs: typed twice it would say yes to what it asked"
                    throw Problem(action: action, sentence: reason)
                }
                if key == .control("c"), intent != .quit {
                    throw Problem(action: action, sentence: "C-c always quits")
                }
                keys.append(key)
            }
            for index in bindings.indices where bindings[index].intent == intent {
                bindings[index].keys = keys
                bindings[index].label = keys.isEmpty ? "-" : keys.map(\.name).joined(separator: " ")
                bindings[index].isChanged = true
            }
        }
        try check()
    }

    /// What means something in the dialogs that these open.
    private static let answers: Set<Key> = [
        .character("y"), .character("n"), .character("o"), .character("d"), .character("+"), .character("-"),
        .character("="), .enter, .tab, .left, .right,
    ]

    /// On no screen does a key mean two things.
    private func check() throws(Problem) {
        for screen in ScreenKind.allCases {
            var taken: [Key: Intent] = [:]
            for binding in bindings where binding.screens.contains(screen) {
                for key in binding.keys {
                    guard let other = taken.updateValue(binding.intent, forKey: key), other != binding.intent else {
                        continue
                    }
                    let changed = binding.isChanged ? binding.intent : other
                    let usual = binding.isChanged ? other : binding.intent
                    let sentence =
                        "\(key.name) is \(usual.word) on the \(screen.word) already; give that another key, too"
                    throw Problem(action: changed.word, sentence: sentence)
                }
            }
        }
    }
}
