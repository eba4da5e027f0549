public import Model

extension Snapshot {
    /// What the other side holds once this snapshot was sent, long texts aside: lists ascending without repetition and
    /// within their limits. A snapshot made by the rules of `Snapshot` stays what it is.
    public var asSent: Snapshot {
        var sent = self
        for index in sent.groups.indices {
            sent.groups[index].info.key = sent.groups[index].info.key.cut(toBytes: Limits.groupTextBytes)
        }
        sent.groups = Self.ascending(sent.groups)
        sent.workers = Self.ascending(sent.workers)
        sent.limitations = Self.limitations(of: self)
        sent.troubles = Self.troubles(of: self)
        return sent
    }

    /// Whether `asSent` would change nothing.
    var isAsSent: Bool {
        troubles.count <= Limits.troubles && groups.count <= Limits.groups && workers.count <= Limits.workers
            && Self.isAscending(groups) && Self.isAscending(workers)
            && groups.allSatisfy { $0.info.key.utf8.count <= Limits.groupTextBytes }
    }

    /// With `.workersOmitted` where a list is over its limit.
    static func limitations(of snapshot: Snapshot) -> Limitations {
        let isOver = snapshot.workers.count > Limits.workers || snapshot.groups.count > Limits.groups
        return isOver ? snapshot.limitations.union(.workersOmitted) : snapshot.limitations
    }

    /// The worst of them.
    static func troubles(of snapshot: Snapshot) -> [HostTrouble] { Array(snapshot.troubles.prefix(Limits.troubles)) }

    private static func isAscending<Entry: ListEntry>(_ list: [Entry]) -> Bool {
        zip(list, list.dropFirst()).allSatisfy { $0.key < $1.key }
    }

    /// Of entries that are level, the first one stays.
    private static func ascending<Entry: ListEntry>(_ list: [Entry]) -> [Entry] {
        var kept: [Entry] = []
        kept.reserveCapacity(list.count)
        let order = list.indices.sorted {
            list[$0].key == list[$1].key ? $0 < $1 : list[$0].key < list[$1].key
        }
        for index in order where kept.last.map({ $0.key < list[index].key }) ?? true { kept.append(list[index]) }
        return Array(kept.prefix(Entry.limit))
    }
}
