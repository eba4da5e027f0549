import CLinux
import Lag
import Model
import ProcFS

/// What the TCP connections of a worker (or of one of its loops) show of its progress.
///
/// Which connections count: those in the loop's own epoll set, where `loopDescriptor` says which that is. A connection that
/// a callback uses by itself (a blocking database driver, a blocking HTTP client) is not registered there, and moves bytes
/// while the loop stands still. Without that knowledge, those whose local port somebody listens on: accepted ones.
///
/// Of these the `sample` that were active last are asked for one by one. All others, and new ones until the next look at all
/// sockets, say nothing. Where most of the sample is gone (a new connection for each request), a new socket in the epoll set
/// stands for progress.
///
/// Whoever asks knows that the process is there still, by the files of its thread: here it goes by its number, and nothing of
/// it stays open.
final class SocketWatch {
    static let sample = 12
    /// Of a worker with more than `manyConnections`: each of them moves bytes that much less often.
    static let largeSample = 32
    static let manyConnections = 100
    /// Which sockets a worker has is looked up that often; sooner when most of the sample is gone.
    static let pause = Duration.seconds(2)
    static let shortPause = Duration.milliseconds(500)
    /// After a namespace could not be entered.
    static let refusalPause = Duration.seconds(30)
    /// A loop that turned this long after data came, and left it, does so on purpose: it holds the peer back.
    static let neglect = Duration.seconds(2)
    /// Without a new socket for this long, the set stands for nothing any more.
    static let turnoverLife = Duration.seconds(5)
    /// Descriptors of a process that are looked at in one go.
    static let maximumLinks = 512
    static let maximumListeners = 4

    /// The loop's own epoll descriptor, where it has one and it is known. Set it for each of several loops of a process, and
    /// each has its own evidence.
    var loopDescriptor: Int32? {
        didSet { if loopDescriptor != oldValue { nextRefresh = nil } }
    }
    /// Whether any connection was known at the last `evidence`. False before the first.
    var hasConnections: Bool { !followed.isEmpty || turnover != nil }
    /// Traffic may come over sockets that tell nothing of the loop: unix and UDP ones. Inherited ones (standard streams, Node's
    /// channel to its parent) and a single one (asyncio's own, to wake itself) do not count.
    private(set) var hasOtherSockets = false
    /// Connections that waited for accept, at the last `evidence`, on listeners that this worker alone serves; they are
    /// inside `unreadBytes` too.
    private(set) var waitingConnections: UInt64 = 0

    private struct Followed {
        let key: looptop_socket_key
        let socket: SocketListing.Socket
        var connection: SocketTally.Connection
        /// Since when it has the data that it has, unread.
        var unreadSince: MonotonicInstant?
    }

    private let pid: Int32
    private let diag: SocketDiag
    /// Within one `evidence`, once something had to be looked up.
    private var opened: Directory?
    private var channel: SocketChannel?
    private var tally = SocketTally()
    private var proof = TurnProof()
    /// As `SocketEvidence.turns`: what `proof` and connections that came and went show.
    private var turns: UInt64 = 0
    /// A connection came or went, which was the first.
    private var hasTurnedOver = false
    private var followed: [Followed] = []
    private var listeners: [looptop_socket] = []
    private var holders: ListenerHolders
    private var nextRefresh: MonotonicInstant?
    private var canRefreshEarly: MonotonicInstant?
    /// The sockets of the epoll set at the last look, while it stands for connections that do not live long enough.
    private var turnover: Set<UInt64>?
    private var turnoverAt: MonotonicInstant?
    /// When the loop was last seen to have turned.
    private var turnedAt: MonotonicInstant?
    /// How many connections were worth following at the last refresh.
    private var sampleSize = 0
    /// The part of the descriptors that is looked at next, and what was found in the others.
    private var nextLink: Int32 = 0
    private var links: [Int32: UInt64] = [:]

    init(pid: Int32, diag: SocketDiag, holders: ListenerHolders = ListenerHolders()) {
        self.pid = pid
        self.holders = holders
        self.diag = diag
    }

    /// Counters so far and what waits now; `nil` without TCP connections, or where they may not be looked at. 2 us for each
    /// connection of the sample; now and then (see the pauses) about 1 ms.
    func evidence(now: MonotonicInstant) -> SocketEvidence? {
        defer { opened = nil }
        if now >= nextRefresh ?? now || isDepleted && now >= canRefreshEarly ?? now { refresh(now: now) }
        guard let channel else { return nil }
        let before = tally
        let provenBefore = proof.turns
        var turnedOver = false
        var unread = lookAtConnections(channel, turnedOver: &turnedOver, now: now)
        if isDepleted { lookAtSet(turnedOver: &turnedOver, now: now) } else { turnover = nil }
        if turnedOver { tally.noteTurn() }
        if tally != before { turnedAt = now }
        // It is accepted in one turn and served in a later one: between two such looks there was the end of one.
        turns &+= max(proof.turns &- provenBefore, turnedOver && hasTurnedOver ? 1 : 0)
        if turnedOver { hasTurnedOver = true }
        waitingConnections = lookAtListeners(channel, now: now)
        unread += waitingConnections
        guard hasConnections || waitingConnections > 0 else { return nil }
        return SocketEvidence(
            consumedBytes: tally.consumed, sentBytes: tally.sent, unreadBytes: unread, turns: turns,
            unreadSince: proof.unreadSince)
    }

    /// Most of what was worth following is gone.
    private var isDepleted: Bool { followed.count <= sampleSize / 2 }

    private func directory() throws(ProcError) -> Directory {
        if let opened { return opened }
        let next = Directory(try diag.reader.processDirectory(pid))
        opened = next
        return next
    }

    private func refresh(now: MonotonicInstant) {
        if channel?.isBroken ?? true {
            channel = openChannel()
            guard channel != nil else {
                followed = []
                turnover = nil
                nextRefresh = now + Self.refusalPause
                canRefreshEarly = nextRefresh
                return
            }
        }
        nextRefresh = now + Self.pause
        canRefreshEarly = now + Self.shortPause
        guard let channel else { return }
        _ = channel.refresh(now: now)
        do {
            let directory = try directory()
            let (sockets, areRegistered) = try ownSockets(directory.handle)
            choose(among: sockets, areRegistered: areRegistered, in: channel.table, of: directory.handle)
        } catch {
            followed = []  // gone, or not to be looked into
            listeners = []
        }
    }

    private func openChannel() -> SocketChannel? {
        do {
            return diag.channel(of: try directory().handle)
        } catch {
            return nil  // gone: there is no evidence of it
        }
    }

    /// The loop's sockets, or, where that is not known or too many, those of the process.
    private func ownSockets(
        _ directory: borrowing OwnedFD
    ) throws(ProcError) -> (sockets: [SocketListing.Socket], areRegistered: Bool) {
        if let loopDescriptor, try isSmall(directory) {
            links = [:]
            let targets = try diag.reader.epollTargets(loopDescriptor, of: directory).targets
            return (targets.compactMap { SocketListing.Socket($0) }, true)
        }
        let listing = try diag.reader.sockets(of: directory, from: nextLink, limit: Self.maximumLinks)
        let range = nextLink..<(listing.next ?? .max)
        links = links.filter { !range.contains($0.key) }
        for socket in listing.sockets { links[socket.descriptor] = socket.inode }
        nextLink = listing.next ?? 0
        return (links.map { SocketListing.Socket(descriptor: $0.key, inode: $0.value) }, false)
    }

    /// Reading an epoll set takes time of the loop itself when there is much in it.
    private func isSmall(_ directory: borrowing OwnedFD) throws(ProcError) -> Bool {
        guard let count = try diag.reader.descriptorCount(of: directory) else { return true }
        return count <= 1000
    }

    private func choose(
        among sockets: [SocketListing.Socket], areRegistered: Bool, in table: SocketChannel.Table,
        of directory: borrowing OwnedFD
    ) {
        let before = Dictionary(followed.map { ($0.socket.inode, $0) }, uniquingKeysWith: { first, _ in first })
        var candidates: [(socket: SocketListing.Socket, state: looptop_socket)] = []
        listeners = []
        var others: [SocketListing.Socket] = []
        var seen: Set<UInt64> = []
        for socket in sockets where seen.insert(socket.inode).inserted {
            if let connection = table.connections[socket.inode] {
                guard areRegistered || table.listeningPorts.contains(connection.key.local_port) else { continue }
                candidates.append((socket, connection))
            } else if let listener = table.listeners[socket.inode], listeners.count < Self.maximumListeners {
                listeners.append(listener)
            } else if table.listeners[socket.inode] == nil, socket.descriptor > 3 {
                others.append(socket)
            }
        }
        hasOtherSockets = isMoreThanOneSocket(of: others, directory)
        candidates.sort { $0.state.idle < $1.state.idle }
        let room = candidates.count > Self.manyConnections ? Self.largeSample : Self.sample
        followed = candidates.prefix(room).map { candidate in
            if let known = before[candidate.socket.inode], known.key.isSame(as: candidate.state.key) { return known }
            return Followed(
                key: candidate.state.key, socket: candidate.socket,
                connection: SocketTally.Connection(first: candidate.state.reading))
        }
        sampleSize = followed.count
    }

    /// An epoll set also holds eventfds, timers and pipes.
    private func isMoreThanOneSocket(of targets: [SocketListing.Socket], _ directory: borrowing OwnedFD) -> Bool {
        var sockets = 0
        for target in targets where sockets < 2 {
            do {
                let link = try diag.reader.descriptor(target.descriptor, of: directory)
                if link == .socket(inode: target.inode) { sockets += 1 }
            } catch {
                continue  // closed since
            }
        }
        return sockets > 1
    }

    /// Returns what waits unread.
    private func lookAtConnections(_ channel: SocketChannel, turnedOver: inout Bool, now: MonotonicInstant) -> UInt64 {
        var unread: UInt64 = 0
        let before = tally.consumed
        var kept: [Followed] = []
        kept.reserveCapacity(followed.count)
        for var next in followed {
            switch channel.look(at: next.key) {
            case .found(let socket) where socket.inode != 0 && socket.has_info != 0:
                var reading = socket.reading
                // Data that came while the kernel read the two numbers looks like data that was taken; a second look does
                // not make the same mistake. Once something is proven it does not matter.
                if reading.unread > 0, tally.consumed == before, next.connection.isConsumption(reading),
                    case .found(let again) = channel.look(at: next.key), again.has_info != 0
                {
                    reading.consumed = min(reading.consumed, again.reading.consumed)
                    reading.unread = again.reading.unread
                }
                if reading.unread == 0 || next.connection.isConsumption(reading) { next.unreadSince = nil }
                if reading.unread > 0 { next.unreadSince = next.unreadSince ?? now }
                tally.note(reading, of: &next.connection)
                proof.note(
                    connection: UInt64(socket.inode), exchanges: UInt64(min(socket.segments_in, socket.segments_out)),
                    consumed: reading.consumed, unread: reading.unread, at: now)
                if !isNeglected(next) { unread += reading.unread }
                kept.append(next)
            case .found: turnedOver = true  // an orphan: closed by its process
            case .gone: if isClosed(next.socket) { turnedOver = true }
            case .failed: kept.append(next)
            }
        }
        proof.finish()
        followed = kept
        return unread
    }

    private func isNeglected(_ connection: Followed) -> Bool {
        guard let since = connection.unreadSince, let turnedAt else { return false }
        return turnedAt - since > Self.neglect
    }

    /// A connection that the peer reset is gone too, and the loop may not know of it yet.
    private func isClosed(_ socket: SocketListing.Socket) -> Bool {
        do {
            let link = try diag.reader.descriptor(socket.descriptor, of: try directory().handle)
            return link != .socket(inode: socket.inode)
        } catch {
            if case .vanished = error { return true }
            return false
        }
    }

    /// Whether sockets came into the epoll set since the last look.
    private func lookAtSet(turnedOver: inout Bool, now: MonotonicInstant) {
        guard let loopDescriptor, sampleSize > 0 || turnover != nil else { return }
        do {
            let directory = try directory()
            guard try isSmall(directory.handle) else {
                turnover = nil
                return
            }
            let targets = try diag.reader.epollTargets(loopDescriptor, of: directory.handle).targets
            let present = Set(targets.compactMap(\.inode))
            if let turnover, !present.isSubset(of: turnover) {
                turnedOver = true
                turnoverAt = now
            } else if turnover == nil {
                turnoverAt = now
            } else if let turnoverAt, now - turnoverAt > Self.turnoverLife {
                turnover = nil
                sampleSize = followed.count  // 0: begun anew by the next refresh that finds connections
                return
            }
            turnover = present
        } catch {
            turnover = nil  // gone, or not to be looked into
        }
    }

    /// Returns how many connections wait on listeners that nobody else serves.
    private func lookAtListeners(_ channel: SocketChannel, now: MonotonicInstant) -> UInt64 {
        var waiting: UInt64 = 0
        for listener in listeners {
            // `gone` also where several listeners share a port and the kernel's hash leads to another one: then there is
            // no cheap answer.
            guard case .found(let state) = channel.look(at: listener.key), state.receive_queue > 0,
                holders.isAlone(pid, with: UInt64(listener.inode), reader: diag.reader, now: now)
            else { continue }
            waiting += UInt64(state.receive_queue)
        }
        return waiting
    }
}

extension SocketWatch {
    private final class Directory {
        let handle: OwnedFD

        init(_ handle: consuming OwnedFD) { self.handle = handle }
    }
}

extension looptop_socket {
    var reading: SocketTally.Reading {
        SocketTally.Reading(
            received: received, acknowledged: acknowledged, receiveQueue: UInt64(receive_queue),
            sendQueue: UInt64(send_queue))
    }

    /// ms since anything moved.
    fileprivate var idle: UInt32 { min(since_received, since_sent) }
}

extension looptop_socket_key {
    fileprivate func isSame(as other: Self) -> Bool { cookie.0 == other.cookie.0 && cookie.1 == other.cookie.1 }
}

extension SocketListing.Socket {
    fileprivate init?(_ target: EpollTargets.Target) {
        guard let inode = target.inode else { return nil }
        self.init(descriptor: target.descriptor, inode: inode)
    }
}
