import Model

/// What one run of the agent leaves for the next: which apps there are, how many workers each should have, who has which
/// slot and how the last ones ended, and how the run itself ended. Times are in ns since 1970, by the host's calendar.
struct KeptMemory: Codable, Equatable, Sendable {
    static let schema = 1
    static let fileName = "memory.json"

    /// One run of the agent.
    struct Run: Codable, Equatable, Sendable {
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

struct KeptProcess: Codable, Hashable, Sendable {
    var pid: Int32
    var ticks: UInt64

    init(_ process: ProcessRef) {
        pid = process.pid
        ticks = process.startTicks
    }

    var reference: ProcessRef { ProcessRef(pid: pid, startTicks: ticks) }
}

struct KeptGroup: Codable, Equatable, Sendable {
    /// Ended lives that are kept of each slot, and of all slots of a group.
    static let livesOfSlot = 2
    static let livesOfGroup = 32

    struct Keeper: Codable, Equatable, Sendable {
        var kind: UInt8
        var name: String
    }

    struct Slot: Codable, Equatable, Sendable {
        var number: UInt32
        /// `nil`: who had it ended.
        var worker: KeptProcess?
    }

    struct KeptLife: Codable, Equatable, Sendable {
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
