import Console
import Lag
import Model

/// A worker as a row; one that ended says who it was and how it ended.
struct WorkerSubject: RowSubject {
    let fleet: Fleet
    let number: Int
    let track: WorkerTrack
    let now: MonotonicInstant

    /// Where it is, and not a copy: a host has dozens of references to count.
    var host: FleetHost { _read { yield fleet.hosts[number] } }
    var info: WorkerInfo { track.info }
    var app: String { fleet.hosts[number].appName(track.info.groupKey) }
    var state: WorkerState { host.state(of: track, now: now) }

    var isStale: Bool { state == .stale }
    var names: [String] { ownNames + host.names }
    /// Without its host's.
    var ownNames: [String] { [app, "\(app)#\(info.slot)", info.name, String(info.id.pid), state.word] }
    var tieOrder: RowTie {
        let numbers = tieNumbers
        return RowTie(tieTexts, then: numbers.0, numbers.1, numbers.2, numbers.3)
    }
    /// The same of all workers of an app of its host.
    var tieTexts: [String] { [app, fleet.hosts[number].name, info.groupKey] }
    var tieNumbers: (UInt64, UInt64, UInt64, UInt64) {
        // Of those that ended the last comes first.
        let ended = track.end.map { .max - $0.at.nanoseconds } ?? 0
        return (ended, UInt64(info.slot), info.id.startTicks, UInt64(clamping: info.id.pid))
    }

    /// Nothing is measured of what has ended.
    private func living<Value>(_ value: (WorkerTrack) -> Value?) -> Value? {
        track.end == nil ? value(track) : nil
    }

    private func row(_ field: WorkerField) -> Double? { living { $0.row[field].map { Double($0) } } }

    private var exit: String? { track.end.map { exitStatusText($0.status) } }

    static let byKey = Dictionary(columns.map { ($0.key, $0) }) { first, _ in first }

    static let columns: [RowColumn<WorkerSubject>] = identity + loops + more + details

    private static let identity: [RowColumn<WorkerSubject>] = [
        .number(
            "slot", "WORKER", "its number in its app, which stays when it is replaced", .count, width: 6, priority: 0
        ) {
            Double($0.info.slot)
        } cell: { subject, _ in
            "#\(subject.info.slot)"
        }.ordered { .number(-Double($0.info.slot)) }.aligned(.left, .content(6, 24)),
        .number("pid", "PID", "process id", .count, width: 7, priority: 3) {
            Double($0.info.id.pid)
        } cell: {
            subject, _ in
            "\(subject.info.id.pid)"
        }.aligned(.right, .content(5, 7)),
        .state(priority: 0, { $0.state.word }, style: { Palette.word($0.state) }).ordered {
            // An ended worker that nobody misses is history, and comes after those that live.
            $0.track.end != nil && !$0.host.isMissed($0.track) ? .number(-100) : .number(-Double($0.state.rank))
        },
        .number("cpu", "CPU", cpuMeaning, .share, width: 5, priority: 4) { $0.living(\.rates.cpu) }
            .graded { $0.track.limits.workerCPU },
        .number("rss", "RSS", "resident memory", .bytes, width: 5, priority: 7) { $0.row(.residentBytes) },
    ]

    private static let loops: [RowColumn<WorkerSubject>] = [
        .number("util", "UTIL", utilMeaning, .share, width: 5, priority: 2) { $0.living(\.utilisation) }
            .graded { $0.track.limits.loopUtilisation },
        // As wide as "<=612ms+". What is only bounded is no reason for a colour.
        .lag("lag", "LAG", lagMeaning, width: 8, priority: 1) {
            $0.living { $0.lag.worstValue } ?? .unknown
        } text: {
            $0.living { $0.lag.worstText } ?? Format.unknown
        }.graded(by: { $0.living { $0.lag.isBound ? nil : $0.lag.open?.seconds } }, { $0.track.limits.openStall }),
        .lag("lag99", "LAG99", lag99Meaning, width: 7, priority: 5) {
            $0.living { $0.lag.value($0.lag.p99WithOpen) } ?? .unknown
        } text: {
            $0.living { $0.lag.text(of: $0.lag.p99WithOpen) } ?? Format.unknown
        }.graded(by: { $0.living { $0.lag.isBound ? nil : $0.lag.p99WithOpen?.seconds } }, { $0.track.limits.lagP99 }),
        // As wide as the shorter form of every cause.
        .text("cause", "CAUSE", causeMeaning, width: .flexible(12, 16), priority: 6) {
            [$0.exit ?? $0.track.lag.causeWord()?.string].compactMap { $0 }
        } cell: { subject, room in
            subject.track.end.map { TableCell(SafeText(exitStatusText($0.status, columns: room.width))) }
                ?? TableCell(subject.track.lag.causeWord(columns: room.width) ?? "")
        },
        .picture("lagline", "LAG/time", lagLineMeaning, width: .flexible(12, 48), priority: 9) { subject, room in
            if let end = subject.track.end {
                return TableCell(SafeText(exitStatusText(end.status, columns: room.width)))
            }
            return subject.line(subject.track.history.lag.worst, room, LagText.scale)
        },
        .picture("utilline", "UTIL/time", "UTIL over time", width: .flexible(9, 48), priority: 13) { subject, room in
            subject.track.end == nil ? subject.line(subject.track.history.utilisation, room, .fixed(0...1)) : ""
        },
    ]

    private static let more: [RowColumn<WorkerSubject>] = [
        .number("fds", "FDS", "open file descriptors", .count, width: 5, priority: 11) {
            $0.row(.openFiles)
        } cell: {
            subject, _ in
            TableCell(Format.count(subject.living { $0.row[.openFiles] }))
        }.graded(by: { $0.openFilesShare }, { $0.track.limits.openFiles }),
        .number("threads", "THR", "threads", .count, width: 4, priority: 15) {
            $0.row(.threads)
        } cell: {
            subject, _ in
            TableCell(Format.count(subject.living { $0.row[.threads] }))
        },
        .number(
            "wait", "WAIT", "share of time the loop's thread could run but had no CPU", .share, width: 5, priority: 12
        ) { $0.living(\.runQueueWait) },
        .number("burst", "BURST", burstMeaning, .seconds, width: 6, priority: 14) {
            $0.living(\.rates.loop?.meanBurst?.seconds)
        },
        .number("conn", "CONN", connMeaning, .count, width: 5, priority: 11) {
            $0.row(.connections)
        } cell: {
            subject, _ in
            TableCell(Format.count(subject.living { $0.row[.connections] }))
        },
        .count("exits", "EXIT", exitMeaning, width: 4, priority: 10) {
            $0.host.exits(inSlot: $0.info.slot, of: $0.info.groupKey).count
        },
        .number("up", "UP", "how long it lives, or lived", .seconds, width: 6, priority: 8) {
            $0.host.uptime(of: $0.track, now: $0.now)?.seconds
        } cell: { subject, _ in
            TableCell(Format.age(subject.host.uptime(of: subject.track, now: subject.now)))
        },
        .text(
            "about", "ABOUT", "of a worker its command; of an app what keeps it", width: .flexible(20, 80), priority: 16
        ) { [$0.exit ?? $0.info.arguments.joined(separator: " ")].filter { !$0.isEmpty } },
        .number("age", "AGE", ageMeaning, .seconds, width: 5, priority: 0) {
            ($0.now - ($0.track.end?.at ?? $0.track.sampledAt)).seconds
        } cell: { subject, _ in
            TableCell(Format.age(subject.now - (subject.track.end?.at ?? subject.track.sampledAt)))
        }.aligned(.right, .content(4, 7)),
    ]

    private var openFilesShare: Double? { living { $0.row.openFilesShare(of: $0.info.openFilesLimit) } }

    private static let details: [RowColumn<WorkerSubject>] = [
        .number("fdfill", "FD%", fdFillMeaning, .share, width: 4, priority: hiddenColumn) { $0.openFilesShare }
            .graded { $0.track.limits.openFiles },
        .text("name", "NAME", "what its process is called", width: .content(6, 15), priority: hiddenColumn) {
            [$0.info.name]
        },
        .text("how", "HOW", "how its lag is measured", width: .content(5, 10), priority: hiddenColumn) { subject in
            [subject.living { $0.lag.methodWord }].compactMap { $0 }
        },
        .number("read", "READ", "read from disks, a second", .bytes, width: 7, priority: hiddenColumn) {
            $0.living(\.rates.read)
        } cell: { subject, _ in
            TableCell(Format.bytesPerSecond(subject.living(\.rates.read)))
        },
        .number("write", "WRITE", "written to disks, a second", .bytes, width: 7, priority: hiddenColumn) {
            $0.living(\.rates.written)
        } cell: { subject, _ in
            TableCell(Format.bytesPerSecond(subject.living(\.rates.written)))
        },
        .number("uid", "UID", "the user it runs as", .count, width: 6, priority: hiddenColumn) {
            Double($0.info.uid)
        } cell: { subject, _ in
            "\(subject.info.uid)"
        },
        .number("ppid", "PPID", "pid of its parent", .count, width: 7, priority: hiddenColumn) {
            Double($0.info.parentPID)
        } cell: { subject, _ in
            "\(subject.info.parentPID)"
        },
    ]

    private func line(_ series: Series, _ room: RowColumn<Self>.Room, _ scale: Sparkline.Scale) -> TableCell {
        let missing = host.missing(since: track.sampledAt, now: room.ink.now)
        return TableCell(room.ink.sparkline(series, missing: missing, columns: room.width, scale: scale))
    }
}
