import Console
import Lag
import Model

/// An app over all its hosts as a row: all that go by one name.
///
/// What several of its cells ask of all parts is worked out once, when it is made: there may be thousands of them.
struct FleetAppSubject: RowSubject {
    let name: String
    /// On each host one or more; never empty.
    let parts: [AppSubject]
    /// The worst of all hosts.
    let state: WorkerState
    /// By column, which part is first by it, as far as it is known there.
    private let worstParts: [String: Int]

    init(name: String, parts: [AppSubject]) {
        self.name = name
        self.parts = parts
        state = parts.map(\.state).min { $0.rank < $1.rank } ?? .ok
        var worstParts: [String: Int] = [:]
        for key in ["util", "lag", "lag99"] {
            guard let column = AppSubject.byKey[key] else { continue }
            let keys = parts.map { column.rowKey($0) }
            worstParts[key] = keys.indices.filter { !keys[$0].isUnknown }
                .min { keys[$0].precedes(keys[$1], inverted: false) ?? false }
        }
        self.worstParts = worstParts
    }

    var isStale: Bool { false }
    var names: [String] { [name, state.word] + parts.flatMap { $0.host.names } }
    var tieOrder: RowTie { RowTie(name) }

    var hosts: Set<Int> { Set(parts.map(\.number)) }

    private func worst(_ key: String) -> AppSubject? { worstParts[key].map { parts[$0] } }

    /// `nil` where it is known of no part.
    private func sum(_ value: (AppSubject) -> Double?) -> Double? {
        let known = parts.compactMap(value)
        return known.isEmpty ? nil : known.reduce(0, +)
    }

    /// `nil` where it is not known of every part: less than all is not how many there should be.
    private var expected: Double? {
        let known = parts.compactMap { $0.group?.info.expected }
        return known.count == parts.count ? Double(known.reduce(0) { $0 &+ $1 }) : nil
    }

    private func number(_ key: String) -> Double? {
        AppSubject.byKey[key].flatMap { column in sum { column.value($0).number } }
    }

    static let orders = ["state", "cpu", "rss", "util", "lag", "app"]

    static let byKey = Dictionary(columns.map { ($0.key, $0) }) { first, _ in first }

    static let columns: [RowColumn<FleetAppSubject>] = [
        .text("app", "APP", "all apps of one name", width: .content(10, 28), priority: 0) { [$0.name] },
        .state(priority: 0, { $0.state.word }, style: { Palette.word($0.state) })
            .ordered { .number(-Double($0.state.rank)) },
        .text("kind", "KIND", "how it was recognised", width: .content(6, 17), priority: 8) {
            Set($0.parts.compactMap { $0.group?.info.kind.word }).sorted()
        },
        .count("hosts", "HOSTS", "hosts that have it", width: 5, priority: 3) { $0.hosts.count },
        .number("workers", "WRK", "workers that live", .count, width: 5, priority: 1) {
            $0.number("workers")
        } cell: {
            subject, _ in
            TableCell(Format.count(subject.number("workers").map { Int($0) }))
        },
        .number("expected", "OF", expectedMeaning, .count, width: 5, priority: 2) {
            $0.expected
        } cell: {
            subject, _ in
            TableCell(Format.count(subject.expected.map { Int($0) }))
        },
        .number("cpu", "CPU", cpuMeaning, .share, width: 6, priority: 4) { $0.number("cpu") },
        .number("rss", "RSS", "resident memory of its workers", .bytes, width: 5, priority: 7) { $0.number("rss") },
        .number("util", "UTIL", utilMeaning, .share, width: 5, priority: 4) {
            $0.worst("util").flatMap { AppSubject.byKey["util"]?.value($0).number }
        },
        of("lag", width: 8, priority: 1),
        of("lag99", width: 7, priority: 2),
        .text("worst", "WORST ON", "the host of that lag", width: .content(8, 20), priority: 5) {
            [$0.worst("lag")?.host.name].compactMap { $0 }
        },
        .number("conn", "CONN", connMeaning, .count, width: 6, priority: 9) {
            $0.number("conn")
        } cell: {
            subject, _ in
            TableCell(Format.count(subject.number("conn").map { Int($0) }))
        },
        .number("exits", "EXIT", exitMeaning, .count, width: 5, priority: 6) {
            $0.number("exits")
        } cell: {
            subject, _ in
            TableCell(Format.count(subject.number("exits").map { Int($0) }))
        },
        .number("age", "AGE", "of the oldest of its numbers", .seconds, width: 5, priority: 0) {
            $0.age?.seconds
        } cell: { subject, _ in
            TableCell(Format.age(subject.age))
        },
    ]

    private var age: Duration? { parts.compactMap { $0.host.age(now: $0.now) }.max() }

    /// The value of the worst part: percentiles of several hosts cannot be added up.
    private static func of(_ key: String, width: Int, priority: Int) -> RowColumn<FleetAppSubject> {
        let heading = AppSubject.byKey[key]?.heading ?? ""
        return RowColumn(
            key: key, heading: heading, meaning: AppSubject.byKey[key]?.meaning ?? "", kind: .number(.seconds),
            alignment: .right, width: .fixed(width), priority: priority,
            value: { subject in
                subject.worst(key).flatMap { part in AppSubject.byKey[key]?.value(part) } ?? .unknown
            },
            cell: { subject, room in
                guard let part = subject.worst(key) else { return TableCell(Format.unknown) }
                let room = RowColumn<AppSubject>.Room(ink: room.ink, width: room.width)
                return AppSubject.byKey[key]?.cell(part, room) ?? TableCell(Format.unknown)
            })
    }
}

extension RowKey {
    var isUnknown: Bool { if case .unknown = self { true } else { false } }
}

extension Filter {
    /// What the app has as a whole is asked of the whole; all else of any of its parts.
    func matches(_ app: FleetAppSubject) -> Bool {
        if keys.allSatisfy({ FleetAppSubject.has($0) }) {
            return matches({ app.value($0) ?? .unknown }, names: { app.names })
        }
        return app.parts.contains { matches($0, of: app) }
    }
}
