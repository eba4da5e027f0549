import Model
import Trust
import Wire

extension Link {
    /// What happens to a link.
    enum Event: Sendable {
        /// Begin, or do not wait for the next try.
        case dial
        /// The transport is up and the peer's certificate or credentials are accepted; not yet WELCOME.
        case opened(Peer?)
        case received(Message)
        /// The transport is gone, or never came about. Once per `Effect.dial`.
        case closed(LinkFailure)
        /// The moment of `Effect.arm` is here, or an earlier one.
        case timer
        case interest(Interest)
        /// At which worker somebody looks; `nil`: at none in particular.
        case look(WorkerID?)
        /// A dry run, too: that one is never repeated.
        case command(Command)
        case ask(Query.Body)
        /// The newest deny-list is this one now.
        case denyList(DenyList)
        /// What the agent offered as one is none.
        case denyListRefused(reason: String)
    }

    /// What is to be done about it.
    enum Effect: Sendable {
        case dial
        case send(Message)
        /// From here the agent may send messages of full size.
        case establish
        /// Flush the failure message, if there is one, and close.
        case close(Failure?)
        /// Replace the timer. Never later than the one armed before.
        case arm(MonotonicInstant)
        /// The agent has a deny-list that is newer than ours, it says.
        case judge(DenyListText)
        case emit(LinkEvent)
    }
}
