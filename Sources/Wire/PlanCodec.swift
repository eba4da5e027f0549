internal import Model

/// Within a verdict. Steps that do not fit into the message are counted and left out.
extension Plan {
    init(from reader: inout Reader, in bytes: Span<UInt8>) throws(WireError) {
        let success = try reader.texts("success", limit: Limits.planSentences, in: bytes)
        let warnings = try reader.texts("warnings", limit: Limits.planSentences, in: bytes)
        self.init(
            steps: try reader.parts("steps", limit: Limits.planSteps, in: bytes), success: success, warnings: warnings,
            omittedSteps: try reader.number("omitted steps", in: bytes))
    }

    func write(to writer: inout Writer) {
        writer.texts(success, limit: Limits.planSentences)
        writer.texts(warnings, limit: Limits.planSentences)
        let written = writer.parts(steps, limit: Limits.planSteps, keeping: 5)  // a varint of 32 bits
        let (omitted, overflow) = omittedSteps.addingReportingOverflow(UInt32(clamping: steps.count - written))
        writer.number(overflow ? .max : omitted)
    }
}

extension PlanStep: WirePart {
    /// Flag, role, deed and its text or signal, condition.
    static var minimumByteCount: Int { 5 }

    init(from reader: inout Reader, in bytes: Span<UInt8>) throws(WireError) {
        self.init(
            process: try reader.flag("process", in: bytes) ? try reader.process("process", in: bytes) : nil,
            role: try reader.text("role", limit: Limits.groupTextBytes, in: bytes),
            deed: try Deed(from: &reader, in: bytes),
            condition: try reader.text("condition", limit: Limits.textBytes, in: bytes))
    }

    func write(to writer: inout Writer) {
        writer.flag(process != nil)
        if let process { writer.process(process) }
        writer.text(role, limit: Limits.groupTextBytes)
        deed.write(to: &writer)
        writer.text(condition, limit: Limits.textBytes)
    }
}

extension PlanStep.Deed {
    init(from reader: inout Reader, in bytes: Span<UInt8>) throws(WireError) {
        switch try reader.byte("deed", in: bytes) {
        case 1: self = .signal(try reader.byte("signal", in: bytes))
        case 2: self = .call(try reader.text("call", limit: Limits.detailBytes, in: bytes))
        default: throw reader.malformed("deed")
        }
    }

    func write(to writer: inout Writer) {
        switch self {
        case .signal(let number):
            writer.byte(1)
            writer.byte(number)
        case .call(let text):
            writer.byte(2)
            writer.text(text, limit: Limits.detailBytes)
        }
    }
}

extension Offer: WirePart {
    /// Action, means, flag.
    static var minimumByteCount: Int { 3 }

    init(from reader: inout Reader, in bytes: Span<UInt8>) throws(WireError) {
        self.init(
            action: try reader.choice("action", in: bytes),
            means: try reader.text("means", limit: Limits.textBytes, in: bytes),
            unavailable: try reader.flag("unavailable", in: bytes)
                ? try reader.text("unavailable", limit: Limits.textBytes, in: bytes) : nil)
    }

    func write(to writer: inout Writer) {
        writer.choice(action)
        writer.text(means, limit: Limits.textBytes)
        writer.flag(unavailable != nil)
        if let unavailable { writer.text(unavailable, limit: Limits.textBytes) }
    }
}
