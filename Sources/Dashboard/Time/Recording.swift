import Model

/// What all hosts told, as it can be shown again: bounded in bytes over all of them.
struct Recording: Sendable {
    static let usualBytes = 64 << 20

    private(set) var hosts: [HostRecording]
    /// Pieces beyond it are dropped, the oldest first.
    let byteLimit: Int
    /// Of each host; `nil` where there is no limit.
    private let allowance: Allowance?
    /// What came in before this was dropped for want of room; `nil` while nothing was.
    private(set) var droppedBefore: MonotonicInstant?
    /// What is looked at just now is dropped last.
    var needed: ClosedRange<MonotonicInstant>?

    init(places: [HostPlace], byteLimit: Int = usualBytes, pieceLength: Duration = .seconds(300)) {
        allowance = byteLimit == .max ? nil : Allowance()
        hosts = places.map { [allowance] in
            HostRecording(place: $0, pieceLength: pieceLength, allowance: allowance)
        }
        self.byteLimit = byteLimit
    }

    private(set) var byteCount = 0

    mutating func add(_ newcomers: ArraySlice<FleetHost>) {
        if newcomers.isEmpty { return }
        hosts += newcomers.map { HostRecording(place: $0.place, limits: $0.limits, allowance: allowance) }
    }

    /// Nothing is dropped: of files, which are read whole.
    init(hosts: [HostRecording]) {
        self.hosts = hosts
        byteLimit = .max
        allowance = nil
        byteCount = hosts.reduce(0) { $0 + $1.byteCount }
    }

    /// From the first to the last snapshot of all; `nil` where there is none.
    var span: ClosedRange<MonotonicInstant>? {
        let spans = hosts.flatMap { host in host.pieces.values.joined().compactMap { host.span(of: $0) } }
        guard let first = spans.map(\.lowerBound).min(), let last = spans.map(\.upperBound).max() else { return nil }
        return first...last
    }

    /// Changes the recording of a host from outside, as when parts of it are written to a file.
    mutating func change<Result>(_ number: Int, _ body: (inout HostRecording) -> Result) -> Result {
        let before = hosts[number].byteCount
        defer { byteCount += hosts[number].byteCount - before }
        return body(&hosts[number])
    }

    mutating func take(_ event: LinkEvent, from number: Int, sampledAt: MonotonicInstant?, now: MonotonicInstant) {
        guard hosts.indices.contains(number) else { return }
        let before = hosts[number].byteCount
        if case .answer(let question, let answer) = event {
            hosts[number].take(answer, to: question, now: now, wanted: needed)
        } else {
            hosts[number].take(event, sampledAt: sampledAt, now: now)
        }
        byteCount += hosts[number].byteCount - before
        while byteCount > byteLimit, let (number, source, isNeeded) = oldest() {
            if source == .live, let piece = hosts[number].pieces[source]?.first,
                let span = hosts[number].span(of: piece)
            {
                droppedBefore = max(droppedBefore ?? span.upperBound, span.upperBound)
            }
            let before = hosts[number].byteCount
            // What there is no room for even while it is looked at is not asked for over and over.
            hosts[number].drop(source, at: 0, forgetting: isNeeded)
            byteCount += hosts[number].byteCount - before
        }
    }

    /// The piece that ended first, but for those that are looked at; of these only where there is nothing else.
    private func oldest() -> (host: Int, source: RecordedPiece.Source, isNeeded: Bool)? {
        var found: (host: Int, source: RecordedPiece.Source, isNeeded: Bool, end: MonotonicInstant)?
        for number in hosts.indices {
            for source in RecordedPiece.Source.allCases {
                guard let piece = hosts[number].pieces[source]?.first else { continue }
                let span = hosts[number].span(of: piece)
                let isNeeded = span.flatMap { span in needed.map { $0.overlaps(span) } } ?? false
                let end = span?.upperBound ?? MonotonicInstant(nanoseconds: 0)
                if let found, (found.isNeeded ? 1 : 0, found.end) <= (isNeeded ? 1 : 0, end) { continue }
                found = (number, source, isNeeded, end)
            }
        }
        return found.map { ($0.host, $0.source, $0.isNeeded) }
    }
}
