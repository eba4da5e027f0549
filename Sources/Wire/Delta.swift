public import Model

/// How one snapshot becomes a later one.
///
/// The body is kept as bytes: only who holds the snapshot it starts from can read it.
public struct Delta: Hashable, Sendable {
    public var subscription: UInt32
    /// The snapshot it starts from.
    public var baseSequence: UInt64
    /// The snapshot it makes.
    public var sequence: UInt64
    public var body: [UInt8]

    public init(subscription: UInt32, baseSequence: UInt64, sequence: UInt64, body: [UInt8]) {
        self.subscription = subscription
        self.baseSequence = baseSequence
        self.sequence = sequence
        self.body = body
    }
}

/// What the first byte of the body says is in it.
private enum Part {
    /// A whole snapshot, and nothing else.
    static let full: UInt8 = 1 << 0
    static let limitations: UInt8 = 1 << 1
    static let host: UInt8 = 1 << 2
    static let groups: UInt8 = 1 << 3
    static let workers: UInt8 = 1 << 4
    static let troubles: UInt8 = 1 << 5
    static let count = 6
}

extension Delta {
    /// Turns `old` into `new`, or into `new.asSent` where `new` breaks the rules of `Snapshot`.
    ///
    /// What cannot be told as a difference (lists out of order, or more than one message holds) goes whole.
    public init(subscription: UInt32, from old: Snapshot, to new: Snapshot) {
        var writer = Writer(capacity: 64 + 16 * new.workers.count)
        if !writer.difference(from: old, to: new) || writer.bytes.count > Limits.contentBytes {
            writer.rewind(to: 0)
            writer.byte(Part.full)
            writer.content(of: new)
        }
        self.init(
            subscription: subscription, baseSequence: old.sequence, sequence: new.sequence, body: writer.bytes)
    }

    /// The later snapshot. Pass a base that is not needed any more with `consume`, and its rows change in place.
    public func applied(to base: consuming Snapshot) throws(WireError) -> Snapshot {
        guard base.sequence == baseSequence else {
            throw .wrongBase(needed: baseSequence, found: base.sequence)
        }
        let bytes = body  // bound first: `.span` of a temporary crashes 6.3 at -Onone
        var reader = Reader(MessageType.delta.word)
        let result = try base.changed(to: sequence, by: &reader, in: bytes.span)
        try reader.finish(in: bytes.span)
        return result
    }
}

extension Delta {
    init(from reader: inout Reader, in bytes: Span<UInt8>) throws(WireError) {
        subscription = try reader.number("subscription", in: bytes)
        baseSequence = try reader.varint("base", in: bytes)
        // Wraps on purpose: any two sequences have a difference.
        sequence = baseSequence &+ UInt64(bitPattern: try reader.signed("sequence", in: bytes))
        body = try reader.raw(reader.remaining(in: bytes), "body", in: bytes)
    }

    func write(to writer: inout Writer) {
        writer.number(subscription)
        writer.varint(baseSequence)
        writer.signed(Int64(bitPattern: sequence &- baseSequence))  // wraps on purpose
        writer.raw(body)
    }
}

extension Writer {
    /// False when a list is out of order: what was written is void then.
    fileprivate mutating func difference(from old: Snapshot, to new: Snapshot) -> Bool {
        byte(0)
        // Differences wrap on purpose: any two values have one. The wall clock mostly moves as far as the monotonic one.
        let step = Int64(bitPattern: new.monotonic.nanoseconds &- old.monotonic.nanoseconds)
        signed(step)
        signed(new.wall.nanoseconds &- old.wall.nanoseconds &- step)

        let limitations = Snapshot.limitations(of: new)
        if limitations != old.limitations || limitations != Snapshot.limitations(of: old) {
            set(Part.limitations, at: 0)
            number(limitations.rawValue)
        }

        let host = RowChange(from: old.host, to: new.host, columns: HostField.columns)
        if !host.isNone {
            set(Part.host, at: 0)
            number(host.gained)
            number(host.lost)
            number(host.changed)
            new.host.writeValues(of: host, since: old.host, to: &self)
        }

        let troubles = Snapshot.troubles(of: new)
        if troubles != old.troubles {
            set(Part.troubles, at: 0)
            parts(troubles, limit: Limits.troubles)
        }

        let groupsStart = bytes.count
        var groupContext = GroupContext()
        guard edits(from: old.groups.span, to: new.groups.span, context: &groupContext) else { return false }
        if bytes.count > groupsStart { set(Part.groups, at: 0) }
        guard new.groups.allSatisfy({ $0.info.key.utf8.count <= Limits.groupTextBytes }) else { return false }

        let workersStart = bytes.count
        var workerContext = WorkerContext(
            boot: old.workers.first?.info.id.boot, groups: new.groups,
            budget: .one(of: new.workers.count))
        guard edits(from: old.workers.span, to: new.workers.span, context: &workerContext) else { return false }
        if bytes.count > workersStart { set(Part.workers, at: 0) }
        return true
    }
}

extension Snapshot {
    fileprivate consuming func changed(
        to sequence: UInt64, by reader: inout Reader, in bytes: Span<UInt8>
    ) throws(WireError) -> Snapshot {
        let parts = try reader.bits(Part.count, "parts", in: bytes)
        if parts & Part.full != 0 {
            guard parts == Part.full else { throw reader.malformed("parts") }
            return try Snapshot(sequence: sequence, from: &reader, in: bytes)
        }
        self.sequence = sequence
        let step = try reader.signed("monotonic", in: bytes)
        let drift = try reader.signed("wall", in: bytes)
        monotonic.nanoseconds &+= UInt64(bitPattern: step)  // wraps on purpose, as the encoder does
        wall.nanoseconds = wall.nanoseconds &+ step &+ drift

        if parts & Part.limitations != 0 {
            limitations = Limitations(rawValue: try reader.number("limitations", in: bytes))
        }
        if parts & Part.host != 0 {
            let gained: UInt32 = try reader.number("gained columns", in: bytes)
            let lost: UInt32 = try reader.number("lost columns", in: bytes)
            let change = RowChange(
                changed: try reader.number("changed columns", in: bytes), gained: gained, lost: lost)
            try host.apply(change, columns: HostField.columns, from: &reader, in: bytes)
        }
        if parts & Part.troubles != 0 {
            troubles = try reader.parts("troubles", limit: Limits.troubles, in: bytes)
        }
        if parts & Part.groups != 0 {
            var context = GroupContext()
            var editor = ListEditor(take(&groups))
            groups = try editor.edited(by: &reader, context: &context, in: bytes)
        }
        if parts & Part.workers != 0 {
            var context = WorkerContext(boot: workers.first?.info.id.boot, groups: groups)
            var editor = ListEditor(take(&workers))
            workers = try editor.edited(by: &reader, context: &context, in: bytes)
        }
        return self
    }
}

/// Moves a list out, so that it has one owner and can change in place.
private func take<Entry>(_ list: inout [Entry]) -> [Entry] {
    let taken = list
    list = []
    return taken
}
