import Model

// Of the dashboard's rules of alerts, which take its screens, what its fleet asks for. Simulated dashboards have none.

struct AlertRule {}

extension AlertLook {
    mutating func takeRules(_ rules: [AlertRule], wall: WallTime) {}
}
