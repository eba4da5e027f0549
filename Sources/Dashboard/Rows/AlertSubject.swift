import Console
import Model

/// Something that is wrong, or was lately, as a row.
struct AlertSubject: RowSubject {
    let fleet: Fleet
    let alert: Alert
    let now: MonotonicInstant
    let wall: WallTime

    /// What was said to it, or what became of it; of another moment it is only known that it was so.
    var status: String {
        if host.isPast { return "-" }
        return switch alert.end {
        case .over?: "over"
        case .gone?: "worker ended"
        case .untold?: "not looked at"
        case nil:
            if fleet.alerts.isSilenced(alert.id, now: now) {
                "silenced"
            } else {
                alert.acknowledged == nil ? "new" : "acked"
            }
        }
    }

    /// With where it is.
    var whole: SafeText { "\(alert.place): \(alert.text)" }

    var isStale: Bool { false }
    var isProblem: Bool { status == "new" || host.isPast }
    var host: FleetHost { _read { yield fleet.hosts[alert.id.place.host] } }
    var names: [String] { host.names + [alert.place, alert.text, alert.level.word, status] }
    var tieOrder: RowTie { RowTie(alert.place, alert.id.rule, then: .max - alert.since.nanoseconds) }

    var style: Style { isProblem ? Palette.style(alert.level) : .dim }

    static let orders = ["status", "since", "where"]

    static let byKey = Dictionary(columns.map { ($0.key, $0) }) { first, _ in first }

    static let columns: [RowColumn<AlertSubject>] = [
        .number("since", "SINCE", "when it began; as a filter how long ago", .seconds, width: 9, priority: 4) {
            $0.host.isPast ? nil : ($0.now - $0.alert.since).seconds
        } cell: { subject, _ in
            TableCell(subject.host.isPast ? "-" : Format.moment(subject.alert.sinceWall, now: subject.wall))
        }.ordered { .number(-($0.now - $0.alert.since).seconds) }.aligned(.left, .content(9, 20)),
        .state(priority: 0, { $0.alert.level.word }, style: { $0.style }),
        .text("where", "WHERE", "host, app or worker", width: .content(10, 32), priority: 0) { [$0.alert.place] },
        .text("what", "WHAT", "what is wrong, as it was seen last", width: .flexible(20, 400), priority: 0) {
            [$0.alert.text]
        } cell: { subject, _ in
            TableCell(SafeText(subject.alert.text), style: subject.style)
        },
        .number("for", "FOR", "how long it lasts, or lasted", .seconds, width: 6, priority: 2) {
            $0.host.isPast ? nil : $0.alert.length(now: $0.now).seconds
        } cell: { subject, _ in
            TableCell(subject.host.isPast ? "-" : Format.age(subject.alert.length(now: subject.now)))
        },
        .text(
            "status", "STATUS", "new, acked (a), silenced (A), or how it ended", width: .content(6, 13), priority: 1
        ) {
            [$0.status]
        }.ordered { subject in
            // What is said to one does not move it: the next key is about the same.
            return .number(subject.alert.end != nil ? 0 : Double(subject.alert.level.rawValue))
        },
    ]
}
