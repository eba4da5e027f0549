internal import Model

/// OUTCOME, and the same within an event.
extension Outcome {
    init(from reader: inout Reader, in bytes: Span<UInt8>) throws(WireError) {
        self.init(
            id: try reader.identifier("id", in: bytes), action: try reader.choice("action", in: bytes),
            target: try reader.worker("target", in: bytes),
            issuer: try reader.text("issuer", limit: Limits.issuerBytes, in: bytes),
            verdict: try Verdict(from: &reader, in: bytes))
    }

    func write(to writer: inout Writer) {
        writer.identifier(id)
        writer.choice(action)
        writer.worker(target)
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
        default: throw reader.malformed("verdict")
        }
    }

    func write(to writer: inout Writer) {
        switch self {
        case .replaced(let evidence):
            writer.byte(1)
            evidence.write(to: &writer)
        case .notReplaced(let evidence):
            writer.byte(2)
            evidence.write(to: &writer)
        case .targetChanged: writer.byte(3)
        case .refused(let refusal):
            writer.byte(4)
            refusal.write(to: &writer)
        case .timedOut(let evidence):
            writer.byte(5)
            evidence.write(to: &writer)
        }
    }
}

extension RestartEvidence {
    /// Bits of the byte that says which facts are known.
    private enum Known {
        static let exited: UInt8 = 1 << 0
        static let exitStatus: UInt8 = 1 << 1
        static let replacement: UInt8 = 1 << 2
        static let replaced: UInt8 = 1 << 3
        static let count = 4
    }

    init(from reader: inout Reader, in bytes: Span<UInt8>) throws(WireError) {
        self.init()
        for _ in 0..<(try reader.count("signals", limit: Limits.signals, minimum: 2, in: bytes)) {
            signals.append(
                SentSignal(
                    number: try reader.byte("signal", in: bytes), after: try reader.duration("signal", in: bytes)))
        }
        let known = try reader.bits(Known.count, "evidence", in: bytes)
        if known & Known.exited != 0 { exited = try reader.duration("exited", in: bytes) }
        if known & Known.exitStatus != 0 { exitStatus = try ExitStatus(from: &reader, in: bytes) }
        if known & Known.replacement != 0 { replacement = try reader.worker("replacement", in: bytes) }
        if known & Known.replaced != 0 { replaced = try reader.duration("replaced", in: bytes) }
    }

    func write(to writer: inout Writer) {
        writer.count(min(signals.count, Limits.signals))
        for signal in signals.prefix(Limits.signals) {
            writer.byte(signal.number)
            writer.duration(signal.after)
        }
        var known: UInt8 = 0
        if exited != nil { known |= Known.exited }
        if exitStatus != nil { known |= Known.exitStatus }
        if replacement != nil { known |= Known.replacement }
        if replaced != nil { known |= Known.replaced }
        writer.byte(known)
        if let exited { writer.duration(exited) }
        if let exitStatus { exitStatus.write(to: &writer) }
        if let replacement { writer.worker(replacement) }
        if let replaced { writer.duration(replaced) }
    }
}

extension ExitStatus {
    init(from reader: inout Reader, in bytes: Span<UInt8>) throws(WireError) {
        switch try reader.byte("exit status", in: bytes) {
        case 1: self = .code(try reader.byte("exit code", in: bytes))
        case 2: self = .signal(try reader.byte("exit signal", in: bytes))
        default: throw reader.malformed("exit status")
        }
    }

    func write(to writer: inout Writer) {
        switch self {
        case .code(let code):
            writer.byte(1)
            writer.byte(code)
        case .signal(let signal):
            writer.byte(2)
            writer.byte(signal)
        }
    }
}
