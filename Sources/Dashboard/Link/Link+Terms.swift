import Model
import Trust
import Wire

extension Link {
    /// From the transport being up to WELCOME.
    static let greetingLimit: Duration = .seconds(10)
    /// No screen shows more than one sample a second yet.
    static let shortestInterval: Duration = .seconds(1)
    /// Ready for this long: the next failure starts from a short wait again.
    static let steadyAfter: Duration = .seconds(30)
    /// The same where the agent said that it goes: an upgrade is no failure. An agent that ends again and again, and says so
    /// each time, is dialled that seldom at most.
    static let orderlyAfter: Duration = .seconds(5)
    /// Between quiet tries when only a person can change the answer (certificates, versions).
    static let refusedRetry: Duration = .seconds(5 * 60)

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
        /// The certificate that the agent asked for: X.509, DER.
        case issued([UInt8])
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
        /// The agent asks for a new certificate (PKCS#10, DER): it is `host`, as its present one says.
        case issue(request: [UInt8], host: HostID)
        case emit(LinkEvent)
    }
}
