import Trust

/// What in a configuration that can be used is hardly meant: told by `check-config`, and no reason to refuse the file. It is
/// about this machine as it is now.
struct ConfigurationAdvice {
    /// `FILE:LINE:COLUMN: KEY: REASON`
    private(set) var lines: [String] = []

    private static let ways = ["restart", "reload", "stop", "start", "ready"]

    /// - Parameters:
    ///   - bytes: of a file that was understood.
    ///   - names: what apps are called here without the file.
    init(_ bytes: [UInt8], file: String, names: Set<String>) {
        var problems = JSON5Problems()
        do throws(JSON5Problem) {
            let root = try JSON5Cursor(parsing: bytes)
            let apps = Self.members(of: root)["apps"].map { Self.members(of: $0) } ?? [:]
            for app in apps.values {
                let keys = Self.members(of: app)
                for way in Self.ways {
                    guard let command = keys[way].flatMap({ Self.members(of: $0)["command"] }) else { continue }
                    if let problem = Self.advice(program: try command.list().first) { problems.note(problem) }
                }
                // A name that the file itself gives to two is refused before.
                if let name = keys["rename"], names.contains(try name.text()), apps[try name.text()] == nil {
                    let text = "an app here is called \"\(try name.text())\" already: nobody could tell them apart"
                    problems.note(name.problem(text))
                }
            }
        } catch {
            return  // it was understood a moment ago
        }
        lines = problems.all.map { $0.sentence(file: file) }
    }

    private static func members(of cursor: JSON5Cursor) -> [String: JSON5Cursor] {
        let members = (try? cursor.members()) ?? []  // what is no object has none
        return Dictionary(members.map { ($0.key, $0.value) }) { first, _ in first }
    }

    /// The same search as when it runs. Who runs it may be allowed less than who asks.
    private static func advice(program: JSON5Cursor?) -> JSON5Problem? {
        // What stands in braces is known when it runs.
        guard let program, let name = try? program.text(), !name.contains("{") else { return nil }
        guard name.hasPrefix("/") else {
            guard Program.find(name) == nil else { return nil }
            return program.problem("there is no program \"\(name)\" in \(Program.directories.joined(separator: ":"))")
        }
        return Program.fault(of: name).map { program.problem($0) }
    }
}
