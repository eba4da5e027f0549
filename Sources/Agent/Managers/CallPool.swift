import CLinux
import Control
import Glibc
import Model
import Synchronization

/// Threads for calls that block: neither the task pool nor the event loop may wait for a manager.
///
/// A thread lives while there is work. One of them only minds the queue, so that who waits there is answered at its
/// deadline though all others are busy; it lives while the queue is not empty.
final class CallPool: Sendable {
    static let maximumThreads = 8
    static let maximumWaiting = 64

    private struct Job {
        let deadline: Deadline
        let reply: CallReply
        let work: @Sendable (Deadline, CallReply) -> Void
    }
    private struct State {
        var waiting: [Job] = []
        var working = 0
        var isMinded = false
    }

    private let state = Mutex(State())
    /// Wakes the minder: somebody came to the queue, or left it.
    private let bell: SharedFD?

    init() {
        let raw = eventfd(0, CInt(EFD_CLOEXEC | EFD_NONBLOCK))
        bell = raw >= 0 ? SharedFD(adopting: raw) : nil
    }

    /// Threads that are there now.
    var threads: Int { state.withLock { $0.working + ($0.isMinded ? 1 : 0) } }

    /// Runs `work` on a thread and hands on what it replies, which may be before it returns.
    func run(
        limit: Duration, _ work: @escaping @Sendable (Deadline, CallReply) -> Void
    ) async -> ManagerAnswer {
        await withCheckedContinuation { continuation in
            add(Job(deadline: .after(limit), reply: CallReply(continuation), work: work))
        }
    }

    private enum Step { case thread, minder, ring, full }

    private func add(_ job: Job) {
        let step: Step = state.withLock { state in
            if state.working < Self.maximumThreads - 1, state.waiting.isEmpty {
                state.working += 1
                return .thread
            }
            guard state.waiting.count < Self.maximumWaiting else { return .full }
            state.waiting.append(job)
            if state.isMinded { return .ring }
            state.isMinded = true
            return .minder
        }
        switch step {
        case .full: job.reply(.failed("\(Self.maximumWaiting) calls to managers wait already: try again later"))
        case .ring: ring()
        case .minder: start({ self.mind() }, or: { self.state.withLock { $0.isMinded = false } })
        case .thread:
            start(
                { self.work(on: job) },
                or: {
                    self.state.withLock { $0.working -= 1 }
                    job.reply(.failed("no thread can be started for the call"))
                })
        }
    }

    /// `otherwise` where the system has no thread left. A queue that is not minded is still worked on.
    private func start(_ body: @escaping @Sendable () -> Void, or otherwise: () -> Void) {
        do throws(Fatal) {
            _ = try NamedThread("manager") {
                pthread_detach(pthread_self())  // nobody joins it
                body()
            }
        } catch { otherwise() }
    }

    private func work(on first: Job) {
        var next: Job? = first
        while let job = next {
            if job.deadline.isOver { job.reply(.timedOut) } else { job.work(job.deadline, job.reply) }
            job.reply(.failed("the call ended without an answer"))  // unless it replied
            next = state.withLock { state in
                if state.waiting.isEmpty {
                    state.working -= 1
                    return nil
                }
                return state.waiting.removeFirst()
            }
        }
        ring()
    }

    private func ring() {
        guard let bell else { return }
        var one: UInt64 = 1
        write(bell.raw, &one, 8)  // full: it rings already
    }

    /// Answers those whose time is over while they wait.
    private func mind() {
        while true {
            let (expired, first) = state.withLock { state -> ([Job], Deadline?) in
                let now = Clocks.monotonic()
                let expired = state.waiting.filter { $0.deadline.end <= now }
                state.waiting.removeAll { $0.deadline.end <= now }
                let first = state.waiting.map(\.deadline).min { $0.end < $1.end }
                if first == nil { state.isMinded = false }
                return (expired, first)
            }
            for job in expired { job.reply(.timedOut) }
            guard let first else { return }
            guard let bell else {
                first.pause(.seconds(1))
                continue
            }
            do throws(CallTrouble) {
                try first.wait(bell.raw, for: POLLIN)
                var count: UInt64 = 0
                read(bell.raw, &count, 8)
            } catch {}  // the deadline: the next round finds whose it is
        }
    }
}

/// Hands on the first answer to a call; all later ones are dropped.
final class CallReply: Sendable {
    private let continuation: Mutex<CheckedContinuation<ManagerAnswer, Never>?>

    init(_ continuation: CheckedContinuation<ManagerAnswer, Never>) {
        self.continuation = Mutex(continuation)
    }

    func callAsFunction(_ answer: ManagerAnswer) {
        let waiting = continuation.withLock { waiting in
            defer { waiting = nil }
            return waiting
        }
        waiting?.resume(returning: answer)
    }
}
