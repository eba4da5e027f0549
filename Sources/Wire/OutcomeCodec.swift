internal import Model

/// OUTCOME, and the same within an event.
extension Outcome {
    init(from reader: inout Reader, in bytes: Span<UInt8>) throws(WireError) {
        self.init(
            id: try reader.identifier("id", in: bytes), action: try reader.choice("action", in: bytes),
            target: try CommandTarget(from: &reader, in: bytes),
            issuer: try reader.text("issuer", limit: Limits.issuerBytes, in: bytes),
            verdict: try Verdict(from: &reader, in: bytes))
    }

    func write(to writer: inout Writer) {
        writer.identifier(id)
        writer.choice(action)
        target.write(to: &writer)
        writer.text(issuer, limit: Limits.issuerBytes)
        verdict.write(to: &writer)
    }
}

extension Verdict {
    init(from reader: inout Reader, in bytes: Span<UInt8>) throws(WireError) {
        switch try reader.byte("verdict", in: bytes) {
        case 1: self = .replaced(try RestartEvidence(from: &reader, in: bytes))
        case 2: self = .notReplaced(try RestartEvidence(from: &reader, in: bytes))
        case 3: self = .targetChanged
        case 4: self = .refused(try Refusal(from: &reader, in: bytes))
        case 5: self = .timedOut(try RestartEvidence(from: &reader, in: bytes))
        case 6: self = .zombieLeft(try RestartEvidence(from: &reader, in: bytes))
        case 7:
            self = .orphanHoldsPort(
                try RestartEvidence(from: &reader, in: bytes), try PortOrphan(from: &reader, in: bytes))
        case 8: self = .crashLoop(try RestartEvidence(from: &reader, in: bytes))
        case 9: self = .unkillable(try RestartEvidence(from: &reader, in: bytes))
        case 10: self = .notReady(try RestartEvidence(from: &reader, in: bytes))
        case 11: self = .managerFailed(try RestartEvidence(from: &reader, in: bytes))
        case 12: self = .interrupted(try Interruption(from: &reader, in: bytes))
        case 13: self = .done(try GroupEvidence(from: &reader, in: bytes))
        case 14: self = .failed(try GroupEvidence(from: &reader, in: bytes))
        case 15: self = .rolled(try RollSummary(from: &reader, in: bytes))
        case 16: self = .planned(try Plan(from: &reader, in: bytes))
        default: throw reader.malformed("verdict")
        }
    }

    func write(to writer: inout Writer) {
        writer.byte(number)
        switch self {
        case .replaced(let evidence), .notReplaced(let evidence), .timedOut(let evidence), .zombieLeft(let evidence),
            .crashLoop(let evidence), .unkillable(let evidence), .notReady(let evidence), .managerFailed(let evidence):
            evidence.write(to: &writer)
        case .targetChanged: break
        case .refused(let refusal): refusal.write(to: &writer)
        case .orphanHoldsPort(let evidence, let orphan):
            evidence.write(to: &writer)
            orphan.write(to: &writer)
        case .interrupted(let interruption): interruption.write(to: &writer)
        case .done(let evidence), .failed(let evidence): evidence.write(to: &writer)
        case .rolled(let summary): summary.write(to: &writer)
        case .planned(let plan): plan.write(to: &writer)
        }
    }

    /// On the wire: never reused.
    private var number: UInt8 {
        switch self {
        case .replaced: 1
        case .notReplaced: 2
        case .targetChanged: 3
        case .refused: 4
        case .timedOut: 5
        case .zombieLeft: 6
        case .orphanHoldsPort: 7
        case .crashLoop: 8
        case .unkillable: 9
        case .notReady: 10
        case .managerFailed: 11
        case .interrupted: 12
        case .done: 13
        case .failed: 14
        case .rolled: 15
        case .planned: 16
        }
    }
}
