import CLinux
import Glibc
import Lag
import Model
import ProcFS

/// What a prober is told once.
struct ProberSettings: Sendable {
    var mode = Cadence.Mode.adaptive
    /// The best tier that may be used.
    var limit = LagTier.perf
    var window = Duration.seconds(1)
    /// Windows end at whole multiples of their length, as the sampler's appointments do: `Sampler.appointment`.
    var isAligned = false
    var budget = ProbeBudget()
    var descriptorRoom = Int.max
    var isRecording = false
    var procRoot = "/proc"
}

/// Where a prober's findings go. Called on its thread.
struct ProberOutput: Sendable {
    /// One window of all workers, what was recorded of it, and by how much periods are stretched.
    var window: @Sendable ([LagReading], _ recording: String, _ stretch: Double) -> Void
    /// Nobody is there any more, or it cannot be probed.
    var lost: @Sendable (ProbedWorker.Target, ProcError) -> Void
    /// How many descriptors are short: those workers have no lag.
    var omitted: @Sendable (Int) -> Void = { _ in }
    /// The stall that was open at the end of its last window is over.
    var ended: @Sendable (ProbedWorker.Target) -> Void = { _ in }
}

/// Looks at the loops of all workers, each when it is due, and closes their windows at one time for all.
///
/// One thread owns it. A wake-up costs several times what a look at an idle loop does, so periods are multiples of 5 ms on
/// one grid of CLOCK_MONOTONIC: whoever is due within a wake-up is looked at in it. Times are absolute; a late wake-up is
/// not made up for.
final class Prober {
    /// All periods are multiples of it.
    static let grid = Duration.milliseconds(5)
    /// On a busy machine a probe that comes late is worth less: as far as the user may, it goes before others.
    private static let nice: CInt = -5
    private static let timerSlackNanoseconds: UInt64 = 1000

    private let settings: ProberSettings
    private let output: ProberOutput
    private let control: ProberControl
    private let context: ProbeContext
    private let recorder: ProbeRecorder?
    private var budget: ProbeBudget
    private var workers: [ProbedWorker] = []
    /// Of them those that do not rest.
    private var awake: [ProbedWorker] = []
    /// When the record of all switches was asked last, before that, and is to be asked next; and the longest time in this window
    /// in which nobody would have noticed what a loop does that rests.
    private var drained: MonotonicInstant
    private var drainedBefore: MonotonicInstant
    private var nextDrain = MonotonicInstant(nanoseconds: .max)
    private var longestPause = Duration.zero
    /// As last told, for what is new.
    private var targets: Set<ProbedWorker.Target> = []
    /// For whom there were no descriptors.
    private var omitted: Set<ProbedWorker.Target> = []
    private var watched: Set<WorkerID> = []
    private var windowBegan: MonotonicInstant
    private var windowEnd: MonotonicInstant
    private var windowCPU: UInt64 = 0

    private init(
        settings: ProberSettings, output: ProberOutput, control: ProberControl, switchLog: SwitchLog?
    ) {
        self.settings = settings
        self.output = output
        self.control = control
        context = ProbeContext(
            limit: settings.limit, descriptorRoom: settings.descriptorRoom, switchLog: switchLog,
            procRoot: settings.procRoot)
        recorder = settings.isRecording ? ProbeRecorder() : nil
        budget = settings.budget
        windowBegan = Clocks.monotonic()
        windowEnd = windowBegan
        drained = windowBegan
        drainedBefore = windowBegan
    }

    /// One on its thread, which ends when it is told to stop. The record of switches is that thread's for good.
    static func start(
        settings: ProberSettings, output: ProberOutput, control: ProberControl, switchLog: SwitchLog?
    ) throws(Fatal) -> NamedThread {
        nonisolated(unsafe) let switchLog = switchLog
        return try NamedThread("lag") {
            Prober(settings: settings, output: output, control: control, switchLog: switchLog).run()
        }
    }

    /// Until told to stop.
    private func run() {
        looptop_set_timer_slack(Self.timerSlackNanoseconds)
        _ = looptop_set_nice(Self.nice)  // an ordinary user may not, and then it is as all others are
        windowCPU = Clocks.threadCPUNanoseconds()
        windowBegan = Clocks.monotonic()
        // On the grid of the calmest period, so that a window's end is no wake-up of its own.
        windowEnd =
            settings.isAligned
            ? Self.next(after: windowBegan + settings.window / 2, period: settings.window)
            : Self.next(after: windowBegan, period: Cadence.calm) + settings.window
        takeWishes()
        while !control.isStopping {
            let now = Clocks.monotonic()
            let due = awake.reduce(min(windowEnd, nextDrain)) { min($0, $1.due) }
            if now < due {
                wait(for: due - now)
                continue
            }
            look(now: now)
            if now >= windowEnd { closeWindow() }
        }
    }

    private func wait(for patience: Duration) {
        let log = context.switchLog
        let news = looptop_wait_readable(
            control.bell.descriptor, log?.notices ?? -1, UInt64(max(0, patience.nanoseconds)))
        if news & 1 != 0 {
            control.bell.answer()
            takeWishes()
        }
        if news & 2 != 0, let log { nextDrain = log.answerNotices() }
    }

    /// The first moment after `now` on the grid of a period, which all workers of that period share.
    static func next(after now: MonotonicInstant, period: Duration) -> MonotonicInstant {
        let step = UInt64(max(grid.nanoseconds, period.nanoseconds))
        return MonotonicInstant(nanoseconds: (now.nanoseconds / step + 1) * step)
    }

    /// A period as it is kept: stretched, and on the grid.
    private func kept(_ period: Duration) -> Duration {
        guard budget.isStretched else { return period }
        let step = Self.grid.nanoseconds
        return .nanoseconds((budget.stretched(period).nanoseconds + step - 1) / step * step)
    }

    private func look(now: MonotonicInstant) {
        drain(now: now)
        let gap = context.switchLog?.givesNotice == true ? longestPause : nil
        var lost: [(ProbedWorker.Target, ProcError)] = []
        for worker in awake where worker.due <= now {
            do {
                try worker.look(now: now, gap: gap)
                if worker.endsWhatWasOpen() { output.ended(worker.target) }
                schedule(worker, after: now)
            } catch {
                lost.append((worker.target, error))
            }
        }
        for (target, error) in lost {
            remove(target)
            output.lost(target, error)
        }
        awake.removeAll { $0.isResting }
    }

    /// Takes the record of all switches, and wakes those that it tells of.
    private func drain(now: MonotonicInstant) {
        guard let log = context.switchLog else { return }
        log.drain()
        // With notices it is asked when there is one, and at the end of a window.
        let late = max(now - min(nextDrain, windowEnd), .zero)
        longestPause = max(longestPause, log.givesNotice ? Cadence.calm + late : now - drained)
        (drainedBefore, drained) = (drained, now)
        var isSomebodyAtWork = false
        log.tellNews { feed in
            guard feed.needsLook, let worker = feed.loop?.worker, worker.isResting else { return true }
            if feed.isBrieflyAtWork(at: now) {
                isSomebodyAtWork = true
                return false
            }
            wake(worker, now: now)
            return true
        }
        nextDrain =
            log.givesNotice
            ? MonotonicInstant(nanoseconds: .max)
            : Self.next(after: now, period: kept(isSomebodyAtWork ? Cadence.alert : Cadence.calm))
    }

    private func wake(_ worker: ProbedWorker, now: MonotonicInstant) {
        worker.rest(until: drained, drained: drainedBefore, gap: longestPause)
        worker.endRest()
        worker.due = now
        awake.append(worker)
    }

    private func schedule(_ worker: ProbedWorker, after now: MonotonicInstant) {
        if let end = worker.restsUntil {
            worker.beginRest(until: end)
        } else if let search = worker.nextSearch {
            worker.due = Self.next(after: max(now, search + (.zero - Self.grid)), period: Self.grid)
        } else {
            worker.due = Self.next(after: now, period: kept(worker.period))
        }
    }

    private func closeWindow() {
        let now = Clocks.monotonic()
        let cpu = Clocks.threadCPUNanoseconds()
        let used = Duration.nanoseconds(Int64(clamping: cpu - min(cpu, windowCPU)))
        windowCPU = cpu
        budget.note(cpu: used, over: now - windowBegan, workers: workers.count)
        context.switchLog?.stretch(by: budget.stretch)
        windowBegan = now
        let share = used / max(1, workers.count)
        // One worker at a time: of a thousand, each is far away in memory.
        let readings = workers.indices.map { index in
            prefetch(after: index)
            let worker = workers[index]
            if worker.isResting {
                if worker.due <= now {
                    wake(worker, now: now)
                } else {
                    worker.rest(until: drained, drained: drainedBefore, gap: longestPause)
                }
            }
            return worker.close(at: now, agentCPU: share, budget: budget)
        }
        longestPause = .zero
        output.window(readings, recorder?.take() ?? "", budget.stretch)
        windowEnd = windowEnd + settings.window
        // The machine slept, or we were stopped: windows of nothing are no news.
        let after = Clocks.monotonic()
        while windowEnd <= after { windowEnd = windowEnd + settings.window }
        for target in omitted { add(target, now: after) }
        output.omitted(omitted.count)
    }

    private func prefetch(after index: Int) {
        let (far, near) = (index + Prefetch.far, index + Prefetch.near)
        if far < workers.count { Prefetch.object(workers[far], bytes: 320) }
        if near < workers.count { workers[near].prefetch() }
    }

    private func takeWishes() {
        let wishes = control.current
        let now = Clocks.monotonic()
        for target in targets.subtracting(wishes.targets) { remove(target) }
        // As the sampler has them, which asks for the one after the other.
        for target in wishes.targets.subtracting(targets).sorted(by: { $0.pid < $1.pid }) {
            add(target, now: now)
        }
        targets = wishes.targets
        budget.limit = wishes.limit
        guard watched != wishes.watched else { return }
        watched = wishes.watched
        for worker in workers {
            let isWatched = worker.target.worker.map(watched.contains) ?? false
            guard worker.isWatched != isWatched else { continue }
            if worker.isResting { wake(worker, now: now) }
            worker.isWatched = isWatched
            schedule(worker, after: now)
        }
        awake.removeAll { $0.isResting }
    }

    private func add(_ target: ProbedWorker.Target, now: MonotonicInstant) {
        guard context.takeDescriptors(ProbedWorker.descriptors) else {
            omitted.insert(target)
            return
        }
        omitted.remove(target)
        do {
            let worker = try ProbedWorker(
                target, mode: settings.mode, context: context, recorder: recorder, now: now)
            worker.isWatched = target.worker.map(watched.contains) ?? false
            workers.append(worker)
            awake.append(worker)
        } catch {
            context.giveBackDescriptors(ProbedWorker.descriptors)
            output.lost(target, error)
        }
    }

    private func remove(_ target: ProbedWorker.Target) {
        omitted.remove(target)
        guard let index = workers.firstIndex(where: { $0.target == target }) else { return }
        let worker = workers.remove(at: index)
        awake.removeAll { $0 === worker }
        context.giveBackDescriptors(ProbedWorker.descriptors)
    }
}
