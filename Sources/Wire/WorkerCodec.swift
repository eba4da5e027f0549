internal import Model

/// How many bytes a worker of a snapshot gets for what may be cut: the more workers, the fewer.
struct WorkerBudget {
    var arguments: Int
    var folded: Int
    /// Without what a snapshot that is too large can spare.
    var isBare = false

    /// Of a worker alone.
    static let one = WorkerBudget(arguments: Limits.argumentsBytes, folded: Limits.foldedBytes)
    static let bare = WorkerBudget(arguments: 0, folded: 0, isBare: true)

    /// Of one of `workers` workers.
    static func one(of workers: Int) -> WorkerBudget {
        let workers = max(1, min(workers, Limits.workers))
        return WorkerBudget(
            arguments: min(Limits.argumentsBytes, Limits.allArgumentsBytes / workers),
            folded: min(Limits.foldedBytes, Limits.allFoldedBytes / workers))
    }
}

/// What the workers of one message share, so that it is sent once.
struct WorkerContext {
    /// The boot of the worker before, which is nearly always the same.
    var boot: BootID?
    /// The groups of the snapshot, which workers name by position.
    var groups: ArraySlice<GroupEntry>
    /// How many bytes each worker gets for what may be cut.
    var budget: WorkerBudget

    init(boot: BootID? = nil, groups: [GroupEntry] = [], budget: WorkerBudget = .one) {
        self.boot = boot
        self.groups = groups.prefix(Limits.groups)
        self.budget = budget
    }

    /// Where the group of this key stands, from 0; the groups are ascending by key.
    func position(ofGroup key: String) -> Int? {
        var low = 0
        var high = groups.count
        while low < high {
            let middle = (low + high) / 2
            if groups[middle].info.key < key { low = middle + 1 } else { high = middle }
        }
        return low < groups.count && groups[low].info.key == key ? low : nil
    }
}

extension WorkerEntry: ListEntry {
    static var limit: Int { Limits.workers }
    /// Flags, pid, start, parent, group, slot, uid, name, arguments, start time, manager, folded, a row and stretches of
    /// a byte each.
    static var minimumByteCount: Int { 14 }
    static var word: String { "workers" }

    var key: WorkerID { info.id }

    func hasSameInfo(as other: borrowing WorkerEntry) -> Bool { shared == other.shared }

    init(from reader: inout Reader, context: inout WorkerContext, in bytes: Span<UInt8>) throws(WireError) {
        self.init(
            info: try WorkerInfo(from: &reader, context: &context, in: bytes),
            row: try WorkerRow(from: &reader, in: bytes))
        try applyExtra(from: &reader, in: bytes)
    }

    func write(to writer: inout Writer, context: inout WorkerContext) {
        info.write(to: &writer, context: &context)
        row.write(to: &writer)
        stretches.writeGrowth(since: LagHistogram(), to: &writer)
    }

    static var extraBit: UInt32 { ListEdit.extra }

    func extraDiffers(from earlier: borrowing WorkerEntry) -> Bool { stretches != earlier.stretches }

    func writeExtra(since earlier: borrowing WorkerEntry, to writer: inout Writer) {
        stretches.writeGrowth(since: earlier.stretches, to: &writer)
    }

    mutating func applyExtra(from reader: inout Reader, in bytes: Span<UInt8>) throws(WireError) {
        try stretches.grow(from: &reader, in: bytes)
    }
}

extension WorkerInfo {
    /// A flag says whether a boot id comes first; without one it is the boot of the worker before.
    init(from reader: inout Reader, context: inout WorkerContext, in bytes: Span<UInt8>) throws(WireError) {
        if try reader.flag("boot", in: bytes) { context.boot = try reader.identifier("boot", in: bytes) }
        guard let boot = context.boot else { throw reader.malformed("boot") }
        self.init(
            id: WorkerID(
                boot: boot, pid: try reader.int32("pid", in: bytes),
                startTicks: try reader.varint("start ticks", in: bytes)),
            parentPID: try reader.int32("parent", in: bytes),
            groupKey: try Self.groupKey(from: &reader, context, in: bytes),
            slot: try reader.number("slot", in: bytes), uid: try reader.number("uid", in: bytes),
            name: try reader.text("name", limit: Limits.workerNameBytes, in: bytes),
            arguments: try Self.arguments(from: &reader, in: bytes), started: try reader.wall("started", in: bytes),
            folded: [])
        let known = try reader.bits(Known.count, "worker", in: bytes)
        if known & Known.manager != 0 { manager = try Manager(from: &reader, in: bytes) }
        if known & Known.openFilesLimit != 0 { openFilesLimit = try reader.varint("descriptors", in: bytes) }
        folded = try reader.parts("folded", limit: Limits.folded, in: bytes)
    }

    /// Bits of the byte that says which facts are known.
    private enum Known {
        static let manager: UInt8 = 1 << 0
        static let openFilesLimit: UInt8 = 1 << 1
        static let count = 2
    }

    func write(to writer: inout Writer, context: inout WorkerContext) {
        writer.flag(id.boot != context.boot)
        if id.boot != context.boot { writer.identifier(id.boot) }
        context.boot = id.boot
        writer.int32(id.pid)
        writer.varint(id.startTicks)
        writer.int32(parentPID)
        if let position = context.position(ofGroup: groupKey) {
            writer.count(position + 1)
        } else {
            writer.count(0)
            writer.text(groupKey, limit: Limits.groupTextBytes)
        }
        writer.number(slot)
        writer.number(uid)
        writer.text(name, limit: context.budget.isBare ? Limits.bareNameBytes : Limits.workerNameBytes)
        writeArguments(to: &writer, budget: context.budget.arguments)
        writer.wall(started)
        let manager = context.budget.isBare ? nil : manager
        let openFilesLimit = context.budget.isBare ? nil : openFilesLimit
        writer.byte((manager == nil ? 0 : Known.manager) | (openFilesLimit == nil ? 0 : Known.openFilesLimit))
        if let manager { manager.write(to: &writer) }
        if let openFilesLimit { writer.varint(openFilesLimit) }
        writeFolded(to: &writer, budget: context.budget.folded)
    }

    /// The group's position from 1, or 0 and its key.
    private static func groupKey(
        from reader: inout Reader, _ context: WorkerContext, in bytes: Span<UInt8>
    ) throws(WireError) -> String {
        let position = try reader.varint("group", in: bytes)
        guard position > 0 else { return try reader.text("group", limit: Limits.groupTextBytes, in: bytes) }
        guard position <= UInt64(context.groups.count) else { throw reader.malformed("group") }
        return context.groups[Int(position) - 1].info.key
    }

    /// What is over the budget was not sent by an encoder that keeps the rules: it is an error.
    private static func arguments(from reader: inout Reader, in bytes: Span<UInt8>) throws(WireError) -> [String] {
        let count = try reader.count("arguments", limit: Limits.arguments, minimum: 1, in: bytes)
        var arguments: [String] = []
        arguments.reserveCapacity(count)
        let start = reader.offset
        for _ in 0..<count {
            arguments.append(try reader.text("argument", limit: Limits.argumentBytes, in: bytes))
        }
        guard reader.offset - start <= Limits.argumentsBytes else {
            throw .limit(message: reader.message, field: "arguments", limit: Limits.argumentsBytes)
        }
        return arguments
    }

    /// As many as fit the budget, the last of them cut.
    private func writeArguments(to writer: inout Writer, budget: Int) {
        var left = budget
        var count = 0
        for argument in arguments.prefix(Limits.arguments) where left > 2 {
            left -= 2 + min(argument.utf8.count, Limits.argumentBytes, left - 2)
            count += 1
        }
        writer.count(count)
        left = budget
        for argument in arguments.prefix(count) {
            let limit = min(Limits.argumentBytes, left - 2)
            writer.text(argument, limit: limit)
            left -= 2 + min(argument.utf8.count, limit)
        }
    }

    /// The first ones, as many as fit the budget.
    private func writeFolded(to writer: inout Writer, budget: Int) {
        guard !folded.isEmpty else { return writer.count(0) }
        var part = Writer(limit: budget)
        var count = 0
        for process in folded.prefix(Limits.folded) {
            let start = part.bytes.count
            process.write(to: &part)
            guard part.room >= 0 else {
                part.rewind(to: start)
                break
            }
            count += 1
        }
        writer.count(count)
        writer.raw(part.bytes)
    }
}
