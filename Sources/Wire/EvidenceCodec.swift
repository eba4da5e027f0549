internal import Model

/// Within a verdict.
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
        fallen = try reader.number("fallen", in: bytes)
        detail = try reader.text("detail", limit: Limits.detailBytes, in: bytes)
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
        writer.number(fallen)
        writer.text(detail, limit: Limits.detailBytes)
    }
}

extension GroupEvidence {
    init(from reader: inout Reader, in bytes: Span<UInt8>) throws(WireError) {
        self.init(
            before: try reader.number("before", in: bytes), after: try reader.number("after", in: bytes),
            wanted: try reader.flag("wanted", in: bytes) ? try reader.number("wanted", in: bytes) : nil,
            gone: try reader.number("gone", in: bytes), new: try reader.number("new", in: bytes),
            elapsed: try reader.duration("elapsed", in: bytes),
            detail: try reader.text("detail", limit: Limits.detailBytes, in: bytes))
    }

    func write(to writer: inout Writer) {
        writer.number(before)
        writer.number(after)
        writer.flag(wanted != nil)
        if let wanted { writer.number(wanted) }
        writer.number(gone)
        writer.number(new)
        writer.duration(elapsed)
        writer.text(detail, limit: Limits.detailBytes)
    }
}

extension Interruption {
    init(from reader: inout Reader, in bytes: Span<UInt8>) throws(WireError) {
        let lives: Bool? =
            switch try reader.byte("target lives", in: bytes) {
            case 0: nil
            case 1: false
            case 2: true
            default: throw reader.malformed("target lives")
            }
        self.init(
            targetLives: lives,
            replacement: try reader.flag("replacement", in: bytes) ? try reader.worker("replacement", in: bytes) : nil,
            workers: try reader.number("workers", in: bytes),
            detail: try reader.text("detail", limit: Limits.textBytes, in: bytes))
    }

    func write(to writer: inout Writer) {
        writer.byte(targetLives.map { $0 ? 2 : 1 } ?? 0)
        writer.flag(replacement != nil)
        if let replacement { writer.worker(replacement) }
        writer.number(workers)
        writer.text(detail, limit: Limits.textBytes)
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
