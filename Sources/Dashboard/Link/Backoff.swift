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

/// A small seedable generator, so that a test or a replay can repeat what a link did. Not for secrets.
/// Source of the constants: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014.
struct SplitMix64: RandomNumberGenerator, Sendable {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
