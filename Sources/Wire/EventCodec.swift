internal import Model

/// EVENT.
extension Event {
    init(from reader: inout Reader, in bytes: Span<UInt8>) throws(WireError) {
        self.init(
            sequence: try reader.varint("sequence", in: bytes), monotonic: try reader.instant("monotonic", in: bytes),
            wall: try reader.wall("wall", in: bytes), body: try Body(from: &reader, in: bytes))
    }

    func write(to writer: inout Writer) {
        writer.varint(sequence)
        writer.instant(monotonic)
        writer.wall(wall)
        body.write(to: &writer)
    }
}

extension Event.Body {
    init(from reader: inout Reader, in bytes: Span<UInt8>) throws(WireError) {
        switch try reader.byte("event", in: bytes) {
        case 1:
            var context = WorkerContext()
            self = .workerStarted(
                try WorkerInfo(from: &reader, context: &context, in: bytes),
                app: try reader.text("app", limit: Limits.groupTextBytes, in: bytes))
        case 2:
            self = .workerExited(
                worker: try reader.worker("worker", in: bytes),
                app: try reader.text("app", limit: Limits.groupTextBytes, in: bytes),
                groupKey: try reader.text("group", limit: Limits.groupTextBytes, in: bytes),
                slot: try reader.number("slot", in: bytes),
                status: try reader.flag("status", in: bytes) ? try ExitStatus(from: &reader, in: bytes) : nil)
        case 3:
            self = .commandAccepted(
                id: try reader.identifier("id", in: bytes), action: try reader.choice("action", in: bytes),
                target: try reader.worker("target", in: bytes),
                issuer: try reader.text("issuer", limit: Limits.issuerBytes, in: bytes))
        case 4: self = .commandEnded(try Outcome(from: &reader, in: bytes))
        default: throw reader.malformed("event")
        }
    }

    func write(to writer: inout Writer) {
        switch self {
        case .workerStarted(let info, let app):
            writer.byte(1)
            var context = WorkerContext()
            info.write(to: &writer, context: &context)
            writer.text(app, limit: Limits.groupTextBytes)
        case .workerExited(let worker, let app, let groupKey, let slot, let status):
            writer.byte(2)
            writer.worker(worker)
            writer.text(app, limit: Limits.groupTextBytes)
            writer.text(groupKey, limit: Limits.groupTextBytes)
            writer.number(slot)
            writer.flag(status != nil)
            if let status { status.write(to: &writer) }
        case .commandAccepted(let id, let action, let target, let issuer):
            writer.byte(3)
            writer.identifier(id)
            writer.choice(action)
            writer.worker(target)
            writer.text(issuer, limit: Limits.issuerBytes)
        case .commandEnded(let outcome):
            writer.byte(4)
            outcome.write(to: &writer)
        }
    }
}
