import Console
import Model

/// Where whole lines are typed, and no keys: what they stand for.
extension UIState {
    /// A key by its name, else each character is one; an empty line is Enter.
    static func keys(ofLine line: String) -> [Key] {
        if line.isEmpty { return [.enter] }
        if line.count > 1, let key = Key(named: line) { return [key] }
        let keys = line.map { Key.character($0) }
        // A filter is typed anew, and not behind the one that is there.
        return line.hasPrefix("/") ? [keys[0], .control("u")] + keys.dropFirst() : keys
    }

    /// Whether keys are text just now.
    var takesText: Bool { isFiltering || prompt != nil || time.input != nil || dialog?.naming != nil }

    /// Why the text that was entered is none, which was left so that it could be mended.
    var textProblem: String? {
        isFiltering ? filterEntry.problem?.sentence : prompt == nil ? nil : message?.text
    }
}
