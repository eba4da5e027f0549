import Model
import Wire

/// What the links have to say until the main thread takes it: bounded, and it says what it drops.
///
/// Of a host's snapshots only the newest waits, at the place of the one it replaces. Everything else keeps its order.
/// When `capacity` entries wait, what merely informs (process events, measurements) is dropped first, the newest of it;
/// what changes a state (connected, lost, an outcome) displaces something older. Of one host no more waits than `hostBytes`,
/// its newest snapshot apart: what merely informs is dropped then, and the fleet is told how much of which host that was.
struct MailQueue: Sendable {
    struct Item: Sendable {
        let host: Int
        let event: LinkEvent
        /// What counts of it against `hostBytes`.
        fileprivate var byteCount = 0
    }

    /// At 43 hosts about 95 process events each while the main thread is busy with one frame.
    static let capacity = 4096
    /// About what 2,000 workers that end at once, and those that take their place, are told with.
    static let hostBytes = 2 << 20

    private var items: [Item] = []
    /// Per host the place of the waiting snapshot that a newer one may replace.
    private var snapshots: [Int: Int] = [:]
    /// How many of `items` merely inform, so that a full queue without any is not searched for them.
    private var informing = 0
    /// Of what waits, by host.
    private var waitingBytes: [Int: Int] = [:]
    /// How many entries of a host were thrown away since `takeAll`.
    private var leftOut: [Int: UInt64] = [:]
    /// Entries that were thrown away because too many waited.
    private(set) var dropped: UInt64 = 0
    /// Snapshots that were replaced by newer ones before anybody saw them.
    private(set) var coalesced: UInt64 = 0

    var isEmpty: Bool { items.isEmpty }
    var count: Int { items.count }

    mutating func add(_ event: LinkEvent, from host: Int) {
        let item = Item(host: host, event: event, byteCount: event.byteCount)
        guard makeRoom(for: item) else { return drop(item) }
        switch event {
        case .snapshot:
            if let place = snapshots[host] {
                items[place] = item
                coalesced += 1
                return
            }
            makeRoom()
            snapshots[host] = items.count
            append(item)
        case .event, .measured, .traffic:
            guard items.count < Self.capacity else { return drop(item) }
            informing += 1
            append(item)
        case .connecting, .connected, .lost:
            // A snapshot of the next connection must not be told before the loss of this one.
            snapshots[host] = nil
            makeRoom()
            append(item)
        case .accepted, .outcome, .rehearsed, .forgotten, .answer, .denyListVersion, .draining, .leftOut:
            makeRoom()
            append(item)
        }
    }

    /// Everything that waits, oldest first, and then what is missing in it; the queue is empty afterwards.
    mutating func takeAll() -> [Item] {
        let missing = leftOut.sorted { $0.key < $1.key }.map { Item(host: $0.key, event: .leftOut($0.value)) }
        defer {
            items = []
            snapshots = [:]
            informing = 0
            waitingBytes = [:]
            leftOut = [:]
        }
        return items + missing
    }

    private mutating func append(_ item: Item) {
        items.append(item)
        waitingBytes[item.host, default: 0] += item.byteCount
    }

    private mutating func drop(_ item: Item) {
        dropped += 1
        leftOut[item.host, default: 0] += 1
    }

    /// Whether `hostBytes` leave room for it. For what changes a state there is some when what merely informs of its host, the
    /// oldest first, was thrown away.
    private mutating func makeRoom(for item: Item) -> Bool {
        var excess = waitingBytes[item.host, default: 0] + item.byteCount - Self.hostBytes
        guard excess > 0, !item.event.merelyInforms else { return excess <= 0 }
        var kept: [Item] = []
        var places: [Int: Int] = [:]
        for (place, old) in items.enumerated() {
            if excess > 0, old.host == item.host, old.event.merelyInforms {
                excess -= old.byteCount
                informing -= 1
                waitingBytes[old.host, default: 0] -= old.byteCount
                drop(old)
            } else {
                places[place] = kept.count
                kept.append(old)
            }
        }
        items = kept
        snapshots = snapshots.compactMapValues { places[$0] }
        return excess <= 0
    }

    private mutating func makeRoom() {
        guard items.count >= Self.capacity else { return }
        let victim =
            informing > 0
            ? items.firstIndex { $0.event.merelyInforms } ?? 0 : items.firstIndex { !$0.event.isSnapshot } ?? 0
        let item = items.remove(at: victim)
        if item.event.merelyInforms { informing -= 1 }
        waitingBytes[item.host, default: 0] -= item.byteCount
        drop(item)
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

    /// About as much as it takes here. Nothing of a snapshot, of which there is one, and of what the link itself says.
    fileprivate var byteCount: Int {
        switch self {
        case .snapshot, .connecting, .connected, .lost, .leftOut: 0
        case .measured, .traffic, .accepted, .forgotten, .denyListVersion, .draining: Self.overhead
        case .event(let event): event.byteCount + Self.overhead
        case .outcome(let outcome): Message.outcome(outcome).encoded().count + Self.overhead
        // There are as many as were asked for.
        case .rehearsed, .answer: Self.overhead
        }
    }

    /// Of one entry besides its text.
    private static let overhead = 256

    fileprivate var isSnapshot: Bool {
        if case .snapshot = self { true } else { false }
    }
}
