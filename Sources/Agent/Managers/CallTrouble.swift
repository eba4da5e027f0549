import Control

/// Why a call to a manager did not come to its end.
enum CallTrouble: Error, Hashable, Sendable {
    /// A sentence for the operator.
    case failed(String)
    case timedOut
}

extension ManagerAnswer {
    init(_ trouble: CallTrouble) {
        self =
            switch trouble {
            case .failed(let sentence): .failed(sentence)
            case .timedOut: .timedOut
            }
    }
}

/// What somebody else said, on one line and short enough for a sentence: white space and control characters are one blank.
func excerpt(_ bytes: some Sequence<UInt8>, limit: Int = 400) -> String {
    var text = ""
    var count = 0
    var blank = false
    for scalar in String(decoding: Array(bytes), as: UTF8.self).unicodeScalars {
        guard scalar.value > 0x20, !(0x7F...0xA0).contains(scalar.value) else {
            blank = !text.isEmpty
            continue
        }
        guard count < limit else { return text + "…" }
        if blank { text.unicodeScalars.append(" ") }
        blank = false
        text.unicodeScalars.append(scalar)
        count += 1
    }
    return text
}

func excerpt(_ text: String, limit: Int = 400) -> String { excerpt(text.utf8, limit: limit) }
