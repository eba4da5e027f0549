internal import Model

/// COMMAND.
extension Command {
    init(from reader: inout Reader, in bytes: Span<UInt8>) throws(WireError) {
        self.init(
            id: try reader.identifier("id", in: bytes), action: try reader.choice("action", in: bytes),
            target: try CommandTarget(from: &reader, in: bytes),
            parameters: try CommandParameters(from: &reader, in: bytes),
            timeToLive: try reader.duration("time to live", in: bytes),
            grace: try reader.duration("grace", in: bytes))
    }

    func write(to writer: inout Writer) {
        writer.identifier(id)
        writer.choice(action)
        target.write(to: &writer)
        parameters.write(to: &writer)
        writer.duration(timeToLive)
        writer.duration(grace)
    }
}

extension CommandParameters {
    /// Bits of the byte that comes first.
    private enum Known {
        static let dryRun: UInt8 = 1 << 0
        static let warned: UInt8 = 1 << 1
        static let signal: UInt8 = 1 << 2
        static let size: UInt8 = 1 << 3
        static let subject: UInt8 = 1 << 4
        static let count = 5
    }

    init(from reader: inout Reader, in bytes: Span<UInt8>) throws(WireError) {
        let known = try reader.bits(Known.count, "parameters", in: bytes)
        self.init(dryRun: known & Known.dryRun != 0, warned: known & Known.warned != 0)
        if known & Known.signal != 0 { signal = try reader.byte("signal", in: bytes) }
        if known & Known.size != 0 { size = try Scale(from: &reader, in: bytes) }
        if known & Known.subject != 0 { subject = try reader.identifier("subject", in: bytes) }
        roll = try RollOptions(from: &reader, in: bytes)
        reason = try reader.text("reason", limit: Limits.textBytes, in: bytes)
    }

    func write(to writer: inout Writer) {
        var known: UInt8 = 0
        if dryRun { known |= Known.dryRun }
        if warned { known |= Known.warned }
        if signal != nil { known |= Known.signal }
        if size != nil { known |= Known.size }
        if subject != nil { known |= Known.subject }
        writer.byte(known)
        if let signal { writer.byte(signal) }
        if let size { size.write(to: &writer) }
        if let subject { writer.identifier(subject) }
        roll.write(to: &writer)
        writer.text(reason, limit: Limits.textBytes)
    }
}

extension Scale {
    init(from reader: inout Reader, in bytes: Span<UInt8>) throws(WireError) {
        switch try reader.byte("size", in: bytes) {
        case 1:
            guard let step = Int32(exactly: try reader.signed("size", in: bytes)) else {
                throw reader.malformed("size")
            }
            self = .by(step)
        case 2: self = .to(try reader.number("size", in: bytes))
        default: throw reader.malformed("size")
        }
    }

    func write(to writer: inout Writer) {
        switch self {
        case .by(let step):
            writer.byte(1)
            writer.signed(Int64(step))
        case .to(let size):
            writer.byte(2)
            writer.number(size)
        }
    }
}
