import Model
import Testing

@testable import Dashboard

/// Why there is no connection, word for word, and what can be done about it.
struct FailureTextTests {
    static let all: [(LinkFailure, String)] = [
        (.unreachable(reason: ""), "not reachable"), (.unreachable(reason: "no such host"), "no such host"),
        (.authentication(reason: ""), "our certificate was refused"),
        (.authentication(reason: "unknown user"), "unknown user"),
        (.untrusted(reason: ""), "their certificate is not trusted"),
        (.untrusted(reason: "expired"), "their certificate is not trusted: expired"),
        (.version(theirs: 8...9, ours: 3...3), "agent speaks protocol 8 to 9, this dashboard 3"),
        (.closed(reason: ""), "connection closed"), (.closed(reason: "upgrade"), "connection closed: upgrade"),
        (.silent, "connection silent for 15 s"), (.protocolError(reason: ""), "it broke the protocol"),
        (.protocolError(reason: "HELLO twice"), "it broke the protocol: HELLO twice"),
        (.noDescriptor(allowed: 1024), "not dialled: looptop may have 1024 files open here, too few for all hosts"),
    ]

    @Test(arguments: all) func saysWhyThereIsNoConnection(failure: LinkFailure, text: String) {
        #expect(failureText(failure) == text)
    }

    static let advice: [(LinkFailure, String)] = [
        (.unreachable(reason: ""), "Ctrl-R: now"), (.closed(reason: ""), "Ctrl-R: now"), (.silent, "Ctrl-R: now"),
        (.authentication(reason: ""), "enrol again, then Ctrl-R"),
        (.untrusted(reason: ""), "check who answers there; enrol again if it was reinstalled"),
        (.version(theirs: 8...9, ours: 3...3), "this dashboard must be upgraded"),
        (.version(theirs: 1...2, ours: 3...3), "the agent must be upgraded"),
        (.protocolError(reason: ""), "upgrade the older side; Ctrl-R: now"),
        (.noDescriptor(allowed: 1024), "raise the hard limit (ulimit -Hn) and start it again, or name fewer hosts"),
    ]

    @Test(arguments: advice) func saysWhatCanBeDone(failure: LinkFailure, text: String) {
        #expect(failureAdvice(failure, at: "web-1:7433") == text)
    }

    @Test func sshKnowsBestWhatItWants() {
        #expect(
            failureAdvice(.authentication(reason: ""), at: "ssh:web-1") == "see what ssh itself says, then Ctrl-R")
    }
}
