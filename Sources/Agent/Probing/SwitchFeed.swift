import CLinux
import Lag
import Model

/// What was recorded of one thread and not looked at yet.
///
/// Of a loop that rests it is mostly this: it gets a CPU, works, and sleeps where it slept before. That is kept as a burst
/// in a third of the room, for the end of the window, and the loop rests on.
final class SwitchFeed {
    /// Slices kept, those of bursts included: more between two looks are lost.
    static let maximumSlices = 1024
    /// Bursts kept before somebody looks.
    private static let maximumBursts = 100

    let tid: UInt32
    /// Who looks at it; it ends its feed when it ends.
    private(set) unowned var loop: ProbedLoop?
    /// Those that are not part of a burst.
    private(set) var slices: [looptop_slice] = []
    /// Slices are missing.
    var hasLost = false
    /// It was handed more than it takes between two looks, and is handed nothing any more.
    private(set) var isFlooded = false
    /// All before the first of the slices.
    private(set) var bursts: [LoopBurst] = []
    /// The slice that ended the last burst.
    private(set) var newest = looptop_slice()
    /// In those of the bursts that are new since somebody was told last, and were long, and when the first of these began.
    private(set) var untold = BusyTime()
    private(set) var untoldFrom: MonotonicInstant?
    /// Nothing is in it that somebody has to be told of.
    var isTold = true
    /// Since when its thread has a CPU, as of the last time the record was asked, in ns; `nil`: it has none.
    private(set) var workingSince: UInt64?
    /// When it got the CPU of which `drain` has told, and whose slice may be still to come.
    private var toldSince: UInt64?
    /// When it left a CPU last; `nil` before the first slice.
    private var leftAt: UInt64?
    /// Its record began.
    private let began: UInt64
    /// Where its loop rests.
    private var home: RecordedPlace?

    init(tid: UInt32, loop: ProbedLoop?, began: MonotonicInstant) {
        self.tid = tid
        self.loop = loop
        self.began = began.nanoseconds
    }

    /// Something besides bursts.
    var hasNews: Bool { !slices.isEmpty || workingSince != nil || hasLost }

    /// Whether a loop that rests is to be looked at: it does something else than it did before, or much.
    var needsLook: Bool { hasNews || didMuch }

    private var didMuch: Bool { bursts.count >= Self.maximumBursts || untoldFrom != nil }

    /// Until when it did nothing but its bursts, up to `now`, when the record was asked; `nil` where that is not known.
    func restedUntil(_ now: MonotonicInstant) -> MonotonicInstant? {
        if hasLost || slices.first?.from == 0 { return nil }
        guard let got = slices.first?.from ?? workingSince else { return now }
        let waited = slices.first.map { $0.wait - min($0.wait, newest.wait) } ?? 0
        return MonotonicInstant(nanoseconds: got - min(got, waited))
    }

    /// Whether a loop that rests got a CPU not long before `now`, and that is all: most are done in a moment.
    func isBrieflyAtWork(at now: MonotonicInstant) -> Bool {
        guard let workingSince, slices.isEmpty, !hasLost, !didMuch else { return false }
        return now - MonotonicInstant(nanoseconds: workingSince) < Cadence.alert
    }

    /// From now on its thread sleeps at `place`, and had been busy for so long in its life when it went to sleep. With `nil` it
    /// may be anywhere.
    func rest(at place: RecordedPlace?, after busy: BusyTime) {
        home = place
        newest.run = busy.run
        newest.wait = busy.wait
    }

    func add(_ slice: looptop_slice) {
        guard !isFlooded else {
            hasLost = true
            return
        }
        var slice = slice
        // A CPU that it got before it was watched, and lost unseen, was another one's since.
        if slice.from < began { slice.from = 0 }
        if slice.from == 0, leftAt != nil { hasLost = true }
        leftAt = slice.to
        if let home, slices.isEmpty, !hasLost, slice.from != 0, slice.recordedPlace == home {
            return noteBurst(from: slice.from, firstWait: slice.wait, until: slice)
        }
        slices.append(slice)
        if let home, slice.recordedPlace == home { foldBurst() }
        judgeFlood()
    }

    /// It had a CPU since then when the record was asked, all of which it was handed since; `nil`: it had none. Returns whether
    /// that is news.
    func noteWork(since: UInt64?) -> Bool {
        workingSince = isFlooded ? nil : since.flatMap { $0 >= began && $0 > leftAt ?? 0 ? $0 : nil }
        return workingSince != nil
    }

    private func judgeFlood() { isFlooded = slices.count + bursts.count >= Self.maximumSlices }

    /// Makes a burst of the slices, the last of which ends with a sleep at home, where it was only preempted in between.
    private func foldBurst() {
        guard !hasLost, let first = slices.first, first.from != 0, let end = slices.last,
            slices.dropLast().allSatisfy(\.isPreempted)
        else { return }
        noteBurst(from: first.from, firstWait: first.wait, until: end)
        slices.removeAll(keepingCapacity: true)
    }

    /// It got a CPU first at `time`, and knew how long it had waited for it, in its life, when it left it: `firstWait`.
    private func noteBurst(from time: UInt64, firstWait: UInt64, until end: looptop_slice) {
        let waited = firstWait - min(firstWait, newest.wait)
        let from = MonotonicInstant(nanoseconds: time - min(time, waited))
        let busy = BusyTime(run: end.run, wait: end.wait) - BusyTime(run: newest.run, wait: newest.wait)
        bursts.append(
            LoopBurst(from: from, to: MonotonicInstant(nanoseconds: end.to), waitNanoseconds: busy.wait))
        if busy.worked >= Cadence.troublingBusy {
            untold += busy
            untoldFrom = untoldFrom ?? from
        }
        newest = end
        judgeFlood()
    }

    func noteTold(_ isDone: Bool) {
        isTold = isDone
        untold = BusyTime()
        untoldFrom = nil
    }

    func clearBursts() { bursts.removeAll(keepingCapacity: bursts.count <= Self.maximumBursts) }

    /// Adds what was recorded since the last time, oldest first; returns whether slices were lost in between. `waited` is how
    /// long the thread had waited for a CPU in its life when it was looked at last, and `until` now, in ns.
    func drain(into switches: inout [Probe.Switch], waited: UInt64, until: UInt64) -> Bool {
        defer { clear() }
        var waited = waited
        for slice in slices {
            noteGot(slice.from, waited: slice.wait - min(slice.wait, waited), in: &switches)
            waited = slice.wait
            let at = MonotonicInstant(nanoseconds: slice.to)
            switches.append(
                slice.isPreempted
                    ? Probe.Switch(at: at, kind: .preempted)
                    : Probe.Switch(at: at, kind: .sleep, place: slice.place))
        }
        if let workingSince { noteGot(workingSince, waited: until - min(until, waited), in: &switches) }
        return hasLost
    }

    /// It got a CPU, which is told once: also where its slice comes later.
    private func noteGot(_ time: UInt64, waited: UInt64, in switches: inout [Probe.Switch]) {
        guard time != 0, time != toldSince else { return }
        toldSince = time
        switches.append(
            Probe.Switch(at: MonotonicInstant(nanoseconds: time), kind: .into, waitNanoseconds: waited))
    }

    func clear() {
        workingSince = nil
        slices.removeAll(keepingCapacity: true)
        hasLost = false
    }
}

/// Where a thread sleeps, as a slice of it has it.
struct RecordedPlace: Equatable {
    var how: UInt32
    var call: Int64
    var argument: UInt64
}

extension looptop_slice {
    private func has(_ bits: Int) -> Bool { Int(how) & bits != 0 }

    var isPreempted: Bool { has(LOOPTOP_SLICE_PREEMPTED) }
    /// It left the CPU by itself, and lives.
    var isSleep: Bool { !isPreempted && !has(LOOPTOP_SLICE_DEAD) }

    var recordedPlace: RecordedPlace { RecordedPlace(how: how, call: call, argument: argument) }

    /// Where it sleeps, of a `isSleep`.
    var place: Probe.Place {
        if has(LOOPTOP_SLICE_STOPPED) || has(LOOPTOP_SLICE_FROZEN) { return .stopped }
        guard let number = UInt64(exactly: call), let call = SystemCall(native: number) else { return .outside }
        // Waits for events can be woken by a signal. One that cannot waits for a lock or a page on the way there.
        if call.loopKind != nil, !has(1) { return .outside }
        return .call(call, firstArgument: argument)
    }
}
