import Discovery
import Trust

/// Which processes an app of the configuration is: all that is given has to hold.
struct ProcessMatch: Hashable, Sendable {
    /// A regular expression, found anywhere in the command line.
    var command: String?
    /// The program file, whole.
    var executable: String?
    /// `web.service`, or `web@.service` for any instance of it.
    var unit: String?
    var uid: UInt32?

    /// Of a command line no more than this is looked at: its text is its process's, and expressions can be slow.
    static let longestCommand = 4096

    func predicate() -> @Sendable (ProcessEntry) -> Bool {
        // A compiled expression is never changed after this; Regex is not marked so. It compiled when the file was
        // read.
        nonisolated(unsafe) let expression = command.flatMap { try? Regex($0) }
        let match = self
        return { entry in
            if let uid = match.uid, entry.uid != uid { return false }
            if let executable = match.executable, entry.executable != executable { return false }
            if let unit = match.unit, !Self.isUnit(unit, of: entry) { return false }
            guard match.command != nil else { return true }
            guard let expression else { return false }
            // Matching throws only from code inside an expression, and a text has none.
            return (try? expression.firstMatch(in: entry.joinedArguments.prefix(Self.longestCommand))) != nil
        }
    }

    private static func isUnit(_ unit: String, of entry: ProcessEntry) -> Bool {
        guard let path = entry.cgroup else { return false }
        let place = CgroupPlace(parsing: path)
        return place.unit == unit || place.template == unit
    }

    /// For `check-config`.
    var text: String {
        [
            command.map { "command ~ /\($0)/" }, executable.map { "executable \($0)" }, unit.map { "unit \($0)" },
            uid.map { "user \($0)" },
        ].compactMap { $0 }.joined(separator: ", ")
    }
}

extension JSON5Cursor {
    /// A regular expression that compiles.
    func expression() throws(JSON5Problem) -> String {
        let pattern = try name()
        do {
            _ = try Regex(pattern)
        } catch {
            throw problem("it is no regular expression: \(error)")
        }
        return pattern
    }
}
