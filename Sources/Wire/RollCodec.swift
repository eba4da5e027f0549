internal import Model

/// Within a command's parameters.
extension RollOptions {
    /// Bits of the byte that says which are given.
    private enum Known {
        static let lagBelow: UInt8 = 1 << 0
        static let ready: UInt8 = 1 << 1
        static let hold: UInt8 = 1 << 2
        static let count = 3
    }

    init(from reader: inout Reader, in bytes: Span<UInt8>) throws(WireError) {
        self.init(
            maxUnavailable: try reader.number("max unavailable", in: bytes),
            stable: try reader.duration("stable", in: bytes))
        let known = try reader.bits(Known.count, "roll options", in: bytes)
        if known & Known.lagBelow != 0 { lagBelow = try reader.duration("lag below", in: bytes) }
        if known & Known.ready != 0 { ready = try ReadyCheck(from: &reader, in: bytes) }
        if known & Known.hold != 0 { hold = try reader.identifier("hold", in: bytes) }
    }

    func write(to writer: inout Writer) {
        writer.number(maxUnavailable)
        writer.duration(stable)
        var known: UInt8 = 0
        if lagBelow != nil { known |= Known.lagBelow }
        if ready != nil { known |= Known.ready }
        if hold != nil { known |= Known.hold }
        writer.byte(known)
        if let lagBelow { writer.duration(lagBelow) }
        if let ready { ready.write(to: &writer) }
        if let hold { writer.identifier(hold) }
    }
}

extension ReadyCheck {
    init(from reader: inout Reader, in bytes: Span<UInt8>) throws(WireError) {
        switch try reader.byte("ready check", in: bytes) {
        case 1: self = .tcp(port: try reader.number("port", in: bytes))
        case 2:
            self = .http(
                port: try reader.number("port", in: bytes),
                path: try reader.text("path", limit: Limits.textBytes, in: bytes))
        case 3: self = .configured
        default: throw reader.malformed("ready check")
        }
    }

    func write(to writer: inout Writer) {
        switch self {
        case .tcp(let port):
            writer.byte(1)
            writer.number(port)
        case .http(let port, let path):
            writer.byte(2)
            writer.number(port)
            writer.text(path, limit: Limits.textBytes)
        case .configured: writer.byte(3)
        }
    }
}

/// In a group, an event, an outcome.
extension RollSummary {
    init(from reader: inout Reader, in bytes: Span<UInt8>) throws(WireError) {
        self.init(
            id: try reader.identifier("roll", in: bytes), state: try reader.choice("roll state", in: bytes),
            issuer: try reader.text("issuer", limit: Limits.issuerBytes, in: bytes),
            total: try reader.number("total", in: bytes), replaced: try reader.number("replaced", in: bytes),
            underWay: try reader.numbers("under way", limit: Limits.underWay, in: bytes),
            reason: try reader.text("reason", limit: Limits.textBytes, in: bytes),
            began: try reader.instant("began", in: bytes))
    }

    func write(to writer: inout Writer) {
        writer.identifier(id)
        writer.choice(state)
        writer.text(issuer, limit: Limits.issuerBytes)
        writer.number(total)
        writer.number(replaced)
        writer.numbers(underWay, limit: Limits.underWay)
        writer.text(reason, limit: Limits.textBytes)
        writer.instant(began)
    }
}
