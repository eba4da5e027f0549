import Model
import Testing

@testable import Dashboard

/// Why an agent does not do what it was asked, word for word.
struct RefusalTextTests {
    static let other = CommandID(high: 0x0123_4567_89ab_cdef, low: 1)

    static let all: [(Refusal, String)] = [
        (
            .role(app: "web", needed: .operator, has: .viewer),
            "role viewer may not do this to web; it needs role operator"
        ),
        (.policy(app: "web"), "no rule of the host's policy allows this for web"),
        (.readOnly, "the agent runs with --read-only"),
        (.protectedProcess, "a protected process (pid 1, a kernel thread, or the agent or its ancestor)"),
        (.notAWorker, "not a worker that this agent watches"),
        (
            .busy(holder: other, what: ""),
            "another command (01234567) is under way on this app; try again after it"
        ),
        (.busy(holder: other, what: "roll by user/bob"), "busy: roll by user/bob"),
        (.expired, "the command was too old when it could have begun"),
        (.idReused, "a different command with this id came before"),
        (
            .notPermitted,
            "the kernel forbids it: the worker belongs to another user and the agent lacks CAP_KILL"
        ),
        (.unsupportedKernel, "the host's kernel has no pidfds (before 5.3)"),
        (.auditUnavailable(errno: 28), "the audit line could not be written (errno 28)"),
        (.tooManyCommands, "the agent runs as many commands at once as it may; try again"),
        (.notAGroup, "no such app on this host any more"),
        (.unsuited("which signal?"), "which signal?"),
        (.warning("its client loses the connection"), "the agent warns: its client loses the connection"),
        (.held(by: "user/bob", left: .seconds(41)), "user/bob holds this app, for 41s more unless renewed"),
        (
            .limit(app: "web", rule: "restartsPerMinute: 2; again in 30 s"),
            "a limit of the host's policy for web: restartsPerMinute: 2; again in 30 s"
        ),
        (.noSuchRoll, "there is no such roll, or it cannot do that as it stands"),
    ]

    @Test(arguments: all) func saysWhichRuleForbidsIt(refusal: Refusal, text: String) {
        #expect(refusalText(refusal) == text)
    }

    /// A new case does not compile here before it has a number, and fails before it has a sentence above.
    @Test func noCaseIsLeftOut() {
        #expect(Set(Self.all.map { Self.number(of: $0.0) }) == Set(0..<18))
    }

    private static func number(of refusal: Refusal) -> Int {
        switch refusal {
        case .role: 0
        case .policy: 1
        case .readOnly: 2
        case .protectedProcess: 3
        case .notAWorker: 4
        case .busy: 5
        case .expired: 6
        case .idReused: 7
        case .notPermitted: 8
        case .unsupportedKernel: 9
        case .auditUnavailable: 10
        case .tooManyCommands: 11
        case .notAGroup: 12
        case .unsuited: 13
        case .warning: 14
        case .held: 15
        case .limit: 16
        case .noSuchRoll: 17
        }
    }

    /// As the screens and the commands without a terminal have it.
    @Test func theVerdictSaysThatNothingWasDone() {
        let worker = CommandTarget.worker(WorkerID(boot: DemoFleet.boot, pid: 4711, startTicks: 5))
        let group = CommandTarget.group(GroupTarget(boot: DemoFleet.boot, key: "api", master: nil))
        #expect(
            verdictText(.refused(.policy(app: "api")), target: worker)
                == "refused: no rule of the host's policy allows this for api; nothing was signalled")
        #expect(
            verdictText(.refused(.readOnly), target: group)
                == "refused: the agent runs with --read-only; nothing was done")
        #expect(
            verdictText(.targetChanged, target: worker)
                == "target changed: pid 4711 is no longer the worker that was on the screen; nothing was signalled")
    }
}
