public import Trust
public import Wire

/// The steps of an enrolment as messages: `Trust` knows no wire, `Wire` knows no trust.
extension EnrolmentStep {
    /// `nil` for a message that has no place in an enrolment.
    public init?(_ message: Message) {
        switch message {
        case .enrolOffer(let offer):
            self = .offer(tokenID: offer.tokenID, nonce: offer.nonce, spkiHash: offer.spkiHash)
        case .enrolProof(let proof): self = .proof(nonce: proof.nonce, code: proof.hmac)
        case .enrolRequest(let request):
            self = .request(
                EnrolmentRequest(
                    csr: request.csr, host: request.hostID, hostName: request.hostName, addresses: request.addresses))
        case .enrolGrant(let grant):
            self = .grant(GrantedCertificate(leaf: grant.leaf, authority: grant.ca, denyList: grant.denyList))
        case .enrolDone: self = .done
        case .failure(let failure): self = .refusal(EnrolmentRefusal(rawValue: failure.text) ?? .other)
        default: return nil
        }
    }

    public var message: Message {
        switch self {
        case .offer(let tokenID, let nonce, let hash):
            .enrolOffer(EnrolOffer(tokenID: tokenID, nonce: nonce, spkiHash: hash))
        case .proof(let nonce, let code): .enrolProof(EnrolProof(nonce: nonce, hmac: code))
        case .request(let request):
            .enrolRequest(
                EnrolRequest(
                    csr: request.csr, hostID: request.host, hostName: request.hostName, addresses: request.addresses))
        case .grant(let granted):
            .enrolGrant(EnrolGrant(leaf: granted.leaf, ca: granted.authority, denyList: granted.denyList))
        case .done: .enrolDone
        case .refusal(let refusal): .failure(Failure(code: refusal.failureCode, text: refusal.rawValue))
        }
    }
}

extension EnrolmentRefusal {
    fileprivate var failureCode: FailureCode {
        switch self {
        case .unknownToken, .tokenBurned, .tokenUsed, .tokenExpired: .enrolmentToken
        case .wrongProof, .tooSoon: .enrolmentProof
        case .badGrant, .badRequest, .notInvited, .hostKnown: .enrolmentCertificate
        case .unexpectedStep: .state
        case .storage, .other: .internal
        }
    }
}
