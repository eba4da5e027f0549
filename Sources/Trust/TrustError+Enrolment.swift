internal import Model

extension TrustError {
    /// For a host that joins, where `looptop invite` makes the tokens.
    public var joinSentence: String {
        switch self {
        case .notAToken, .tokenDamaged, .tokenVersion, .tokenOfOtherKind, .tokenExpired, .pinMismatch, .wrongSecret,
            .tokenBurned, .tokenUsed, .enrolmentTimedOut, .enrolmentInterrupted, .unexpectedStep, .enrolmentRefused,
            .notInvited, .hostKnown:
            enrolmentSentence(newToken: "Run 'looptop invite' where the fleet's CA key is for a new token.")
        default: sentence
        }
    }

    /// `again`: how to come by a new token.
    func enrolmentSentence(newToken again: String) -> String {
        switch self {
        case .notAToken:
            return "This is not a looptop token: one begins with lt1. and is printed by 'looptop-agent init' or "
                + "'looptop invite'."
        case .tokenDamaged(let reason):
            return "The token was damaged in copying (\(reason)). Copy it again, all of it."
        case .tokenVersion(let version):
            return "The token is of a kind that this version does not know (\(version)). Update looptop."
        case .tokenOfOtherKind(.host):
            return "This token was printed by 'looptop-agent init' on a host that waits to be enrolled: "
                + "run 'looptop enroll TOKEN' where the fleet's CA key is."
        case .tokenOfOtherKind(.fleet):
            return "This token was printed by 'looptop invite' for hosts: "
                + "run 'looptop-agent join --listen ...' on the host and paste it there."
        case .tokenExpired(let notAfter, let now):
            return "The token expired \(UTCText.span(now - notAfter)) ago by this machine's clock. " + again
        case .pinMismatch(let expected, let found):
            return "Whoever answered does not hold the key that the token names, so nothing was sent. The token "
                + "names \(expected.hex), the answer came from \(found.hex). Check the address; if it is right, "
                + "somebody stands in between."
        case .wrongSecret(0):
            return "Whoever answered could not prove that it has the token's secret, so nothing was given to it. "
                + again
        case .wrongSecret(let left):
            return "Somebody tried the token with a wrong secret; \(left) more wrong "
                + "\(left == 1 ? "try burns" : "tries burn") it."
        case .tokenBurned:
            return "The token was tried \(TokenGuard.allowedTries) times with a wrong secret and no longer "
                + "works. If that was not you, find out who can reach this port. " + again
        case .tokenUsed:
            return "The token is not, or no longer, valid here: each works once. " + again
        case .enrolmentTimedOut:
            return "The enrolment took too long. " + again
        case .enrolmentInterrupted:
            return "The connection broke before the enrolment was complete. Try again; if the token no longer works: "
                + again
        case .unexpectedStep(let step):
            return "The other side sent '\(step)' where the enrolment has no such step. "
                + "Use the same version of looptop on both sides."
        case .enrolmentRefused(let refusal):
            return Self.sentence(refusal, again: again)
        case .notInvited:
            return "The host's name is not one that this invitation is for (--match)."
        case .hostKnown(let id):
            return "A host of the id \(id.hex) is enrolled already. If this is that host, let it wait with "
                + "'looptop-agent init --reset' and run 'looptop enroll'; if it is a copy of it, remove the copy's file "
                + "host-id first."
        default:
            return "The enrolment failed. " + again
        }
    }

    private static func sentence(_ refusal: EnrolmentRefusal, again: String) -> String {
        switch refusal {
        case .unknownToken: "The other side does not know this token; it may have been started anew. " + again
        case .wrongProof: "The other side refused the proof: the token is of an earlier run there. " + again
        case .tokenBurned: "The token no longer works: too many wrong tries. " + again
        case .tokenUsed: "The token was used as often as it may be. " + again
        case .tokenExpired: "The token has expired where it was made. " + again
        case .tooSoon: "The last try is less than a second ago. Try again."
        case .unexpectedStep:
            "The other side did not expect our step. Use the same version of looptop on both sides."
        case .badGrant:
            "The agent did not accept the certificate it was given. Compare the clocks of both machines. " + again
        case .badRequest: "The dashboard would not sign the agent's request; its own message says why. " + again
        case .notInvited:
            "This host's name is not one that the invitation is for. Give --host-name, or have looptop invite run "
                + "with another --match."
        case .hostKnown:
            "The fleet has a host of this host's id already. If this is that host, run 'looptop-agent init --reset' here "
                + "and 'looptop enroll' there; if it is a copy of it, remove the file host-id here first."
        case .storage: "The agent could not store its identity; its own message says why. " + again
        case .other: "The other side gave up; its own message says why. " + again
        }
    }

    /// The first problem, and how many there are.
    static func sentence(_ problems: [JSON5Problem], file: String) -> String {
        guard let first = problems.first else { return "\(file): it cannot be used." }
        let more = problems.count - 1
        let text = first.sentence(file: file)
        return text + (text.hasSuffix("?") ? "" : ".") + (more == 0 ? "" : " And \(more) more.")
    }
}
