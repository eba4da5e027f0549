internal import Model

/// Argument vectors of the configuration, with what they speak of filled in. Never a shell: a word stays a word.
struct Template {
    var words: [String]
    var app: String
    var master: ProcessRef?
    var worker: LiveWorker?

    /// Whether it speaks of one worker.
    var namesWorker: Bool { words.contains { $0.contains("{pid}") || $0.contains("{slot}") } }

    func filled() throws(Refusal) -> [String] {
        guard let program = words.first, program.hasPrefix("/") || Situation.isPlain(program) else {
            throw .unsuited("the configuration of \(app) names no program")
        }
        var filled = [program]
        for word in words.dropFirst() { filled.append(try fill(word)) }
        return filled
    }

    private func fill(_ word: String) throws(Refusal) -> String {
        var word = word
        for (name, value) in [
            ("{pid}", worker.map { "\($0.id.pid)" }), ("{slot}", worker.map { "\($0.slot)" }),
            ("{master}", master.map { "\($0.pid)" }),
        ] where word.contains(name) {
            guard let value else { throw .unsuited("the configured command needs \(name), and there is none") }
            word = Self.replace(name, in: word, by: value)
        }
        if word.contains("{app}") {
            // What a process calls itself must not become an option of the program.
            guard Situation.isPlain(app) else { throw .unsuited("the app's name is no plain word for the command") }
            word = Self.replace("{app}", in: word, by: app)
        }
        return word
    }

    private static func replace(_ name: String, in word: String, by value: String) -> String {
        var result = ""
        var rest = Substring(word)
        while let range = rest.firstRange(of: name) {
            result += rest[..<range.lowerBound] + value
            rest = rest[range.upperBound...]
        }
        return result + rest
    }
}
