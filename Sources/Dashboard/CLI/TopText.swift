import Console
import Model

/// What `looptop top` prints, one round after the other.
struct TopText: Sendable {
    enum Format: String, Sendable, CaseIterable {
        case table, wide, jsonl, csv
    }

    let format: Format
    /// Of tables and csv; `nil` for those that `ls` has.
    let columns: [String]?
    /// By which rows are sorted.
    let order: String
    /// At most so many rows a round.
    let limit: Int?
    private var hasHead = false

    init(_ format: Format, columns: [String]? = nil, order: String, limit: Int? = nil) {
        self.format = format
        self.columns = columns
        self.order = order
        self.limit = limit
    }

    /// One round. A table has a line above it and an empty one below; csv has its head once and the time in each line.
    mutating func round(of whole: Listing) throws -> String {
        let listing = whole.arranged(by: order, limit: limit)
        switch format {
        case .table, .wide:
            let table = listing.table(wide: format == .wide, columns: columns)
            return head(of: whole, shown: listing.count) + "\n" + table.text + "\n"
        case .jsonl: return try ListingDocument(listing).lines(timed: true)
        case .csv:
            let time = rfc3339(listing.wall)
            let lines = listing.csv(columns: columns).split(separator: "\n")
            let head = hasHead ? "" : lines.prefix(1).map { "time,\($0)\n" }.joined()
            hasHead = true
            return head + lines.dropFirst().map { "\(time),\($0)\n" }.joined()
        }
    }

    /// `2026-11-20T13:57:04Z  1 of 2 hosts, 2 of 3 workers, worst lag99 first`
    private func head(of listing: Listing, shown: Int) -> String {
        let answering = listing.fleet.hosts.count - listing.missing.count - listing.nameless.count
        let hosts = Self.count(answering, of: listing.fleet.hosts.count, "host")
        let rows =
            listing.kind == .hosts ? nil : Self.count(shown, of: listing.count, "\(listing.kind.rawValue.dropLast())")
        return ([rfc3339(listing.wall) + "  " + hosts] + [rows].compactMap { $0 } + ["by \(order)"])
            .joined(separator: ", ")
    }

    private static func count(_ number: Int, of all: Int, _ word: String) -> String {
        (number == all ? "\(number)" : "\(number) of \(all)") + " \(word)" + (all == 1 ? "" : "s")
    }
}

/// When the rounds of something that repeats are due: at equal distances from the first; none twice.
struct Rounds: Sendable {
    let distance: Duration
    private(set) var next: MonotonicInstant

    init(every distance: Duration, from first: MonotonicInstant) {
        self.distance = distance
        next = first + distance
    }

    /// One is over: the next that is not past already.
    mutating func advance(now: MonotonicInstant) { next = max(next + distance, now) }
}
