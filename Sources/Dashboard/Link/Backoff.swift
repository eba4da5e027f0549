import Model

/// How long to wait before dialling again: a random part of a ceiling that doubles with every failure ("full jitter"),
/// so that a fleet whose dashboard or network comes back is not dialled in one burst.
struct Backoff: Sendable {
    /// Ceiling after the first failure.
    static let first: Duration = .milliseconds(250)
    /// Ceiling that is never exceeded.
    static let longest: Duration = .seconds(15)

    private var failures = 0
    private var random: SplitMix64

    init(seed: UInt64) { random = SplitMix64(state: seed) }

    /// The longest the next delay can be.
    var ceiling: Duration {
        // 0.25 s doubled six times passes 15 s; more shifts would only overflow.
        min(Self.longest, Self.first * (1 << min(failures, 6)))
    }

    /// Counts one more failure and says how long to wait.
    mutating func nextDelay() -> Duration {
        let delay = Duration.nanoseconds(Int64.random(in: 0...ceiling.nanoseconds, using: &random))
        failures += 1
        return delay
    }

    /// After a connection that held.
    mutating func reset() { failures = 0 }

    /// A number nobody else has at this moment, to tell answers apart. Not a secret.
    mutating func nonce() -> UInt64 { random.next() }
}
