import Lag
import Model
import ProcFS

/// One loop thread that is probed: what is read of it, and what is made of that.
final class ProbedLoop {
    /// As the finder knows it.
    private(set) var thread: LoopThread
    private(set) var meter: LoopMeter
    private(set) var cadence: Cadence
    /// Whether its epoll set holds a socket, when it was last looked at.
    var isServing = false
    /// Of the last window.
    private(set) var hungReason: HungRule.Reason?

    private let process: ProbedProcess
    private let probe: ThreadProbe
    private let context: ProbeContext
    private let sockets: SocketWatch
    private let recorder: ProbeRecorder?
    private var source: SwitchSource? {
        didSet {
            cadence.isRecorded = feed != nil
            cadence.isNoticed = cadence.isRecorded && context.switchLog?.givesNotice == true
        }
    }
    private var nextSource: MonotonicInstant
    private var hung = HungRule()
    private var hasWaited = false
    /// In its life, as the cadence was told.
    private var busy: BusyTime?
    /// Windows of meters that were replaced since the last close.
    private var carried: [LagWindow] = []
    private var recording: Int?
    private var switches = 0
    private var switchesSince: MonotonicInstant

    /// Whose loop it is.
    private(set) unowned var worker: ProbedWorker
    /// Where the kernel refused a ring for want of memory, or of rights, it is asked again.
    private static let ringPause = Duration.seconds(10)
    /// Each switch that is recorded costs the worker itself about 1 µs: beyond this rate it is not worth it, for a while.
    private static let maximumSwitchesPerSecond = 4000.0
    private static let restlessPause = Duration.seconds(60)

    /// Throws `.vanished` when there is no such thread.
    init(
        _ thread: LoopThread, of process: ProbedProcess, for worker: ProbedWorker, mode: Cadence.Mode,
        context: ProbeContext, recorder: ProbeRecorder?, now: MonotonicInstant
    ) throws(ProcError) {
        self.thread = thread
        self.worker = worker
        self.process = process
        self.context = context
        self.recorder = recorder
        probe = try ThreadProbe(tid: thread.tid, of: process, context: context, now: now)
        sockets = SocketWatch(pid: process.pid, diag: context.diag)
        cadence = Cadence(mode)
        nextSource = now
        switchesSince = now
        meter = LoopMeter(tier: .utilisation, kind: thread.kind, tick: context.tick)
        openSource(now: now)
        begin(now: now)
    }

    deinit { closeSource() }

    var tier: LagTier { source != nil && probe.tier == .proc ? .perf : probe.tier }
    var isWatched: Bool {
        get { cadence.isWatched }
        set { cadence.isWatched = newValue }
    }

    /// Whether a probe met it waiting for events of an epoll set.
    var hasWaitedInEpoll: Bool { meter.epollDescriptor != nil && tier >= .proc }

    /// The finder knows it better by now.
    func describe(as thread: LoopThread, now: MonotonicInstant) {
        let before = self.thread
        self.thread = thread
        guard thread.kind != before.kind else { return }
        guard before.kind != .unknown else { return meter.learn(thread.kind) }
        carried.append(meter.close(at: now))
        begin(now: now)
    }

    /// A meter for the tier and kind it has now.
    private func begin(now: MonotonicInstant) {
        meter = LoopMeter(
            tier: tier, kind: thread.kind, tick: context.tick, epollDescriptor: thread.epollDescriptor)
        recording = recorder?.begin(
            ProbeTrace.Loop(
                pid: process.pid, tid: thread.tid, tier: tier, kind: thread.kind, tick: context.tick, began: now,
                epollDescriptor: thread.epollDescriptor))
    }

    private func openSource(now: MonotonicInstant) {
        guard context.limit == .perf, source == nil, probe.tier == .proc, now >= nextSource else { return }
        nextSource = now + Self.ringPause
        if let feed = context.switchLog?.feed(of: thread.tid, for: self) {
            source = .feed(feed)
            return
        }
        guard !context.hasNoRings else { return }
        do {
            source = .ring(try SwitchRing(opening: thread.tid))
        } catch {
            if error == .unsupported { context.hasNoRings = true }
        }
    }

    private func closeSource() {
        if case .feed(let feed) = source { context.switchLog?.end(feed) }
        source = nil
    }

    private var feed: SwitchFeed? { if case .feed(let feed) = source { feed } else { nil } }

    /// Whether its next switch will be recorded, and nothing is to be learnt before that: it waits for events.
    var mayRest: Bool {
        guard let feed, !feed.hasNews, tier == .perf, probe.isAsleep, meter.isIdle, meter.openSince == nil,
            recorder == nil
        else { return false }
        return cadence.period == Cadence.calm
    }

    func beginRest() {
        guard let feed, meter.takesBursts else { return }
        probe.beginRest(feed)
    }

    /// It rested until now, but for the bursts that were recorded, or until what it does now began; `drained` is when the record
    /// was asked before, and `gap` the longest time in which nobody would have noticed.
    func rest(until now: MonotonicInstant, drained: MonotonicInstant, gap: Duration) {
        let now = feed.map { $0.restedUntil(now) ?? drained } ?? now
        if let feed, let end = feed.bursts.last?.to { return takeBursts(of: feed, until: max(now, end), gap: gap) }
        guard now > probe.last.at else { return }
        meter.noteUnchanged(at: now, gap: gap)
        cadence.note(.waiting, busy: .zero, at: now)
    }

    private func takeBursts(of feed: SwitchFeed, until now: MonotonicInstant, gap: Duration) {
        probe.takeBursts(of: feed, at: now)
        switches += feed.bursts.count * 2
        meter.note(feed.bursts, until: probe.last, gap: gap)
        feed.clearBursts()
        // None of them was long, but for those that nobody was told of: they are part of what a look finds.
        busy = probe.busy - feed.untold
        cadence.note(.waiting, busy: .zero, at: feed.untoldFrom ?? now)
        hasWaited = true
    }

    func endRest() { feed?.rest(at: nil, after: BusyTime()) }

    /// One probe. Throws `.vanished` when the thread is gone. `gap` is the longest time in which nobody would have noticed what a
    /// loop does whose switches are recorded.
    func look(quota: CgroupQuota, gap: Duration?) throws(ProcError) {
        let now = Clocks.monotonic()
        if let feed, feed.isFlooded {
            spareTheRestless(now: now)
            changeTier(now: now)
        }
        guard try lookForChange(at: now) else {
            feed?.clear()
            meter.noteUnchanged(at: now, gap: feed == nil ? nil : gap)
            if let recording { recorder?.write(.unchanged(now), of: recording) }
            noteSight(now: now)
            return
        }
        let needs = meter.needs(at: probe.last.place, slicesChanged: probe.slicesChanged, now: now)
        if needs.contains(.sockets) { sockets.loopDescriptor = meter.epollDescriptor.flatMap { Int32(exactly: $0) } }
        try probe.lookFurther(needs, sockets: sockets, quota: quota, switches: source)
        if needs.contains(.sockets), probe.last.sockets == nil, sockets.hasOtherSockets { meter.noteNoSockets() }
        switches += probe.last.switches.count
        meter.note(probe.last, gap: feed == nil ? nil : gap)
        if let recording { recorder?.write(.probe(probe.last), of: recording) }
        noteSight(now: now)
    }

    /// Whether anything changed since the look before, and where the thread is now.
    private func lookForChange(at now: MonotonicInstant) throws(ProcError) -> Bool {
        if let feed {
            if !feed.hasNews, probe.isAsleep { return false }
            if probe.take(feed, at: now) { return true }
        }
        guard try probe.lookForChange(at: now) else { return false }
        if try probe.lookWhere() { changeTier(now: now) }
        if let feed {
            // It may have gone to sleep meanwhile: then the record knows better.
            context.switchLog?.drain()
            _ = probe.take(feed, at: now)
        }
        return true
    }

    private func noteSight(now: MonotonicInstant) {
        let grown = growth()
        let sight: Cadence.Sight =
            probe.last.place == .running ? .running : meter.isIdle || tier == .utilisation ? .waiting : .held
        if sight == .waiting { hasWaited = true }
        cadence.note(sight, busy: grown, at: now)
    }

    /// How long it was busy since the cadence was told last.
    private func growth() -> Duration {
        let all = probe.busy
        defer { busy = all }
        guard let busy else { return .zero }
        return cadence.isRecorded ? (all - busy).worked : (all - busy).all
    }

    private func changeTier(now: MonotonicInstant) {
        if probe.tier != .proc { closeSource() }
        carried.append(meter.close(at: now))
        begin(now: now)
    }

    /// Now and then: a better tier, and whether the loop is still the one on that descriptor.
    func review(now: MonotonicInstant) throws(ProcError) {
        let before = tier
        _ = try probe.recover(now: now)
        // Not within a stall: another tier begins anew, and would lose it.
        if meter.openFor < Cadence.alert {
            spareTheRestless(now: now)
            openSource(now: now)
        }
        if tier != before { changeTier(now: now) }
        adoptNewLoop()
    }

    private func spareTheRestless(now: MonotonicInstant) {
        let seconds = (now - switchesSince).seconds
        defer {
            switches = 0
            switchesSince = now
        }
        let isFlooded = feed?.isFlooded ?? false
        guard source != nil, isFlooded || Double(switches) > Self.maximumSwitchesPerSecond * max(seconds, 0.5) else {
            return
        }
        closeSource()
        nextSource = now + Self.restlessPause
    }

    /// A loop that was closed and made anew waits on another descriptor, and its old one is gone or something else.
    private func adoptNewLoop() {
        guard let foreign = meter.foreignDescriptor, let own = meter.epollDescriptor, foreign != own,
            let number = Int32(exactly: own)
        else { return }
        do {
            if try context.reader.descriptor(number, of: try process.directory()) == .eventPoll { return }
        } catch {
            switch error {
            case .vanished: break  // closed, or it is gone
            case .denied, .io, .malformed: return
            }
        }
        meter.adopt(epollDescriptor: foreign)
        if let recording { recorder?.write(.adopted(probe.last.at, epollDescriptor: foreign), of: recording) }
    }

    /// Whether its epoll set holds a socket; stays as it was where that cannot be read, or would hold up the loop.
    func findOutWhetherItServes(of process: borrowing OwnedFD, maximumDescriptors: UInt64) {
        guard let descriptor = meter.epollDescriptor ?? thread.epollDescriptor else { return }
        do {
            guard let count = try context.reader.descriptorCount(of: process), count <= maximumDescriptors else {
                return
            }
            let set = try context.reader.withFile("fdinfo/\(descriptor)", of: process) { (text) throws(ProcError) in
                try EpollTargets(parsing: text)
            }
            isServing = try holdsSocket(set, of: process)
        } catch {
            return
        }
    }

    private func holdsSocket(_ set: EpollTargets, of process: borrowing OwnedFD) throws(ProcError) -> Bool {
        for target in set.targets {
            do throws(ProcError) {
                if case .socket = try context.reader.descriptor(target.descriptor, of: process) { return true }
            } catch .vanished {
                continue  // closed since
            }
        }
        return false
    }

    /// Ends a window.
    func close(at now: MonotonicInstant) -> LagWindow {
        var window = meter.close(at: now)
        if let recording { recorder?.write(.close(now), of: recording) }
        if !carried.isEmpty {
            for earlier in carried { window.take(over: earlier) }
            carried = []
        }
        judge(window, at: now)
        return window
    }

    private func judge(_ window: LagWindow, at now: MonotonicInstant) {
        guard tier > .utilisation else { return }
        let isHeld = !meter.isIdle && probe.last.place.isAsleep
        hungReason = hung.judge(
            HungRule.Evidence(
                kind: thread.kind, open: window.open, hasWaited: hasWaited, isHeld: isHeld,
                timeslices: probe.last.timeslices, sockets: meter.isIdle ? nil : sockets.evidence(now: now)),
            at: now)
        hasWaited = meter.isIdle
    }
}

extension LagWindow {
    /// A window of the same time by a meter that this one's replaced.
    mutating func take(over earlier: LagWindow) {
        start = min(start, earlier.start)
        stalls = Array((earlier.stalls + stalls).suffix(Self.maximumStalls))
        stretches.add(earlier.stretches)
        if let before = earlier.max { max = Swift.max(max ?? .zero, before) }
        if let before = earlier.p99 { p99 = Swift.max(p99 ?? .zero, before) }
        if let before = earlier.p50 { p50 = Swift.max(p50 ?? .zero, before) }
        probeGapMax = Swift.max(probeGapMax, earlier.probeGapMax)
        quality = LagQuality(rawValue: Swift.max(quality.rawValue, earlier.quality.rawValue)) ?? quality
        tier = Swift.min(tier, earlier.tier)
    }
}
