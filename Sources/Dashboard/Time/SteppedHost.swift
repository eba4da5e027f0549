import Model

/// A host's past in steps: what came within a step is one snapshot, as in the coarse tier. What adds up is of the whole step,
/// what is there for its peaks is the worst in it.
struct SteppedHost: Sendable {
    private let step: Duration
    private let detail: RecordedPiece.Detail
    private var host: FleetHost
    private var fine: [Reel]
    private var coarse: Reel
    /// From here on something finer than coarse steps was kept.
    private let fineBegin: MonotonicInstant
    private var end: MonotonicInstant
    private let until: MonotonicInstant

    /// - Parameter detail: snapshots with less are left out.
    init(
        _ recording: HostRecording, over times: ClosedRange<MonotonicInstant>, step: Duration,
        _ detail: RecordedPiece.Detail
    ) {
        self.step = step
        self.detail = detail
        until = times.upperBound
        end = times.lowerBound + step
        // A step before the first, since rates need two.
        let start = times.lowerBound - step
        let sources: [RecordedPiece.Source] = [.workers, .live, .host]
        fine = sources.map { Reel($0, of: recording, from: start) }
        coarse = Reel(.coarse, of: recording, from: start)
        fineBegin = fine.compactMap { $0.head?.at }.min() ?? times.upperBound
        host = FleetHost(past: recording, interval: max(step, recording.interval))
    }

    /// The end of the next step, and the host there; no host where nothing was sampled in it. `nil` at the end.
    mutating func next(_ recording: HostRecording) -> (at: MonotonicInstant, host: FleetHost?)? {
        guard end <= until else { return nil }
        defer { end = end + step }
        var merged = MergedSnapshot()
        var newest: MonotonicInstant?
        while let (at, snapshot) = take(recording) {
            guard newest.map({ $0 < at }) ?? true, RecordedPiece.Detail(of: snapshot) >= detail else { continue }
            newest = at
            if at <= end - step {
                host.take(snapshot, now: at, wall: SteadyClock.wall(at))
            } else {
                merged.take(snapshot)
            }
        }
        guard let merged = merged.snapshot, let newest else { return (end, nil) }
        let wall = SteadyClock.wall(newest)
        host.take(merged, now: newest, wall: wall)
        host.settle(now: newest, wall: wall)
        return (end, host)
    }

    /// The earliest that is left up to the end of the step.
    private mutating func take(_ recording: HostRecording) -> (MonotonicInstant, Snapshot)? {
        if let head = coarse.head, head.at < fineBegin {
            guard head.at <= end else { return nil }
            coarse.advance(in: recording)
            return (head.at, head.snapshot)
        }
        var first: Int?
        for place in fine.indices {
            guard let at = fine[place].head?.at, at <= end else { continue }
            if let known = first, let best = fine[known].head?.at, best <= at { continue }
            first = place
        }
        guard let first, let head = fine[first].head else { return nil }
        fine[first].advance(in: recording)
        return (head.at, head.snapshot)
    }
}
