internal import Model

/// COMMAND.
extension Command {
    init(from reader: inout Reader, in bytes: Span<UInt8>) throws(WireError) {
        self.init(
            id: try reader.identifier("id", in: bytes), action: try reader.choice("action", in: bytes),
            target: try reader.worker("target", in: bytes),
            timeToLive: try reader.duration("time to live", in: bytes),
            grace: try reader.duration("grace", in: bytes))
    }

    func write(to writer: inout Writer) {
        writer.identifier(id)
        writer.choice(action)
        writer.worker(target)
        writer.duration(timeToLive)
        writer.duration(grace)
    }
}
