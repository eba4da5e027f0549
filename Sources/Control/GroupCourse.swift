public import Model

/// One thing done to a group, and what has to be seen of its workers afterwards.
public struct GroupCourse: Hashable, Sendable {
    public enum Deed: Hashable, Sendable {
        /// To the course's target.
        case signal(UInt8)
        case call(ManagerCall, for: CallSubject)
    }

    public enum Expectation: Hashable, Sendable {
        /// Sent is done: nothing more is claimed.
        case nothing
        /// The workers of before are gone and so many new ones live; `mayLinger` where old ones may serve their last
        /// clients for as long as those like (nginx).
        case renewed(atLeast: UInt32, mayLinger: Bool)
        /// Each step changes the number of workers by one, and in the end it is this.
        case size(UInt32)
        /// None lives.
        case gone
        /// So many live.
        case present(atLeast: UInt32)
    }

    /// A master that turns a reload down keeps its workers, and tells nobody but its own log.
    public struct Veto: Hashable, Sendable {
        /// No new worker came for so long, and the old ones are all there.
        public var after: Duration
        /// What that means.
        public var words: String

        public init(after: Duration, words: String) {
            self.after = after
            self.words = words
        }
    }

    public var action: Action
    public var groupKey: String
    /// Who gets the signals: the master, or one worker.
    public var target: ProcessRef?
    /// What that is, in words: `master`, `worker 3`.
    public var role: String
    public var steps: [Deed]
    public var expectation: Expectation
    /// For each step of a change of size; for all of it otherwise, from the last answer on.
    public var limit: Duration
    /// For each call of a manager.
    public var callLimit: Duration
    /// How long what is expected has to hold.
    public var stable: Duration
    public var ready: ReadyCheck?
    public var veto: Veto?
    /// Who does it, in words: `gunicorn starts new workers and ends the old ones`.
    public var means: String

    public init(
        action: Action, groupKey: String, target: ProcessRef?, role: String, steps: [Deed], expectation: Expectation,
        limit: Duration, callLimit: Duration = .seconds(70), stable: Duration = .seconds(2), ready: ReadyCheck? = nil,
        veto: Veto? = nil, means: String = ""
    ) {
        self.action = action
        self.groupKey = groupKey
        self.target = target
        self.role = role
        self.steps = steps
        self.expectation = expectation
        self.limit = limit
        self.callLimit = callLimit
        self.stable = stable
        self.ready = ready
        self.veto = veto
        self.means = means
    }

    /// It is over by then, whatever happens.
    public var longest: Duration {
        let calls = steps.count { if case .call = $0 { true } else { false } }
        let isSize = if case .size = expectation { true } else { false }
        return (callLimit + Restart.callSlack) * calls + limit * (isSize ? steps.count + 1 : 1) + stable
            + (ready == nil ? .zero : Restart.checkLimit + Restart.retryPause) + .seconds(1)
    }

    /// Whether a signal is among the steps.
    var signals: Bool {
        steps.contains { if case .signal = $0 { true } else { false } }
    }
}
