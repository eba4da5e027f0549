import Lag
import Model
import TestSupport
import Testing

/// A process that is looked at when the finder says so.
struct Watch {
    var finder: LoopFinder
    var now = MonotonicInstant(nanoseconds: 5_000_000_000)
    private(set) var looks = 0

    init(isOneRequestAtATime: Bool = false) { finder = LoopFinder(isOneRequestAtATime: isOneRequestAtATime) }

    /// `threads` is told how many looks there were before.
    mutating func look(_ times: Int, _ threads: (Int) -> [ThreadLook]) {
        for _ in 0..<times {
            now = max(now, finder.nextLook)
            finder.look(threads(looks), now: now)
            looks += 1
        }
    }

    var loops: [LoopThread] { if case .loops(let threads) = finder.finding { threads } else { [] } }
    var reason: LoopFinder.Reason? { if case .none(let reason) = finder.finding { reason } else { nil } }
}

extension Probe.Place {
    static func epoll(_ descriptor: UInt64) -> Self { .call(.epollWait, firstArgument: descriptor) }
    static let poll = Self.call(.poll, firstArgument: 0x7ffe_0000)
    static let select = Self.call(.select, firstArgument: 9)
    static let futex = Self.call(SystemCall(number: 202), firstArgument: 0x5555)
    static let accept = Self.call(SystemCall(number: 288), firstArgument: 3)
    static let receive = Self.call(SystemCall(number: 45), firstArgument: 8)
    static let wait4 = Self.call(SystemCall(number: 61), firstArgument: 0)
    static let nanosleep = Self.call(SystemCall(number: 230), firstArgument: 0)
}

/// `work` grows CPU time (ms) and switches.
func look(
    _ tid: Int32, _ place: Probe.Place, work: Int = 0, waitedOn: UInt64? = nil, kind: LoopKind? = nil
) -> ThreadLook {
    ThreadLook(
        tid: tid, isMain: tid == 100, place: place, waitedOn: waitedOn, waitKind: kind,
        runNanoseconds: UInt64(work) * 1_000_000, timeslices: UInt64(work) + 1, voluntarySwitches: UInt64(work) + 1)
}

/// The main thread.
func look(_ place: Probe.Place, work: Int = 0, waitedOn: UInt64? = nil, kind: LoopKind? = nil) -> ThreadLook {
    look(100, place, work: work, waitedOn: waitedOn, kind: kind)
}

struct LoopFinderTests {
    @Test func theFirstFindingTakesFiveLooksOverAHundredMilliseconds() {
        var watch = Watch()
        #expect(watch.finder.finding == .looking)
        let start = watch.now
        watch.look(4) { _ in [look(.epoll(13))] }
        #expect(watch.finder.finding == .looking)
        watch.look(1) { _ in [look(.epoll(13))] }
        #expect(watch.now - start == .milliseconds(100))
        #expect(watch.loops == [LoopThread(tid: 100, isMain: true, kind: .epoll, epollDescriptor: 13)])
    }

    /// s to the look after each of the next ones.
    private func pauses(_ watch: inout Watch, _ times: Int, _ threads: (Int) -> [ThreadLook]) -> [Int64] {
        (0..<times).map { _ in
            watch.look(1, threads)
            return (watch.finder.nextLook - watch.now).components.seconds
        }
    }

    @Test func reviewsComeAtGrowingPauses() {
        var loop = Watch()
        loop.look(4) { _ in [look(.epoll(13))] }
        #expect(pauses(&loop, 8) { _ in [look(.epoll(13))] } == [1, 2, 4, 8, 16, 30, 30, 30])
        var none = Watch()
        none.look(4) { _ in [look(.futex)] }
        #expect(pauses(&none, 5) { _ in [look(.futex)] } == [1, 2, 4, 5, 5])
        // What changed is looked at again soon.
        #expect(pauses(&none, 2) { _ in [look(.epoll(13))] } == [1, 2])
    }

    @Test func whereOneProvenThreadIsAllThereIsItNeedNotBeLookedAt() {
        var loop = Watch()
        loop.look(4) { _ in [look(.epoll(13))] }
        #expect(!loop.finder.knowsItsOnlyThread, "in its first round")
        loop.look(1) { _ in [look(.epoll(13))] }
        var (now, pauses) = (loop.now, [Int64]())
        for _ in 0..<6 {
            #expect(loop.finder.knowsItsOnlyThread)
            now = loop.finder.nextLook
            loop.finder.noteOnlyThread(now: now)
            pauses.append((loop.finder.nextLook - now).components.seconds)
        }
        #expect(pauses == [2, 4, 8, 16, 30, 30], "as if it had been")
        #expect(loop.loops.map(\.kind) == [.epoll])
        for (threads, what) in [
            ([look(.epoll(13)), look(101, .futex)], "two threads"), ([look(.select)], "not epoll"),
            ([look(.futex)], "no loop"),
        ] {
            var other = Watch()
            other.look(5) { _ in threads }
            #expect(!other.finder.knowsItsOnlyThread, "\(what)")
        }
    }

    @Test func looksThatCameTooFastAreNotEnough() {
        var finder = LoopFinder()
        for step in 0..<9 {
            finder.look([look(.futex)], now: MonotonicInstant(nanoseconds: 1_000_000_000 + UInt64(step) * 10_000_000))
            #expect(finder.finding == .looking)
        }
        finder.look([look(.futex)], now: MonotonicInstant(nanoseconds: 1_100_000_000))
        #expect(finder.finding != .looking)
    }

    @Test(
        arguments: [
            (Probe.Place.epoll(4), nil, LoopKind.epoll), (.poll, 3, .poll), (.poll, nil, .poll),
            (.select, nil, .select),
            (.call(.ppoll, firstArgument: 1), 12, .poll), (.call(.pselect, firstArgument: 7), nil, .select),
            (.call(.ioUringEnter, firstArgument: 5), nil, .ioUring),
            (.call(.epollPwait2, firstArgument: 5), nil, .epoll),
        ] as [(Probe.Place, UInt64?, LoopKind)])
    func anIdleMainThreadInAnEventWaitIsALoop(place: Probe.Place, waitedOn: UInt64?, kind: LoopKind) {
        var watch = Watch()
        watch.look(5) { _ in [look(place, waitedOn: waitedOn)] }
        #expect(watch.loops.map(\.kind) == [kind])
    }

    @Test(
        arguments: [
            (Probe.Place.accept, LoopFinder.Reason.sleepsElsewhere(SystemCall(number: 288))),
            (.receive, .sleepsElsewhere(SystemCall(number: 45))), (.futex, .sleepsElsewhere(SystemCall(number: 202))),
            (.wait4, .sleepsElsewhere(SystemCall(number: 61))), (.outside, .sleepsElsewhere(nil)),
            (.nanosleep, .sleepsElsewhere(SystemCall(number: 230))),
            (.call(.select, firstArgument: 0), .sleepsElsewhere(.select)),
            (.asleep(inEventWait: false), .sleepsElsewhere(nil)),
        ] as [(Probe.Place, LoopFinder.Reason)])
    func aMainThreadThatSleepsElsewhereIsNone(place: Probe.Place, reason: LoopFinder.Reason) {
        var watch = Watch()
        watch.look(5) { _ in [look(place)] }
        #expect(watch.reason == reason)
    }

    @Test func pollingOneDescriptorIsNoLoop() {
        var watch = Watch()
        watch.look(50) { step in [look(.poll, work: step, waitedOn: 1)] }
        #expect(watch.reason == .oneDescriptor)
    }

    @Test func pollingNothingIsSleep() {
        var watch = Watch()
        watch.look(50) { step in [look(.poll, work: step, waitedOn: 0)] }
        #expect(watch.reason == .sleepsElsewhere(.poll))
    }

    @Test func oneRequestAtATimeWaitsInSelectAndHasNoLoop() {
        var watch = Watch(isOneRequestAtATime: true)
        watch.look(20) { step in [look(.select, work: step)] }
        #expect(watch.reason == .oneRequestAtATime)
        var busy = Watch(isOneRequestAtATime: true)
        busy.look(20) { step in [look(.running, work: step)] }
        #expect(busy.reason == .oneRequestAtATime)
    }

    @Test func oneRequestAtATimeIsOverruledByEpoll() {
        var watch = Watch(isOneRequestAtATime: true)
        watch.look(5) { _ in [look(.epoll(6))] }
        #expect(watch.loops.map(\.kind) == [.epoll])
    }

    @Test func theLowestDescriptorIsTheLoopsOwn() {
        var watch = Watch()
        watch.look(5) { step in [look(.epoll(step == 0 ? 28 : 13), work: step)] }
        #expect(watch.loops.first?.epollDescriptor == 13)
        watch.look(6) { step in [look(.epoll(28), work: step)] }
        #expect(watch.loops.first?.epollDescriptor == 13)
    }

    @Test func aDescriptorThatIsNoLongerUsedIsForgotten() {
        var watch = Watch()
        watch.look(5) { _ in [look(.epoll(3))] }
        watch.look(16) { step in [look(.epoll(7), work: step)] }
        #expect(watch.loops.first?.epollDescriptor == 7)
    }

    @Test func aLoopThatHangsStaysALoop() {
        var watch = Watch()
        watch.look(5) { _ in [look(.epoll(13))] }
        watch.look(200) { _ in [look(.futex, work: 1)] }
        #expect(watch.loops.map(\.kind) == [.epoll])
    }

    @Test func inTierNosysTheKindIsWhatTheKernelFunctionNames() {
        var watch = Watch()
        watch.look(5) { _ in [look(.asleep(inEventWait: true), kind: .epoll)] }
        #expect(watch.loops == [LoopThread(tid: 100, isMain: true, kind: .epoll)])
        var unnamed = Watch()
        unnamed.look(5) { _ in [look(.asleep(inEventWait: true))] }
        #expect(unnamed.loops == [LoopThread(tid: 100, isMain: true, kind: .unknown)])
        unnamed.look(9) { _ in [look(.asleep(inEventWait: true))] }
        #expect(unnamed.finder.nextLook == unnamed.now + .seconds(30))
    }

    @Test func whateverIsSeenTheFindingIsSound() {
        var random = SeededGenerator(seed: printedSeed())
        let places: [Probe.Place] = [
            .running, .epoll(3), .epoll(9), .poll, .select, .futex, .accept, .stopped, .outside,
            .asleep(inEventWait: true), .asleep(inEventWait: false), .call(.ioUringEnter, firstArgument: 4),
        ]
        for _ in 0..<300 {
            var watch = Watch(isOneRequestAtATime: Bool.random(using: &random))
            for _ in 0..<60 {
                var threads: [ThreadLook] = []
                for tid in Int32(100)..<115 where Int.random(in: 0..<4, using: &random) > 0 {
                    let work = Int.random(in: 0...200, using: &random)
                    let place = places.randomElement(using: &random) ?? .running
                    threads.append(look(tid, place, work: work, waitedOn: UInt64.random(in: 0...3, using: &random)))
                }
                let before = watch.now
                watch.look(1) { _ in threads }
                #expect(watch.finder.nextLook > watch.now && watch.now >= before)
                #expect(watch.finder.nextLook <= watch.now + .seconds(30))
                let found = watch.loops
                if case .loops = watch.finder.finding { #expect(!found.isEmpty && found.count <= 8) }
                #expect(Set(found.map(\.tid)).count == found.count)
                #expect(found.allSatisfy { loop in threads.contains { $0.tid == loop.tid } })
                #expect(found.dropFirst().allSatisfy { !$0.isMain })
                if Int.random(in: 0..<9, using: &random) == 0, let gone = found.first {
                    watch.finder.vanished(gone.tid, now: watch.now)
                    #expect(!watch.loops.contains(gone))
                }
            }
        }
    }
}
