import Control
import Model
import Synchronization
import Trust

@testable import Agent

/// The world as one desk reaches it.
struct DeskSide: Kernel, Managers, AuditTrail {
    let world: DeskWorld
    let number: Int

    var hooks: CommandDesk.Hooks {
        let (world, number) = (world, number)
        return CommandDesk.Hooks(
            policy: { _, subject, _, role in
                if let refusal = world.state.withLock({ $0.refusal }) { return refusal }
                return role < .operator ? .role(app: subject.app, needed: .operator, has: role) : nil
            },
            restartsPerMinute: { _, _ in world.state.withLock { $0.restartsPerMinute } },
            rules: { _ in world.state.withLock { $0.rules } },
            onEvent: { event in world.deed(of: number) { $0.events.append(event) } },
            roll: { key, roll in world.deed(of: number) { $0.rolls[key] = roll } },
            requestSweep: { world.deed(of: number) { $0.sweepsWanted += 1 } },
            note: { worker, issuer, id in
                world.deed(of: number) { $0.notes.append("\(worker.pid) by \(issuer) with \(id.low)") }
            },
            resized: { key, size in
                world.deed(of: number) { $0.notes.append("\(key) to \(size.map(String.init) ?? "?")") }
            },
            lives: { _, slot in [Life(worker: worker(10), started: WallTime(nanoseconds: Int64(slot)))] },
            connections: { target in
                target.worker.map { ConnectionReport(monotonic: .init(nanoseconds: 1), established: UInt32($0.pid)) }
            },
            logs: { subject, _, role in
                world.state.withLock { $0.logObjection } ?? (role < .operator ? "\(subject.app) is closed" : nil)
            },
            auditFailed: { error in world.deed(of: number) { $0.auditFailures.append(error) } })
    }

    func open(_ target: WorkerID) -> Result<any ProcessHandle, VerificationFailure> {
        world.state.withLock { state in
            if state.forbidden.contains(target) { return .failure(.denied) }
            return state.alive.contains(target) ? .success(Handle(side: self, id: target)) : .failure(.changed)
        }
    }

    func append(_ record: AuditRecord, durable: Bool) throws(AuditFailure) {
        let failure: Int32?? = world.deed(of: number) { state in
            if state.auditErrno == nil {
                state.records.append(record)
                state.chronicle.append("\(record.kind)\(durable ? " synced" : "")")
            }
            return state.auditErrno
        }
        if let failure, let failure { throw AuditFailure(errno: failure) }
    }

    func perform(_ call: ManagerCall, limit: Duration) async -> ManagerAnswer { await answer(call.text) }

    func check(_ check: ReadyCheck, strategy: AppStrategy?, pid: Int32, limit: Duration) async -> ManagerAnswer {
        await answer("check beside \(pid)")
    }

    private func answer(_ question: String) async -> ManagerAnswer {
        world.deed(of: number) { $0.chronicle.append(question) }
        world.change { $0.questions += 1 }
        defer { world.change { $0.questions -= 1 } }
        while !Task.isCancelled {
            if let answer = world.state.withLock({ $0.answers.isEmpty ? nil : $0.answers.removeFirst() }) {
                return answer
            }
            await DeskWorld.pause()
        }
        return .failed("cancelled")
    }

    struct Handle: ProcessHandle {
        let side: DeskSide
        let id: WorkerID

        func signal(_ number: Int32) -> SignalResult {
            side.world.deed(of: side.number) { state in
                guard state.alive.contains(id) else { return .gone }
                state.chronicle.append("signal \(number) to \(id.pid)")
                let ends = number == 9 ? !state.stuck.contains(id) : number == 15 && !state.stubborn.contains(id)
                if ends { state.alive.remove(id) }
                return .sent
            } ?? .denied
        }
        var hasExited: Bool { side.world.state.withLock { !$0.alive.contains(id) } }
        var isZombie: Bool { false }
        func exitStatus() -> Model.ExitStatus? { hasExited ? .signal(15) : nil }
    }
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
    /// That of the audit samples, and it goes on with the other.
    var wall: WallTime { WallTime(nanoseconds: 1_788_264_000_000_000_000 + Int64(now.nanoseconds)) }

    var clock: CommandClock {
        CommandClock(
            now: { self.now }, wall: { self.wall },
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

    /// As after the end of a process: nobody keeps its appointments.
    func forgetAppointments() { state.withLock { $0.appointments = [] } }

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
