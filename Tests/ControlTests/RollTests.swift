import Control
import Model
import Testing

/// A roll with a shell whose kernel always says yes; what it does is kept as words.
private struct Puppet {
    var roll: Roll
    var log: [String] = []
    var now = 0
    var living: [LiveWorker]
    var ticks: UInt64 = 1000
    var remains = Remains()

    init(_ count: Int = 3, width: UInt32 = 1, ready: ReadyCheck? = nil) {
        let workers = (1...count).map { Self.worker($0, pid: Int32($0 * 10)) }
        living = workers
        roll = Roll(
            id: CommandID(high: 1, low: 1), issuer: "user/ada", groupKey: "web",
            courses: workers.map { Self.course($0, ready) },
            options: RollOptions(maxUnavailable: width, ready: ready), group: workers, began: at(0))
        feed(.begin)
    }

    static func worker(_ slot: Int, pid: Int32, ticks: UInt64 = 100, seen: Int = 0) -> LiveWorker {
        ControlTests.living(ControlTests.worker(pid, ticks: ticks), slot: UInt32(slot), seen: at(seen))
    }

    static func course(_ worker: LiveWorker, _ ready: ReadyCheck? = nil) -> RestartCourse {
        restartCourse(worker.id, slot: worker.slot, proof: Proof(ready: ready))
    }

    var state: RollSummary.State { roll.state }

    mutating func feed(_ event: RollEvent) {
        var events = [event]
        while !events.isEmpty {
            for effect in roll.handle(events.removeFirst(), now: at(now)) {
                switch effect {
                case .restart(let target, .verify): events.append(.restart(target, .verified(.held)))
                case .restart(let target, .signal(let number)):
                    log.append("\(number) to \(target.pid)")
                    events.append(.restart(target, .signalled(.sent)))
                case .restart(let target, .inspect): events.append(.restart(target, .inspected(remains)))
                case .restart(let target, .check(_, _, let number)):
                    events.append(.restart(target, .checked(.failed("refused"), number: number)))
                case .ended(let target, let slot, let verdict):
                    log.append("\(target.pid) in \(slot): \("\(verdict)".prefix { $0 != "(" })")
                case .report(.rolled(let summary)): log.append("report \(summary.state): \(summary.reason)")
                default: break
                }
            }
        }
    }

    func id(_ pid: Int32) -> WorkerID { living.first { $0.id.pid == pid }?.id ?? ControlTests.worker(pid) }

    mutating func sweep() { feed(.workers(living)) }

    mutating func dies(_ pid: Int32) {
        let id = id(pid)
        living.removeAll { $0.id.pid == pid }
        feed(.restart(id, .exited(.code(0))))
        sweep()
    }

    mutating func comes(_ slot: Int, pid: Int32) {
        ticks += 1
        living.append(Self.worker(slot, pid: pid, ticks: ticks, seen: now))
        sweep()
    }

    /// Ends, is replaced, and the replacement proves itself.
    mutating func isReplaced(_ pid: Int32, in slot: Int, by new: Int32) {
        let target = roll.underWay.first { $0.pid == pid } ?? id(pid)
        dies(pid)
        comes(slot, pid: new)
        now += 2000
        feed(.restart(target, .timerFired(.stability)))
    }

    /// Nothing comes in its place.
    mutating func isNotReplaced(_ pid: Int32) {
        let target = id(pid)
        dies(pid)
        now += 15_000
        feed(.restart(target, .timerFired(.replacement)))
    }

    mutating func resume() {
        feed(.resume(by: "user/ada", courses: living.map { Self.course($0) }))
        sweep()
    }
}

/// What a failed roll says of the others.
private func rest(_ untouched: Int) -> String { "; \(untouched) untouched; resume tries it again" }

@Suite struct RollTests {
    @Test func replacesOneAfterTheOther() {
        var puppet = Puppet()
        #expect(puppet.log == ["15 to 10"])
        puppet.isReplaced(10, in: 1, by: 11)
        #expect(puppet.log == ["15 to 10", "10 in 1: replaced", "15 to 20"])
        #expect(puppet.roll.summary.underWay == [2] && puppet.roll.summary.replaced == 1)
        puppet.isReplaced(20, in: 2, by: 21)
        puppet.isReplaced(30, in: 3, by: 31)
        #expect(puppet.log.suffix(2) == ["30 in 3: replaced", "report finished: "])
        #expect(puppet.roll.isOver && puppet.roll.summary.replaced == 3)
        puppet.log = []
        puppet.resume()
        puppet.feed(.abort(by: "x"))
        puppet.sweep()
        #expect(puppet.log.isEmpty && puppet.state == .finished)
    }

    @Test func stopsAtTheFirstThatIsNotReplaced() {
        var puppet = Puppet(8)
        puppet.isNotReplaced(10)
        #expect(puppet.log == ["15 to 10", "10 in 1: notReplaced", "report failed: slot 1: not replaced\(rest(7))"])
        #expect(puppet.state == .failed)
        puppet.comes(1, pid: 11)
        #expect(puppet.log.count == 3, "nothing is begun by itself")
    }

    /// What came after the fix is not ended again: it has to prove itself.
    @Test func resumeTriesTheFailedSlotFirst() {
        var puppet = Puppet()
        puppet.isReplaced(10, in: 1, by: 11)
        puppet.isNotReplaced(20)
        puppet.comes(2, pid: 21)
        puppet.log = []
        puppet.resume()
        #expect(puppet.log.isEmpty && puppet.roll.summary.underWay == [2])
        puppet.now += 2000
        puppet.feed(.restart(worker(20), .timerFired(.stability)))
        #expect(puppet.log == ["20 in 2: replaced", "15 to 30"])
        puppet.isReplaced(30, in: 3, by: 31)
        #expect(puppet.log.last == "report finished: ")
        #expect(puppet.roll.summary.replaced == 3)
    }

    @Test func resumeFailsAgainWhereNothingCame() {
        var puppet = Puppet()
        puppet.isNotReplaced(10)
        puppet.resume()
        puppet.now += 15_000
        puppet.log = []
        puppet.feed(.restart(worker(10), .timerFired(.replacement)))
        #expect(
            puppet.log == ["10 in 1: notReplaced", "report failed: slot 1: not replaced\(rest(2))"])
    }

    /// It lives, and with the code that was mended since it has to be started anew.
    @Test func resumeRestartsOneThatWasNotReady() {
        var puppet = Puppet(2, ready: .tcp(port: 80))
        puppet.dies(10)
        puppet.comes(1, pid: 11)
        puppet.now += 2000
        puppet.feed(.restart(worker(10), .timerFired(.stability)))
        puppet.now += 60_000
        puppet.feed(.restart(worker(10), .timerFired(.proof)))
        #expect(puppet.log.last == "report failed: slot 1: not ready (ready check: failed: refused)\(rest(1))")
        puppet.log = []
        puppet.resume()
        #expect(puppet.log == ["15 to 11"])
        puppet.isReplaced(11, in: 1, by: 12)
        #expect(puppet.log == ["15 to 11", "11 in 1: replaced", "15 to 20"])
    }

    @Test func oneThatCouldNotBeEndedIsTriedAgain() {
        var puppet = Puppet(2)
        puppet.now = 10_000
        puppet.feed(.restart(worker(10), .timerFired(.grace)))
        puppet.now = 15_000
        puppet.feed(.restart(worker(10), .timerFired(.kill)))
        #expect(
            puppet.log == ["15 to 10", "9 to 10", "10 in 1: unkillable", "report failed: slot 1: unkillable\(rest(1))"])
        puppet.resume()
        #expect(puppet.log.last == "15 to 10")
    }

    @Test func aPauseLetsTheOneUnderWayEnd() {
        var puppet = Puppet()
        puppet.feed(.pause(by: "user/bob"))
        #expect(puppet.state == .running)
        #expect(puppet.roll.summary.reason == "paused by user/bob, once slot 1 has ended")
        puppet.isReplaced(10, in: 1, by: 11)
        #expect(puppet.state == .paused && puppet.roll.summary.reason == "paused by user/bob")
        #expect(puppet.log == ["15 to 10", "10 in 1: replaced"])
        puppet.resume()
        #expect(puppet.log.last == "15 to 20" && puppet.state == .running)
    }

    @Test func aResumeTakesBackAPause() {
        var puppet = Puppet()
        puppet.feed(.pause(by: "user/bob"))
        puppet.resume()
        puppet.isReplaced(10, in: 1, by: 11)
        #expect(puppet.log.last == "15 to 20")
    }

    @Test func aLostHoldPauses() {
        var puppet = Puppet()
        puppet.feed(.holdLost)
        puppet.isReplaced(10, in: 1, by: 11)
        #expect(puppet.state == .paused && puppet.roll.summary.reason == "paused, because its hold ended")
    }

    @Test func aFailureWhilePausingIsAFailure() {
        var puppet = Puppet()
        puppet.feed(.pause(by: "user/bob"))
        puppet.isNotReplaced(10)
        #expect(puppet.state == .failed && puppet.log.last == "report failed: slot 1: not replaced\(rest(2))")
    }

    @Test func anAbortLetsTheOneUnderWayEnd() {
        var puppet = Puppet()
        puppet.feed(.abort(by: "user/bob"))
        puppet.feed(.pause(by: "user/ada"))
        puppet.resume()
        #expect(puppet.state == .running)
        puppet.isReplaced(10, in: 1, by: 11)
        #expect(puppet.log == ["15 to 10", "10 in 1: replaced", "report aborted: aborted by user/bob; 2 untouched"])
        #expect(puppet.roll.isOver)
    }

    @Test func anAbortOfAFailedRollIsNoSecondReport() {
        var puppet = Puppet()
        puppet.isNotReplaced(10)
        puppet.feed(.abort(by: "user/bob"))
        #expect(puppet.state == .aborted)
        #expect(puppet.log.filter { $0.hasPrefix("report") }.count == 1)
    }

    @Test func oneThatWentByItselfIsNotSignalled() {
        var puppet = Puppet()
        puppet.dies(20)
        puppet.comes(2, pid: 21)
        puppet.isReplaced(10, in: 1, by: 11)
        #expect(puppet.log == ["15 to 10", "10 in 1: replaced"])
        puppet.now += 2000
        puppet.feed(.restart(worker(20), .timerFired(.stability)))
        #expect(puppet.log.suffix(2) == ["20 in 2: replaced", "15 to 30"])
        puppet.isReplaced(30, in: 3, by: 31)
        #expect(puppet.log.last == "report finished: 1 had been replaced by others")
        #expect(puppet.roll.summary.replaced == 2 && puppet.roll.summary.total == 3)
    }

    /// It was in the last sweep, and gone when the kernel was asked.
    @Test func oneThatGoesBeforeItsSignalIsWaitedFor() {
        let workers = [living(worker(10), slot: 1), living(worker(20), slot: 2)]
        var roll = Roll(
            id: CommandID(high: 1, low: 1), issuer: "x", groupKey: "web", courses: workers.map { Puppet.course($0) },
            options: RollOptions(), group: workers, began: at(0))
        _ = roll.handle(.begin, now: at(0))
        let effects = roll.handle(.restart(worker(10), .verified(.failed(.changed))), now: at(0))
        #expect(effects == [.restart(worker(10), .arm(.replacement, at(15_000)))])
        #expect(roll.underWay == [worker(10)])
    }

    /// At rest nobody tells a roll of workers: what it knew when it stopped says nothing.
    @Test func aResumeWaitsForASweep() {
        var puppet = Puppet(3)
        puppet.feed(.pause(by: "user/bob"))
        puppet.isReplaced(10, in: 1, by: 11)
        puppet.living.append(Puppet.worker(9, pid: 90, ticks: 2000, seen: puppet.now))  // scaled up meanwhile
        puppet.log = []
        puppet.feed(.resume(by: "user/ada", courses: puppet.living.map { Puppet.course($0) }))
        #expect(puppet.log.isEmpty && puppet.state == .running && puppet.roll.awaitsReplacement)
        puppet.sweep()
        #expect(puppet.log == ["15 to 20"])
        puppet.dies(20)
        #expect(puppet.roll.evidence(of: worker(20))?.replacement == nil, "the new one is no replacement")
    }

    @Test func aPauseBeforeTheSweepIsAPause() {
        var puppet = Puppet(2)
        puppet.isNotReplaced(10)
        puppet.feed(.resume(by: "user/ada", courses: []))
        puppet.feed(.pause(by: "user/bob"))
        puppet.sweep()
        #expect(puppet.state == .paused && puppet.roll.underWay.isEmpty)
        puppet.feed(.abort(by: "user/bob"))
        #expect(
            puppet.log.suffix(1) == ["report aborted: aborted by user/bob; 1 untouched"],
            "the second leg has its end too")
    }

    @Test func newWorkersAreNotTouched() {
        var puppet = Puppet(2)
        puppet.comes(7, pid: 70)
        puppet.isReplaced(10, in: 1, by: 11)
        puppet.isReplaced(20, in: 2, by: 21)
        #expect(puppet.state == .finished)
        #expect(!puppet.log.contains { $0.hasSuffix("to 70") })
    }

    @Test func severalAtATimeKeepTheirOwnReplacements() {
        var puppet = Puppet(3, width: 2)
        #expect(puppet.log == ["15 to 10", "15 to 20"])
        puppet.dies(10)
        puppet.dies(20)
        puppet.comes(2, pid: 21)  // the second's
        #expect(puppet.roll.evidence(of: worker(10))?.replacement == nil)
        #expect(puppet.roll.evidence(of: worker(20))?.replacement?.pid == 21)
        puppet.comes(1, pid: 11)
        #expect(puppet.roll.evidence(of: worker(10))?.replacement?.pid == 11)
        puppet.now += 2000
        puppet.feed(.restart(worker(20), .timerFired(.stability)))
        #expect(puppet.log.last == "15 to 30" && puppet.roll.summary.underWay == [1, 3])
    }

    @Test func whenOneOfTwoFailsTheOtherEnds() {
        var puppet = Puppet(3, width: 2)
        puppet.isNotReplaced(10)
        #expect(puppet.state == .running && puppet.roll.summary.underWay == [2])
        #expect(puppet.roll.summary.reason == "slot 1: not replaced; it stops once slot 2 has ended")
        puppet.isReplaced(20, in: 2, by: 21)
        #expect(puppet.state == .failed && puppet.roll.summary.replaced == 1)
        #expect(!puppet.log.contains("15 to 30"))
    }

    @Test func aRollOfNobodyIsFinished() {
        var roll = Roll(
            id: CommandID(high: 1, low: 1), issuer: "x", groupKey: "web", courses: [], options: RollOptions(),
            group: [],
            began: at(0))
        guard case .report(.rolled(let summary))? = roll.handle(.begin, now: at(0)).last else {
            Issue.record("no report")
            return
        }
        #expect(summary.state == .finished && summary.total == 0)
    }

    /// gunicorn ends itself, with all its workers, when a new one does not load.
    @Test func theEndOfTheMasterIsSaid() {
        var puppet = Puppet(4)
        puppet.remains = Remains(master: MasterEnd(kind: .gunicorn, status: .code(3)), workers: 0)
        for pid in [10, 20, 30, 40] as [Int32] { puppet.dies(pid) }
        puppet.feed(.masterGone)
        #expect(
            puppet.log == [
                "15 to 10", "10 in 1: notReplaced",
                "report failed: slot 1: not replaced (its master is gone (code 3: a new worker did not start), and 0 of 4 "
                    + "workers live); 3 not signalled ended too",
            ])
    }

    @Test func howANewOneEndedIsSaid() {
        var puppet = Puppet(2)
        puppet.dies(10)
        for pid in [11, 12] as [Int32] {
            puppet.comes(1, pid: pid)
            puppet.feed(.otherExited(puppet.id(pid), .code(1)))
            puppet.living.removeAll { $0.id.pid == pid }
            puppet.sweep()
        }
        puppet.now += 15_000
        puppet.feed(.restart(worker(10), .timerFired(.replacement)))
        #expect(
            puppet.log.last
                == "report failed: slot 1: crash loop (what came in its place ended with code 1)\(rest(1))"
        )
    }

    @Test func aPauseWithTheLastWorkerIsTooLate() {
        for order in [RollEvent.pause(by: "user/bob"), .abort(by: "user/bob")] {
            var puppet = Puppet(1)
            puppet.feed(order)
            puppet.isReplaced(10, in: 1, by: 11)
            #expect(puppet.state == .finished && puppet.roll.summary.replaced == 1)
            #expect(puppet.roll.summary.reason.hasSuffix("by user/bob: too late, it was through"))
        }
    }

    /// What a dry run of a resume says is what the resume does.
    @Test func aResumptionIsWhatAResumeDoes() {
        var puppet = Puppet(4)
        puppet.isReplaced(10, in: 1, by: 11)
        puppet.isNotReplaced(20)
        puppet.comes(2, pid: 21)  // the master came to itself
        puppet.living.removeAll { $0.id.pid == 40 }
        let resumption = puppet.roll.resumption(puppet.living.map { Puppet.course($0) }, living: puppet.living)
        #expect(resumption.restarts.map(\.target.pid) == [30])
        #expect(
            resumption.notes == [
                "slot 2: pid 21 began after the roll did: it is not restarted, it has to prove itself",
                "slot 4: its worker is gone: a new one is waited for, nobody is signalled",
            ])
        #expect(puppet.state == .failed, "nothing was done")
        puppet.log = []
        puppet.resume()
        puppet.now += 2000
        puppet.feed(.restart(worker(20), .timerFired(.stability)))
        #expect(puppet.log == ["20 in 2: replaced", "15 to 30"])
    }
}
