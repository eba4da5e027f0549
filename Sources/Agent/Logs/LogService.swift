import Model
import Synchronization

/// Reads logs for whoever asks, on threads of its own: a slow disk or journal holds up nobody else.
final class LogService: Sendable {
    /// For a page. What takes longer is given up, and its thread with it.
    static let limit = Duration.seconds(6)

    /// Runs something later, on another thread.
    typealias Later = @Sendable (Duration, @escaping @Sendable () -> Void) -> Void

    private let boot: BootID
    private let later: Later
    private let shelf = LogShelf()
    private let answers = ManagerAnswers()
    private let pool = WorkPool<LogAnswer>(name: "logs", threads: 3, waiting: 64)
    /// Files that are held will be looked after.
    private let isPruning = Mutex(false)

    init(boot: BootID, later: @escaping Later) {
        self.boot = boot
        self.later = later
    }

    /// `reply` is called once: also where the disk does not answer.
    func read(_ request: LogRequest, _ order: LogOrder, reply: @escaping @Sendable (Answer.Body) -> Void) {
        let once = WorkReply<LogAnswer> { answer in
            switch answer {
            case .page(let page): reply(.log(page))
            case .failed(let why): reply(.unknown(why))
            case .timedOut: reply(.unknown("the log was not read within \(Self.limit.components.seconds) s"))
            }
        }
        // Threads that wait for a disk cannot be called back.
        later(Self.limit + .seconds(1)) { once(.timedOut) }
        pool.submit(limit: Self.limit, reply: once) { [self] deadline, reply in
            var maker = LogPageMaker(
                request, order,
                LogPageMaker.Setting(
                    boot: boot, now: Clocks.now(), deadline: deadline, shelf: shelf, answers: answers))
            reply(.page(maker.page()))
            prune()
        }
    }

    /// Lets go of files some time after nobody reads them any more.
    private func prune() {
        let isDue = isPruning.withLock { isPruning in
            defer { isPruning = true }
            return !isPruning
        }
        guard isDue else { return }
        later(LogShelf.patience) { [weak self] in
            guard let self else { return }
            isPruning.withLock { $0 = false }
            if shelf.prune(now: Clocks.monotonic()) { prune() }
        }
    }
}

enum LogAnswer: WorkAnswer {
    case page(LogPage)
    case failed(String)
    case timedOut
}
