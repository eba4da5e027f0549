import Model
import Wire

/// The one subscription a link has at a time: which number it carries, what it asks for, and the snapshot that the next
/// delta builds upon.
///
/// A change of interest is a new subscription with a new number, so that what is still on its way for the old one can be
/// told apart and dropped. A delta that does not fit asks for a keyframe by subscribing anew, once: a second misfit before
/// any keyframe arrived means that the other side does not speak the protocol.
struct Feed: Sendable {
    /// What a keyframe or delta came to.
    enum Step: Equatable, Sendable {
        /// The host as it is now.
        case snapshot(Snapshot)
        /// For a subscription that was replaced meanwhile.
        case late
        /// It does not build upon what is here: subscribe anew.
        case lost
        /// The second misfit in a row: give up on the connection.
        case broken(String)
    }

    private(set) var interest: Interest
    /// Of the subscription in force; 0 before the first.
    private(set) var number: UInt32 = 0
    private var base: Snapshot?
    private var isRecovering = false
    /// Messages dropped because they belonged to a replaced subscription.
    private(set) var late = 0
    /// Times a delta did not fit and a keyframe had to be asked for.
    private(set) var recoveries = 0

    init(interest: Interest) { self.interest = interest }

    /// Remembers what to ask for; whether that is a change.
    mutating func want(_ interest: Interest) -> Bool {
        defer { self.interest = interest }
        return interest != self.interest
    }

    /// A fresh connection: nothing is subscribed and nothing received.
    mutating func restart() {
        base = nil
        isRecovering = false
    }

    /// The message that asks for `interest` under the next number.
    mutating func subscribe(every interval: Duration) -> Message {
        number &+= 1
        base = nil
        return .subscribe(Subscription(id: number, interest: interest, interval: interval))
    }

    mutating func keyframe(_ snapshot: Snapshot, subscription: UInt32) -> Step {
        guard subscription == number else {
            late += 1
            return .late
        }
        base = snapshot
        isRecovering = false
        return .snapshot(snapshot)
    }

    mutating func delta(_ delta: Delta) -> Step {
        guard delta.subscription == number else {
            late += 1
            return .late
        }
        guard let base, base.sequence == delta.baseSequence else {
            return misfit("a delta upon \(delta.baseSequence), here is \(base.map { "\($0.sequence)" } ?? "nothing")")
        }
        do {
            let snapshot = try delta.applied(to: base)
            self.base = snapshot
            return .snapshot(snapshot)
        } catch {
            return .broken("a delta that does not apply: \(error)")  // bytes that no agent makes
        }
    }

    private mutating func misfit(_ text: String) -> Step {
        recoveries += 1
        if isRecovering { return .broken(text) }
        isRecovering = true
        return .lost
    }
}
