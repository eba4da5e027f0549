/// Why one side gave up, told to the other. The raw value travels: never changed.
public enum EnrolmentRefusal: String, Error, Hashable, Sendable, CaseIterable {
    case unknownToken = "unknown token"
    case wrongProof = "wrong proof"
    case tokenBurned = "token burned"
    case tokenUsed = "token used"
    case tokenExpired = "token expired"
    case tooSoon = "too soon"
    case unexpectedStep = "unexpected step"
    case badGrant = "certificate not accepted"
    case badRequest = "request not accepted"
    case storage = "storing failed"
    case notInvited = "host name not invited"
    case hostKnown = "host id enrolled already"
    /// What a newer program says; also for text that is none of these.
    case other
}
