import Console
import Model
import Trust

/// What holds, and who says so: a flag, else the environment, else what was chosen, else the files, else what is usual.
struct Settings: Sendable {
    enum Source: Hashable, Sendable {
        case flag(String)
        case environment(String)
        /// By `looptop context use`.
        case chosen
        case file(String, line: Int)
        case usual
    }

    /// The value of a key, as a file would hold it.
    struct Row: Sendable {
        var key: String
        /// `nil` where nothing is set and nothing is usual.
        var value: JSONValue?
        var source: Source
    }

    let configuration: Configuration
    /// Which context is meant, and who says so.
    let context: (name: String, source: Source)?
    /// `looptop context use --none` holds: that of the files does not count.
    let isNoneChosen: Bool
    /// From `LOOPTOP_HOSTS`, separated by commas or blanks; empty where that is not set.
    let environmentHosts: [String]
    let theme: (name: String, source: Source)

    /// What is usual for hosts: those of the host book and the agent of this machine.
    static let usualHosts = ["enrolled:", "local:"]
    /// What `--none` leaves; no context can be called so.
    static let noContext = "-"

    /// - Parameters:
    ///   - flag: what `--context` says.
    ///   - chosen: what `looptop context use` left: a name, or `noContext`.
    init(_ configuration: Configuration, flag: String?, chosen: String?, environment: (String) -> String?) {
        func variable(_ name: String) -> String? { environment(name).flatMap { $0.isEmpty ? nil : $0 } }
        self.configuration = configuration
        isNoneChosen = flag == nil && variable("LOOPTOP_CONTEXT") == nil && chosen == Self.noContext
        if let flag {
            context = (flag, .flag("--context"))
        } else if let name = variable("LOOPTOP_CONTEXT") {
            context = (name, .environment("LOOPTOP_CONTEXT"))
        } else if let chosen {
            context = isNoneChosen ? nil : (chosen, .chosen)
        } else {
            context = configuration.context.map { ($0, configuration.source(of: "context")) }
        }
        environmentHosts = Self.words(variable("LOOPTOP_HOSTS") ?? "")
        if variable("NO_COLOR") != nil {
            theme = (Theme.mono.name, .environment("NO_COLOR"))
        } else if let name = variable("LOOPTOP_THEME") {
            theme = (name, .environment("LOOPTOP_THEME"))
        } else {
            theme = configuration.theme.map { ($0, configuration.source(of: "theme")) } ?? (Theme.standard.name, .usual)
        }
    }

    /// A comma inside brackets is of a range.
    private static func words(_ text: String) -> [String] {
        var depth = 0
        return text.split { character in
            if character == "[" { depth += 1 }
            if character == "]" { depth -= 1 }
            return character == " " || character == "," && depth <= 0
        }.map(String.init)
    }

    /// The context that is meant; `nil` where none is. Throws a sentence where it is not there.
    func chosenContext() throws(HostSource.Problem) -> HostContext? {
        guard let context else { return nil }
        if let found = configuration.context(named: context.name) { return found }
        let reason = configuration.noContext(named: context.name)
        switch context.source {
        case .flag(let name), .environment(let name): throw HostSource.Problem(sentence: "\(name): \(reason)")
        case .chosen:
            throw HostSource.Problem(
                sentence: "\(reason), which was chosen by looptop context use; looptop context use --forget forgets it")
        case .file, .usual: throw HostSource.Problem(sentence: reason)
        }
    }

    /// Every key, in the order of the manual.
    var rows: [Row] {
        Configuration.Key.allCases.flatMap { key -> [Row] in
            switch key {
            case .hosts where !environmentHosts.isEmpty:
                [Row(key: key.rawValue, value: .texts(environmentHosts), source: .environment("LOOPTOP_HOSTS"))]
            case .context:
                [
                    Row(
                        key: key.rawValue, value: (context?.name).map { .text($0) },
                        source: context?.source ?? (isNoneChosen ? .chosen : .usual))
                ]
            case .theme: [Row(key: key.rawValue, value: .text(theme.name), source: theme.source)]
            case .contexts: members(of: key).map(withProtection)
            case .alerts, .keys, .columns: members(of: key)
            case .hosts, .glyphs, .mouse: [row(key.rawValue, usual: Self.usual(key))]
            }
        }
    }

    private static func usual(_ key: Configuration.Key) -> JSONValue? {
        switch key {
        case .hosts: .texts(usualHosts)
        case .glyphs: .text("auto")
        case .mouse: .flag(false)
        case .context, .theme, .contexts, .alerts, .keys, .columns: nil
        }
    }

    private func row(_ key: String, usual: JSONValue?) -> Row {
        Row(
            key: key, value: configuration.written[key].map { JSONValue($0.value) } ?? usual,
            source: configuration.source(of: key))
    }

    /// A context's name may be what protects it, so that its row says whether it is protected in any case.
    private func withProtection(_ row: Row) -> Row {
        guard case .object(var members)? = row.value,
            let context = configuration.contexts.first(where: { "contexts.\($0.name)" == row.key })
        else { return row }
        members["protected"] = .flag(context.isProtected)
        return Row(key: row.key, value: .object(members), source: row.source)
    }

    private func members(of key: Configuration.Key) -> [Row] {
        let start = key.rawValue + "."
        let names = configuration.written.keys.filter { $0.hasPrefix(start) }.sorted()
        return names.isEmpty ? [Row(key: key.rawValue, value: nil, source: .usual)] : names.map { row($0, usual: nil) }
    }
}

extension Configuration {
    func source(of key: String) -> Settings.Source {
        written[key].map { .file($0.file, line: $0.value.place.line) } ?? .usual
    }

    func noContext(named name: String) -> String {
        guard !contexts.isEmpty else { return "there is no context \"\(name)\", nor any other" }
        return NearestWord.advice("there is no context \"\(name)\"", for: name, among: contexts.map(\.name))
    }
}

extension Settings.Source: CustomStringConvertible {
    var description: String {
        switch self {
        case .flag(let name), .environment(let name): name
        case .chosen: "looptop context use"
        case .file(let file, let line): "\(file):\(line)"
        case .usual: "default"
        }
    }
}

/// A value of a file, or of what is usual, as JSON.
indirect enum JSONValue: Encodable, Hashable, Sendable {
    case null
    case flag(Bool)
    case number(Double)
    case text(String)
    case list([JSONValue])
    case object([String: JSONValue])

    init(_ value: JSON5) {
        switch value.content {
        case .null: self = .null
        case .flag(let flag): self = .flag(flag)
        case .number(let number): self = .number(number)
        case .text(let text): self = .text(text)
        case .list(let elements): self = .list(elements.map { JSONValue($0) })
        case .object(let members):
            self = .object(Dictionary(members.map { ($0.key, JSONValue($0.value)) }) { first, _ in first })
        }
    }

    static func texts(_ texts: [String]) -> JSONValue { .list(texts.map { .text($0) }) }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .flag(let flag): try container.encode(flag)
        case .number(let number): try container.encode(number)
        case .text(let text): try container.encode(text)
        case .list(let elements): try container.encode(elements)
        case .object(let members): try container.encode(members)
        }
    }
}
