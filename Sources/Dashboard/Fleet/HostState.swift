import Model

/// What the STATE column says of a host: its link first, its health where there is one to judge.
enum HostState: Hashable, Sendable, CaseIterable {
    /// No snapshot yet.
    case connecting
    case ok
    case warn
    case crit
    /// Connected, but no snapshot for more than three intervals, or not a word for `FleetHost.silence`.
    case stale
    case down
    /// They refused our certificate, or we have none.
    case auth
    /// Their certificate is not what was enrolled.
    case untrusted
    /// No protocol version in common.
    case version
    /// In the past: nothing is known of that time.
    case noData

    /// As drawn; colour never says it alone.
    var word: String {
        switch self {
        case .connecting: "CONNECTING"
        case .ok: "OK"
        case .warn: "WARN"
        case .crit: "CRIT"
        case .stale: "STALE"
        case .down: "DOWN"
        case .auth: "AUTH"
        case .untrusted: "UNTRUSTED"
        case .version: "VER"
        case .noData: "NODATA"
        }
    }

    /// Whether numbers that arrived are drawn: otherwise a sentence takes their place.
    var hasNumbers: Bool {
        switch self {
        case .ok, .warn, .crit, .stale: true
        case .connecting, .down, .auth, .untrusted, .version, .noData: false
        }
    }

    /// Whether its numbers are of now.
    var isCurrent: Bool { hasNumbers && self != .stale }

    /// Position in the default order, worst first.
    var rank: Int {
        switch self {
        case .crit: 0
        case .down: 1
        case .untrusted: 2
        case .auth: 3
        case .version: 4
        case .warn: 5
        case .stale: 6
        case .connecting: 7
        case .noData: 8
        case .ok: 9
        }
    }
}
