import Model
import Testing

@testable import Agent

/// What an audit line says of a refusal, word for word.
struct AuditVerdictTests {
    static let refusals: [(Refusal, String)] = [
        (.role(app: "web", needed: .operator, has: .viewer), "app web needs operator, issuer is viewer"),
        (.policy(app: "web"), "no rule allows it on app web"), (.readOnly, "agent is read-only"),
        (.protectedProcess, "protected process"), (.notAWorker, "not a watched worker"),
        (
            .busy(holder: CommandID(high: 0xC0, low: 1), what: "roll by user/bob"),
            "group is held by command 00000000000000c00000000000000001: roll by user/bob"
        ),
        (.expired, "time to live is over"), (.idReused, "id was used for another command"),
        (.notPermitted, "kernel forbids it"), (.unsupportedKernel, "kernel has no pidfds"),
        (.auditUnavailable(errno: 28), "audit line could not be written, errno 28"),
        (.tooManyCommands, "too many commands under way"), (.notAGroup, "not a known group"),
        (.unsuited("which signal?"), "which signal?"),
        (.warning("its client loses the connection"), "not confirmed: its client loses the connection"),
        (.held(by: "user/bob", left: .seconds(41)), "held by user/bob, 41 s left"),
        (.limit(app: "web", rule: "restartsPerMinute: 2"), "app web is limited: restartsPerMinute: 2"),
        (.noSuchRoll, "no such roll"),
    ]

    @Test(arguments: refusals) func theReasonIsInTheLine(refusal: Refusal, reason: String) {
        let line = String(decoding: AuditSamples.record(verdict: .refused(refusal)).line, as: UTF8.self)
        #expect(line.contains("\"verdict\":\"refused\",\"reason\":\"\(reason)\""))
    }
}
