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
        /// Where its environment lies: elsewhere after an execve(2), and then it is another one.
        var environmentStart: UInt64?
        /// Below the process that is asked for: only then does discovery care.
        var inScope: Bool
        var looks: Int
        var next: MonotonicInstant
    }

    /// Listening sockets of one network namespace.
    private struct SocketTable {
        var readAt: MonotonicInstant
        /// By inode.
        var listeners: [UInt64: ListeningSocket]
    }

    /// Pauses before the second, third, ... look; afterwards `steadyPause`, the first one of which is shorter, so that
    /// processes that were found together are not looked at together for ever.
    private static let firstPauses: [Duration] = [.milliseconds(200), .milliseconds(800), .seconds(2), .seconds(5)]
    private static let steadyPause = Duration.seconds(120)
    /// Who is as old when it is found has its title and its sockets.
    private static let restlessTime = firstPauses.reduce(.zero, +)
    /// Of the looks at a server that is old one in so many takes in all. The others ask whether it is the same program with
    /// the same title and parent, which costs a sixth: mostly it is, and then it has the same sockets.
    private static let wholeLookEvery = 3
    /// The table of listening sockets is expensive to read (it walks all of the kernel's): at most this often.
    private static let socketTablePause = Duration.milliseconds(500)
    /// For processes that are old: with a thousand of them one is looked at in full two or three times a second, and the table
    /// takes 5 ms where the kernel's is large.
    private static let steadySocketTablePause = Duration.seconds(10)

    private static let maximumNamespaces = 64

    private static let environment = ProcessEnvironment.Wanted(
        names: EnvironmentKeys.allowed, object: "pm2_env", members: EnvironmentKeys.pm2Members,
        limit: EnvironmentKeys.maximumValueBytes)

    private let scope: Scope
    private var known: [Int32: Known] = [:]
    private var sockets: [UInt64: SocketTable] = [:]
    /// `forget` took something out that discovery has not been told of.
    private var hasForgotten = false
    /// Taken out since their children were looked at last.
    private var removed: Set<Int32> = []
    /// Were looked at before one that they descend from was known, so that it is open whether they are in scope.
    private var unplaced: [Int32] = []
    /// Living processes whose sockets, environment or executable were refused.
    private(set) var denied: Set<Int32> = []

    /// Some process that could be a worker is not known in full: needs CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH.
    var detailsDenied: Bool { !denied.isEmpty }

    init(scope: Scope) { self.scope = scope }

    var table: ProcessTable { ProcessTable(known.values.map(\.entry)) }

    func entry(of pid: Int32) -> ProcessEntry? { known[pid]?.entry }

    /// Brings the table up to date; returns whether anything changed that discovery would notice. `listed`: all processes
    /// there are, ascending, where somebody listed them just now.
    mutating func refresh(
        among listed: [Int32]? = nil, reader: ProcReader, now: MonotonicInstant
    ) throws(ProcError) -> Bool {
        let pids = if let listed { listed } else { try reader.pids() }
        let alive = Set(pids)
        var changed = hasForgotten
        hasForgotten = false
        // Collected first: taking out of what is walked through would copy it.
        for pid in known.keys.filter({ !alive.contains($0) }) { changed = remove(pid) || changed }
        lookAtOrphans(now: now)
        // Ascending: a parent mostly has the lower number, and whether a process is in scope is asked of its ancestors.
        for pid in pids where known[pid].map({ $0.next <= now }) ?? true {
            changed = lookOrRemove(pid, reader: reader, now: now) || changed
        }
        // But where numbers began anew at /proc/sys/kernel/pid_max, a child has the lower one. It is the same look still.
        let later = unplaced
        for pid in later {
            known[pid]?.looks -= 1
            changed = lookOrRemove(pid, reader: reader, now: now) || changed
        }
        unplaced = []
        return changed
    }

    private mutating func lookOrRemove(_ pid: Int32, reader: ProcReader, now: MonotonicInstant) -> Bool {
        do {
            return try look(at: pid, reader: reader, now: now)
        } catch {
            // Gone, hidden or unreadable: it is looked at again when it is listed again.
            return remove(pid)
        }
    }

    /// Whose parent ended has another one: nothing else of it need change for long, and who it belongs to has changed.
    private mutating func lookAtOrphans(now: MonotonicInstant) {
        guard !removed.isEmpty else { return }
        let orphans = known.compactMap { removed.contains($0.value.entry.parentPID) ? $0.key : nil }
        for pid in orphans { known[pid]?.next = now }
        removed = []
    }

    /// This process ended. Its number may stay for a while (a zombie) or belong to another process already: what has it
    /// now is looked at anew.
    mutating func forget(_ pid: Int32) { hasForgotten = remove(pid) || hasForgotten }

    /// Returns whether discovery would notice: kernel threads and processes out of scope come and go all the time.
    private mutating func remove(_ pid: Int32) -> Bool {
        denied.remove(pid)
        guard let gone = known.removeValue(forKey: pid) else { return false }
        removed.insert(pid)
        return gone.inScope && !gone.entry.isKernelThread
    }

    private mutating func look(at pid: Int32, reader: ProcReader, now: MonotonicInstant) throws(ProcError) -> Bool {
        let before = known[pid]
        let directory = try reader.processDirectory(pid)
        let stat = try reader.processStat(of: directory)
        let isSame = before?.entry.startTicks == stat.startTicks
        let first = stat.age(at: now).map { $0 > Self.restlessTime } ?? false ? Self.firstPauses.count + 1 : 1
        let looks = isSame ? (before?.looks ?? 0) + 1 : first
        if let before, isSame, try isAsItWas(before, stat, looks: looks, in: directory, reader: reader) {
            known[pid]?.looks = looks
            known[pid]?.next = now + Self.pause(after: looks, pid)
            return false
        }
        var entry = ProcessEntry(
            pid: pid, parentPID: stat.parentPID, startTicks: stat.startTicks, uid: 0,
            name: String(decoding: stat.comm, as: UTF8.self), arguments: [], isKernelThread: stat.isKernelThread,
            isZombie: stat.isDead)
        let place = isInScope(stat.parentPID, pid: pid)
        if place == nil { unplaced.append(pid) }
        let inScope = place ?? false
        if !stat.isKernelThread, inScope {
            // What it was started with is read once, and again when it became another program.
            let isSameProgram = isSame && before?.environmentStart == stat.environmentStart
            let environment = isSameProgram ? before?.entry.environment : nil
            let age = Self.isSteady(looks) ? Self.steadySocketTablePause : Self.socketTablePause
            try describe(&entry, environment: environment, in: directory, reader: reader, sockets: age, now: now)
            // A loop that was seen once is a loop, also when it is busy at the moment of a later look.
            if isSame, before?.entry.waitsInEpoll == true { entry.waitsInEpoll = true }
        }
        // Whoever holds the earlier one holds the same text.
        if let earlier = before?.entry, earlier == entry {
            entry = earlier
        } else if let parent = known[stat.parentPID]?.entry {
            entry.share(with: parent)
        }
        known[pid] = Known(
            entry: entry, environmentStart: stat.environmentStart, inScope: inScope, looks: looks,
            next: now + Self.pause(after: looks, pid))
        guard inScope || before?.inScope ?? false else { return false }
        return before?.entry != entry && !(entry.isKernelThread && before?.entry.isKernelThread ?? true)
    }

    /// For short looks, see `wholeLookEvery`.
    private func isAsItWas(
        _ known: Known, _ stat: ProcessStat, looks: Int, in directory: borrowing OwnedFD, reader: ProcReader
    ) throws(ProcError) -> Bool {
        guard Self.isSteady(looks), (looks - Self.firstPauses.count) % Self.wholeLookEvery != 0,
            known.inScope, known.entry.isServer,
            known.environmentStart == stat.environmentStart, known.entry.isZombie == stat.isDead,
            known.entry.parentPID == stat.parentPID, known.entry.name == String(decoding: stat.comm, as: UTF8.self)
        else { return false }
        return try reader.commandLine(of: directory).arguments == known.entry.arguments
    }

    /// Whether it is looked at as an old process is.
    private static func isSteady(_ looks: Int) -> Bool { looks > firstPauses.count + 1 }

    private static func pause(after looks: Int, _ pid: Int32) -> Duration {
        if looks <= firstPauses.count { return firstPauses[looks - 1] }
        let parts = Int(steadyPause.seconds)
        return isSteady(looks) ? steadyPause : steadyPause * (1 + Int(pid.magnitude) % parts) / parts
    }

    /// Outside the subtree that is asked for nothing needs to be known but who descends from whom. `nil` where one of those in
    /// between is not known.
    private func isInScope(_ parentPID: Int32, pid: Int32) -> Bool? {
        guard let root = scope.underPID else { return true }
        var pid = pid
        var parent = parentPID
        for _ in 0..<64 {
            if pid == root || parent == root { return true }
            guard parent > 1 else { return false }
            guard let next = known[parent]?.entry else { return nil }
            pid = parent
            parent = next.parentPID
        }
        return false
    }

    /// - Parameters:
    ///   - environment: as it was read before; `nil` where it has to be read.
    ///   - age: how old the table of listening sockets may be.
    private mutating func describe(
        _ entry: inout ProcessEntry, environment: [String: String]?, in directory: borrowing OwnedFD,
        reader: ProcReader, sockets age: Duration, now: MonotonicInstant
    ) throws(ProcError) {
        let status = try reader.withFile("status", of: directory) { (text) throws(ProcError) in
            try ProcessStatus(parsing: text)
        }
        entry.uid = status.uid
        entry.arguments = try reader.commandLine(of: directory).arguments
        guard !entry.isZombie else { return }
        entry.cgroup = try reader.withFile("cgroup", of: directory) { (text) throws(ProcError) in
            try CgroupPath(parsing: text).place
        }
        do {
            entry.executable = try known { () throws(ProcError) in try reader.executable(of: directory) }
            entry.workingDirectory = try known { () throws(ProcError) in try reader.workingDirectory(of: directory) }
            if let environment {
                entry.environment = environment
            } else {
                entry.environment = try reader.environment(of: directory, wanted: Self.environment)
            }
            let descriptors = try reader.descriptors(of: directory)
            entry.waitsInEpoll = descriptors.ownsEventPoll
            if !descriptors.socketInodes.isEmpty {
                let namespace = try reader.networkNamespace(of: directory)
                let listeners = try listeners(of: directory, in: namespace, reader: reader, age: age, now: now)
                entry.networkNamespace = namespace
                entry.listening = descriptors.socketInodes.compactMap { inode in
                    listeners[inode].map { .init(port: $0.port, inode: inode, address: $0.address) }
                }
                .sorted { ($0.port, $0.inode) < ($1.port, $1.inode) }
            }
            denied.remove(entry.pid)
        } catch .denied {
            // The agent's ancestors are never workers, so nothing is missed by not knowing them.
            if !scope.excludedPIDs.contains(entry.pid) { denied.insert(entry.pid) }
        }
    }

    /// `nil` for what a process that is about to end has no more.
    private func known(_ link: () throws(ProcError) -> String) throws(ProcError) -> String? {
        do {
            return try link()
        } catch .vanished {
            return nil
        }
    }

    /// By the inode of the listening socket, in the network namespace of the process.
    private mutating func listeners(
        of directory: borrowing OwnedFD, in namespace: UInt64, reader: ProcReader, age: Duration, now: MonotonicInstant
    ) throws(ProcError) -> [UInt64: ListeningSocket] {
        if let table = sockets[namespace], now - table.readAt < age { return table.listeners }
        let rows = try reader.listeners(of: directory)
        let listeners = Dictionary(rows.map { ($0.inode, $0) }, uniquingKeysWith: { first, _ in first })
        if sockets.count >= Self.maximumNamespaces { sockets.removeAll() }
        sockets[namespace] = SocketTable(readAt: now, listeners: listeners)
        return listeners
    }
}

extension ProcessEntry {
    /// It has what makes a server of it already.
    fileprivate var isServer: Bool { waitsInEpoll || !listening.isEmpty }

    /// A fork has most of it from its parent, and then both hold the same text.
    fileprivate mutating func share(with parent: ProcessEntry) {
        if arguments == parent.arguments { arguments = parent.arguments }
        if executable == parent.executable { executable = parent.executable }
        if workingDirectory == parent.workingDirectory { workingDirectory = parent.workingDirectory }
        if listening == parent.listening { listening = parent.listening }
        if environment == parent.environment { environment = parent.environment }
        if cgroup == parent.cgroup { cgroup = parent.cgroup }
    }
}

extension ProcessStat {
    /// How long ago it began, at least: its start is counted also while the machine sleeps. `nil` where the clock is another one's.
    fileprivate func age(at now: MonotonicInstant) -> Duration? {
        let (start, overflow) = startTicks.multipliedReportingOverflow(by: Clocks.nanosecondsPerFileTick)
        return overflow || now.nanoseconds < start ? nil : .nanoseconds(Int64(clamping: now.nanoseconds - start))
    }
}
