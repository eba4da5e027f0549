/// Takes secrets out of command lines before anything stores, sends or logs them.
///
/// Hidden: the value of an option, assignment or field whose name ends like a secret's (`--db-password x`, `API_KEY=x`,
/// `"token": "x"`), the password in `scheme://user:password@host`, what follows `Bearer`, and strings shaped like a JWT,
/// a PEM block or an AWS key. It cannot know a secret by its meaning: `-p hunter2` stays. Where unsure it hides too much.
public enum Redactor {
    /// What stands in a secret's place.
    public static let marker = "‹redacted›"

    /// The arguments of one process without their secrets: as many, in the same places. Redacting twice changes nothing.
    public static func redact(arguments: [String]) -> [String] {
        let given = arguments.map { Array($0.utf8) }
        var current = given
        // Hiding one secret may bring another pattern to light. Each round that changes anything leaves fewer bytes to
        // hide, so this ends; the limit keeps an argument built to last from costing much.
        for _ in 0..<8 {
            let next = pass(over: current)
            // Mostly there is none: then they are the caller's, not a copy.
            if next == given { return arguments }
            if next == current { return next.map { String(decoding: $0, as: UTF8.self) } }
            current = next
        }
        return arguments.map { _ in marker }
    }

    /// A line of text, such as one of a log, without its secrets.
    public static func redact(line: String) -> String { redact(arguments: [line])[0] }

    private static func pass(over arguments: [[UInt8]]) -> [[UInt8]] {
        var expectsSecret = false
        var place = PEM.Place.outside
        return arguments.map { argument in
            let began = place
            place = PEM.place(after: argument, from: place)
            if began != .outside { return markerBytes }
            // An option may itself be where a value is expected (`--auth -token x`): then the next argument is the value.
            let isOption = SecretName.isOption(argument)
            let isValue = expectsSecret && !isOption && !argument.starts(with: longOption)
            expectsSecret = isOption || endsWithBearer(argument)
            return isValue ? markerBytes : redact(text: argument)
        }
    }

    private static func redact(text: [UInt8]) -> [UInt8] {
        var text = text
        for pattern in [PEM.redact, URLPassword.redact, SecretName.redact, Bearer.redact, KeyShape.redact] {
            text = pattern(text)
        }
        return text
    }

    private static func endsWithBearer(_ argument: [UInt8]) -> Bool {
        let trimmed = argument.reversed().drop { $0 == UInt8(ascii: " ") }.prefix(6)
        return trimmed.reversed().map(ASCII.lowered) == Array("bearer".utf8)
    }

    static let markerBytes = Array(marker.utf8)
    private static let longOption = Array("--".utf8)
}
