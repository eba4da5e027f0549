import Console
import Model

/// Something that happened, as a row.
struct EventSubject: RowSubject {
    let fleet: Fleet
    let number: Int
    let entry: LogEntry
    let now: MonotonicInstant
    let wall: WallTime

    /// Where it is, and not a copy: a host has dozens of references to count.
    var host: FleetHost { _read { yield fleet.hosts[number] } }
    private var text: String { fleet.hosts[number].text(of: entry) }

    /// With where it happened.
    var whole: SafeText { "\(fleet.hosts[number].name): \(text)" }

    var isStale: Bool { false }
    var names: [String] { host.names + [text, entry.level.word] }
    var tieOrder: RowTie { RowTie(then: .max - entry.at.nanoseconds, .max - entry.serial) }

    static let orders = ["when", "state", "host"]

    static let byKey = Dictionary(columns.map { ($0.key, $0) }) { first, _ in first }

    static let columns: [RowColumn<EventSubject>] = [
        .number("when", "WHEN", "when it happened; as a filter how long ago", .seconds, width: 9, priority: 0) {
            ($0.now - $0.entry.at).seconds
        } cell: { subject, _ in
            TableCell(Format.moment(subject.entry.wall, now: subject.wall))
        }.ordered { .number(-($0.now - $0.entry.at).seconds) }.aligned(.left, .content(9, 20)),
        .state(priority: 0, { $0.entry.level.word }, style: { Palette.style($0.entry.level) }),
        .text("host", "HOST", "where", width: .content(8, 20), priority: 0) { $0.host.names },
        .text("what", "WHAT", "what happened", width: .flexible(20, 400), priority: 0) {
            [$0.text]
        } cell: {
            subject, _ in
            TableCell(SafeText(subject.text), style: Palette.style(subject.entry.level))
        },
    ]
}

extension Level {
    var word: String {
        switch self {
        case .ok: "OK"
        case .warn: "WARN"
        case .crit: "CRIT"
        }
    }
}
