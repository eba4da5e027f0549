/// The kinds of message. The raw value is the number on the wire: written out, never reused.
public enum MessageType: UInt8, Sendable, CaseIterable {
    case hello = 1
    case welcome = 2
    case failure = 3
    case ping = 4
    case pong = 5
    case subscribe = 6
    case unsubscribe = 7
    case keyframe = 8
    case delta = 9
    case event = 10
    case command = 11
    case accepted = 12
    case outcome = 13
    case drain = 14
    case query = 15
    case answer = 16
    case denyList = 17
    case renewRequest = 18
    case renewGrant = 19
    case enrolOffer = 32
    case enrolProof = 33
    case enrolRequest = 34
    case enrolGrant = 35
    case enrolDone = 36

    /// As in `docs/PROTOCOL.md` and in errors.
    public var word: String {
        switch self {
        case .hello: "HELLO"
        case .welcome: "WELCOME"
        case .failure: "FAILURE"
        case .ping: "PING"
        case .pong: "PONG"
        case .subscribe: "SUBSCRIBE"
        case .unsubscribe: "UNSUBSCRIBE"
        case .keyframe: "KEYFRAME"
        case .delta: "DELTA"
        case .event: "EVENT"
        case .command: "COMMAND"
        case .accepted: "ACCEPTED"
        case .outcome: "OUTCOME"
        case .drain: "DRAIN"
        case .query: "QUERY"
        case .answer: "ANSWER"
        case .denyList: "DENY-LIST"
        case .renewRequest: "RENEW-REQUEST"
        case .renewGrant: "RENEW-GRANT"
        case .enrolOffer: "ENROL-OFFER"
        case .enrolProof: "ENROL-PROOF"
        case .enrolRequest: "ENROL-REQUEST"
        case .enrolGrant: "ENROL-GRANT"
        case .enrolDone: "ENROL-DONE"
        }
    }

    /// The largest message of this type, header included.
    public var maximumByteCount: Int {
        switch self {
        case .keyframe, .delta: Limits.toDashboardBytes
        case .event, .outcome, .answer, .denyList: Limits.eventBytes
        case .enrolOffer, .enrolProof, .enrolRequest, .enrolDone: Limits.enrolmentBytes
        case .enrolGrant: Limits.grantBytes
        case .hello, .welcome, .failure, .ping, .pong, .subscribe, .unsubscribe, .command, .accepted, .drain,
            .query, .renewRequest, .renewGrant:
            Limits.helloBytes
        }
    }
}
