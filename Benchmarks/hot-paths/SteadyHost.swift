import Model

/// What a simulated host's agent would tell, second by second, while nobody comes or goes.
struct SteadyHost {
    let info: HostInfo
    let snapshots: [Snapshot]

    /// On both clocks of the agent, and on those of who looks.
    static let began = Moment(
        monotonic: MonotonicInstant(nanoseconds: 1_000_000_000_000),
        wall: WallTime(nanoseconds: 1_795_183_402_000_000_000))

    /// The first seed from `seed` on in which nobody comes or goes.
    init(workers: Int, snapshots count: Int, seed: UInt64 = 1) {
        var seed = seed
        while true {
            let (info, snapshots) = Self.lived(workers: workers, snapshots: count, seed: seed)
            let present = snapshots.first?.workers.map(\.info.id)
            if snapshots.allSatisfy({ $0.workers.map(\.info.id) == present }) {
                (self.info, self.snapshots) = (info, snapshots)
                return
            }
            seed += 1
        }
    }

    private static func lived(workers: Int, snapshots count: Int, seed: UInt64) -> (HostInfo, [Snapshot]) {
        let plan = HostPlan(
            number: 0, name: "web-\(seed)", id: HostID(high: 1, low: seed), boot: BootID(high: 2, low: seed),
            seed: seed,
            fault: nil)
        var host = SimulatedHost(plan, workers: workers, now: began)
        return (host.info, (0..<count).map { host.sweep(at: moment($0)).snapshot })
    }

    /// When a snapshot is taken. Ten minutes lie between the first two, which fills what is kept of the past: from then on it
    /// does not grow.
    static func moment(_ number: Int) -> Moment {
        let elapsed = Duration.seconds(number == 0 ? 0 : 600 + number)
        return Moment(
            monotonic: began.monotonic + elapsed,
            wall: WallTime(nanoseconds: began.wall.nanoseconds + elapsed.nanoseconds))
    }
}
