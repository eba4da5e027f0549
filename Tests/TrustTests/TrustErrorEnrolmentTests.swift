import Model
import Testing

@testable import Trust

/// What keeps a host from being enrolled, word for word.
struct TrustErrorEnrolmentTests {
    static let tokens: [(TrustError, String)] = [
        (
            .notAToken,
            """
            This is not a looptop token: one begins with lt1. and is printed by 'looptop-agent init' or 'looptop \
            invite'.
            """
        ),
        (
            .tokenDamaged(reason: "checksum"),
            "The token was damaged in copying (checksum). Copy it again, all of it."
        ),
        (
            .tokenVersion(9),
            "The token is of a kind that this version does not know (9). Update looptop."
        ),
        (
            .tokenOfOtherKind(.host),
            """
            This token was printed by 'looptop-agent init' on a host that waits to be enrolled: run 'looptop enroll \
            TOKEN' where the fleet's CA key is.
            """
        ),
        (
            .tokenOfOtherKind(.fleet),
            """
            This token was printed by 'looptop invite' for hosts: run 'looptop-agent join --listen ...' on the host \
            and paste it there.
            """
        ),
        (
            .tokenExpired(notAfter: start, now: later(.seconds(190))),
            """
            The token expired 3 min ago by this machine's clock. Run 'looptop-agent init --listen ...' on the host \
            for a new token.
            """
        ),
        (
            .pinMismatch(expected: [0x01, 0xab], found: [0xcd, 0x02]),
            """
            Whoever answered does not hold the key that the token names, so nothing was sent. The token names 01ab, \
            the answer came from cd02. Check the address; if it is right, somebody stands in between.
            """
        ),
        (
            .wrongSecret(triesLeft: 0),
            """
            Whoever answered could not prove that it has the token's secret, so nothing was given to it. Run \
            'looptop-agent init --listen ...' on the host for a new token.
            """
        ),
        (.wrongSecret(triesLeft: 1), "Somebody tried the token with a wrong secret; 1 more wrong try burns it."),
        (.wrongSecret(triesLeft: 2), "Somebody tried the token with a wrong secret; 2 more wrong tries burn it."),
        (
            .tokenBurned,
            """
            The token was tried 3 times with a wrong secret and no longer works. If that was not you, find out who \
            can reach this port. Run 'looptop-agent init --listen ...' on the host for a new token.
            """
        ),
        (
            .tokenUsed,
            """
            The token is not, or no longer, valid here: each works once. Run 'looptop-agent init --listen ...' on \
            the host for a new token.
            """
        ),
        (
            .enrolmentTimedOut,
            "The enrolment took too long. Run 'looptop-agent init --listen ...' on the host for a new token."
        ),
        (
            .enrolmentInterrupted,
            """
            The connection broke before the enrolment was complete. Try again; if the token no longer works: Run \
            'looptop-agent init --listen ...' on the host for a new token.
            """
        ),
        (
            .unexpectedStep("offer"),
            """
            The other side sent 'offer' where the enrolment has no such step. Use the same version of looptop on \
            both sides.
            """
        ),
        (.notInvited, "The host's name is not one that this invitation is for (--match)."),
        (
            .hostKnown(host),
            """
            A host of the id 0123456789abcdeffedcba9876543210 is enrolled already. If this is that host, let it wait \
            with 'looptop-agent init --reset' and run 'looptop enroll'; if it is a copy of it, remove the copy's file \
            host-id first.
            """
        ),
    ]

    /// What the other side says for giving up.
    static let refusals: [(EnrolmentRefusal, String)] = [
        (
            .unknownToken,
            """
            The other side does not know this token; it may have been started anew. Run 'looptop-agent init \
            --listen ...' on the host for a new token.
            """
        ),
        (
            .wrongProof,
            """
            The other side refused the proof: the token is of an earlier run there. Run 'looptop-agent init \
            --listen ...' on the host for a new token.
            """
        ),
        (
            .tokenBurned,
            """
            The token no longer works: too many wrong tries. Run 'looptop-agent init --listen ...' on the host for \
            a new token.
            """
        ),
        (
            .tokenUsed,
            """
            The token was used as often as it may be. Run 'looptop-agent init --listen ...' on the host for a new \
            token.
            """
        ),
        (
            .tokenExpired,
            """
            The token has expired where it was made. Run 'looptop-agent init --listen ...' on the host for a new token.
            """
        ),
        (.tooSoon, "The last try is less than a second ago. Try again."),
        (
            .unexpectedStep,
            "The other side did not expect our step. Use the same version of looptop on both sides."
        ),
        (
            .badGrant,
            """
            The agent did not accept the certificate it was given. Compare the clocks of both machines. Run \
            'looptop-agent init --listen ...' on the host for a new token.
            """
        ),
        (
            .badRequest,
            """
            The dashboard would not sign the agent's request; its own message says why. Run 'looptop-agent init \
            --listen ...' on the host for a new token.
            """
        ),
        (
            .storage,
            """
            The agent could not store its identity; its own message says why. Run 'looptop-agent init --listen ...' \
            on the host for a new token.
            """
        ),
        (
            .notInvited,
            """
            This host's name is not one that the invitation is for. Give --host-name, or have looptop invite run with \
            another --match.
            """
        ),
        (
            .hostKnown,
            """
            The fleet has a host of this host's id already. If this is that host, run 'looptop-agent init --reset' \
            here and 'looptop enroll' there; if it is a copy of it, remove the file host-id here first.
            """
        ),
        (
            .other,
            """
            The other side gave up; its own message says why. Run 'looptop-agent init --listen ...' on the host for \
            a new token.
            """
        ),
    ]

    static let all: [(TrustError, String)] = tokens + refusals.map { (TrustError.enrolmentRefused($0.0), $0.1) }

    @Test(arguments: all) func ofAnEnrolment(error: TrustError, sentence: String) {
        #expect(error.sentence == sentence)
    }

    /// A host that joins is sent elsewhere for a new token, and reads the same otherwise.
    @Test(arguments: all) func ofAJoiningHost(error: TrustError, sentence: String) {
        let here = "Run 'looptop-agent init --listen ...' on the host for a new token."
        let there = "Run 'looptop invite' where the fleet's CA key is for a new token."
        let parts = sentence.components(around: here)
        #expect(error.joinSentence == parts.joined(separator: there))
    }

    /// The words that travel, which older and newer programs have to know.
    @Test func theOtherSideIsToldInTheseWords() {
        #expect(
            EnrolmentRefusal.allCases.map(\.rawValue) == [
                "unknown token", "wrong proof", "token burned", "token used", "token expired", "too soon",
                "unexpected step", "certificate not accepted", "request not accepted", "storing failed",
                "host name not invited", "host id enrolled already", "other",
            ])
    }

    @Test func noReasonOfTheOtherSideIsLeftOut() {
        #expect(Set(Self.refusals.map { $0.0 }) == Set(EnrolmentRefusal.allCases))
    }
}

extension String {
    /// What is left and right of `text`; all of it where that is not in it.
    fileprivate func components(around text: String) -> [String] {
        guard hasSuffix(text) else { return [self] }
        return [String(dropLast(text.count)), ""]
    }
}
