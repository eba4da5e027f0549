import Trust

/// `config.json5` and what stands beside it: what somebody wants of the dashboard on this machine. It is read, and never
/// written. A flag wins over the environment, the environment over these files.
struct Configuration: Sendable {
    /// Keys of the file. Those that `isByName` hold members of somebody's choice.
    enum Key: String, CaseIterable, Sendable {
        case hosts, contexts, context, theme, glyphs, mouse, alerts, keys, columns

        var isByName: Bool {
            switch self {
            case .contexts, .alerts, .keys, .columns: true
            case .hosts, .context, .theme, .glyphs, .mouse: false
            }
        }
    }

    /// What a file says, and where.
    struct Written: Hashable, Sendable {
        var value: JSON5
        var file: String
    }

    /// Which hosts to look at when nobody names any.
    var hosts: [HostEntry]?
    /// In the order in which they were read.
    var contexts: [HostContext] = []
    /// The context where none is chosen.
    var context: String?
    var theme: String?
    var glyphs: String?
    var mouse: Bool?
    /// Limits of apps, rules, and how somebody is told; of several files the first that says something.
    var alerts: AlertSettings?
    /// Which keys do what, by the action's word: only what is not as usual.
    var keys: [String: [String]] = [:]
    /// What is other than usual in the columns of a view.
    var columns: [ColumnChoices.View: [ColumnChange]] = [:]
    /// What was set: `theme`, `contexts.prod`.
    private(set) var written: [String: Written] = [:]

    func context(named name: String) -> HostContext? { contexts.first { $0.name == name } }

    mutating func note(_ key: String, _ written: Written) { self.written[key] = written }

    /// This one, and what another says of which this one says nothing.
    func over(_ other: Configuration) -> Configuration {
        var result = self
        result.hosts = hosts ?? other.hosts
        result.contexts += other.contexts.filter { context(named: $0.name) == nil }
        result.context = context ?? other.context
        result.theme = theme ?? other.theme
        result.glyphs = glyphs ?? other.glyphs
        result.mouse = mouse ?? other.mouse
        result.alerts = alerts ?? other.alerts
        result.keys.merge(other.keys) { mine, _ in mine }
        result.columns.merge(other.columns) { mine, _ in mine }
        result.written.merge(other.written) { mine, _ in mine }
        return result
    }
}

/// One change to the columns of a view.
enum ColumnChange: Hashable, Sendable {
    /// `+load`, `+load@2`: shown, at that place.
    case show(String, place: Int?)
    /// `-exits`
    case hide(String)
    /// `lag@2`: moved there; places count from 1.
    case move(String, place: Int)

    /// `nil` where it is none of these.
    init?(_ text: String) {
        var name = text[...]
        var place: Int?
        if let at = name.lastIndex(of: "@") {
            guard let number = Int(name[name.index(after: at)...]), (1...99).contains(number) else { return nil }
            place = number
            name = name[..<at]
        }
        let sign = name.first
        if sign == "+" || sign == "-" { name = name.dropFirst() }
        guard !name.isEmpty, name.utf8.allSatisfy({ $0 > 0x20 && $0 != UInt8(ascii: "@") }) else { return nil }
        switch (sign, place) {
        case ("+", let place): self = .show(String(name), place: place)
        case ("-", nil): self = .hide(String(name))
        case ("-", _), (_, nil): return nil
        case (_, let place?): self = .move(String(name), place: place)
        }
    }
}
