public import Model

/// Everything a `Restart` does to one worker and asks of its replacement. The plan that an operator reads is made from it.
public struct RestartCourse: Hashable, Sendable {
    /// How many workers the departure takes away.
    public enum Reach: Hashable, Sendable {
        case worker
        /// All of the group: its unit or container is restarted.
        case group
    }

    /// A signal that lets the worker finish what it has before it is asked to leave (sidekiq: TSTP).
    public struct Prelude: Hashable, Sendable {
        public var signal: UInt8
        public var wait: Duration

        public init(signal: UInt8, wait: Duration) {
            self.signal = signal
            self.wait = wait
        }
    }

    public static let graceLimits: ClosedRange<Duration> = .milliseconds(100) ... .seconds(300)

    public var target: WorkerID
    public var groupKey: String
    public var slot: UInt32
    /// The target's user.
    public var uid: UInt32
    public var prelude: Prelude?
    public var departure: Departure
    /// Between the first and the last signal; within `graceLimits`.
    public var grace: Duration
    public var proof: Proof
    public var reach: Reach
    /// Who starts a new one, in words: `gunicorn starts a new one`.
    public var comeback: String
    /// What else has to go well, and what happens where it does not, in words.
    public var demand: String

    public init(
        target: WorkerID, groupKey: String, slot: UInt32, uid: UInt32 = 0, prelude: Prelude? = nil,
        departure: Departure, grace: Duration, proof: Proof = Proof(), reach: Reach = .worker, comeback: String = "",
        demand: String = ""
    ) {
        self.target = target
        self.groupKey = groupKey
        self.slot = slot
        self.uid = uid
        self.prelude = prelude
        self.departure = departure
        self.grace = min(max(grace, Self.graceLimits.lowerBound), Self.graceLimits.upperBound)
        self.proof = proof
        self.reach = reach
        self.comeback = comeback
        self.demand = demand
    }

    /// For whose sake a manager is called.
    var subject: CallSubject {
        CallSubject(process: ProcessRef(pid: target.pid, startTicks: target.startTicks), uid: uid)
    }

    /// It is over by then, whatever happens.
    public var longest: Duration {
        let departing: Duration =
            switch departure {
            case .signals(_, let final): grace + (final == nil ? .zero : Restart.killLimit)
            case .call: callLimit + Restart.callSlack + grace
            }
        // A replacement may come at the end of its time.
        let proving = proof.stable + (proof.ready == nil && proof.lagBelow == nil ? .zero : Restart.proofLimit)
        return (prelude?.wait ?? .zero) + departing + proof.replacementLimit + proving + .seconds(1)
    }

    /// How long a manager may take: what it gives the old one, and what the new one takes to start.
    public var callLimit: Duration { grace + .seconds(60) }
}

/// What a replacement has to show before it counts.
public struct Proof: Hashable, Sendable {
    public static let stableLimits: ClosedRange<Duration> = .milliseconds(100) ... .seconds(300)
    public static let replacementLimits: ClosedRange<Duration> = .seconds(1) ... .seconds(600)

    /// How long it has to live; strong-supervisor's figure is 2 s.
    public var stable: Duration
    /// Its longest stretch has to be below this for the whole of `stable`.
    public var lagBelow: Duration?
    /// What has to answer then.
    public var ready: ReadyCheck?
    /// From the exit to the first sight of a replacement.
    public var replacementLimit: Duration

    public init(
        stable: Duration = .seconds(2), lagBelow: Duration? = nil, ready: ReadyCheck? = nil,
        replacementLimit: Duration = .seconds(15)
    ) {
        self.stable = min(max(stable, Self.stableLimits.lowerBound), Self.stableLimits.upperBound)
        self.lagBelow = lagBelow
        self.ready = ready
        let limits = Self.replacementLimits
        self.replacementLimit = min(max(replacementLimit, limits.lowerBound), limits.upperBound)
    }
}
