import Model
import Testing
import Wire

@testable import Dashboard

/// Questions and dry runs through a link.
@Suite struct RequestsTests {
    private static let question = Query.Body.lives(groupKey: "api", slot: 3)

    private func answers(_ effects: [Link.Effect]) -> [(Query.Body, Answer.Body)] {
        effects.emitted.compactMap {
            if case .answer(let question, let answer) = $0 { (question, answer) } else { nil }
        }
    }

    private func queries(_ effects: [Link.Effect]) -> [Query] {
        effects.sent.compactMap { if case .query(let query) = $0 { query } else { nil } }
    }

    private func rehearsal(_ id: UInt64) -> Command {
        var command = LinkHarness.command(id)
        command.parameters.dryRun = true
        return command
    }

    @Test func aQuestionIsAnsweredByItsNumber() throws {
        var link = LinkHarness.ready()
        let query = try #require(queries(link.feed(.ask(Self.question))).first)
        #expect(query.body == Self.question)
        let other = try #require(queries(link.feed(.ask(.events(after: 0)))).first)
        #expect(other.id != query.id)
        let late = answers(link.feed(.received(.answer(Answer(id: 999, body: .events([]))))))
        #expect(late.isEmpty, "nobody asked that")
        let told = answers(link.feed(.received(.answer(Answer(id: query.id, body: .unknown("no such slot"))))))
        #expect(told.first?.0 == Self.question)
        #expect(told.first?.1 == .unknown("no such slot"))
        let twice = answers(link.feed(.received(.answer(Answer(id: query.id, body: .unknown("again"))))))
        #expect(twice.isEmpty)
    }

    @Test func theSameQuestionIsAskedOnce() {
        var link = LinkHarness.ready()
        let first = queries(link.feed(.ask(Self.question)))
        #expect(first.count == 1)
        #expect(link.feed(.ask(Self.question)).isEmpty)
        link.pass(Questions.patience)
        let later = queries(link.feed(.ask(Self.question)))
        #expect(later.count == 1, "an answer that old does not come any more")
    }

    @Test func questionsUnderWayAreBounded() {
        var link = LinkHarness.ready()
        for slot in 1...UInt32(Questions.capacity) {
            let sent = queries(link.feed(.ask(.lives(groupKey: "api", slot: slot))))
            #expect(sent.count == 1)
        }
        let effects = link.feed(.ask(.events(after: 0)))
        #expect(effects.sent.isEmpty)
        #expect(answers(effects).first?.1 == .unknown("too many questions at once"))
    }

    @Test func everyQuestionHasAnAnswerWithoutAConnectionToo() {
        var link = LinkHarness()
        let offline = answers(link.feed(.ask(Self.question)))
        #expect(offline.count == 1)
        link = LinkHarness.ready()
        link.feed(.ask(Self.question))
        let told = answers(link.feed(.closed(.closed(reason: ""))))
        #expect(told.first?.0 == Self.question)
        #expect(told.first?.1 == .unknown("the connection ended before an answer"))
    }

    @Test func aDryRunIsNeverRepeatedAndNeverACommand() throws {
        var link = LinkHarness.ready()
        let command = rehearsal(1)
        #expect(link.feed(.command(command)).sent == [.command(command)])
        #expect(link.link.requests.pending.entries.isEmpty)
        let outcome = Outcome(
            id: command.id, action: .restart, target: command.target, issuer: "uid/0",
            verdict: .planned(Plan(steps: [])))
        guard case .rehearsed(command.id, let verdict)? = link.feed(.received(.outcome(outcome))).emitted.first else {
            Issue.record("the plan was not told")
            return
        }
        #expect(verdict == outcome.verdict)
        #expect(link.feed(.received(.outcome(outcome))).emitted.isEmpty, "nobody waits for it any more")
        link.feed(.command(rehearsal(2)))
        link.feed(.closed(.closed(reason: "")))
        link.feed(.dial)
        link.feed(.opened(.local(uid: 0, pid: 1)))
        let sent = link.feed(.received(.welcome(LinkHarness.welcome()))).sent
        #expect(!sent.contains { if case .command = $0 { true } else { false } })
    }

    @Test func aRefusedDryRunIsNoOutcome() {
        var link = LinkHarness.ready()
        link.feed(.command(rehearsal(1)))
        let refused = Outcome(
            id: rehearsal(1).id, action: .restart, target: rehearsal(1).target, issuer: "uid/0",
            verdict: .refused(.readOnly))
        guard case .rehearsed(_, .refused(.readOnly))? = link.feed(.received(.outcome(refused))).emitted.first else {
            Issue.record("not told as that of a dry run")
            return
        }
    }

    /// The answer is that of the first, however often it has to be asked for.
    @Test func anAgentWithoutRoomForARepeatIsAskedAgain() {
        var link = LinkHarness.ready()
        let command = LinkHarness.command(1)
        link.feed(.command(command))
        link.feed(.received(.accepted(command.id)))
        link.feed(.closed(.closed(reason: "")))
        for _ in 0..<3 {
            link.feed(.dial)
            link.feed(.opened(.local(uid: 0, pid: 1)))
            #expect(link.feed(.received(.welcome(LinkHarness.welcome()))).sent.contains(.command(command)))
            let effects = link.feed(
                .received(.failure(Failure(code: .busy, text: "too many commands wait here already"))))
            #expect(effects.loss?.retryAt != nil)
            #expect(!effects.emitted.contains { if case .outcome = $0 { true } else { false } })
            link.feed(.closed(.closed(reason: "")))
        }
        link.feed(.dial)
        link.feed(.opened(.local(uid: 0, pid: 1)))
        link.feed(.received(.welcome(LinkHarness.welcome())))
        let outcome = Outcome(
            id: command.id, action: .restart, target: command.target, issuer: "uid/0",
            verdict: .replaced(RestartEvidence()))
        guard case .outcome(outcome)? = link.feed(.received(.outcome(outcome))).emitted.first else {
            Issue.record("what became of it was not told")
            return
        }
    }

    @Test func anAgentThatForgotWhatItAcceptedLeavesItUnknown() {
        var link = LinkHarness.ready()
        let command = LinkHarness.command(1)
        link.feed(.command(command))
        link.feed(.received(.accepted(command.id)))
        link.feed(.closed(.closed(reason: "")))
        link.pass(.seconds(20))
        link.feed(.dial)
        link.feed(.opened(.local(uid: 0, pid: 1)))
        link.feed(.received(.welcome(LinkHarness.welcome())))
        let denial = Outcome(
            id: command.id, action: .restart, target: command.target, issuer: "user/ada", verdict: .refused(.expired))
        guard case .forgotten(command.id)? = link.feed(.received(.outcome(denial))).emitted.first else {
            Issue.record("told as refused")
            return
        }
    }
}
