import Console
import Model

/// A host of the fleet as a row. What it says of itself counts while there are numbers to draw.
struct HostSubject: RowSubject {
    let fleet: Fleet
    let number: Int
    let now: MonotonicInstant

    /// Where it is, and not a copy: a host has dozens of references to count.
    var host: FleetHost { _read { yield fleet.hosts[number] } }
    private var snapshot: Snapshot? { host.state.hasNumbers ? host.snapshot : nil }
    private var rates: HostRates { host.state.hasNumbers ? host.rates : HostRates() }

    var isStale: Bool { fleet.hosts[number].state == .stale }
    var names: [String] { host.names + [host.state.word] + host.groups.map(\.info.app) }
    var tieOrder: RowTie { RowTie(fleet.hosts[number].name, then: UInt64(number)) }

    /// Also of its labels.
    func value(_ key: String) -> FilterValue? {
        if let label = FilterKey.label(of: key) { return host.place.labels[label].map { .texts([$0]) } ?? .unknown }
        guard let column = Self.byKey[key], column.kind != nil else { return nil }
        return column.value(self)
    }

    static func has(_ key: String) -> Bool { FilterKey.label(of: key) != nil || byKey[key]?.kind != nil }

    private subscript(_ field: HostField) -> UInt64? { snapshot?.host[field] }

    private func known<Value>(_ value: Value?) -> Value? { host.state.hasNumbers ? value : nil }

    /// A length that is worth what the agent says of it.
    private func lag(_ seconds: Double?) -> FilterValue { FilterValue(seconds: seconds, rates.lagQuality) }

    static let byKey = Dictionary(columns.map { ($0.key, $0) }) { first, _ in first }

    static let columns: [RowColumn<HostSubject>] = identity + load + loops + details

    private static let identity: [RowColumn<HostSubject>] = [
        .text("host", "HOST", "what it is called here", width: .content(14, 20), priority: 0) { $0.host.names },
        .state(
            priority: 0, { $0.host.state.word }, style: { Palette.word($0.host.state) }
        ).ordered { .number(-Double($0.host.state.rank)) },
        .count("workers", "WRK", "workers that live", width: 4, priority: 4) { $0[.workers] },
    ]

    private static let load: [RowColumn<HostSubject>] = [
        .number("cpu", "CPU", cpuMeaning, .share, width: 5, priority: 4) { $0.rates.cpu }.graded(.hostCPU),
        .picture("cpuline", "CPU/time", "CPU over time", width: .flexible(10, 40), priority: 9) {
            $0.line($0.host.history.cpu, $1)
        },
        .number(
            "mem", "MEM", "memory in use; what can be made free counts as free", .share, width: 5, priority: 5
        ) { $0.rates.memoryUsed }.graded(.memoryAvailable) { $0.rates.memoryAvailable },
        .number("rss", "W.RSS", "resident memory of all workers", .bytes, width: 5, priority: 8) {
            $0[.workersResidentBytes].map { Double($0) }
        },
        .number("load", "LOAD", "load average of the last minute", .count, width: 5, priority: 10) {
            $0[.load1Hundredths].map { Double($0) / 100 }
        },
    ]

    private static let loops: [RowColumn<HostSubject>] = [
        .number("util", "UTIL", utilMeaning, .share, width: 5, priority: 2) { $0.rates.worstUtilisation }
            .graded(.loopUtilisation),
        .lag("lag", "LAG", lagMeaning, width: 7, priority: 1) {
            $0.lag($0.rates.worstLag)
        } text: {
            $0.rates.worstLagText
        },
        .lag("lag99", "LAG99", lag99Meaning, width: 7, priority: 3) {
            $0.lag($0.rates.lagP99)
        } text: {
            $0.rates.lagP99Text
        }.graded(.lagP99) { $0.rates.gradedLagP99 },
        .picture("lagline", "LAG/time", lagLineMeaning, width: .flexible(10, 60), priority: 6) {
            $0.line($0.host.history.worstLag, $1, LagText.scale)
        },
        .picture("utilline", "UTIL/time", "UTIL over time", width: .flexible(12, 60), priority: 12) {
            $0.line($0.host.history.worstUtilisation, $1)
        },
        .count("exits", "EXIT", exitMeaning, width: 4, priority: 7) { $0[.exits] },
        .number("agent", "AGENT", "CPU of the agent itself, of one core", .share, width: 5, priority: 11) {
            $0.rates.agentCPU
        },
        .number("age", "AGE", ageMeaning, .seconds, width: 5, priority: 0) {
            $0.host.age(now: $0.now)?.seconds
        } cell: { subject, _ in
            TableCell(Format.age(subject.host.age(now: subject.now)))
        },
    ]

    private static let details: [RowColumn<HostSubject>] = [
        .number("wcpu", "WCPU", "CPU of all workers, of one core", .share, width: 5, priority: hiddenColumn) {
            $0.rates.workersCPU
        },
        .count("hung", "HUNG", "workers whose loop does not turn", width: 4, priority: hiddenColumn) {
            $0[.hungWorkers]
        },
        .count("cores", "CORES", "cores of the host", width: 5, priority: hiddenColumn) { $0.host.info?.cores },
        .number("up", "UP", "since it booted", .seconds, width: 6, priority: hiddenColumn) {
            $0[.uptimeNanoseconds].map { Double($0) / 1e9 }
        } cell: { subject, _ in
            TableCell(Format.age(subject[.uptimeNanoseconds].map { .nanoseconds(Int64(clamping: $0)) }))
        },
        .number("rtt", "RTT", "a round trip to its agent", .seconds, width: 6, priority: hiddenColumn) {
            $0.known($0.host.roundTrip)?.seconds
        },
        .number("skew", "SKEW", "its clock minus ours", .seconds, width: 6, priority: hiddenColumn) {
            $0.known($0.host.clockOffset)?.seconds.magnitude
        },
        .text("role", "ROLE", "what you may do there", width: .fixed(8), priority: hiddenColumn) {
            [$0.host.role?.word].compactMap { $0 }
        },
        .text("kernel", "KERNEL", "its kernel", width: .content(6, 30), priority: hiddenColumn) {
            [$0.host.info?.kernel].compactMap { $0 }
        },
        .text("version", "VERSION", "of its agent", width: .content(6, 12), priority: hiddenColumn) {
            [$0.host.info?.agentVersion].compactMap { $0 }
        },
        .text("address", "ADDRESS", "where it is dialled", width: .content(10, 40), priority: hiddenColumn) {
            [$0.host.address]
        },
        .text("id", "ID", "what tells it from all other hosts", width: .fixed(32), priority: hiddenColumn) {
            [$0.host.info?.id.hex].compactMap { $0 }
        },
    ]

    private func line(
        _ series: Series, _ room: RowColumn<Self>.Room, _ scale: Sparkline.Scale = .fixed(0...1)
    ) -> TableCell {
        TableCell(
            room.ink.sparkline(series, missing: host.missing(now: room.ink.now), columns: room.width, scale: scale))
    }
}

// What means the same at every level.
let cpuMeaning: SafeText = "of a worker or app: of one core, may exceed 100%; of a host: of all cores"
let utilMeaning: SafeText =
    "share of time the event loop was not waiting for events; of a host or app: its busiest worker"
let lagMeaning: SafeText =
    "how late the loop would have come to an event: its longest stretch without a turn, in the last second or "
    + "interval; of a host or app: its worst worker. - where lag is not measured"
let lag99Meaning: SafeText =
    "what an event that comes at a random moment exceeds once in a hundred times; of a host or app: of all loops"
let lagLineMeaning: SafeText = "LAG over time, from 1ms to 1s, each bar a factor of 2.4"
let exitMeaning: SafeText = "exits that were seen, since the agent started or, of a worker, in its slot"
let ageMeaning: SafeText = "how long ago the numbers of the row were taken"
let connMeaning: SafeText =
    "established TCP connections; an accept queue is what waits for accept(2), close-wait what the peer closed and the "
    + "worker did not"

extension RowColumn {
    /// A length of lag with what it is worth.
    static func lag(
        _ key: String, _ heading: SafeText, _ meaning: SafeText, width: Int, priority: Int,
        _ value: @escaping @Sendable (Subject) -> FilterValue, text: @escaping @Sendable (Subject) -> SafeText
    ) -> Self {
        RowColumn(
            key: key, heading: heading, meaning: meaning, kind: .number(.seconds), alignment: .right,
            width: .fixed(width), priority: priority, value: value, cell: { subject, _ in TableCell(text(subject)) })
    }
}

extension FilterValue {
    /// Seconds of lag of this quality.
    init(seconds: Double?, _ quality: LagQuality?) {
        guard let seconds else {
            self = .unknown
            return
        }
        switch quality {
        case .bound?: self = .atMost(seconds)
        case .floor?: self = .atLeast(seconds)
        default: self = .number(seconds)
        }
    }
}
