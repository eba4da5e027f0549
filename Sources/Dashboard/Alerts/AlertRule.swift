import Model

/// What somebody wants to be told of besides what makes a row WARN or CRIT, as configured.
struct AlertRule: Sendable {
    let name: String
    let filter: Filter
    /// Rows of which kind it is about: the finest that the filter speaks of.
    let kind: Listing.Kind
    /// A row has to match for so long before it is an alert.
    let hold: Duration
    let level: Level

    init(name: String, filter: Filter, hold: Duration = .zero, level: Level = .warn) {
        self.name = name
        self.filter = filter
        kind = Listing.Kind.meant(by: [filter])
        self.hold = hold
        self.level = level
    }
}

extension [AlertRule] {
    /// What every host has to tell for them.
    var interest: Interest { reduce(.host) { $0.joined(with: $1.filter.interest) } }
}

/// How somebody is told of a new alert besides the screen.
enum AlertNotice: String, CaseIterable, Sendable {
    case off
    /// The terminal's bell.
    case bell
    /// OSC 9, which many terminals show as a notification of the desktop, with the bell for the others.
    case osc9
}

/// All that is configured of alerts.
struct AlertSettings: Sendable {
    var notice = AlertNotice.off
    var limits: [AppLimits] = []
    var rules: [AlertRule] = []
}
