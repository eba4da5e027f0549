import Console
import Model

/// Asks before anything is done. What it names is frozen when it opens; only what became of it changes. It has the agent
/// rehearse the command, so that what is shown is the plan that would be carried out.
///
/// Stages: *asking* (Cancel focused) → `y` → sent; where the plan warns of something → *warned* (Cancel focused again,
/// what was typed ahead dropped) → `y` → sent, saying that the operator was warned.
struct ActionDialog: Sendable {
    enum Button: Sendable { case cancel, confirm }

    enum Rehearsal: Sendable {
        case asked(CommandID)
        case told(Verdict)

        var plan: Plan? { if case .told(.planned(let plan)) = self { plan } else { nil } }

        /// What the agent would say.
        var refusal: String? {
            switch self {
            case .told(.refused(let refusal)): refusalText(refusal)
            case .told(.targetChanged): "the agent no longer sees what the screen shows"
            default: nil
            }
        }
    }

    /// Keys typed before the dialog can have been read are dropped.
    static let guardTime = Duration.milliseconds(300)
    static let grace = Duration.seconds(10)

    let action: Action
    let subject: ActionSubject
    private(set) var openedAt: MonotonicInstant
    private(set) var parameters = CommandParameters()
    /// Why it cannot be asked for at all.
    let bar: String?
    /// What happened to the target since; the confirm button is gone for good.
    private(set) var gone: String?
    /// A command on the same app whose outcome is not known, in words.
    private(set) var unknown: String?
    private(set) var isOverridden = false
    var rehearsal: Rehearsal?
    /// The protected context that it is in.
    let protectedBy: String?
    /// The last question there.
    var naming: Naming?
    /// What the operator was shown and is asked about once more; empty in the first stage.
    private(set) var warnings: [String] = []
    /// All steps of the plan, and not the first few.
    var showsPlan = false
    var focus = Button.cancel
    var scroll = 0

    init(_ action: Action, _ subject: ActionSubject, on host: FleetHost, now: MonotonicInstant) {
        self.action = action
        self.subject = subject
        openedAt = now
        bar = host.actionBar
        protectedBy = host.protectedBy
        switch action {
        case .signal: parameters.signal = SignalNumber.allowed[0]
        case .scale: parameters.size = .to(UInt32(clamping: subject.workers ?? 1))
        case .pause, .resume, .abort: parameters.subject = subject.roll?.id
        default: break
        }
        check(host)
    }

    var canConfirm: Bool { bar == nil && gone == nil && refusal == nil && (unknown == nil || isOverridden) }

    var plan: Plan? { rehearsal?.plan }
    var refusal: String? { rehearsal?.refusal }

    /// Looks whether the target is still what the dialog says.
    mutating func check(_ host: FleetHost) {
        unknown = host.unknownCommand(onGroup: subject.groupKey).map(host.unknownText)
        guard gone == nil else { return }
        gone = subject.change(on: host) ?? rollChange(host)
        if gone == nil, bar == nil, let bar = host.actionBar { gone = bar }
        if !canConfirm {
            focus = .cancel
            naming = nil
        }
    }

    private func rollChange(_ host: FleetHost) -> String? {
        guard [.pause, .resume, .abort].contains(action) else { return nil }
        guard let roll = host.group(subject.groupKey)?.info.roll, roll.id == parameters.subject else {
            return "that roll is no longer there"
        }
        let fits =
            action == .abort ? roll.phase.canBeEnded : roll.phase.step == action
        return fits ? nil : "the roll is \(roll.phase.word) now"
    }

    /// It may have been done already, and is to be done all the same.
    mutating func override() {
        if unknown != nil { isOverridden = true }
    }

    /// The second stage: what the agent warns of, and once more the question.
    mutating func warn(_ warnings: [String], now: MonotonicInstant) {
        self.warnings = warnings
        openedAt = now
        focus = .cancel
        scroll = 0
    }

    /// Steps the value that the action takes, if it takes one; whether that is a change.
    mutating func step(_ by: Int) -> Bool {
        let old = parameters
        switch action {
        case .roll:
            let most = max(Int(clamping: subject.workers ?? 1), 1)
            let next = min(max(Int(parameters.roll.maxUnavailable) + by, 1), most)
            parameters.roll.maxUnavailable = UInt32(next)
        case .scale:
            guard case .to(let size) = parameters.size else { return false }
            parameters.size = .to(UInt32(min(max(Int(size) + by, 0), 10_000)))
        case .signal:
            let index = parameters.signal.flatMap { SignalNumber.allowed.firstIndex(of: $0) } ?? 0
            let count = SignalNumber.allowed.count
            parameters.signal = SignalNumber.allowed[(index + by % count + count) % count]
        default: return false
        }
        if parameters != old { warnings = [] }
        return parameters != old
    }

    /// The command as it is meant now.
    func command(_ id: CommandID, dryRun: Bool) -> Command {
        var parameters = parameters
        parameters.dryRun = dryRun
        parameters.warned = !dryRun && !warnings.isEmpty
        if !dryRun { parameters.reason = naming?.reason ?? "" }
        return Command(id: id, action: action, target: subject.target, parameters: parameters, grace: Self.grace)
    }
}
