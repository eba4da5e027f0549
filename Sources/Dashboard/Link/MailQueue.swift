import Model

/// What the links have to say until the main thread takes it: bounded, and it says what it drops.
///
/// Of a host's snapshots only the newest waits, at the place of the one it replaces. Everything else keeps its order.
/// When `capacity` entries wait, what merely informs (process events, measurements) is dropped first, the newest of it;
/// what changes a state (connected, lost, an outcome) displaces something older.
struct MailQueue: Sendable {
    struct Item: Sendable {
        let host: Int
        let event: LinkEvent
    }

    /// At 43 hosts about 95 process events each while the main thread is busy with one frame.
    static let capacity = 4096

    private var items: [Item] = []
    /// Per host the place of the waiting snapshot that a newer one may replace.
    private var snapshots: [Int: Int] = [:]
    /// How many of `items` merely inform, so that a full queue without any is not searched for them.
    private var informing = 0
    /// Entries that were thrown away because too many waited.
    private(set) var dropped: UInt64 = 0
    /// Snapshots that were replaced by newer ones before anybody saw them.
    private(set) var coalesced: UInt64 = 0

    var isEmpty: Bool { items.isEmpty }
    var count: Int { items.count }

    mutating func add(_ event: LinkEvent, from host: Int) {
        let item = Item(host: host, event: event)
        switch event {
        case .snapshot:
            if let place = snapshots[host] {
                items[place] = item
                coalesced += 1
                return
            }
            makeRoom()
            snapshots[host] = items.count
            items.append(item)
        case .event, .measured, .traffic:
            guard items.count < Self.capacity else {
                dropped += 1
                return
            }
            informing += 1
            items.append(item)
        case .connecting, .connected, .accepted, .outcome, .rehearsed, .forgotten, .answer, .lost, .denyListVersion,
            .draining:
            // A snapshot of the next connection must not be told before the loss of this one.
            snapshots[host] = nil
            makeRoom()
            items.append(item)
        }
    }

    /// Everything that waits, oldest first; the queue is empty afterwards.
    mutating func takeAll() -> [Item] {
        defer {
            items = []
            snapshots = [:]
            informing = 0
        }
        return items
    }

    private mutating func makeRoom() {
        guard items.count >= Self.capacity else { return }
        let victim =
            informing > 0
            ? items.firstIndex { $0.event.merelyInforms } ?? 0 : items.firstIndex { !$0.event.isSnapshot } ?? 0
        if items.remove(at: victim).event.merelyInforms { informing -= 1 }
        dropped += 1
        // Places after the victim moved down by one; only so full a queue pays for this.
        snapshots = snapshots.compactMapValues { $0 == victim ? nil : $0 > victim ? $0 - 1 : $0 }
    }
}

extension LinkEvent {
    fileprivate var merelyInforms: Bool {
        switch self {
        case .event, .measured, .traffic: true
        default: false
        }
    }

    fileprivate var isSnapshot: Bool {
        if case .snapshot = self { true } else { false }
    }
}
