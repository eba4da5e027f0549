import Model
import Testing

@testable import Trust

/// What keeps a host from being enrolled, word for word.
struct TrustErrorEnrolmentTests {
    static let tokens: [(TrustError, String)] = [
        (
            .notAToken,
            "This is not a looptop token: one begins with lt1. and is printed by 'looptop-agent init'."
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
            The host could not prove that it has the token's secret. Nothing was signed. Run 'looptop-agent init \
            --listen ...' on the host for a new token.
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
            The other side refused the proof: the token is of another run of 'init'. Run 'looptop-agent init \
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
            The token was used already; each works once. Run 'looptop-agent init --listen ...' on the host for a \
            new token.
            """
        ),
        (
            .tokenExpired,
            """
            The token has expired on the host. Run 'looptop-agent init --listen ...' on the host for a new token.
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

    /// The words that travel, which older and newer programs have to know.
    @Test func theOtherSideIsToldInTheseWords() {
        #expect(
            EnrolmentRefusal.allCases.map(\.rawValue) == [
                "unknown token", "wrong proof", "token burned", "token used", "token expired", "too soon",
                "unexpected step", "certificate not accepted", "request not accepted", "storing failed", "other",
            ])
    }

    @Test func noReasonOfTheOtherSideIsLeftOut() {
        #expect(Set(Self.refusals.map { $0.0 }) == Set(EnrolmentRefusal.allCases))
    }
}
