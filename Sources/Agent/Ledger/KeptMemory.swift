import Model

/// What one run of the agent leaves for the next: which apps there are, how many workers each should have, who has which
/// slot and how the last ones ended, and how the run itself ended. Times are in ns since 1970, by the host's calendar.
struct KeptMemory: Decodable, Equatable, Sendable {
    static let schema = 1
    static let fileName = "memory.json"

    /// One run of the agent.
    struct Run: Decodable, Equatable, Sendable {
        var version: String
        var began: Int64
        /// When this was written.
        var heard: Int64
        /// When it was told to stop; absent while it runs, and where it left no word.
        var stopped: Int64?
    }

    var schema = Self.schema
    var boot: String
    /// What the agent watched: what another scope does not see has not gone.
    var scope: String
    var run: Run
    /// Ascending by key.
    var groups: [KeptGroup] = []
}

struct KeptProcess: Decodable, Hashable, Sendable {
    var pid: Int32
    var ticks: UInt64

    init(_ process: ProcessRef) {
        pid = process.pid
        ticks = process.startTicks
    }

    var reference: ProcessRef { ProcessRef(pid: pid, startTicks: ticks) }
}

struct KeptGroup: Decodable, Equatable, Sendable {
    /// Ended lives that are kept of each slot, and of all slots of a group.
    static let livesOfSlot = 2
    static let livesOfGroup = 32

    struct Keeper: Decodable, Equatable, Sendable {
        var kind: UInt8
        var name: String
    }

    struct Slot: Decodable, Equatable, Sendable {
        var number: UInt32
        /// `nil`: who had it ended.
        var worker: KeptProcess?
    }

    struct KeptLife: Decodable, Equatable, Sendable {
        var slot: UInt32
        var worker: KeptProcess
        var started: Int64
        var ended: Int64
        var code: UInt8?
        var signal: UInt8?
        var oomKilled: Bool
        var endedBy: String?
    }

    var key: String
    var app: String
    /// Wire numbers of kind and respawn, as in `Model`.
    var kind: UInt8
    var respawn: UInt8 = 0
    var ports: [UInt16] = []
    var manager: Keeper?
    var master: KeptProcess?
    var expected: UInt32?
    /// When it was found first, since when it has no workers, no master either, and too few.
    var found: Int64 = 0
    var vanished: Int64?
    var deserted: Int64?
    var missingSince: Int64?
    var workers: [KeptProcess] = []
    /// Taken ones first; of free ones the first to be freed first.
    var slots: [Slot] = []
    /// Ended ones, newest first.
    var lives: [KeptLife] = []

    init(key: String, app: String, kind: UInt8) {
        self.key = key
        self.app = app
        self.kind = kind
    }

    /// Without what its times come to, for they are made from two clocks and come out a little different each time.
    var steady: KeptGroup {
        var group = self
        group.found = 0
        group.vanished = vanished.map { _ in 0 }
        group.deserted = deserted.map { _ in 0 }
        return group
    }
}

extension KeptGroup.KeptLife {
    /// `nil` for one that goes on.
    init?(_ life: Life, slot: UInt32) {
        guard let ended = life.ended else { return nil }
        self.init(
            slot: slot, worker: KeptProcess(ProcessRef(pid: life.worker.pid, startTicks: life.worker.startTicks)),
            started: life.started.nanoseconds, ended: ended.nanoseconds, code: life.status?.code,
            signal: life.status?.signal, oomKilled: life.oomKilled, endedBy: life.endedBy)
    }

    func life(boot: BootID) -> Life {
        Life(
            worker: WorkerID(boot: boot, pid: worker.pid, startTicks: worker.ticks),
            started: WallTime(nanoseconds: started), ended: WallTime(nanoseconds: ended),
            status: signal.map { .signal($0) } ?? code.map { .code($0) }, oomKilled: oomKilled, endedBy: endedBy)
    }
}

extension ExitStatus {
    fileprivate var code: UInt8? { if case .code(let code) = self { code } else { nil } }
    fileprivate var signal: UInt8? { if case .signal(let signal) = self { signal } else { nil } }
}

// MARK: as it is written

extension KeptMemory: JSONWritable {
    func write(to text: inout JSONBuffer) {
        text.object { text in
            text.member(CodingKeys.schema, schema)
            text.member(CodingKeys.boot, boot)
            text.member(CodingKeys.scope, scope)
            text.member(CodingKeys.run, run)
            text.member(CodingKeys.groups, groups)
        }
    }
}

extension KeptMemory.Run: JSONWritable {
    func write(to text: inout JSONBuffer) {
        text.object { text in
            text.member(CodingKeys.version, version)
            text.member(CodingKeys.began, began)
            text.member(CodingKeys.heard, heard)
            text.member(CodingKeys.stopped, stopped)
        }
    }
}

extension KeptProcess: JSONWritable {
    func write(to text: inout JSONBuffer) {
        text.object { text in
            text.member(CodingKeys.pid, pid)
            text.member(CodingKeys.ticks, ticks)
        }
    }
}

extension KeptGroup: JSONWritable {
    func write(to text: inout JSONBuffer) {
        text.object { text in
            text.member(CodingKeys.key, key)
            text.member(CodingKeys.app, app)
            text.member(CodingKeys.kind, kind)
            text.member(CodingKeys.respawn, respawn)
            text.member(CodingKeys.ports, ports)
            text.member(CodingKeys.manager, manager)
            text.member(CodingKeys.master, master)
            text.member(CodingKeys.expected, expected)
            text.member(CodingKeys.found, found)
            text.member(CodingKeys.vanished, vanished)
            text.member(CodingKeys.deserted, deserted)
            text.member(CodingKeys.missingSince, missingSince)
            text.member(CodingKeys.workers, workers)
            text.member(CodingKeys.slots, slots)
            text.member(CodingKeys.lives, lives)
        }
    }
}

extension KeptGroup.Keeper: JSONWritable {
    func write(to text: inout JSONBuffer) {
        text.object { text in
            text.member(CodingKeys.kind, kind)
            text.member(CodingKeys.name, name)
        }
    }
}

extension KeptGroup.Slot: JSONWritable {
    func write(to text: inout JSONBuffer) {
        text.object { text in
            text.member(CodingKeys.number, number)
            text.member(CodingKeys.worker, worker)
        }
    }
}

extension KeptGroup.KeptLife: JSONWritable {
    func write(to text: inout JSONBuffer) {
        text.object { text in
            text.member(CodingKeys.slot, slot)
            text.member(CodingKeys.worker, worker)
            text.member(CodingKeys.started, started)
            text.member(CodingKeys.ended, ended)
            text.member(CodingKeys.code, code)
            text.member(CodingKeys.signal, signal)
            text.member(CodingKeys.oomKilled, oomKilled)
            text.member(CodingKeys.endedBy, endedBy)
        }
    }
}
