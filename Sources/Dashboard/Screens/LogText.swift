import Console
import Model

/// A line of a log, fit to be drawn: tabs are blanks up to the next eighth column, all else as `SafeText` has it.
func logText(_ line: String) -> SafeText {
    guard line.utf8.contains(9) else { return SafeText(line) }
    var text = SafeText.empty
    for (index, part) in line.split(separator: "\t", omittingEmptySubsequences: false).enumerated() {
        if index > 0 { text += .spaces(8 - text.columns % 8) }
        text += SafeText(part)
        if text.columns >= SafeText.maximumColumns { break }
    }
    return text
}

/// How serious a line says it is: a word of its start, in capitals or of a JSON member, as loggers write it.
func logLevel(_ line: String) -> Level {
    let start = Array(line.utf8.prefix(120))
    if logWords.crit.contains(where: { start.holds(word: $0) }) { return .crit }
    if logWords.warn.contains(where: { start.holds(word: $0) }) { return .warn }
    return .ok
}

private let logWords = (
    crit: [
        "ERROR", "FATAL", "CRITICAL", "CRIT", "PANIC", "ALERT", "EMERG", "[error]", "[crit]", "\"error\"", "\"fatal\"",
    ]
    .map { Array($0.utf8) },
    warn: ["WARN", "WARNING", "[warn]", "\"warn\"", "\"warning\""].map { Array($0.utf8) }
)

extension [UInt8] {
    /// The word stands there, and no letter or digit beside it.
    fileprivate func holds(word: [UInt8]) -> Bool {
        var index = 0
        while index + word.count <= count {
            if self[index] == word[0], self[index...].starts(with: word) {
                let isFree =
                    (index == 0 || !self[index - 1].isWordByte)
                    && (index + word.count == count || !self[index + word.count].isWordByte)
                if isFree { return true }
            }
            index += 1
        }
        return false
    }
}

extension UInt8 {
    fileprivate var isWordByte: Bool {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
