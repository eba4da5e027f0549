import Model
import Wire

/// Tells an agent which worker an operator looks at, so that it probes that one most closely: a subscription of its own.
/// What it brings is in the other one, too, and is dropped; hence the long interval.
struct Look: Sendable {
    static let interval = Duration.seconds(60)
    /// Numbers of these subscriptions are apart from those of a `Feed`.
    static let firstNumber: UInt32 = 1 << 31

    private(set) var worker: WorkerID?
    private var number = Self.firstNumber

    init() {}

    static func carries(_ subscription: UInt32) -> Bool { subscription >= firstNumber }

    /// What to tell the agent when somebody looks at another worker, or at none; nothing when that is no change.
    mutating func change(to worker: WorkerID?) -> [Message] {
        guard worker != self.worker else { return [] }
        let end: [Message] = self.worker == nil ? [] : [.unsubscribe(number)]
        self.worker = worker
        return end + begin()
    }

    /// On a fresh connection: nothing is subscribed there.
    mutating func begin() -> [Message] {
        guard let worker else { return [] }
        number = number == .max ? Self.firstNumber : number + 1
        return [.subscribe(Subscription(id: number, interest: .worker(worker), interval: Self.interval))]
    }
}
