import Model

extension Listing {
    /// The same with its rows in the order of a column, the worst first, and no more of them than `limit`.
    func arranged(by key: String, limit: Int?) -> Listing {
        func first<Row: ListedRow>(_ rows: [Row]) -> ArraySlice<Row> {
            sorted(rows, by: key, inverted: false).prefix(limit ?? .max)
        }
        var listing = self
        switch kind {
        case .hosts:
            listing.matching = first(hostRows).map(\.number)
            listing.hosts = listing.matching
        case .apps:
            listing.apps = first(appRows).compactMap { row in
                row.group.map { App(host: row.number, group: $0, workers: row.workers) }
            }
        case .workers:
            listing.workers = first(workerRows).map { row in
                Worker(host: row.number, group: row.host.group(row.info.groupKey), track: row.track)
            }
        }
        return listing
    }

    /// Rows of what is listed.
    var count: Int {
        switch kind {
        case .hosts: matching.count
        case .apps: apps.count
        case .workers: workers.count
        }
    }
}
