import Control
import Model
import Synchronization

@testable import Agent

let boot = BootID(high: 0xB007, low: 1)
let ada = Peer.person(
    name: "ada", role: .operator, certificate: PeerCertificate(serial: "0A1B", issued: WallTime(nanoseconds: 0)))
let bob = Peer.person(
    name: "bob", role: .viewer, certificate: PeerCertificate(serial: "0C2D", issued: WallTime(nanoseconds: 0)))

func worker(_ pid: Int32, ticks: UInt64 = 100) -> WorkerID { WorkerID(boot: boot, pid: pid, startTicks: ticks) }

/// Everything outside of a desk: processes, log, listeners. Keeps one chronicle of what was done, in order.
///
/// A desk can be cut off after so many deeds, as if its agent had been killed between two of them: whatever it does then
/// reaches nobody.
final class DeskWorld: Sendable {
    struct State {
        var alive: Set<WorkerID> = []
        /// Do not end on a signal; not on SIGKILL either.
        var stubborn: Set<WorkerID> = []
        var stuck: Set<WorkerID> = []
        var forbidden: Set<WorkerID> = []
        var chronicle: [String] = []
        var records: [AuditRecord] = []
        var replies: [CommandReply] = []
        var events: [Event.Body] = []
        var rolls: [String: RollSummary] = [:]
        var notes: [String] = []
        var auditErrno: Int32?
        var auditFailures: [Int32] = []
        var refusal: Refusal?
        /// Why nobody may read logs.
        var logObjection: String?
        var restartsPerMinute: UInt32?
        var rules: [ActionRule] = []
        var sweepsWanted = 0
        /// What managers answer; without an answer they take their time.
        var answers: [ManagerAnswer] = []
        /// Questions to managers that are not answered yet.
        var questions = 0
        /// Deeds of the present desk, and after how many it is cut off.
        var deeds = 0
        var lastDeed = Int.max
        var desks = 0
    }
    let state = Mutex(State())
    let time = VirtualTime()

    func desk(
        readOnly: Bool = false, protecting: Set<Int32> = [], cutAfter deeds: Int = .max, journal: Journal = Journal(),
        audit: (any AuditTrail)? = nil
    ) -> CommandDesk {
        let number = state.withLock { state in
            state.desks += 1
            state.deeds = 0
            state.lastDeed = deeds
            return state.desks
        }
        let side = DeskSide(world: self, number: number)
        return CommandDesk(
            settings: .init(boot: boot, readOnly: readOnly, protectedPIDs: protecting), kernel: side, managers: side,
            audit: audit ?? side, clock: time.clock, hooks: side.hooks, journal: journal)
    }

    var sink: CommandDesk.Sink {
        let number = state.withLock { $0.desks }
        return { reply in
            self.deed(of: number) { state in
                state.replies.append(reply)
                state.chronicle.append(reply.word)
            }
        }
    }

    /// Something a desk does to the world; `nil` from one that is cut off.
    @discardableResult
    func deed<Answer>(of desk: Int, _ body: (inout State) -> Answer) -> Answer? {
        state.withLock { state in
            guard desk == state.desks, state.deeds < state.lastDeed else { return nil }
            state.deeds += 1
            return body(&state)
        }
    }

    var isCut: Bool { state.withLock { $0.deeds >= $0.lastDeed } }

    func change(_ body: (inout State) -> Void) { state.withLock { body(&$0) } }
    func look<Answer: Sendable>(_ body: (State) -> Answer) -> Answer { state.withLock { body($0) } }
    var replies: [CommandReply] { state.withLock { $0.replies } }
    var chronicle: [String] { state.withLock { $0.chronicle } }
    var kinds: [AuditRecord.Kind] { state.withLock { $0.records.map(\.kind) } }
    var signals: [String] { chronicle.filter { $0.hasPrefix("signal") } }
    var verdicts: [Verdict] {
        replies.compactMap { if case .outcome(let outcome) = $0 { outcome.verdict } else { nil } }
    }
    var rolls: [RollSummary] {
        state.withLock { $0.events.compactMap { if case .roll(let roll, _, _) = $0 { roll } else { nil } } }
    }
    var rulesTold: [String] {
        state.withLock { $0.events.compactMap { if case .rule(_, _, let deed) = $0 { deed } else { nil } } }
    }

    /// Tells the desk of the workers of `web` that live, slots by order; of a gunicorn with pid 5, unless it is another group.
    func sweep(_ desk: CommandDesk, _ workers: [WorkerID], group: LiveGroup = gunicorn()) async {
        change { $0.alive.formUnion(workers) }
        let info = group.info
        let living = workers.enumerated().map {
            LiveWorker(
                id: $1, groupKey: info.key, app: info.app, slot: UInt32($0 + 1), uid: 33, link: nil, seen: time.now)
        }
        await desk.observe(workers: living, groups: [group], now: time.now)
    }

    /// Lets others run until it holds; whether it does.
    func waits(until isReached: (borrowing State) -> Bool) async -> Bool {
        for _ in 0..<20_000 {
            if state.withLock({ isReached($0) }) { return true }
            await Self.pause()
        }
        return false
    }

    /// Leaves the threads of the pool to others; not at all when cancelled, which whoever waits finds out.
    static func pause() async { try? await Task.sleep(for: .milliseconds(1)) }
}

func gunicorn(_ key: String = "web", kind: GroupKind = .gunicorn, link: ManagerLink? = nil) -> LiveGroup {
    LiveGroup(
        info: GroupInfo(
            key: key, app: key, kind: kind, master: ProcessRef(pid: 5, startTicks: 50), respawn: .master),
        link: link, uid: 33)
}

extension CommandReply {
    var word: String {
        switch self {
        case .accepted: "accepted"
        case .outcome: "outcome"
        }
    }
}
