import CLinux
import Glibc
import Model
import ProcFS

/// One network namespace that workers are in.
struct ConnectionSpace {
    /// Connections that nobody is known to hold, in one look.
    static let maximumPending = 65_536
    /// A namespace that could not be entered is tried again after this.
    static let refusalPause = Duration.seconds(60)

    let namespace: UInt64
    /// Who of the survey's `order` holds which socket; `nil` when that changed.
    var owners: SocketOwners?
    /// Whether the last listing was complete.
    private(set) var isAnswering = false
    private var channel: SocketChannel?
    private var nextTry: MonotonicInstant?
    /// Connections on ports of our groups that none of them holds, although all were asked after it was seen: of another
    /// process on the same port, or of a master.
    private var foreign: Set<UInt32> = []

    init(namespace: UInt64) { self.namespace = namespace }

    /// What one listing has.
    private struct Listing {
        var listeners: [looptop_socket] = []
        var ports: Set<UInt16> = []
        /// Connections that nobody is known to hold.
        var pending: [looptop_socket] = []
        var foreign: Set<UInt32> = []
    }

    mutating func look(for survey: ConnectionSurvey, now: MonotonicInstant) {
        isAnswering = false
        guard let channel = open(for: survey, now: now) else { return }
        let starts = survey.looks.map { $0?.connections.count ?? 0 }
        let due = processes(of: survey).filter { process in
            survey.holdings[process].map { now - $0.readAt >= ConnectionSurvey.holdingLife } ?? false
        }
        let owners = currentOwners(survey)
        var listing = Listing()
        isAnswering = channel.survey { socket in
            guard socket.inode != 0 else { return }  // not accepted yet: nobody's
            if UInt32(socket.state) == LOOPTOP_TCP_LISTEN.rawValue {
                listing.listeners.append(socket)
                listing.ports.insert(socket.key.local_port)
            } else if !Self.attribute(socket, to: owners, survey) {
                if foreign.contains(socket.inode) {
                    listing.foreign.insert(socket.inode)
                } else if listing.pending.count < Self.maximumPending,
                    // The kernel lists listeners first.
                    !due.isEmpty || listing.ports.contains(socket.key.local_port)
                {
                    listing.pending.append(socket)
                }
            }
        }
        guard isAnswering else {
            self.channel = nil
            return
        }
        askAgain(survey, due: due, listing: &listing, owners: owners, now: now)
        foreign = listing.foreign
        let final = currentOwners(survey)
        for listener in listing.listeners { note(listener, holders: final.holders(of: listener.inode), survey) }
        for (group, start) in starts.enumerated() { survey.looks[group]?.noteAccepted(on: listing.ports, from: start) }
    }

    /// Reads descriptors again where they are old, and where connections came that nobody is known to hold.
    private mutating func askAgain(
        _ survey: ConnectionSurvey, due: [ProcessRef], listing: inout Listing, owners: SocketOwners,
        now: MonotonicInstant
    ) {
        let wanted = Set(listing.pending.map(\.key.local_port))
        var groups: Set<Int> = []
        var answering: Set<UInt16> = []
        for listener in listing.listeners where wanted.contains(listener.key.local_port) {
            let holders = Self.groups(holding: listener, owners.holders(of: listener.inode), survey)
            guard !holders.isEmpty else { continue }
            groups.formUnion(holders)
            answering.insert(listener.key.local_port)
        }
        var asked = Set(due)
        for group in groups {
            for worker in survey.roster.groups[group].workers where survey.holdings[worker.process] != nil {
                asked.insert(worker.process)
            }
        }
        guard !asked.isEmpty else { return }
        for process in asked { survey.read(process, now: now) }
        // The survey's own news do not reach a space that is being looked into.
        self.owners = nil
        let owners = currentOwners(survey)
        for socket in listing.pending where !Self.attribute(socket, to: owners, survey) {
            if answering.contains(socket.key.local_port) { listing.foreign.insert(socket.inode) }
        }
    }

    private mutating func open(for survey: ConnectionSurvey, now: MonotonicInstant) -> SocketChannel? {
        if let channel, !channel.isBroken { return channel }
        if let nextTry, now < nextTry { return nil }
        channel = nil
        for process in processes(of: survey).prefix(4) {
            do throws(ProcError) {
                let directory = try survey.reader.processDirectory(process.pid)
                guard try survey.reader.networkNamespace(of: directory) == namespace else { continue }
                channel = survey.diag.channel(of: directory)
                if channel != nil { break }
            } catch {
                continue  // gone, or not to be looked into: another one leads there as well
            }
        }
        nextTry = channel == nil ? now + Self.refusalPause : nil
        return channel
    }

    /// Those of the groups that are looked at.
    private func processes(of survey: ConnectionSurvey) -> [ProcessRef] {
        survey.processesInScope().filter { survey.holdings[$0]?.namespace == namespace }.sorted()
    }

    private mutating func currentOwners(_ survey: ConnectionSurvey) -> SocketOwners {
        if let owners { return owners }
        let made = SocketOwners(
            survey.order.enumerated().compactMap { number, member in
                guard let holding = survey.holdings[member.process], holding.namespace == namespace else { return nil }
                return (UInt32(truncatingIfNeeded: number), holding.inodes)
            })
        owners = made
        return made
    }

    /// Returns whether anybody holds it. It is noted where that is somebody who is looked at.
    private static func attribute(
        _ socket: looptop_socket, to owners: SocketOwners, _ survey: ConnectionSurvey
    ) -> Bool {
        var isHeld = false
        var last: Int?
        for holder in owners.holders(of: socket.inode) {
            isHeld = true
            let place = survey.order[Int(holder)].place
            guard survey.looks[place.group] != nil else { continue }
            // Holders are in the order of the roster, those of one group behind each other.
            var connection = SeenConnection(socket, worker: UInt16(truncatingIfNeeded: place.worker))
            if last == place.group { connection.flags.insert(.isRepeated) }
            last = place.group
            survey.add(connection, group: place.group)
        }
        return isHeld
    }

    /// Groups of the roster whose workers hold a listener, or whose master does on one of their ports.
    private static func groups(
        holding listener: looptop_socket, _ holders: some Collection<UInt32>, _ survey: ConnectionSurvey
    ) -> Set<Int> {
        var groups = Set(holders.map { survey.order[Int($0)].place.group })
        for (master, led) in survey.masters where survey.holdings[master]?.contains(listener.inode) ?? false {
            for group in led where survey.roster.groups[group].ports.contains(listener.key.local_port) {
                groups.insert(group)
            }
        }
        return groups.filter { survey.looks[$0] != nil }
    }

    private func note(_ listener: looptop_socket, holders: some Collection<UInt32>, _ survey: ConnectionSurvey) {
        for group in Self.groups(holding: listener, holders, survey) {
            let workers = holders.map { survey.order[Int($0)].place }.filter { $0.group == group }
            let address = PeerAddress(listener.key.local, family: listener.key.family)
            survey.looks[group]?.listeners.append(
                SeenListener(
                    inode: listener.inode,
                    address: PeerAddress.text(
                        address, port: listener.key.local_port, isVersion6: CInt(listener.key.family) == AF_INET6),
                    queue: listener.receive_queue, limit: listener.send_queue,
                    workers: workers.map { UInt16(truncatingIfNeeded: $0.worker) }))
        }
    }
}

extension SeenConnection {
    init(_ socket: looptop_socket, worker: UInt16) {
        let isClosed = UInt32(socket.state) == LOOPTOP_TCP_CLOSE_WAIT.rawValue
        self.init(
            peer: PeerAddress(socket.key.remote, family: socket.key.family), inode: socket.inode, worker: worker)
        // The peer's FIN counts as a byte until it is read.
        unread = isClosed && socket.receive_queue > 0 ? socket.receive_queue - 1 : socket.receive_queue
        unsent = socket.send_queue
        localPort = socket.key.local_port
        if isClosed { flags.insert(.closeWait) }
        if socket.has_info != 0 {
            flags.insert(.hasCounters)
            received = socket.received
            acknowledged = socket.acknowledged
        }
    }
}
