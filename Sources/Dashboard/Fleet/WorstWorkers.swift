import Lag
import Model

/// The living one with the longest lag, as rows show it; of equal ones one that was measured.
func worstByLag(_ workers: some Sequence<WorkerTrack>) -> WorkerTrack? {
    func key(_ track: WorkerTrack) -> (Duration, Int, WorkerID) {
        (track.lag.worst ?? .zero, track.lag.isBound ? 0 : 1, track.info.id)
    }
    return workers.filter { $0.end == nil && $0.lag.worst != nil }.max { key($0) < key($1) }
}

/// The workers that a host's reasons are about, each with its number, as far as its newest snapshot named workers.
struct WorstWorkers: Sendable, Equatable {
    /// "api#3 (pid 20113): blocked 7.2 s so far in futex", the longest of those that hang.
    var hung: String?
    /// "api#3 (pid 20113) 290ms": of those that are measured.
    var lag: String?
    /// "api#3 (pid 20113) 99%": the busiest loop.
    var busy: String?

    init() {}

    init(of host: FleetHost) {
        // In a fixed order, so that of equal ones it is always the same.
        let living = host.workers.values.filter { $0.end == nil }.sorted { $0.info.id < $1.info.id }
        func name(_ track: WorkerTrack) -> String { "\(host.label(of: track.info.id)) (pid \(track.info.id.pid))" }
        if let worst = worstByLag(living.filter(\.lag.isHung)) ?? living.first(where: \.lag.isHung) {
            let stall = worst.lag.openStall?.text(cores: host.info?.cores)
            hung = name(worst) + ": " + (stall ?? "data waits unread")
        }
        func tail(_ track: WorkerTrack) -> Duration { track.lag.isBound ? .zero : track.lag.p99WithOpen ?? .zero }
        if let worst = living.max(by: { tail($0) < tail($1) }), tail(worst) > .zero {
            lag = "\(name(worst)) \(Threshold.lagP99.text(tail(worst).seconds))"
        }
        func use(_ track: WorkerTrack) -> Double { track.utilisation ?? 0 }
        if let worst = living.max(by: { use($0) < use($1) }), use(worst) > 0 {
            busy = "\(name(worst)) \(Threshold.loopUtilisation.text(use(worst)))"
        }
    }
}
