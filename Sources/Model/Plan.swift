/// Exactly what would be done, in order, and what has to be seen for success. Carrying out an action does its plan.
public struct Plan: Hashable, Sendable {
    public var steps: [PlanStep]
    /// What has to be true in the end, a sentence each.
    public var success: [String]
    /// What the operator should know first; where there is any, the command needs `warned`.
    public var warnings: [String]
    /// Further steps that are not listed, because a message holds only so many.
    public var omittedSteps: UInt32

    public init(steps: [PlanStep], success: [String] = [], warnings: [String] = [], omittedSteps: UInt32 = 0) {
        self.steps = steps
        self.success = success
        self.warnings = warnings
        self.omittedSteps = omittedSteps
    }
}

/// One thing done to one process, or asked of one manager.
public struct PlanStep: Hashable, Sendable {
    public enum Deed: Hashable, Sendable {
        case signal(UInt8)
        /// In words and with its arguments: `supervisord http://localhost:9001: stopProcess web:web_1`.
        case call(String)
    }

    /// Who gets the signal, or who is meant by the call.
    public var process: ProcessRef?
    /// `worker 3`, `master`.
    public var role: String
    public var deed: Deed
    /// When, where that is not at once: `after 10 s, if it still lives`.
    public var condition: String

    public init(process: ProcessRef?, role: String, deed: Deed, condition: String = "") {
        self.process = process
        self.role = role
        self.deed = deed
        self.condition = condition
    }
}

/// What can be done to a worker or group, as far as its host knows now.
public struct Offer: Hashable, Sendable {
    public var action: Action
    /// How it would be done, in a few words: `SIGTERM to the worker; gunicorn starts a new one`.
    public var means: String
    /// Why it is not to be had; `nil` where it is.
    public var unavailable: String?

    public init(action: Action, means: String, unavailable: String? = nil) {
        self.action = action
        self.means = means
        self.unavailable = unavailable
    }
}

/// A roll as every dashboard sees it.
public struct RollSummary: Hashable, Sendable {
    /// The raw value is its number on the wire: never reused.
    public enum State: UInt8, Sendable, CaseIterable {
        case running = 1
        /// By an operator, or because its hold ended; the worker that was under way has ended.
        case paused = 2
        case finished = 3
        /// At the first worker that was not replaced; the rest is untouched. `resume` tries that one again.
        case failed = 4
        case aborted = 5

        public var isOver: Bool { self == .finished || self == .aborted }
    }

    public var id: CommandID
    public var state: State
    /// Hostile until drawn through `SafeText`.
    public var issuer: String
    public var total: UInt32
    public var replaced: UInt32
    /// Slots that are being replaced now.
    public var underWay: [UInt32]
    /// Why it is not running: `slot 3: crash loop`, `paused by user/ada`.
    public var reason: String
    public var began: MonotonicInstant

    public init(
        id: CommandID, state: State, issuer: String, total: UInt32, replaced: UInt32 = 0, underWay: [UInt32] = [],
        reason: String = "", began: MonotonicInstant
    ) {
        self.id = id
        self.state = state
        self.issuer = issuer
        self.total = total
        self.replaced = replaced
        self.underWay = underWay
        self.reason = reason
        self.began = began
    }
}
