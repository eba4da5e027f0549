import Model

/// What a `Link` tells the fleet about its host. Values only, in the order they happened.
enum LinkEvent: Sendable {
    /// Dialling; `attempt` counts from 1 since the last success.
    case connecting(attempt: Int)
    /// WELCOME arrived: the only proof of being connected.
    case connected(HostInfo, role: Role)
    /// A round trip was measured; `clockOffset` is the agent's wall clock minus ours.
    case measured(roundTrip: Duration, clockOffset: Duration)
    /// How much went over the connection so far: told with each measurement.
    case traffic(LinkTraffic)
    case snapshot(Snapshot)
    case event(Event)
    case accepted(CommandID)
    case outcome(Outcome)
    /// What a dry run came to: a plan, or a refusal.
    case rehearsed(CommandID, Verdict)
    /// Asked again, the agent does not know the command: what became of it will not be told any more.
    case forgotten(CommandID)
    /// Every question has one answer; where the connection ends before, that nothing is known.
    case answer(Query.Body, Answer.Body)
    /// The connection ended or never came about. `retryAt` is `nil` when retrying cannot help until something changes.
    case lost(LinkFailure, retryAt: MonotonicInstant?)
    /// The agent has this deny-list by now, kept; 0: none. `issuer`: SHA-256 of the key of the CA that signed the certificate
    /// which it showed.
    case denyListVersion(UInt64, issuer: [UInt8])
    /// The agent says it is going away on purpose.
    case draining(reason: String)
    /// So much of what it told was dropped here, because it came faster than it could be taken in.
    case leftOut(UInt64)
}

extension LinkEvent {
    /// Whether somebody waits for it.
    var isAnswer: Bool {
        switch self {
        case .accepted, .outcome, .rehearsed, .forgotten, .answer: true
        case .connecting, .connected, .measured, .traffic, .snapshot, .event, .lost, .denyListVersion, .draining,
            .leftOut:
            false
        }
    }
}

/// Why there is no connection. Text is made where it is drawn.
enum LinkFailure: Hashable, Sendable {
    /// Name resolution, refused, unreachable, connect timeout: `reason` says which.
    case unreachable(reason: String)
    /// The other side refused our certificate, or we have none for it; or ssh may not log in, or does not know its key.
    case authentication(reason: String)
    /// Their certificate is not what we enrolled.
    case untrusted(reason: String)
    /// No protocol version in common: theirs and ours, lowest and highest.
    case version(theirs: ClosedRange<UInt16>, ours: ClosedRange<UInt16>)
    /// It was connected, and ended.
    case closed(reason: String)
    /// No byte for 15 s.
    case silent
    /// It broke the protocol.
    case protocolError(reason: String)
    /// It was not dialled: this process may have no more than so many files open, and the hosts before it take them.
    case noDescriptor(allowed: UInt64)
}
