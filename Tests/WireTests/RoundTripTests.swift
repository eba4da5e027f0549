import Model
import Testing
import Wire

@Suite struct RoundTripTests {
    @Test(arguments: [
        Interest.host, .groups, .workers, .worker(WorkerID(boot: Samples.boot, pid: .max, startTicks: .max)),
    ])
    func everyInterest(_ interest: Interest) throws {
        try expectRoundTrip(.subscribe(Subscription(id: .max, interest: interest, interval: .nanoseconds(1))))
    }

    @Test(arguments: FailureCode.allCases) func everyFailureCode(_ code: FailureCode) throws {
        try expectRoundTrip(.failure(Failure(code: code, text: "")))
        try expectRoundTrip(.failure(Failure(code: code, text: "naïve \u{1b}[2J 日本")))
    }

    static let refusals: [Refusal] = [
        .role(app: "web", needed: .admin, has: .viewer), .policy(app: ""), .readOnly, .protectedProcess, .notAWorker,
        .busy(holder: Samples.run, what: "a roll by user/ada"), .expired, .idReused, .notPermitted, .unsupportedKernel,
        .auditUnavailable(errno: 28), .auditUnavailable(errno: -1), .tooManyCommands, .notAGroup,
        .unsuited("HUP makes this uvicorn end"), .warning(""), .held(by: "user/ada", left: .seconds(42)),
        .limit(app: "web", rule: "at most 3 an hour"), .noSuchRoll,
    ]

    @Test(arguments: refusals) func everyRefusal(_ refusal: Refusal) throws {
        try expectRoundTrip(.outcome(outcome(.refused(refusal))))
    }

    static let evidences: [RestartEvidence] = [
        RestartEvidence(), Samples.evidence, RestartEvidence(exited: .zero),
        RestartEvidence(exitStatus: .code(255)), RestartEvidence(replacement: Samples.newWorker),
        RestartEvidence(replaced: .nanoseconds(Int64.max)),
        RestartEvidence(fallen: .max), RestartEvidence(detail: "supervisord: BAD_NAME: web:1"),
        RestartEvidence(signals: (0..<16).map { SentSignal(number: $0, after: .milliseconds(Int($0))) }),
    ]

    @Test(arguments: evidences) func everyVerdictWithEvidence(_ evidence: RestartEvidence) throws {
        let verdicts: [Verdict] = [
            .replaced(evidence), .notReplaced(evidence), .timedOut(evidence), .zombieLeft(evidence),
            .orphanHoldsPort(evidence, PortOrphan(process: Samples.master, port: .max)), .crashLoop(evidence),
            .unkillable(evidence), .notReady(evidence), .managerFailed(evidence),
        ]
        for verdict in verdicts {
            try expectRoundTrip(.outcome(outcome(verdict)))
            try expectRoundTrip(.event(Samples.event(.commandEnded(outcome(verdict)))))
        }
    }

    @Test func aChangedTarget() throws { try expectRoundTrip(.outcome(outcome(.targetChanged))) }

    @Test(arguments: [nil, .code(0), .code(255), .signal(9)] as [Model.ExitStatus?])
    func everyExitStatus(_ status: Model.ExitStatus?) throws {
        try expectRoundTrip(
            .event(
                Samples.event(
                    .workerExited(
                        WorkerPlace(worker: Samples.worker, app: "a", groupKey: "g", slot: .max), status: status,
                        oomKilled: status != nil))))
    }

    @Test(arguments: SpeakerRole.allCases) func helloOfBothSides(_ role: SpeakerRole) throws {
        var hello = Samples.hello
        hello.role = role
        hello.host = role == .agent ? Samples.host : nil
        hello.versions = 0...UInt16.max
        hello.features = .max
        hello.wall = WallTime(nanoseconds: .min)
        hello.monotonic = MonotonicInstant(nanoseconds: .max)
        try expectRoundTrip(.hello(hello))
    }

    @Test(arguments: Role.allCases) func welcomeInEveryRole(_ role: Role) throws {
        var welcome = Samples.welcome
        welcome.role = role
        welcome.readOnly = true
        welcome.host.cores = .max
        welcome.host.intervalNanoseconds = .max
        try expectRoundTrip(.welcome(welcome))
    }

    @Test(arguments: GroupKind.allCases) func everyGroupKindAndRespawn(_ kind: GroupKind) throws {
        var snapshot = Samples.keyframe
        snapshot.groups = Respawn.allCases.map { respawn in
            GroupEntry(
                info: GroupInfo(
                    key: "\(respawn.rawValue)", app: "", kind: kind, ports: [0, 80, .max], respawn: respawn),
                row: GroupRow())
        }
        try expectRoundTrip(.keyframe(subscription: 0, snapshot))
    }

    @Test func anEmptySnapshot() throws {
        try expectRoundTrip(
            .keyframe(
                subscription: 9,
                Snapshot(
                    sequence: .max, monotonic: MonotonicInstant(nanoseconds: 0), wall: WallTime(nanoseconds: -1),
                    limitations: Limitations(rawValue: .max))))
    }

    @Test func workersOfSeveralBootsAndOfUnknownGroups() throws {
        var snapshot = Samples.keyframe
        let boots = [Samples.boot, Samples.run, Samples.run, Samples.boot]
        snapshot.workers = boots.enumerated().map { index, boot in
            let id = WorkerID(boot: boot, pid: Int32(index) - 1, startTicks: .max)
            let group = index == 2 ? "gone" : "node:4300"
            return WorkerEntry(info: Samples.info(id, slot: 1, group: group), row: WorkerRow())
        }
        try expectRoundTrip(.keyframe(subscription: 1, snapshot))
    }

    @Test func everyColumnWithItsLargestValue() throws {
        var snapshot = Samples.keyframe
        for field in HostField.allCases { snapshot.host[field] = .max }
        for field in GroupField.allCases { snapshot.groups[0].row[field] = .max - 1 }
        for field in WorkerField.allCases { snapshot.workers[0].row[field] = UInt64(field.rawValue) }
        try expectRoundTrip(.keyframe(subscription: 1, snapshot))
    }

    @Test func anEnrolmentProofWithoutHMACIsAllZero() throws {
        let proof = EnrolProof(nonce: Array(repeating: 1, count: 32))
        #expect(proof.hmac == Array(repeating: 0, count: 32))
        try expectRoundTrip(.enrolProof(proof))
    }

    @Test func enrolmentFieldsOfFixedLengthAreFitted() {
        let offer = EnrolOffer(tokenID: [], nonce: Array(repeating: 7, count: 33), spkiHash: [1])
        #expect([offer.tokenID.count, offer.nonce.count, offer.spkiHash.count] == [8, 32, 32])
    }

    private func outcome(_ verdict: Verdict) -> Outcome {
        var outcome = Samples.outcome
        outcome.verdict = verdict
        return outcome
    }

    private func expectRoundTrip(_ message: Message) throws {
        let bytes = message.encoded()
        #expect(try decode(bytes) == message)
        #expect(bytes.count <= message.type.maximumByteCount)
    }
}
