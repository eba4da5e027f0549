internal import Model

/// In a group or a worker.
extension Manager {
    init(from reader: inout Reader, in bytes: Span<UInt8>) throws(WireError) {
        self.init(
            kind: try reader.choice("manager", in: bytes),
            name: try reader.text("manager", limit: Limits.managerNameBytes, in: bytes))
    }

    func write(to writer: inout Writer) {
        writer.choice(kind)
        writer.text(name, limit: Limits.managerNameBytes)
    }
}

/// In a group, an event, a verdict.
extension PortOrphan {
    init(from reader: inout Reader, in bytes: Span<UInt8>) throws(WireError) {
        self.init(process: try reader.process("orphan", in: bytes), port: try reader.number("port", in: bytes))
    }

    func write(to writer: inout Writer) {
        writer.process(process)
        writer.number(port)
    }
}

extension FoldedProcess: WirePart {
    /// Process, role, title.
    static var minimumByteCount: Int { 4 }

    init(from reader: inout Reader, in bytes: Span<UInt8>) throws(WireError) {
        self.init(
            process: try reader.process("folded", in: bytes), role: try reader.choice("folded role", in: bytes),
            title: try reader.text("title", limit: Limits.titleBytes, in: bytes))
    }

    func write(to writer: inout Writer) {
        writer.process(process)
        writer.choice(role)
        writer.text(title, limit: Limits.titleBytes)
    }
}
