internal import Model

/// EVENT, and the same within an answer.
extension Event: WirePart {
    /// Sequence, two times, kind, something.
    static var minimumByteCount: Int { 5 }

    init(from reader: inout Reader, in bytes: Span<UInt8>) throws(WireError) {
        self.init(
            sequence: try reader.varint("sequence", in: bytes), monotonic: try reader.instant("monotonic", in: bytes),
            wall: try reader.wall("wall", in: bytes), body: try Body(from: &reader, in: bytes))
    }

    func write(to writer: inout Writer) {
        writer.varint(sequence)
        writer.instant(monotonic)
        writer.wall(wall)
        writer.byte(body.number)
        body.write(to: &writer)
    }
}

extension Event.Body {
    init(from reader: inout Reader, in bytes: Span<UInt8>) throws(WireError) {
        switch try reader.byte("event", in: bytes) {
        case 1:
            var context = WorkerContext()
            self = .workerStarted(
                try WorkerInfo(from: &reader, context: &context, in: bytes), app: try reader.groupText("app", in: bytes)
            )
        case 2:
            self = .workerExited(
                try WorkerPlace(from: &reader, in: bytes),
                status: try reader.flag("status", in: bytes) ? try ExitStatus(from: &reader, in: bytes) : nil,
                oomKilled: try reader.flag("oom killed", in: bytes))
        case 3:
            self = .commandAccepted(
                id: try reader.identifier("id", in: bytes), action: try reader.choice("action", in: bytes),
                target: try CommandTarget(from: &reader, in: bytes),
                issuer: try reader.text("issuer", limit: Limits.issuerBytes, in: bytes))
        case 4: self = .commandEnded(try Outcome(from: &reader, in: bytes))
        case 5: self = .hung(try WorkerPlace(from: &reader, in: bytes))
        case 6:
            self = .hungEnded(try WorkerPlace(from: &reader, in: bytes), after: try reader.duration("after", in: bytes))
        case 7:
            self = .orphanFound(
                app: try reader.groupText("app", in: bytes), groupKey: try reader.groupText("group", in: bytes),
                try PortOrphan(from: &reader, in: bytes),
                name: try reader.text("name", limit: Limits.titleBytes, in: bytes))
        case 8:
            self = .orphanGone(
                app: try reader.groupText("app", in: bytes), groupKey: try reader.groupText("group", in: bytes),
                try PortOrphan(from: &reader, in: bytes))
        case 9:
            self = .roll(
                try RollSummary(from: &reader, in: bytes), app: try reader.groupText("app", in: bytes),
                groupKey: try reader.groupText("group", in: bytes))
        case 10:
            self = .rule(
                try WorkerPlace(from: &reader, in: bytes),
                rule: try reader.text("rule", limit: Limits.textBytes, in: bytes),
                deed: try reader.text("deed", limit: Limits.detailBytes, in: bytes))
        case 11: self = .configuration(try reader.text("configuration", limit: Limits.detailBytes, in: bytes))
        case 12:
            var context = WorkerContext()
            self = .workerFound(
                try WorkerInfo(from: &reader, context: &context, in: bytes), app: try reader.groupText("app", in: bytes)
            )
        case 13:
            self = .agentStarted(
                version: try reader.text("version", limit: Limits.textBytes, in: bytes),
                previous: try reader.flag("previous", in: bytes)
                    ? RunEnd(try reader.choice("how", in: bytes), at: try reader.wall("at", in: bytes)) : nil)
        case 14: self = .audit(try reader.text("audit", limit: Limits.detailBytes, in: bytes))
        default: throw reader.malformed("event")
        }
    }

    /// On the wire: never reused.
    fileprivate var number: UInt8 {
        switch self {
        case .workerStarted: 1
        case .workerExited: 2
        case .commandAccepted: 3
        case .commandEnded: 4
        case .hung: 5
        case .hungEnded: 6
        case .orphanFound: 7
        case .orphanGone: 8
        case .roll: 9
        case .rule: 10
        case .configuration: 11
        case .workerFound: 12
        case .agentStarted: 13
        case .audit: 14
        }
    }

    func write(to writer: inout Writer) {
        switch self {
        case .workerStarted(let info, let app), .workerFound(let info, let app):
            var context = WorkerContext()
            info.write(to: &writer, context: &context)
            writer.groupText(app)
        case .workerExited(let place, let status, let oomKilled):
            place.write(to: &writer)
            writer.flag(status != nil)
            if let status { status.write(to: &writer) }
            writer.flag(oomKilled)
        case .commandAccepted(let id, let action, let target, let issuer):
            writer.identifier(id)
            writer.choice(action)
            target.write(to: &writer)
            writer.text(issuer, limit: Limits.issuerBytes)
        case .commandEnded(let outcome): outcome.write(to: &writer)
        case .hung(let place): place.write(to: &writer)
        case .hungEnded(let place, let after):
            place.write(to: &writer)
            writer.duration(after)
        case .orphanFound(let app, let groupKey, let orphan, let name):
            writer.groupText(app)
            writer.groupText(groupKey)
            orphan.write(to: &writer)
            writer.text(name, limit: Limits.titleBytes)
        case .orphanGone(let app, let groupKey, let orphan):
            writer.groupText(app)
            writer.groupText(groupKey)
            orphan.write(to: &writer)
        case .roll(let summary, let app, let groupKey):
            summary.write(to: &writer)
            writer.groupText(app)
            writer.groupText(groupKey)
        case .rule(let place, let rule, let deed):
            place.write(to: &writer)
            writer.text(rule, limit: Limits.textBytes)
            writer.text(deed, limit: Limits.detailBytes)
        case .configuration(let text), .audit(let text): writer.text(text, limit: Limits.detailBytes)
        case .agentStarted(let version, let previous):
            writer.text(version, limit: Limits.textBytes)
            writer.flag(previous != nil)
            if let previous {
                writer.choice(previous.how)
                writer.wall(previous.at)
            }
        }
    }
}

extension WorkerPlace {
    init(from reader: inout Reader, in bytes: Span<UInt8>) throws(WireError) {
        self.init(
            worker: try reader.worker("worker", in: bytes), app: try reader.groupText("app", in: bytes),
            groupKey: try reader.groupText("group", in: bytes), slot: try reader.number("slot", in: bytes))
    }

    func write(to writer: inout Writer) {
        writer.worker(worker)
        writer.groupText(app)
        writer.groupText(groupKey)
        writer.number(slot)
    }
}

/// Key or app of a group.
extension Reader {
    fileprivate mutating func groupText(_ field: String, in bytes: Span<UInt8>) throws(WireError) -> String {
        try text(field, limit: Limits.groupTextBytes, in: bytes)
    }
}

extension Writer {
    fileprivate mutating func groupText(_ text: String) { self.text(text, limit: Limits.groupTextBytes) }
}
