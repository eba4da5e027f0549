import CLinux
import Control
import Glibc
import Model
import Synchronization

/// What comes of work on a thread of a pool.
protocol WorkAnswer: Sendable {
    static func failed(_ sentence: String) -> Self
    static var timedOut: Self { get }
}

extension ManagerAnswer: WorkAnswer {}

/// For calls of managers.
typealias CallPool = WorkPool<ManagerAnswer>
typealias CallReply = WorkReply<ManagerAnswer>

/// Threads for what blocks: neither the task pool nor the event loop may wait for a manager or a disk.
///
/// A thread lives while there is work. One of them only minds the queue, so that who waits there is answered at its
/// deadline though all others are busy; it lives while the queue is not empty.
final class WorkPool<Answer: WorkAnswer>: Sendable {
    static var maximumThreads: Int { 8 }
    static var maximumWaiting: Int { 64 }

    private struct Job {
        let deadline: Deadline
        let reply: WorkReply<Answer>
        let work: @Sendable (Deadline, WorkReply<Answer>) -> Void
    }
    private struct State {
        var waiting: [Job] = []
        var working = 0
        var isMinded = false
    }

    private let state = Mutex(State())
    /// Wakes the minder: somebody came to the queue, or left it.
    private let bell: SharedFD?
    private let name: String
    private let maximumThreads: Int
    private let maximumWaiting: Int

    /// - Parameter name: of the threads; at most 15 bytes.
    init(name: String = "manager", threads: Int = maximumThreads, waiting: Int = maximumWaiting) {
        self.name = name
        maximumThreads = threads
        maximumWaiting = waiting
        let raw = eventfd(0, CInt(EFD_CLOEXEC | EFD_NONBLOCK))
        bell = raw >= 0 ? SharedFD(adopting: raw) : nil
    }

    /// Threads that are there now.
    var threads: Int { state.withLock { $0.working + ($0.isMinded ? 1 : 0) } }

    /// Runs `work` on a thread and hands on what it replies, which may be before it returns.
    func run(
        limit: Duration, _ work: @escaping @Sendable (Deadline, WorkReply<Answer>) -> Void
    ) async -> Answer {
        await withCheckedContinuation { continuation in
            submit(limit: limit, reply: WorkReply { continuation.resume(returning: $0) }, work)
        }
    }

    /// The same for who does not wait.
    func submit(
        limit: Duration, reply: WorkReply<Answer>,
        _ work: @escaping @Sendable (Deadline, WorkReply<Answer>) -> Void
    ) {
        add(Job(deadline: .after(limit), reply: reply, work: work))
    }

    private enum Step { case thread, minder, ring, full }

    private func add(_ job: Job) {
        let step: Step = state.withLock { state in
            if state.working < maximumThreads - 1, state.waiting.isEmpty {
                state.working += 1
                return .thread
            }
            guard state.waiting.count < maximumWaiting else { return .full }
            state.waiting.append(job)
            if state.isMinded { return .ring }
            state.isMinded = true
            return .minder
        }
        switch step {
        case .full: job.reply(.failed("\(maximumWaiting) calls (\(name)) wait already: try again later"))
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
            _ = try NamedThread(name) {
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

/// Hands on the first answer; all later ones are dropped.
final class WorkReply<Answer: Sendable>: Sendable {
    private let receiver: Mutex<(@Sendable (Answer) -> Void)?>

    init(_ receiver: @escaping @Sendable (Answer) -> Void) { self.receiver = Mutex(receiver) }

    func callAsFunction(_ answer: Answer) {
        let waiting = receiver.withLock { receiver in
            defer { receiver = nil }
            return receiver
        }
        waiting?(answer)
    }
}
