import Control
import Model
import Synchronization

@testable import Agent

let boot = BootID(high: 0xB007, low: 1)
let ada = Peer.person(name: "ada", role: .operator, serial: "0A1B")
let bob = Peer.person(name: "bob", role: .viewer, serial: "0C2D")

func worker(_ pid: Int32, ticks: UInt64 = 100) -> WorkerID { WorkerID(boot: boot, pid: pid, startTicks: ticks) }

func command(_ number: UInt64, _ target: WorkerID, ttl: Duration = .seconds(15)) -> Command {
    Command(id: CommandID(high: 0xC0, low: number), action: .restart, target: target, timeToLive: ttl)
}

/// Time that stands still until it is told to pass.
final class VirtualTime: Sendable {
    private struct Appointment {
        var number: Int
        var instant: MonotonicInstant
        var work: CommandClock.Work
    }
    private struct State {
        var now = MonotonicInstant(nanoseconds: 0) + .seconds(5000)
        var next = 0
        var appointments: [Appointment] = []
    }
    private let state = Mutex(State())

    var now: MonotonicInstant { state.withLock { $0.now } }
    var appointments: Int { state.withLock { $0.appointments.count } }

    var clock: CommandClock {
        CommandClock(
            now: { self.now }, wall: { WallTime(nanoseconds: 1_788_264_000_000_000_000) },
            schedule: { instant, work in
                let number = self.state.withLock { state in
                    state.next += 1
                    state.appointments.append(Appointment(number: state.next, instant: instant, work: work))
                    return state.next
                }
                return { self.state.withLock { $0.appointments.removeAll { $0.number == number } } }
            })
    }

    /// Keeps every appointment on the way, in order.
    func pass(_ duration: Duration) async {
        let end = now + duration
        while let due = take(until: end) { await due() }
        state.withLock { $0.now = end }
    }

    private func take(until end: MonotonicInstant) -> CommandClock.Work? {
        state.withLock { state in
            let due = state.appointments.filter { $0.instant <= end }
            guard let first = due.min(by: { ($0.instant, $0.number) < ($1.instant, $1.number) }) else { return nil }
            state.appointments.removeAll { $0.number == first.number }
            state.now = max(state.now, first.instant)
            return first.work
        }
    }
}

/// Everything outside of the desk: processes, log, listeners. Keeps one chronicle of what was done, in order.
final class DeskWorld: Sendable, Kernel, AuditTrail {
    struct State {
        var alive: Set<WorkerID> = []
        /// Do not end on SIGTERM.
        var stubborn: Set<WorkerID> = []
        /// Do not end on SIGKILL either.
        var stuck: Set<WorkerID> = []
        var forbidden: Set<WorkerID> = []
        var chronicle: [String] = []
        var records: [AuditRecord] = []
        var replies: [CommandReply] = []
        var events: [Event.Body] = []
        var auditErrno: Int32?
        var auditFailures: [Int32] = []
        var refusal: Refusal?
        var sweepsWanted = 0
    }
    let state = Mutex(State())
    let time = VirtualTime()

    func desk(readOnly: Bool = false, protecting: Set<Int32> = []) -> CommandDesk {
        CommandDesk(
            settings: .init(boot: boot, readOnly: readOnly, protectedPIDs: protecting), kernel: self, audit: self,
            clock: time.clock,
            hooks: .init(
                policy: { _, app, _, role in
                    if let refusal = self.state.withLock({ $0.refusal }) { return refusal }
                    return role < .operator ? .role(app: app, needed: .operator, has: role) : nil
                },
                onEvent: { event in self.state.withLock { $0.events.append(event) } },
                requestSweep: { self.state.withLock { $0.sweepsWanted += 1 } },
                auditFailed: { number in self.state.withLock { $0.auditFailures.append(number) } }))
    }

    var sink: CommandDesk.Sink {
        { reply in
            self.state.withLock { state in
                state.replies.append(reply)
                state.chronicle.append(reply.word)
            }
        }
    }

    func change(_ body: (inout State) -> Void) { state.withLock { body(&$0) } }
    var replies: [CommandReply] { state.withLock { $0.replies } }
    var chronicle: [String] { state.withLock { $0.chronicle } }
    var kinds: [AuditRecord.Kind] { state.withLock { $0.records.map(\.kind) } }
    var verdicts: [Verdict] {
        replies.compactMap { if case .outcome(let outcome) = $0 { outcome.verdict } else { nil } }
    }

    /// Tells the desk of the workers of `web` that live, slots by order.
    func sweep(_ desk: CommandDesk, _ workers: [WorkerID], group: String = "web") async {
        change { $0.alive.formUnion(workers) }
        await desk.observe(
            workers: workers.enumerated().map {
                LiveWorker(id: $1, groupKey: group, app: group, slot: UInt32($0 + 1), seen: time.now)
            }, now: time.now)
    }

    func open(_ target: WorkerID) -> Result<any ProcessHandle, VerificationFailure> {
        state.withLock { state in
            if state.forbidden.contains(target) { return .failure(.denied) }
            return state.alive.contains(target) ? .success(Handle(world: self, id: target)) : .failure(.changed)
        }
    }

    func append(_ record: AuditRecord, durable: Bool) throws(AuditFailure) {
        let failure: Int32? = state.withLock { state in
            if state.auditErrno == nil {
                state.records.append(record)
                state.chronicle.append("\(record.kind)\(durable ? " synced" : "")")
            }
            return state.auditErrno
        }
        if let failure { throw AuditFailure(errno: failure) }
    }

    struct Handle: ProcessHandle {
        let world: DeskWorld
        let id: WorkerID

        func signal(_ number: Int32) -> SignalResult {
            world.state.withLock { state in
                guard state.alive.contains(id) else { return .gone }
                state.chronicle.append("signal \(number) to \(id.pid)")
                let survives = number == 15 ? state.stubborn.contains(id) : state.stuck.contains(id)
                if !survives { state.alive.remove(id) }
                return .sent
            }
        }
        var hasExited: Bool { world.state.withLock { !$0.alive.contains(id) } }
        func exitStatus() -> Model.ExitStatus? { hasExited ? .signal(15) : nil }
    }
}

extension CommandReply {
    var word: String {
        switch self {
        case .accepted: "accepted"
        case .outcome: "outcome"
        }
    }
}
