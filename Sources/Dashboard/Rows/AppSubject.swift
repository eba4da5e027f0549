import Console
import Lag
import Model

/// An app of one host as a row.
struct AppSubject: RowSubject {
    let fleet: Fleet
    let number: Int
    let key: String
    /// `nil` where the agent tells of it no more.
    let group: GroupTrack?
    /// Those that are listed; empty where nobody looks at workers.
    let workers: [WorkerTrack]
    let now: MonotonicInstant

    init(_ fleet: Fleet, _ number: Int, key: String, workers: [WorkerTrack], now: MonotonicInstant) {
        self.fleet = fleet
        self.number = number
        self.key = key
        self.workers = workers
        self.now = now
        group = fleet.hosts[number].group(key)
    }

    /// Where it is, and not a copy: a host has dozens of references to count.
    var host: FleetHost { _read { yield fleet.hosts[number] } }
    var name: String { fleet.hosts[number].appName(key) }
    var state: WorkerState {
        let state = appState(host, key, workers, now: now)
        // Where workers are not told of, their sum still is.
        return workers.isEmpty && (self[.hungWorkers] ?? 0) > 0 ? .hung : state
    }
    private subscript(_ field: GroupField) -> UInt64? { group?.row[field] }

    var isStale: Bool { host.missing(now: now) > 0 }
    var names: [String] { ownNames + host.names }
    /// Without its host's.
    var ownNames: [String] { [name, state.word] }
    var tieOrder: RowTie { RowTie(name, fleet.hosts[number].name, key) }

    private var burst: Double? { workers.compactMap { $0.end == nil ? $0.rates.loop?.meanBurst?.seconds : nil }.max() }

    /// Its numbers came with the newest snapshot that told of apps.
    private var age: Duration? {
        let tells = host.snapshot.map { !$0.groups.isEmpty } ?? false
        return tells ? host.age(now: now) : host.detailAt.map { now - $0 }
    }

    private var quality: LagQuality? { LagQuality.of(self[.lagQuality]) }

    private func lag(_ field: GroupField) -> FilterValue {
        FilterValue(seconds: self[field].map { Double($0) / 1e6 }, quality)
    }

    static let byKey = Dictionary(columns.map { ($0.key, $0) }) { first, _ in first }

    static let columns: [RowColumn<AppSubject>] = identity + load + loops + details

    private static let identity: [RowColumn<AppSubject>] = [
        .text("app", "APP", "workers under one master or of one name", width: .content(8, 24), priority: 0) {
            [$0.name]
        },
        .state(priority: 0, { $0.state.word }, style: { Palette.word($0.state) })
            .ordered { .number(-Double($0.state.rank)) },
        .text("kind", "KIND", "how it was recognised", width: .content(6, 17), priority: 6) {
            [$0.group?.info.kind.word].compactMap { $0 }
        },
        .count("workers", "WRK", "workers that live", width: 4, priority: 1) { $0[.workers] },
        .count("expected", "OF", expectedMeaning, width: 4, priority: 2) { $0.group?.info.expected },
    ]

    private static let load: [RowColumn<AppSubject>] = [
        .number("cpu", "CPU", cpuMeaning, .share, width: 5, priority: 4) { $0.group?.cpu },
        .number("rss", "RSS", "resident memory of its workers", .bytes, width: 5, priority: 7) {
            $0[.residentBytes].map { Double($0) }
        },
    ]

    private static let loops: [RowColumn<AppSubject>] = [
        .number("util", "UTIL", utilMeaning, .share, width: 5, priority: 2) {
            $0[.worstUtilisationPermille].map { Double($0) / 1000 }
        },
        .lag("lag", "LAG", lagMeaning, width: 8, priority: 1) {
            // Of workers where they are known: only they know of a stall that is not over.
            worstByLag($0.workers)?.lag.worstValue ?? $0.lag(.worstLagMicroseconds)
        } text: {
            worstByLag($0.workers)?.lag.worstText ?? $0.group?.row.worstLagText ?? Format.unknown
        },
        .lag("lag99", "LAG99", lag99Meaning, width: 7, priority: 3) {
            $0.lag(.lagP99Microseconds)
        } text: {
            $0.group?.row.lagP99Text ?? Format.unknown
        }.graded(.lagP99),
        // Pictures: a filter that asks for these means workers.
        .picture("cause", "CAUSE", causeMeaning, width: .flexible(12, 16), priority: 6) { subject, room in
            TableCell(worstByLag(subject.workers)?.lag.causeWord(columns: room.width) ?? "")
        },
        .picture("burst", "BURST", burstMeaning, width: .flexible(6, 6), priority: 14) { subject, _ in
            TableCell(Format.milliseconds(subject.burst.map { $0 * 1000 }))
        }.ordered { subject in subject.burst.map { .number($0) } ?? .unknown },
        .count("conn", "CONN", connMeaning, width: 5, priority: 11) { $0[.connections] },
        .count("exits", "EXIT", exitMeaning, width: 4, priority: 10) { $0[.exits] },
        .number("age", "AGE", ageMeaning, .seconds, width: 5, priority: 0) {
            $0.age?.seconds
        } cell: { subject, _ in
            TableCell(Format.age(subject.age))
        },
    ]

    private static let details: [RowColumn<AppSubject>] = [
        .number("fdfill", "FD%", fdFillMeaning, .share, width: 4, priority: hiddenColumn) {
            $0.group?.row.worstOpenFilesShare
        }.graded(.openFiles),
        .count("closewait", "CLOSEW", closeWaitMeaning, width: 6, priority: hiddenColumn) { $0[.worstCloseWait] }
            .graded(.closeWait),
        .count("restarts", "RST/h", restartsMeaning, width: 5, priority: hiddenColumn) {
            $0.group?.row.restarts?.inHour
        },
        .count("hung", "HUNG", "workers whose loop does not turn", width: 4, priority: hiddenColumn) {
            $0[.hungWorkers]
        },
        .text("ports", "PORTS", "where it listens", width: .content(5, 20), priority: hiddenColumn) {
            $0.group?.info.ports.map { "\($0)" } ?? []
        } cell: { subject, _ in
            let ports = (subject.group?.info.ports ?? []).map { "\($0)" }.joined(separator: ",")
            return TableCell(ports.isEmpty ? Format.unknown : SafeText(ports))
        },
        .text("roll", "ROLL", "how its newest roll stands", width: .content(7, 8), priority: hiddenColumn) {
            [$0.group?.info.roll?.phase.word.lowercased()].compactMap { $0 }
        },
        .text("manager", "MANAGER", "who keeps it", width: .content(7, 30), priority: hiddenColumn) {
            [$0.group?.info.manager?.text].compactMap { $0 }
        },
        .count("master", "MASTER", "pid of its master", width: 7, priority: hiddenColumn) {
            $0.group?.info.masterPID
        },
        .text("respawn", "RESPAWN", "who starts a worker again", width: .fixed(7), priority: hiddenColumn) {
            [$0.group?.info.respawn.listed].compactMap { $0 }
        },
        .text("key", "KEY", "what tells it from all others of its host", width: .content(8, 60), priority: hiddenColumn)
        {
            [$0.key]
        },
        .text(
            "about", "ABOUT", "of a worker its command; of an app what keeps it", width: .flexible(20, 80), priority: 16
        ) {
            [$0.about].filter { !$0.isEmpty }
        },
    ]

    private var about: String {
        guard let info = group?.info else { return "" }
        let manager = info.manager.map { ", kept by \($0.text)" } ?? ""
        return "\(info.kind.word) \(info.portsText)\(manager); after an exit \(info.respawnText)"
    }
}

let expectedMeaning: SafeText =
    "as many workers as there should be: the most it had for 10 s since its master started or its size "
    + "was set, or what the host's configuration says"
let fdFillMeaning: SafeText = "share of the descriptors it may have that are open; of an app that of its fullest worker"
let closeWaitMeaning: SafeText =
    "connections of one worker that the peer closed and it did not (CLOSE_WAIT), of the worker that has most"
let restartsMeaning: SafeText =
    "how often the workers of one slot ended in the last hour though nobody asked looptop for it, of the worst slot"
let causeMeaning: SafeText =
    "of that longest stretch, from 20 ms on: cpu (it ran), runqueue (it had no CPU), the system call it was "
    + "blocked in, stopped, throttled (its cgroup's quota)"
let burstMeaning: SafeText =
    "mean stretch of work between two waits, from counters; blind to one long stretch among many short ones"

extension LagReading {
    /// The longest of the last window, with what it is worth.
    var worstValue: FilterValue { value(worst) }

    func value(_ length: Duration?) -> FilterValue {
        guard let seconds = length?.seconds else { return .unknown }
        return isBound ? .atMost(seconds) : isFloor ? .atLeast(seconds) : .number(seconds)
    }
}
