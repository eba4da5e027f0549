import Control
import Model
import Testing

private let master = WorkerID(boot: boot, pid: 100, startTicks: 50)
private let group = [living(worker(10), slot: 1), living(worker(11), slot: 2)]
private let renewed = [living(worker(20, ticks: 300), slot: 1), living(worker(21, ticks: 301), slot: 2)]
private let stopUnit = ManagerCall.systemd(unit: "web.service", user: nil, .stop)
private let nobody = CallSubject(process: nil, uid: 0)

private func action(
    _ steps: [GroupCourse.Deed], _ expectation: GroupCourse.Expectation, ready: ReadyCheck? = nil,
    veto: GroupCourse.Veto? = nil
) -> GroupAction {
    GroupAction(
        GroupCourse(
            action: .reload, groupKey: "web", target: ProcessRef(pid: 100, startTicks: 50), role: "master",
            steps: steps,
            expectation: expectation, limit: .seconds(20), callLimit: .seconds(15), ready: ready,
            veto: veto),
        boot: boot, group: group)
}

extension GroupAction {
    /// What comes of an event, with timers left out.
    fileprivate mutating func tell(_ event: GroupActionEvent, at milliseconds: Int) -> [GroupActionEffect] {
        handle(event, now: at(milliseconds)).filter {
            switch $0 {
            case .arm, .disarm: false
            default: true
            }
        }
    }

    /// Verified and its first signal sent.
    fileprivate mutating func begin() {
        _ = handle(.begin, now: at(0))
        _ = handle(.verified(.held), now: at(0))
        _ = handle(.signalled(.sent), now: at(0))
    }
}

private func outcome(_ effects: [GroupActionEffect]) -> (isDone: Bool, GroupEvidence)? {
    switch effects.last {
    case .report(.done(let evidence)): (true, evidence)
    case .report(.failed(let evidence)): (false, evidence)
    default: nil
    }
}

@Suite struct GroupActionTests {
    @Test func aReloadIsDoneWhenAllAreNewAndStay() throws {
        var reload = action([.signal(1)], .renewed(atLeast: 2, mayLinger: false))
        #expect(reload.handle(.begin, now: at(0)) == [.verify(master)])
        #expect(reload.handle(.verified(.held), now: at(0)) == [.signal(1)])
        #expect(reload.handle(.signalled(.sent), now: at(0)) == [.arm(.limit, at(20_000))])
        #expect(reload.handle(.workers(group + renewed), now: at(500)) == [], "the old ones live")
        #expect(reload.handle(.workers(renewed), now: at(1000)) == [.arm(.stability, at(3000))])
        let effects = reload.handle(.timerFired(.stability), now: at(3000))
        let (isDone, evidence) = try #require(outcome(effects))
        #expect(isDone)
        #expect(
            evidence
                == GroupEvidence(
                    before: 2, after: 2, wanted: 2, gone: 2, new: 2, elapsed: .seconds(3),
                    detail: "SIGHUP sent to the master"))
        #expect(reload.tell(.begin, at: 4000) == [] && reload.state == .done)
    }

    @Test func aReloadWhoseNewOnesFallFails() throws {
        var reload = action([.signal(1)], .renewed(atLeast: 2, mayLinger: false))
        reload.begin()
        _ = reload.handle(.workers(renewed), now: at(1000))
        #expect(reload.state == .proving)
        _ = reload.handle(.workers([renewed[0]]), now: at(2000))
        #expect(reload.state == .watching)
        let (isDone, evidence) = try #require(outcome(reload.tell(.timerFired(.limit), at: 20_000)))
        #expect(!isDone && evidence.detail == "SIGHUP sent to the master; 1 of 2 new ones live")
    }

    /// nginx with a broken configuration: nothing changes, and only its log says why.
    @Test func aReloadThatChangesNothingIsTurnedDown() throws {
        let veto = GroupCourse.Veto(after: .seconds(5), words: "not reloaded")
        var reload = action([.signal(1)], .renewed(atLeast: 2, mayLinger: true), veto: veto)
        reload.begin()
        _ = reload.handle(.workers(group), now: at(1000))
        let (isDone, evidence) = try #require(outcome(reload.tell(.timerFired(.veto), at: 5000)))
        #expect(!isDone && evidence.detail == "SIGHUP sent to the master; not reloaded")
        #expect(evidence.new == 0 && evidence.gone == 0 && evidence.elapsed == .seconds(5))

        for changed in [group + [renewed[0]], [group[0]]] {
            var slow = action([.signal(1)], .renewed(atLeast: 2, mayLinger: true), veto: veto)
            slow.begin()
            _ = slow.handle(.workers(changed), now: at(1000))
            #expect(slow.tell(.timerFired(.veto), at: 5000) == [] && slow.state == .watching, "something goes on")
        }
    }

    @Test func oldWorkersOfNginxMayLinger() {
        var reload = action([.signal(1)], .renewed(atLeast: 2, mayLinger: true))
        reload.begin()
        _ = reload.handle(.workers(group + renewed), now: at(1000))
        #expect(outcome(reload.tell(.timerFired(.stability), at: 3000))?.isDone == true)
    }

    @Test func aMasterThatTakesItAllDownFails() throws {
        var reload = action([.signal(1)], .renewed(atLeast: 2, mayLinger: false))
        reload.begin()
        _ = reload.handle(.workers([]), now: at(1000))
        let (isDone, evidence) = try #require(outcome(reload.tell(.timerFired(.limit), at: 20_000)))
        #expect(!isDone && evidence.after == 0 && evidence.gone == 2)
    }

    @Test func anotherMasterIsNotSignalled() {
        var reload = action([.signal(1)], .renewed(atLeast: 2, mayLinger: false))
        _ = reload.tell(.begin, at: 0)
        #expect(reload.tell(.verified(.failed(.changed)), at: 0) == [.report(.targetChanged)])
        var gone = action([.signal(1)], .nothing)
        _ = gone.tell(.begin, at: 0)
        _ = gone.tell(.verified(.held), at: 0)
        #expect(gone.tell(.signalled(.gone), at: 0) == [.report(.targetChanged)])
        var denied = action([.signal(1)], .nothing)
        _ = denied.tell(.begin, at: 0)
        _ = denied.tell(.verified(.held), at: 0)
        #expect(denied.tell(.signalled(.denied), at: 0) == [.report(.refused(.notPermitted))])
    }

    @Test func aSignalClaimsNothing() {
        var signal = action([.signal(10)], .nothing)
        _ = signal.tell(.begin, at: 0)
        _ = signal.tell(.verified(.held), at: 0)
        let (isDone, evidence) = outcome(signal.tell(.signalled(.sent), at: 0)) ?? (false, GroupEvidence())
        #expect(isDone && evidence.detail == "SIGUSR1 sent to the master")
    }

    @Test func eachStepOfASizeHasToShow() throws {
        var scale = action([.signal(21), .signal(21)], .size(4))
        scale.begin()
        #expect(scale.state == .growing)
        #expect(scale.tell(.workers(group), at: 500) == [])
        #expect(scale.tell(.workers(group + [renewed[0]]), at: 1000) == [.signal(21)])
        _ = scale.handle(.signalled(.sent), now: at(1000))
        _ = scale.handle(.workers(group + renewed), now: at(2000))
        #expect(scale.state == .proving)
        let (isDone, evidence) = try #require(outcome(scale.tell(.timerFired(.stability), at: 4000)))
        #expect(isDone && evidence.wanted == 4 && evidence.after == 4 && evidence.new == 2 && evidence.gone == 0)
    }

    @Test func aStepThatDoesNotShowEndsIt() throws {
        var scale = action([.signal(22), .signal(22)], .size(1))
        scale.begin()
        let (isDone, evidence) = try #require(outcome(scale.tell(.timerFired(.step), at: 20_000)))
        #expect(!isDone)
        #expect(evidence.detail == "SIGTTOU sent to the master; the number of workers did not change within 20 s")
    }

    @Test func aMasterThatGoesBetweenTwoStepsIsAFailure() throws {
        var scale = action([.signal(21), .signal(21)], .size(4))
        scale.begin()
        _ = scale.handle(.workers(group + [renewed[0]]), now: at(1000))
        let (isDone, evidence) = try #require(outcome(scale.tell(.signalled(.gone), at: 1000)))
        #expect(!isDone && evidence.detail == "SIGTTIN sent to the master; the master is gone")
    }

    @Test func callsGoOneAfterTheOther() throws {
        var stop = action([.call(stopUnit, for: nobody), .call(stopUnit, for: nobody)], .gone)
        #expect(
            stop.handle(.begin, now: at(0)) == [
                .call(stopUnit, for: nobody, limit: .seconds(15)), .arm(.call, at(20_000)),
            ])
        #expect(stop.tell(.called(.done), at: 1000) == [.call(stopUnit, for: nobody, limit: .seconds(15))])
        _ = stop.tell(.called(.done), at: 2000)
        #expect(stop.state == .watching)
        _ = stop.handle(.workers([]), now: at(3000))
        #expect(outcome(stop.tell(.timerFired(.stability), at: 5000))?.isDone == true)
    }

    @Test func aManagerThatFailsEndsIt() throws {
        var stop = action([.call(stopUnit, for: nobody), .call(stopUnit, for: nobody)], .gone)
        _ = stop.tell(.begin, at: 0)
        let (isDone, evidence) = try #require(outcome(stop.tell(.called(.failed("no such unit")), at: 1000)))
        #expect(!isDone && evidence.detail == "systemctl stop web.service: failed: no such unit")
        var silent = action([.call(stopUnit, for: nobody)], .gone)
        _ = silent.tell(.begin, at: 0)
        #expect(detail(silent.tell(.timerFired(.call), at: 20_000)) == "systemctl stop web.service: no answer in time")
    }

    @Test func aReadyCheckIsAskedUntilTheLimit() throws {
        var start = action([.call(stopUnit, for: nobody)], .present(atLeast: 2), ready: .configured)
        _ = start.tell(.begin, at: 0)
        _ = start.tell(.called(.done), at: 0)
        #expect(start.state == .proving, "they live already")
        #expect(start.tell(.timerFired(.stability), at: 2000) == [.check(.configured, of: worker(10), number: 1)])
        #expect(start.tell(.checked(.failed("1"), number: 1), at: 2100) == [])
        #expect(start.tell(.timerFired(.retry), at: 3100) == [.check(.configured, of: worker(10), number: 2)])
        #expect(start.tell(.checked(.done, number: 1), at: 3200) == [], "an old answer")
        var late = start
        #expect(outcome(start.tell(.checked(.done, number: 2), at: 3300))?.isDone == true)
        let (isDone, evidence) = try #require(outcome(late.tell(.timerFired(.limit), at: 20_000)))
        #expect(!isDone && evidence.detail == "systemctl stop web.service: done; ready check: failed: 1")
    }

    @Test(arguments: [GroupTimer.step, .call, .limit, .stability, .retry])
    func timersThatWereNotArmedChangeNothing(timer: GroupTimer) {
        var reload = action([.signal(1)], .renewed(atLeast: 2, mayLinger: false))
        #expect(reload.handle(.timerFired(timer), now: at(0)) == [])
        _ = reload.tell(.begin, at: 0)
        #expect(reload.handle(.timerFired(timer), now: at(0)) == [])
    }
}

private func detail(_ effects: [GroupActionEffect]) -> String? { outcome(effects)?.1.detail }
