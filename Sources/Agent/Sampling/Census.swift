import Discovery
import Model
import ProcFS

/// The processes of the machine, as far as discovery needs them, kept from sweep to sweep.
///
/// Listing the numbers is cheap and is done each time. What a process is (its title, its sockets) is looked at when it is
/// new, again soon after, because servers give themselves a title and open their sockets in their first seconds, and
/// then rarely, each process in its own turn.
struct Census {
    /// A process that was looked at, and when it is looked at again.
    private struct Known {
        var entry: ProcessEntry
        /// Below the process that is asked for: only then does discovery care.
        var inScope: Bool
        var looks: Int
        var next: MonotonicInstant
    }

    /// Listening sockets of one network namespace.
    private struct SocketTable {
        var readAt: MonotonicInstant
        var ports: [UInt64: UInt16]
    }

    /// Pauses before the second, third, ... look; afterwards `steadyPause`.
    private static let firstPauses: [Duration] = [.milliseconds(200), .milliseconds(800), .seconds(2), .seconds(5)]
    private static let steadyPause = Duration.seconds(60)
    /// The table of listening sockets is expensive to read (it walks all of the kernel's): at most this often.
    private static let socketTablePause = Duration.milliseconds(500)

    private static let maximumNamespaces = 64

    private let scope: Scope
    private var known: [Int32: Known] = [:]
    private var sockets: [UInt64: SocketTable] = [:]
    /// `forget` took something out that discovery has not been told of.
    private var hasForgotten = false
    /// Living processes whose sockets, environment or executable were refused.
    private var denied: Set<Int32> = []

    /// Some process that could be a worker is not known in full: needs CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH.
    var detailsDenied: Bool { !denied.isEmpty }

    init(scope: Scope) { self.scope = scope }

    var table: ProcessTable { ProcessTable(known.values.map(\.entry)) }

    func entry(of pid: Int32) -> ProcessEntry? { known[pid]?.entry }

    /// Brings the table up to date; returns whether anything changed that discovery would notice.
    mutating func refresh(reader: ProcReader, now: MonotonicInstant) throws(ProcError) -> Bool {
        let pids = try reader.pids()
        let alive = Set(pids)
        var changed = hasForgotten
        hasForgotten = false
        for pid in known.keys where !alive.contains(pid) { changed = remove(pid) || changed }
        // Ascending: a parent mostly has the lower number, and whether a process is in scope is asked of its ancestors.
        for pid in pids where known[pid].map({ $0.next <= now }) ?? true {
            do {
                changed = try look(at: pid, reader: reader, now: now) || changed
            } catch {
                // Gone, hidden or unreadable: it is looked at again when it is listed again.
                changed = remove(pid) || changed
            }
        }
        return changed
    }

    /// This process ended. Its number may stay for a while (a zombie) or belong to another process already: what has it
    /// now is looked at anew.
    mutating func forget(_ pid: Int32) { hasForgotten = remove(pid) || hasForgotten }

    /// Returns whether discovery would notice: kernel threads and processes out of scope come and go all the time.
    private mutating func remove(_ pid: Int32) -> Bool {
        denied.remove(pid)
        return known.removeValue(forKey: pid).map { $0.inScope && !$0.entry.isKernelThread } ?? false
    }

    private mutating func look(at pid: Int32, reader: ProcReader, now: MonotonicInstant) throws(ProcError) -> Bool {
        let before = known[pid]
        let directory = try reader.processDirectory(pid)
        let stat = try reader.processStat(of: directory)
        let isSame = before?.entry.startTicks == stat.startTicks
        let looks = isSame ? (before?.looks ?? 0) + 1 : 1
        var entry = ProcessEntry(
            pid: pid, parentPID: stat.parentPID, startTicks: stat.startTicks, uid: 0,
            name: String(decoding: stat.comm, as: UTF8.self), arguments: [], executable: nil, listeningPorts: [],
            waitsInEpoll: false, isKernelThread: stat.isKernelThread, nodeUniqueID: false)
        let inScope = isInScope(stat.parentPID, pid: pid)
        if !stat.isKernelThread, inScope {
            try describe(&entry, in: directory, reader: reader, now: now)
            // A loop that was seen once is a loop, also when it is busy at the moment of a later look.
            if isSame, before?.entry.waitsInEpoll == true { entry.waitsInEpoll = true }
        }
        let pause = looks <= Self.firstPauses.count ? Self.firstPauses[looks - 1] : Self.steadyPause
        known[pid] = Known(entry: entry, inScope: inScope, looks: looks, next: now + pause)
        guard inScope || before?.inScope ?? false else { return false }
        return before?.entry != entry && !(entry.isKernelThread && before?.entry.isKernelThread ?? true)
    }

    /// Outside the subtree that is asked for nothing needs to be known but who descends from whom.
    private func isInScope(_ parentPID: Int32, pid: Int32) -> Bool {
        guard let root = scope.underPID else { return true }
        var pid = pid
        var parent = parentPID
        for _ in 0..<64 {
            if pid == root || parent == root { return true }
            guard parent > 1, let next = known[parent]?.entry else { return false }
            pid = parent
            parent = next.parentPID
        }
        return false
    }

    private mutating func describe(
        _ entry: inout ProcessEntry, in directory: borrowing OwnedFD, reader: ProcReader, now: MonotonicInstant
    ) throws(ProcError) {
        let status = try reader.withFile("status", of: directory) { (text) throws(ProcError) in
            try ProcessStatus(parsing: text)
        }
        entry.uid = status.uid
        entry.arguments = try reader.commandLine(of: directory).arguments
        do {
            entry.executable = try executable(of: directory, reader: reader)
            entry.nodeUniqueID = try reader.withFile("environ", of: directory) { (text) throws(ProcError) in
                EnvironmentFlags(parsing: text).hasNodeUniqueID
            }
            let descriptors = try reader.descriptors(of: directory)
            entry.waitsInEpoll = descriptors.ownsEventPoll
            if !descriptors.socketInodes.isEmpty {
                let ports = try listeners(of: directory, reader: reader, now: now)
                entry.listeningPorts = Set(descriptors.socketInodes.compactMap { ports[$0] }).sorted()
            }
            denied.remove(entry.pid)
        } catch .denied {
            // The agent's ancestors are never workers, so nothing is missed by not knowing them.
            if !scope.excludedPIDs.contains(entry.pid) { denied.insert(entry.pid) }
        }
    }

    /// `nil` for a process that has none any more: a zombie.
    private func executable(of directory: borrowing OwnedFD, reader: ProcReader) throws(ProcError) -> String? {
        do {
            return try reader.executable(of: directory)
        } catch .vanished {
            return nil
        }
    }

    /// Ports by the inode of the listening socket, in the network namespace of the process.
    private mutating func listeners(
        of directory: borrowing OwnedFD, reader: ProcReader, now: MonotonicInstant
    ) throws(ProcError) -> [UInt64: UInt16] {
        let namespace = try reader.networkNamespace(of: directory)
        if let table = sockets[namespace], now - table.readAt < Self.socketTablePause { return table.ports }
        let rows = try reader.listeners(of: directory)
        let ports = Dictionary(rows.map { ($0.inode, $0.port) }, uniquingKeysWith: { first, _ in first })
        if sockets.count >= Self.maximumNamespaces { sockets.removeAll() }
        sockets[namespace] = SocketTable(readAt: now, ports: ports)
        return ports
    }
}
