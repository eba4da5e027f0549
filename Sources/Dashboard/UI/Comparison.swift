import Model

/// Up to six workers, of whatever hosts, on one chart.
struct Comparison: Sendable {
    static let most = 6

    struct Member: Hashable, Sendable {
        var host: Int
        var worker: WorkerID
    }

    /// What the chart is of.
    enum Metric: Sendable, CaseIterable {
        case lag, utilisation, cpu, memory

        var word: String {
            switch self {
            case .lag: "lag, longest in each sample"
            case .utilisation: "util, share of time the loop was in use"
            case .cpu: "CPU of one core"
            case .memory: "resident memory"
            }
        }
    }

    /// In the order in which they were marked; the first is `a`.
    let members: [Member]
    var metric = Metric.lag
    var scroll = 0

    /// Ascending.
    var hosts: [Int] { Set(members.map(\.host)).sorted() }
}

extension UIState {
    /// `C`: workers that are marked, and the living ones of apps that are.
    mutating func compare(_ fleet: Fleet, now: MonotonicInstant) {
        var members: [Comparison.Member] = []
        for mark in marks.all where fleet.hosts.indices.contains(mark.host) {
            switch mark {
            case .worker(let host, let worker):
                members.append(Comparison.Member(host: host, worker: worker))
            case .app(let host, let key):
                let living = fleet.hosts[host].workers.values.filter { $0.end == nil && $0.info.groupKey == key }
                members += living.sorted { ($0.info.slot, $0.info.id) < ($1.info.slot, $1.info.id) }
                    .map { Comparison.Member(host: host, worker: $0.info.id) }
            }
        }
        var known: Set<Comparison.Member> = []
        members = members.filter { known.insert($0).inserted }
        guard members.count > 1 else {
            return say("compare: mark two to \(Comparison.most) workers with Space first", now: now)
        }
        if members.count > Comparison.most {
            say("the first \(Comparison.most) of \(members.count) that are marked", now: now)
        }
        push(.compare(Comparison(members: Array(members.prefix(Comparison.most)))))
    }
}
