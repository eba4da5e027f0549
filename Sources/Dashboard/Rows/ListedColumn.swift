import Console
import Model

/// A column of a listing: of the row itself, or of the app or host that it belongs to.
struct ListedColumn<Subject: RowSubject>: Sendable {
    let key: String
    let heading: SafeText
    let alignment: Column.Alignment
    let value: @Sendable (Subject) -> FilterValue
    let text: @Sendable (Subject, Ink) -> SafeText

    init<Other: RowSubject>(_ column: RowColumn<Other>, _ other: @escaping @Sendable (Subject) -> Other) {
        key = column.key
        heading = column.heading
        alignment = column.alignment
        value = { column.value(other($0)) }
        text = { subject, ink in
            let text = column.cell(other(subject), RowColumn<Other>.Room(ink: ink, width: .max)).text
            return text.isEmpty ? Format.unknown : text
        }
    }
}

/// A kind of rows that `ls` prints.
protocol ListedRow: RowSubject {
    /// Every column but pictures, what it belongs to first.
    static var listedColumns: [ListedColumn<Self>] { get }
    /// Those of a table that is not wide.
    static var listedKeys: [String] { get }
    /// `HOST/APP#SLOT`, a selector of exactly this row.
    var path: String { get }
}

extension HostSubject: ListedRow {
    static let listedColumns = columns.filter { $0.kind != nil }.map { ListedColumn<Self>($0) { $0 } }
    static let listedKeys = columns.shown().filter { $0.kind != nil }.map(\.key)
    var path: String { host.name }
}

extension AppSubject: ListedRow {
    private var hostSubject: HostSubject { HostSubject(fleet: fleet, number: number, now: now) }

    static let listedColumns: [ListedColumn<Self>] = {
        let own = columns.filter { $0.kind != nil }.map { ListedColumn<Self>($0) { $0 } }
        let host = HostSubject.columns.filter { $0.kind != nil && byKey[$0.key] == nil }
        return host.map { ListedColumn<Self>($0) { $0.hostSubject } } + own
    }()
    static let listedKeys = [
        "host", "app", "state", "kind", "workers", "expected", "cpu", "rss", "util", "lag", "lag99", "conn", "exits",
        "ports",
    ]
    var path: String { "\(host.name)/\(name)" }
}

extension WorkerSubject: ListedRow {
    private var hostSubject: HostSubject { HostSubject(fleet: fleet, number: number, now: now) }
    private var appSubject: AppSubject { AppSubject(fleet, number, key: info.groupKey, workers: [], now: now) }

    static let listedColumns: [ListedColumn<Self>] = {
        let own = columns.filter { $0.kind != nil }.map { ListedColumn<Self>($0) { $0 } }
        let app = AppSubject.columns.filter { $0.kind != nil && byKey[$0.key] == nil }
        let host = HostSubject.columns.filter {
            $0.kind != nil && byKey[$0.key] == nil && AppSubject.byKey[$0.key] == nil
        }
        return host.map { ListedColumn<Self>($0) { $0.hostSubject } }
            + app.map { ListedColumn<Self>($0) { $0.appSubject } } + own
    }()
    static let listedKeys = [
        "host", "app", "slot", "pid", "state", "cpu", "rss", "fds", "threads", "util", "lag", "lag99", "cause", "up",
        "name",
    ]
    var path: String { "\(host.name)/\(app)#\(info.slot)" }
}

extension ListedRow {
    /// Those of a table: its own, in a wide one all; or those that are named.
    static func listed(_ keys: [String]?, wide: Bool) -> [ListedColumn<Self>] {
        if let keys { return keys.compactMap { key in listedColumns.first { $0.key == key } } }
        let first = listedKeys.compactMap { key in listedColumns.first { $0.key == key } }
        let host = Set(HostSubject.columns.map(\.key))
        // What belongs to the host is listed with the host.
        return first + (wide ? listedColumns.filter { !listedKeys.contains($0.key) && isOwn($0.key, host) } : [])
    }

    private static func isOwn(_ key: String, _ host: Set<String>) -> Bool { byKey[key] != nil || !host.contains(key) }
}
