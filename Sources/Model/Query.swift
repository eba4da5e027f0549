/// A question to an agent about something that is looked at; answered once. The id is chosen by the dashboard.
public struct Query: Hashable, Sendable {
    public enum Body: Hashable, Sendable {
        /// Which actions there are for a worker or group.
        case offers(CommandTarget)
        /// The lives of a slot, newest first.
        case lives(groupKey: String, slot: UInt32)
        /// Connections of a worker or group.
        case connections(CommandTarget)
        /// Events later than a number of the agent's run, oldest first, as many as there is room for.
        case events(after: UInt64)
        /// Which pieces of the past there are, oldest first.
        case pastPieces(PastTier)
        /// A piece of the past from a byte on, as much as there is room for.
        case past(piece: UInt64, offset: UInt32)
        /// A page of the logs of an app's workers.
        case log(LogRequest)
    }

    public var id: UInt32
    public var body: Body

    public init(id: UInt32, body: Body) {
        self.id = id
        self.body = body
    }
}

public struct Answer: Hashable, Sendable {
    public enum Body: Hashable, Sendable {
        case offers([Offer], Experience)
        case lives([Life], Experience)
        case connections(ConnectionReport)
        case events([Event])
        case pastPieces(PastTier, [PastPiece])
        case past(PastPart)
        case log(LogPage)
        /// Whoever asked may not know that; why, in words, and what would change it.
        case denied(String)
        /// Nothing is known of what was asked for; why, in words.
        case unknown(String)
    }

    public var id: UInt32
    public var body: Body

    public init(id: UInt32, body: Body) {
        self.id = id
        self.body = body
    }
}
