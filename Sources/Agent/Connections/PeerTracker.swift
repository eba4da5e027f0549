import Model

/// Which peers came to which workers of a group in the last minutes: whether peers come back to the same one.
///
/// Only connections that were accepted count, each once, at the first look that finds it; those that come and go between
/// two looks are not seen, whichever worker they are of. What is remembered are two periods of five minutes, the current one
/// and the one before: a window of five to ten minutes. Of more than `maximumPeers` the least recently seen go.
struct PeerTracker: Sendable {
    static let period = Duration.seconds(300)
    static let maximumPeers = 4096
    /// Peers with at least two connections, below which nothing is said.
    static let minimumPeers = 5
    static let minimumForProxy: UInt64 = 20
    static let proxyPermille: UInt64 = 800

    private struct Period: Sendable {
        /// Connections that its first look found again, and those that were first seen in it.
        var carried: UInt32 = 0
        var opened: UInt32 = 0
        /// The last worker it touched, and whether there were others.
        var slot: UInt32?
        var isSeveral = false
    }

    private struct Peer: Sendable {
        var current = Period()
        var previous = Period()
        var seen: MonotonicInstant

        /// In the window; what was carried into the current period is among those of the previous one, where that was
        /// looked at.
        var total: UInt64 {
            max(UInt64(previous.carried) + UInt64(previous.opened), UInt64(current.carried)) + UInt64(current.opened)
        }

        var touchedOne: Bool {
            guard !current.isSeveral, !previous.isSeveral else { return false }
            guard let new = current.slot, let old = previous.slot else { return true }
            return new == old
        }

        mutating func note(slot: UInt32, isNew: Bool, isFirstLook: Bool, at now: MonotonicInstant) {
            seen = now
            if isNew { current.opened &+= 1 } else if isFirstLook { current.carried &+= 1 }
            if let known = current.slot, known != slot { current.isSeveral = true }
            current.slot = slot
        }
    }

    private var peers: [PeerAddress: Peer] = [:]
    /// When the current period began.
    private var began: MonotonicInstant?
    private var now = MonotonicInstant(nanoseconds: 0)
    private var isFirstLook = true

    var count: Int { peers.count }

    /// Before the connections of a look are noted.
    mutating func begin(at now: MonotonicInstant) {
        let passed = began.map { now - $0 } ?? .zero
        isFirstLook = began == nil || passed >= Self.period
        if passed >= Self.period {
            let isLate = passed >= Self.period * 2  // the period before went by without a look
            peers =
                isLate
                ? [:]
                : peers.compactMapValues { peer in
                    let next = Peer(previous: peer.current, seen: peer.seen)
                    return next.total > 0 ? next : nil
                }
        }
        if isFirstLook { began = now }
        self.now = now
    }

    mutating func note(_ address: PeerAddress, slot: UInt32, isNew: Bool) {
        // Beyond twice the bound within one look there is nothing to choose between them.
        guard peers[address] != nil || peers.count < Self.maximumPeers * 2 else { return }
        peers[address, default: Peer(seen: now)].note(slot: slot, isNew: isNew, isFirstLook: isFirstLook, at: now)
    }

    /// After them.
    mutating func end() {
        guard peers.count > Self.maximumPeers else { return }
        let order = peers.sorted { left, right in
            if left.value.seen != right.value.seen { return left.value.seen > right.value.seen }
            if left.value.total != right.value.total { return left.value.total > right.value.total }
            return left.key < right.key
        }
        peers = Dictionary(
            order.prefix(Self.maximumPeers).map { ($0.key, $0.value) }, uniquingKeysWith: { first, _ in first })
    }

    /// `workers`: how many there are to choose from.
    func stickiness(workers: Int) -> Stickiness {
        var total: UInt64 = 0
        var most: (address: PeerAddress, total: UInt64)?
        var (returning, faithful) = (UInt64(0), UInt64(0))
        for (address, peer) in peers {
            total += peer.total
            if peer.total > most?.total ?? 0 { most = (address, peer.total) }
            guard peer.total >= 2 else { continue }
            returning += 1
            if peer.touchedOne { faithful += 1 }
        }
        if let most, total >= Self.minimumForProxy, most.total * 1000 >= total * Self.proxyPermille {
            return .proxy(address: most.address.text)
        }
        guard workers >= 2, returning >= Self.minimumPeers else { return .unknown }
        return .share(permille: UInt32(clamping: faithful * 1000 / returning), peers: UInt32(clamping: returning))
    }
}
