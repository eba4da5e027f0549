import Lag
import Model
import ProcFS

/// One process that is probed: finds its loop threads, looks at them when they are due, and makes one reading of them a
/// window.
final class ProbedWorker {
    /// Who is to be probed. Without start ticks it is whoever has that pid now.
    struct Target: Hashable, Sendable {
        var pid: Int32
        var startTicks: UInt64?
        var worker: WorkerID?
    }

    /// What it takes: the files of one loop. Of several each further one takes as many.
    static let descriptors = ThreadProbe.descriptors
    /// Which loops serve is looked up this often, where there are several.
    private static let servingPause = Duration.seconds(10)
    /// Tiers and descriptors are looked at this often.
    private static let reviewPause = Duration.seconds(1)
    /// A look at an epoll set holds its loop up, for longer the larger it is.
    private static let maximumDescriptors: UInt64 = 500
    /// How long a worker is new, and the time between two searches for its loop meanwhile.
    private static let freshTime = Duration.seconds(3)
    private static let freshPause = Duration.milliseconds(90)
    /// Counters only: nothing but a utilisation is made of it.
    private static let countersPeriod = Duration.milliseconds(500)

    let target: Target
    /// When it is to be looked at next.
    var due: MonotonicInstant
    /// Nobody looks at it before that, unless the record of its switches says something.
    private(set) var isResting = false
    private(set) var stretches = LagHistogram()
    var isWatched = false {
        didSet { for loop in loops { loop.isWatched = isWatched } }
    }

    private let process: ProbedProcess
    private let mode: Cadence.Mode
    private let context: ProbeContext
    private let recorder: ProbeRecorder?
    private let quota: CgroupQuota
    private let survey: ThreadSurvey
    private var finder: LoopFinder
    /// Only its counters may be read, and nobody can tell which thread is a loop; asked again at this time.
    private var opaqueUntil: MonotonicInstant?
    private var loops: [ProbedLoop] = []
    /// For how many loops besides the first it took descriptors.
    private var furtherLoops = 0
    private var windowBegan: MonotonicInstant
    /// The stall that was open when the last window ended, until it is seen to be over.
    private var open: (loop: ProbedLoop, since: MonotonicInstant)?
    private let began: MonotonicInstant
    private var lookedAt: MonotonicInstant
    private var nextReview: MonotonicInstant
    private var nextServing: MonotonicInstant

    /// Throws `.vanished` when that process is gone: a number can be given away between two looks.
    init(
        _ target: Target, mode: Cadence.Mode, context: ProbeContext, recorder: ProbeRecorder?, now: MonotonicInstant
    ) throws(ProcError) {
        let process = try ProbedProcess(target.pid, startTicks: target.startTicks, reader: context.reader)
        let arguments = try context.reader.commandLine(of: try process.directory()).arguments
        self.target = target
        self.process = process
        self.mode = mode
        self.context = context
        self.recorder = recorder
        quota = CgroupQuota(pid: target.pid, context: context)
        survey = ThreadSurvey(pid: target.pid, context: context)
        finder = LoopFinder(isOneRequestAtATime: Self.isGunicorn(arguments))
        due = now
        windowBegan = now
        began = now
        lookedAt = now
        nextReview = now + Self.reviewPause
        nextServing = now
    }

    deinit { context.giveBackDescriptors(furtherLoops * ThreadProbe.descriptors) }

    /// Its sync workers wait for one connection at a time, in select; those that run a loop wait in epoll. By its title, or
    /// by the script that an interpreter runs.
    static func isGunicorn(_ arguments: [String]) -> Bool {
        arguments.prefix(3).contains { argument in
            let name = argument.split(separator: "/").last ?? ""
            return name == "gunicorn" || name.hasPrefix("gunicorn:")
        }
    }

    /// From now to the next look, before any stretching.
    var period: Duration {
        loops.lazy.map { $0.tier == .utilisation ? Self.countersPeriod : $0.cadence.period }.min() ?? Cadence.calm
    }

    /// Without a loop to look at: when its threads are looked at again. One that blocked while the finder looked seems to
    /// have no loop: at first it is looked at more often than the finder asks for.
    var nextSearch: MonotonicInstant? {
        guard loops.isEmpty else { return nil }
        let isFresh = lookedAt - began < Self.freshTime
        return isFresh ? min(finder.nextLook, lookedAt + Self.freshPause) : finder.nextLook
    }

    /// Until when nothing is to be learnt of it before the record of a switch comes, or somebody looks; `nil`: it may not rest.
    var restsUntil: MonotonicInstant? {
        guard opaqueUntil == nil, !isWatched, !loops.isEmpty, loops.allSatisfy(\.mayRest) else { return nil }
        return finder.nextLook
    }

    func beginRest(until end: MonotonicInstant) {
        isResting = true
        due = end
        for loop in loops { loop.beginRest() }
    }

    func endRest() {
        isResting = false
        for loop in loops { loop.endRest() }
    }

    /// `ProbedLoop.rest` of each.
    func rest(until now: MonotonicInstant, drained: MonotonicInstant, gap: Duration) {
        for loop in loops { loop.rest(until: now, drained: drained, gap: gap) }
    }

    /// One look at each loop; `gap` as there. Throws `.vanished` when the process is gone.
    func look(now: MonotonicInstant, gap: Duration? = nil) throws(ProcError) {
        if now >= opaqueUntil ?? nextSearch ?? finder.nextLook { try find(now: now) }
        var lost: [Int32] = []
        for loop in loops {
            do throws(ProcError) {
                try loop.look(quota: quota, gap: gap)
                if now >= nextReview { try loop.review(now: now) }
            } catch .vanished {
                lost.append(loop.thread.tid)
            }
        }
        if now >= nextReview { nextReview = now + Self.reviewPause }
        if !lost.isEmpty { try drop(lost, now: now) }
        if loops.count > 1, now >= nextServing {
            nextServing = now + Self.servingPause
            let directory = try process.directory()
            for loop in loops {
                loop.findOutWhetherItServes(of: directory, maximumDescriptors: Self.maximumDescriptors)
            }
        }
    }

    private func find(now: MonotonicInstant) throws(ProcError) {
        // A loop that is looked at at every turn is not missed when it ends.
        if finder.knowsItsOnlyThread, !loops.isEmpty, try context.reader.threadCount(ofProcess: target.pid) == 1 {
            return finder.noteOnlyThread(now: now)
        }
        let directory = try process.directory()
        opaqueUntil = try mayKnow(of: directory) ? nil : now + ThreadProbe.recovery
        if opaqueUntil != nil {
            return try settle(on: [LoopThread(tid: target.pid, isMain: true, kind: .unknown)], now: now)
        }
        lookedAt = now
        finder.look(try survey.looks(of: directory), now: now)
        guard case .loops(let threads) = finder.finding else {
            // A saturated loop that blocks while the finder looks, which is seldom, was seen waiting by its probes, which is
            // often.
            if case .none = finder.finding, !loops.contains(where: \.hasWaitedInEpoll) { try settle(on: [], now: now) }
            return
        }
        try settle(on: threads, now: now)
    }

    /// Whether where its threads sleep may be known at all: `io` asks for the same right, and refuses.
    private func mayKnow(of directory: borrowing OwnedFD) throws(ProcError) -> Bool {
        guard context.limit >= .nosys else { return false }
        do {
            try context.reader.withFile("task/\(target.pid)/io", of: directory) { (_) throws(ProcError) in () }
            return true
        } catch {
            switch error {
            case .denied: return false
            case .vanished: return true  // no such file in this kernel, or no such process: the next call tells
            case .io, .malformed: throw error
            }
        }
    }

    private func settle(on threads: [LoopThread], now: MonotonicInstant) throws(ProcError) {
        var kept: [ProbedLoop] = []
        let staying = threads.count { thread in loops.contains { $0.thread.tid == thread.tid } }
        var added = 0
        for thread in threads {
            if let loop = loops.first(where: { $0.thread.tid == thread.tid }) {
                loop.describe(as: thread, now: now)
                kept.append(loop)
                continue
            }
            guard takeDescriptors(forLoops: staying + added + 1) else { continue }
            do throws(ProcError) {
                let loop = try ProbedLoop(
                    thread, of: process, for: self, mode: mode, context: context, recorder: recorder, now: now)
                loop.isWatched = isWatched
                kept.append(loop)
                added += 1
            } catch {
                guard case .vanished = error else { throw error }
                finder.vanished(thread.tid, now: now)
            }
        }
        if Set(kept.map(\.thread.tid)) != Set(loops.map(\.thread.tid)) { nextServing = now }
        loops = kept
        giveBackDescriptors()
    }

    /// Returns whether there are enough for so many loops.
    private func takeDescriptors(forLoops count: Int) -> Bool {
        while furtherLoops < count - 1 {
            guard context.takeDescriptors(ThreadProbe.descriptors) else { return false }
            furtherLoops += 1
        }
        return true
    }

    private func giveBackDescriptors() {
        let surplus = furtherLoops - max(0, loops.count - 1)
        guard surplus > 0 else { return }
        furtherLoops -= surplus
        context.giveBackDescriptors(surplus * ThreadProbe.descriptors)
    }

    private func drop(_ lost: [Int32], now: MonotonicInstant) throws(ProcError) {
        for tid in lost { finder.vanished(tid, now: now) }
        loops.removeAll { lost.contains($0.thread.tid) }
        giveBackDescriptors()
        // Throws where it is the process that is gone.
        _ = try survey.looks(of: try process.directory())
    }

    /// Its windows are going to be ended.
    func prefetch() { if let loop = loops.first { Prefetch.object(loop, bytes: 1536) } }

    /// Ends a window.
    func close(at now: MonotonicInstant, agentCPU: Duration, budget: ProbeBudget) -> LagReading {
        var others: [LagReading.Loop] = []
        let chosen: ProbedLoop?
        var window: LagWindow
        if loops.count == 1 {
            chosen = loops[0]
            window = loops[0].close(at: now)
        } else {
            others = loops.map { loop in
                LagReading.Loop(
                    tid: loop.thread.tid, kind: loop.thread.kind, isServing: loop.isServing,
                    window: loop.close(at: now))
            }
            let place = Self.choice(among: others, main: target.pid)
            chosen = place.map { loops[$0] }
            window =
                place.map { others.remove(at: $0).window }
                ?? LagWindow(start: windowBegan, end: now, tier: context.limit, quality: .none)
        }
        window.start = windowBegan
        windowBegan = now
        if !window.stretches.isEmpty { stretches.add(window.stretches) }
        open = if let chosen, let stall = window.open { (chosen, stall.start) } else { nil }
        return LagReading(
            pid: target.pid, worker: target.worker, window: window, kind: chosen?.thread.kind ?? noLoop,
            loopThreads: loops.count, others: others, hung: chosen?.hungReason, period: budget.stretched(period),
            isStretched: budget.isSlowed, agentCPU: agentCPU, stretches: stretches)
    }

    /// Whether the stall that was open when the last window ended was over at the last look; true once.
    func endsWhatWasOpen() -> Bool {
        guard let (loop, since) = open else { return false }
        if let now = loop.meter.openSince, now <= since, loops.contains(where: { $0 === loop }) { return false }
        open = nil
        return true
    }

    /// The kind of a worker of which no loop is probed.
    private var noLoop: LoopKind { if case .none = finder.finding { .none } else { .unknown } }

    /// The loop whose lag is the worker's: the worst of those that serve, else the main thread's, else the worst.
    static func choice(among loops: [LagReading.Loop], main: Int32) -> Int? {
        let serving = loops.indices.filter { loops[$0].isServing }
        if serving.isEmpty, let main = loops.firstIndex(where: { $0.tid == main }) { return main }
        let candidates = serving.isEmpty ? Array(loops.indices) : serving
        return candidates.max { worst(of: loops[$0].window) < worst(of: loops[$1].window) }
    }

    private static func worst(of window: LagWindow) -> Duration {
        max(window.max ?? .zero, window.open?.length ?? .zero)
    }
}
