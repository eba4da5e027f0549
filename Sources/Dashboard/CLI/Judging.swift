import Console
import Model

/// A row that a filter names, and what a condition can ask of it: for `looptop wait` and `looptop check`.
struct JudgedRow: Sendable {
    /// Tells it from all others of its kind, over a restart too.
    let id: String
    /// As it is called: `web-1/api#2`.
    let path: String
    let host: Int
    /// Whether its host says nothing any more: the numbers that it said last are not those of now.
    let isOld: Bool
    let names: [String]
    private let column: @Sendable (String) -> (value: FilterValue, text: SafeText)?

    init<Row: ListedRow>(_ row: Row, id: String, of host: Int, in listing: Listing) {
        self.id = id
        path = row.path
        self.host = host
        names = row.names
        isOld = row.isStale || !listing.fleet.hosts[host].state.isCurrent
        let ink = Ink(glyphs: .ascii, now: listing.now, wall: listing.wall)
        column = { key in
            Row.listedColumns.first { $0.key == key }.map { ($0.value(row), $0.text(row, ink)) }
        }
    }

    /// What it is called and its state stay known; numbers do not outlive the word of their host.
    func value(_ key: String) -> FilterValue {
        guard let value = column(key)?.value else { return .unknown }
        switch value {
        case .number, .atMost, .atLeast: return isOld && !Self.lasting.contains(key) ? .unknown : value
        case .texts, .rank, .unknown: return value
        }
    }

    private static let lasting: Set<String> = ["slot", "pid", "ppid", "uid", "age"]

    /// `lag99 612ms, state WARN`
    func text(of keys: Set<String>) -> String {
        keys.sorted().map { key in
            let text = value(key) == .unknown ? Format.unknown : column(key)?.text ?? Format.unknown
            return "\(key) \(text)"
        }.joined(separator: ", ")
    }
}

extension Filter {
    /// Whether it holds of a row; `nil`: not known.
    func holds(_ row: JudgedRow) -> Bool? {
        guard let tree else { return true }
        return tree.holds({ row.value($0) }, { row.names })
    }
}

extension Listing {
    /// What is listed, as rows that can be judged.
    var judged: [JudgedRow] {
        switch kind {
        case .hosts: hostRows.map { JudgedRow($0, id: "\($0.number)", of: $0.number, in: self) }
        case .apps: appRows.map { JudgedRow($0, id: "\($0.number) \($0.key)", of: $0.number, in: self) }
        case .workers:
            workerRows.map {
                JudgedRow($0, id: "\($0.number) \($0.info.groupKey) \($0.info.slot)", of: $0.number, in: self)
            }
        }
    }

    /// Hosts whose word is needed and that do not say anything now.
    func silent(_ rows: [JudgedRow]) -> [Int] { Set(unanswered + rows.filter(\.isOld).map(\.host)).sorted() }

    /// `db-1: connection refused; web-2: STALE`
    func silence(of hosts: [Int]) -> String {
        hosts.map { number in
            let host = fleet.hosts[number]
            let reason = host.failure.map(failureText) ?? (host.state == .stale ? "STALE" : "no answer in time")
            return "\(host.name): \(reason)"
        }.joined(separator: "; ")
    }
}

extension Listing.Kind {
    /// The rows that are meant where nobody says it: the finest that a filter or a condition speaks of.
    static func meant(by filters: [Filter]) -> Listing.Kind {
        var kind = Listing.Kind.hosts
        for filter in filters {
            switch filter.interest {
            case .host: break
            case .groups: if kind == .hosts { kind = .apps }
            case .workers, .worker: kind = .workers
            }
        }
        return kind
    }

    /// `4 workers`
    func counted(_ count: Int) -> String { "\(count) " + (count == 1 ? String(rawValue.dropLast()) : rawValue) }
}
