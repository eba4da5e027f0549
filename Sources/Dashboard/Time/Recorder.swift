import Model
import Wire

/// Makes the chunks of a file of what links tell. Little is kept here: what is whole is given away at once.
struct Recorder: Sendable {
    /// What a crash costs at most.
    static let pieceLength = Duration.seconds(30)

    private(set) var fleet: Fleet
    private var recording: Recording
    private let clock: SteadyClock
    private(set) var snapshots = 0

    init(places: [HostPlace], now: MonotonicInstant, wall: WallTime) {
        fleet = Fleet(places: places)
        recording = Recording(places: places, byteLimit: .max, pieceLength: Self.pieceLength)
        clock = SteadyClock(now: now, wall: wall)
    }

    /// What the file begins with.
    var heads: [RecordingChunk] { recording.hosts.enumerated().map { $1.head($0) } }

    mutating func take(
        _ event: LinkEvent, from number: Int, now: MonotonicInstant, wall: WallTime
    ) -> [RecordingChunk] {
        guard fleet.hosts.indices.contains(number) else { return [] }
        fleet.handle(event, from: number, now: now, wall: wall)
        if case .snapshot = event { snapshots += 1 }
        let sampledAt = fleet.hosts[number].sampledAt.map { clock.instant($0) }
        recording.take(event, from: number, sampledAt: sampledAt, now: clock.instant(now))
        return recording.change(number) { $0.drain(number, all: false) }
    }

    /// The rest.
    mutating func finish() -> [RecordingChunk] {
        fleet.hosts.indices.flatMap { number in recording.change(number) { $0.drain(number, all: true) } } + [.end]
    }
}
