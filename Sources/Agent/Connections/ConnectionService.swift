import Control
import Glibc
import Model
import ProcFS
import Synchronization

/// Looks at the connections of all workers now and then, and each second at those that somebody asks about; on a thread of
/// its own, since a machine with very many connections is looked at for longer than a sweep may wait.
final class ConnectionService: Sendable {
    let board = ConnectionBoard()
    private let procRoot: String
    private let control: ConnectionControl
    private let thread = Mutex<NamedThread?>(nil)

    init(procRoot: String = "/proc") throws(Fatal) {
        self.procRoot = procRoot
        control = try ConnectionControl()
    }

    func start(warn: @escaping @Sendable (String) -> Void) throws(Fatal) {
        let (board, control, root) = (board, control, procRoot)
        let started = try NamedThread("connections") {
            Self.run(ConnectionSurvey(reader: ProcReader(root: root)), board, control, warn)
        }
        thread.withLock { $0 = started }
    }

    func stop() {
        control.stop()
        thread.withLock { thread in
            thread?.join()
            thread = nil
        }
    }

    /// Who is there; to be told after each sweep.
    func workers(_ workers: [LiveWorker], groups: [LiveGroup]) {
        control.change(to: ConnectionRoster(workers: workers, groups: groups))
    }

    /// Somebody looks: for ten seconds its whole group is looked at each second.
    func watch(_ target: CommandTarget, now: MonotonicInstant) { control.watch(target, now: now) }

    /// What is known now, and it is watched from now on; `nil` when there was no look at it yet, and where it may not be
    /// looked at.
    func report(for target: CommandTarget, now: MonotonicInstant) -> ConnectionReport? {
        watch(target, now: now)
        return board.report(for: target)
    }

    private static func run(
        _ survey: ConnectionSurvey, _ board: ConnectionBoard, _ control: ConnectionControl,
        _ warn: @Sendable (String) -> Void
    ) {
        var schedule = ConnectionSchedule()
        var hasWarned = false
        while !control.isStopping {
            let now = Clocks.monotonic()
            let wishes = control.take(now: now)
            if wishes.hasNewcomers { schedule.noteNewcomers(at: now) }
            let watched = Set(wishes.watched.keys)
            let hasWorkers = !wishes.roster.groups.isEmpty
            guard hasWorkers, let round = schedule.due(at: now, watched: watched) else {
                if !hasWorkers { board.keep(only: [], []) }  // and nothing to do until somebody comes
                wait(until: hasWorkers ? schedule.wake(at: now, watched: watched) : nil, now: now, control.bell)
                continue
            }
            let before = Clocks.threadCPUNanoseconds()
            look(round, at: wishes.roster, survey, board, until: schedule.validity(from: now), now: now)
            let cost = Duration.nanoseconds(Int64(clamping: Clocks.threadCPUNanoseconds() - before))
            schedule.did(round, cost: cost, at: Clocks.monotonic())
            if survey.hasSilentSpaces, !hasWarned {
                hasWarned = true
                warn(
                    """
                    connections of some workers are not seen: their network namespace could not be asked; to enter \
                    another one than the agent's needs CAP_SYS_ADMIN
                    """)
            }
        }
    }

    private static func look(
        _ round: ConnectionSchedule.Round, at roster: ConnectionRoster, _ survey: ConnectionSurvey,
        _ board: ConnectionBoard, until: MonotonicInstant, now: MonotonicInstant
    ) {
        switch round {
        case .all:
            board.post(survey.look(at: roster, now: now), until: until)
            board.keep(only: roster.keys, roster.workers)
        case .groups(let keys): board.post(survey.look(at: roster, keys: keys, now: now), until: until)
        }
    }

    private static func wait(until: MonotonicInstant?, now: MonotonicInstant, _ bell: Doorbell) {
        var event = pollfd(fd: bell.descriptor, events: Int16(POLLIN), revents: 0)
        // One more than cut: it would turn without a pause in the last millisecond.
        let milliseconds = until.map { CInt(clamping: max(0, ($0 - now).nanoseconds / 1_000_000) + 1) } ?? -1
        _ = poll(&event, 1, milliseconds)  // interrupted: looked at again all the same
        bell.answer()
    }
}
