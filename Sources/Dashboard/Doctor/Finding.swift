import Model

/// One thing that `looptop doctor` looked at: a sentence, whether it is well, and what to do where it is not.
struct Finding: Hashable, Sendable {
    enum Verdict: String, Encodable, Hashable, Sendable {
        case ok, warn, fail

        /// Padded to one width.
        var word: String {
            switch self {
            case .ok: "OK  "
            case .warn: "WARN"
            case .fail: "FAIL"
            }
        }
    }

    /// In the order in which they are told.
    enum Topic: String, CaseIterable, Sendable {
        case terminal, locale, configuration, certificates, clock, host
    }

    var topic: Topic
    /// What was looked at, for programs: `terminal.size`. Never changes.
    var check: String
    var verdict: Verdict
    /// A whole sentence. May hold text of other machines: hostile until drawn through `SafeText`.
    var text: String
    var advice: String?
    /// As it is named here; `nil` where it is not about a host.
    var host: String?

    init(_ topic: Topic, _ check: String, _ verdict: Verdict, _ text: String, advice: String? = nil) {
        self.topic = topic
        self.check = "\(topic.rawValue).\(check)"
        self.verdict = verdict
        self.text = text
        self.advice = advice
    }

    /// The reasons of other parts of the program end without a full stop, or with one.
    static func sentence(_ text: String) -> String {
        let start = text.first.map { $0.isLowercase ? $0.uppercased() : String($0) } ?? ""
        // A path or a name of a variable is left as it is.
        let isWord = text.prefix { $0 != " " }.allSatisfy(\.isLetter)
        let whole = isWord ? start + text.dropFirst() : text
        return whole.hasSuffix(".") || whole.hasSuffix("?") ? whole : whole + "."
    }
}
