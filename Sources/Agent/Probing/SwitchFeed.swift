import CLinux
import Lag
import Model

/// What was recorded of one thread and not looked at yet.
///
/// Of a loop that rests it is mostly this: it gets a CPU, works, and sleeps where it slept before. That is kept as a burst
/// in a third of the room, for the end of the window, and the loop rests on.
final class SwitchFeed {
    /// Records kept, those of bursts included: more between two looks are lost.
    static let maximumRecords = 2048
    /// Bursts kept before somebody looks.
    private static let maximumBursts = 100

    let tid: UInt32
    /// Who looks at it; it ends its feed when it ends.
    private(set) unowned var loop: ProbedLoop?
    /// Those that are not part of a burst.
    private(set) var records: [looptop_switched] = []
    /// Records are missing.
    var hasLost = false
    /// It was handed more than it takes between two looks, and is handed nothing any more.
    private(set) var isFlooded = false
    /// All before the first of the records.
    private(set) var bursts: [LoopBurst] = []
    /// The record that ended the last burst.
    private(set) var newest = looptop_switched()
    /// In those of the bursts that are new since somebody was told last.
    private(set) var untold = BusyTime()
    /// Nothing is in it that somebody has to be told of.
    var isTold = true
    /// Where its loop rests.
    private var home: RecordedPlace?
    /// When it got a CPU there: a record that is not among the others yet.
    private var gotAt: UInt64?

    init(tid: UInt32, loop: ProbedLoop?) {
        self.tid = tid
        self.loop = loop
    }

    /// Something besides bursts.
    var hasNews: Bool { !records.isEmpty || gotAt != nil || hasLost }

    /// Whether a loop that rests is to be looked at: it does something else than it did before, or much.
    var needsLook: Bool { hasNews || didMuch }

    private var didMuch: Bool { bursts.count >= Self.maximumBursts || untold.worked >= Cadence.troublingBusy }

    /// Whether a loop that rests got a CPU not long before `now`, and that is all: most are done in a moment.
    func isBrieflyAtWork(at now: MonotonicInstant) -> Bool {
        guard let gotAt, records.isEmpty, !hasLost, !didMuch else { return false }
        return now - MonotonicInstant(nanoseconds: gotAt) < Cadence.alert
    }

    /// From now on its thread sleeps at `place`, and had been busy for so long in its life when it went to sleep. With `nil` it
    /// may be anywhere.
    func rest(at place: RecordedPlace?, after busy: BusyTime) {
        keepWakeUp()
        home = place
        newest.run = busy.run
        newest.wait = busy.wait
    }

    func add(_ record: looptop_switched) {
        guard !isFlooded else {
            hasLost = true
            return
        }
        if let home, records.isEmpty, !hasLost {
            if let gotAt, record.recordedPlace == home {
                self.gotAt = nil
                return noteBurst(from: gotAt, firstWait: record.wait, until: record)
            }
            if gotAt == nil, record.isInto {
                gotAt = record.time
                return
            }
        }
        keepWakeUp()
        records.append(record)
        if let home, record.recordedPlace == home { foldBurst() }
        judgeFlood()
    }

    private func keepWakeUp() {
        guard let gotAt else { return }
        self.gotAt = nil
        var record = looptop_switched()
        record.time = gotAt
        record.tid = tid
        record.how = UInt32(LOOPTOP_SWITCHED_INTO)
        records.append(record)
    }

    private func judgeFlood() { isFlooded = records.count + 2 * bursts.count >= Self.maximumRecords }

    /// Makes a burst of the records, the last of which is a sleep at home, where it was only preempted in between.
    private func foldBurst() {
        guard !hasLost, records.count >= 2, records[0].isInto, let end = records.last,
            records.dropLast().allSatisfy({ $0.isInto || $0.isPreempted })
        else { return }
        noteBurst(from: records[0].time, firstWait: records[1].wait, until: end)
        records.removeAll(keepingCapacity: true)
    }

    /// It got a CPU first at `time`, and knew how long it had waited for it, in its life, when it left it: `firstWait`.
    private func noteBurst(from time: UInt64, firstWait: UInt64, until end: looptop_switched) {
        let waited = firstWait - min(firstWait, newest.wait)
        bursts.append(
            LoopBurst(
                from: MonotonicInstant(nanoseconds: time - min(time, waited)),
                to: MonotonicInstant(nanoseconds: end.time),
                waitNanoseconds: end.wait - min(end.wait, newest.wait)))
        untold += BusyTime(run: end.run, wait: end.wait) - BusyTime(run: newest.run, wait: newest.wait)
        newest = end
        judgeFlood()
    }

    func noteTold(_ isDone: Bool) {
        isTold = isDone
        untold = BusyTime()
    }

    func clearBursts() { bursts.removeAll(keepingCapacity: bursts.count <= Self.maximumBursts) }

    /// Adds what was recorded since the last time, oldest first; returns whether records were lost in between. `waited` is how
    /// long the thread had waited for a CPU in its life when it was looked at last, and `until` now, in ns.
    func drain(into switches: inout [Probe.Switch], waited: UInt64, until: UInt64) -> Bool {
        defer { clear() }
        var waited = waited
        for (index, record) in records.enumerated() {
            let at = MonotonicInstant(nanoseconds: record.time)
            if record.isInto {
                // It leaves the CPU next, and knows by then how long it had waited for it.
                let total = index + 1 < records.count ? records[index + 1].wait : until
                switches.append(
                    Probe.Switch(at: at, kind: .into, waitNanoseconds: total >= waited ? total - waited : 0))
            } else {
                waited = record.wait
                switches.append(
                    record.isPreempted
                        ? Probe.Switch(at: at, kind: .preempted)
                        : Probe.Switch(at: at, kind: .sleep, place: record.place))
            }
        }
        return hasLost
    }

    func clear() {
        gotAt = nil
        records.removeAll(keepingCapacity: true)
        hasLost = false
    }
}

/// Where a thread sleeps, as a record has it.
struct RecordedPlace: Equatable {
    var how: UInt32
    var call: Int64
    var argument: UInt64
}

extension looptop_switched {
    private func has(_ bits: Int) -> Bool { Int(how) & bits != 0 }

    var isInto: Bool { has(LOOPTOP_SWITCHED_INTO) }
    var isPreempted: Bool { has(LOOPTOP_SWITCHED_PREEMPTED) }
    /// It left the CPU by itself, and lives.
    var isSleep: Bool { !isInto && !isPreempted && !has(LOOPTOP_SWITCHED_DEAD) }

    var recordedPlace: RecordedPlace { RecordedPlace(how: how, call: call, argument: argument) }

    /// Where it sleeps, of a `isSleep`.
    var place: Probe.Place {
        if has(LOOPTOP_SWITCHED_STOPPED) || has(LOOPTOP_SWITCHED_FROZEN) { return .stopped }
        guard let number = UInt64(exactly: call), let call = SystemCall(native: number) else { return .outside }
        // Waits for events can be woken by a signal. One that cannot waits for a lock or a page on the way there.
        if call.loopKind != nil, !has(1) { return .outside }
        return .call(call, firstArgument: argument)
    }
}
