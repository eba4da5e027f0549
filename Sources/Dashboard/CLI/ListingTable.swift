import Console
import Model

/// A listing as a table for people: rounded numbers with units, `-` for what is not known.
extension Listing {
    func table(wide: Bool, columns: [String]? = nil, sort: String? = nil) -> TextTable {
        switch kind {
        case .hosts: Self.table(ordered(hostRows, by: sort), HostSubject.listed(columns, wide: wide), ink)
        case .apps: Self.table(ordered(appRows, by: sort), AppSubject.listed(columns, wide: wide), ink)
        case .workers: Self.table(ordered(workerRows, by: sort), WorkerSubject.listed(columns, wide: wide), ink)
        }
    }

    /// For programs: keys at the head, numbers in base units, nothing for what is not known.
    func csv(columns: [String]? = nil, sort: String? = nil) -> String {
        switch kind {
        case .hosts: Self.csv(ordered(hostRows, by: sort), HostSubject.listed(columns, wide: true))
        case .apps: Self.csv(ordered(appRows, by: sort), AppSubject.listed(columns, wide: true))
        case .workers: Self.csv(ordered(workerRows, by: sort), WorkerSubject.listed(columns, wide: true))
        }
    }

    /// A selector of each row, one a line.
    func names(sort: String? = nil) -> String {
        let paths =
            switch kind {
            case .hosts: ordered(hostRows, by: sort).map(\.path)
            case .apps: ordered(appRows, by: sort).map(\.path)
            case .workers: ordered(workerRows, by: sort).map(\.path)
            }
        return paths.map { SafeText($0).string + "\n" }.joined()
    }

    /// Nobody sees the glyphs: no picture is listed.
    private var ink: Ink { Ink(glyphs: .ascii, now: now, wall: wall) }

    var hostRows: [HostSubject] { matching.map { HostSubject(fleet: fleet, number: $0, now: now) } }
    var appRows: [AppSubject] {
        apps.map { AppSubject(fleet, $0.host, key: $0.group.info.key, workers: $0.workers, now: now) }
    }
    var workerRows: [WorkerSubject] {
        workers.map { WorkerSubject(fleet: fleet, number: $0.host, track: $0.track, now: now) }
    }

    private func ordered<Row: ListedRow>(_ rows: [Row], by key: String?) -> [Row] {
        guard let key else { return rows }
        return sorted(rows, by: key, inverted: false)
    }

    private static func table<Row>(_ rows: [Row], _ columns: [ListedColumn<Row>], _ ink: Ink) -> TextTable {
        var table = TextTable(columns.map { TextTable.Heading(title: $0.heading, alignment: $0.alignment) })
        for row in rows { table.add(columns.map { $0.text(row, ink) }) }
        return table
    }

    private static func csv<Row>(_ rows: [Row], _ columns: [ListedColumn<Row>]) -> String {
        var text = columns.map(\.key).joined(separator: ",") + "\n"
        for row in rows { text += columns.map { $0.value(row).csv }.joined(separator: ",") + "\n" }
        return text
    }
}

extension FilterValue {
    /// RFC 4180, section 2: in quotes where a comma, a quote or a line break is in it.
    var csv: String {
        switch self {
        case .number(let number), .atMost(let number), .atLeast(let number): plainNumber(number)
        case .rank(let rank): StateRank.words[rank]
        case .unknown: ""
        case .texts(let texts): csvField(texts.first ?? "")
        }
    }

}

/// Text as csv holds it; made safe first.
func csvField(_ text: String) -> String {
    let text = SafeText(text).string
    guard text.contains(where: { $0 == "," || $0 == "\"" || $0.isNewline }) else { return text }
    return "\"" + text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
}

extension Respawn {
    /// As a listing says it, in one word.
    var listed: String {
        switch self {
        case .nothingKnown: "unknown"
        case .master: "master"
        case .parentMay: "maybe"
        case .manager: "manager"
        case .never: "never"
        }
    }
}

extension WorkerRow {
    /// `R`, `S`, `D` ... ; `nil` for unknown or what is no letter.
    var stateLetter: String? {
        guard let state = self[.state], let byte = UInt8(exactly: state), 0x41...0x7A ~= byte else { return nil }
        return String(UnicodeScalar(byte))
    }
}
