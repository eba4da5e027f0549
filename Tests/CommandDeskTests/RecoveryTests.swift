import Control
import Model
import Testing

@testable import Agent

private let old = worker(10)
private let other = worker(11, ticks: 110)
/// Started after anything that the tests ask for.
private let new = worker(20, ticks: 600_000)
private let third = worker(21, ticks: 600_010)

private let slotOne = "slot 1: a signal may have been sent"

/// Of a roll of which so many workers had been replaced, in the order of their slots.
private func progress(_ replaced: Int) -> String {
    let slots = (1...2).prefix(replaced).map { "\($0)" }.joined(separator: ", ")
    return "\(replaced) workers had been replaced" + (slots.isEmpty ? "" : " (slot \(slots))")
        + ", and the next may have been signalled"
}

extension DeskWorld {
    /// What the next run of the agent reads from the log.
    func journal() throws -> Journal {
        let place = try AuditPlace()
        let log = place.log()
        for record in look({ $0.records }) { try log.append(record, durable: false) }
        let day = WallTime(nanoseconds: time.wall.nanoseconds - Journal.span.nanoseconds)
        let reading = AuditReader.read(directory: place.path, since: day)
        #expect(reading.faults == [])
        return Journal(reading.entries, now: time.wall)
    }

    /// The agent was killed and started again: all that is left is what is on the disk, and the processes.
    func restarted(cutAfter deeds: Int = .max) throws -> CommandDesk {
        time.forgetAppointments()
        change { state in
            state.replies = []
            state.events = []
        }
        return desk(cutAfter: deeds, journal: try journal())
    }
}

private func interruption(_ verdict: Verdict?) -> Interruption? {
    if case .interrupted(let facts)? = verdict { facts } else { nil }
}

@Test func anAnswerIsGivenAgainByTheNextRun() async throws {
    let world = DeskWorld()
    var desk = world.desk()
    await world.sweep(desk, [old, other])
    await desk.submit(command(1, old), of: world)
    await world.time.pass(.seconds(30))
    let answer = try #require(world.verdicts.last)
    desk = try world.restarted()
    await desk.submit(command(1, old), of: world)
    #expect(world.verdicts == [answer], "before the first sweep, too")
    await world.sweep(desk, [other])
    await desk.submit(command(1, other), of: world)
    #expect(world.verdicts.last == .refused(.idReused))
    #expect(world.signals == ["signal 15 to 10"])
    #expect(world.look { $0.events } == [], "it was told when it happened")
    // A day later it is forgotten.
    await world.time.pass(.seconds(86_401))
    desk = try world.restarted()
    await world.sweep(desk, [other])
    await desk.submit(command(1, old), of: world)
    #expect(world.verdicts.last == .refused(.notAWorker))
}

/// The agent is killed between any two things it does for a restart.
@Test func aRestartIsNeverDoneTwice() async throws {
    var deeds = 0
    var isWhole = false
    while !isWhole {
        let world = DeskWorld()
        var desk = world.desk(cutAfter: deeds)
        await world.sweep(desk, [old, other])
        world.change { $0.stubborn = [old] }  // so that there are two signals to come
        await desk.submit(command(1, old), of: world)
        await world.time.pass(.seconds(12))
        let replaced = world.look { !$0.alive.contains(old) }
        await world.sweep(desk, replaced ? [new, other] : [old, other])
        await world.time.pass(.seconds(40))
        isWhole = !world.isCut
        let (signals, kinds) = (world.signals, world.kinds)
        let lived = world.look { $0.alive.contains(old) }

        desk = try world.restarted()
        if deeds % 2 == 0 { await desk.submit(command(1, old), of: world) }
        let living = lived ? [old, other] : [new, other]
        await world.sweep(desk, living)
        if deeds % 2 == 1 { await desk.submit(command(1, old), of: world) }
        await world.time.pass(.seconds(40))
        let mark = "cut after \(deeds): \(kinds)"
        switch kinds {
        case []: break  // nothing was done: a command that came too early is refused, another one is a first one
        case [.intent]:
            let facts = interruption(world.verdicts.last)
            #expect(
                facts
                    == Interruption(
                        targetLives: lived, replacement: lived ? nil : new, workers: 2, detail: slotOne), "\(mark)")
            #expect(world.signals == signals, "\(mark)")
            #expect(world.kinds == [.intent, .interrupted], "\(mark)")
            let told = world.look { $0.events.contains { if case .commandEnded = $0 { true } else { false } } }
            #expect(told, "everybody is told: \(mark)")
        case [.intent, .result]:
            guard case .replaced(let evidence)? = world.verdicts.last else {
                Issue.record("\(mark): \(world.verdicts)")
                break
            }
            #expect(evidence.replacement == new && world.signals == signals, "\(mark)")
        default: Issue.record("\(mark)")
        }
        try #require(deeds < 100, "it never ends")
        deeds += 1
    }
    #expect(deeds > 8, "there is more to cut than that")
}

/// The same for a roll.
@Test func aRollIsNeverDoneTwice() async throws {
    var deeds = 0
    var isWhole = false
    while !isWhole {
        let world = DeskWorld()
        var desk = world.desk(cutAfter: deeds)
        await world.sweep(desk, [old, other])
        await desk.submit(command(1, .roll), of: world)
        for workers in [[new, other], [new, third]] {
            await world.time.pass(.seconds(1))
            let living = zip(workers, [old, other]).map { pair in
                world.look { $0.alive.contains(pair.1) } ? pair.1 : pair.0
            }
            await world.sweep(desk, living)
            await world.time.pass(.seconds(3))
            await world.sweep(desk, living)
        }
        isWhole = !world.isCut
        let (signals, kinds) = (world.signals, world.kinds)
        let living = zip([new, third], [old, other]).map { pair in
            world.look { $0.alive.contains(pair.1) } ? pair.1 : pair.0
        }
        desk = try world.restarted()
        await world.sweep(desk, living)
        await desk.submit(command(1, .roll), of: world)
        await world.time.pass(.seconds(40))
        let mark = "cut after \(deeds): \(kinds)"
        if kinds.contains(.result) {
            guard case .rolled(let roll)? = world.verdicts.last else {
                Issue.record("\(mark): \(world.verdicts)")
                continue
            }
            #expect(roll.state == .finished && world.signals == signals, "\(mark)")
        } else if kinds.contains(.intent) {
            #expect(
                interruption(world.verdicts.last)
                    == Interruption(
                        targetLives: nil, replacement: nil, workers: 2, detail: progress(kinds.count { $0 == .step })),
                "\(mark)")
            #expect(world.signals == signals, "\(mark)")
            let steps = UInt32(kinds.count { $0 == .step })
            let shown = world.look { $0.rolls["web"] }
            #expect(shown?.state == .aborted && shown?.replaced == steps, "\(mark)")
            #expect(
                shown?.reason == "interrupted: the agent ended while it ran; \(progress(Int(steps)))")
            await desk.submit(command(2, .roll), of: world)
            #expect(world.replies.last == .accepted(command(2, .roll).id), "it is in nobody's way: \(mark)")
        }
        try #require(deeds < 200, "it never ends")
        deeds += 1
    }
    #expect(deeds > 20)
}

@Test func whoAsksBeforeTheFirstSweepWaitsForTheFacts() async throws {
    let world = DeskWorld()
    var desk = world.desk(cutAfter: 3)  // intent, reply, event
    await world.sweep(desk, [old, other])
    await desk.submit(command(1, old), of: world)
    #expect(world.kinds == [.intent] && world.signals == [])
    desk = try world.restarted()
    await desk.submit(command(1, old), of: world)
    #expect(world.replies == [.accepted(command(1, old).id)])
    await desk.submit(command(1, other), of: world)
    #expect(world.verdicts == [.refused(.idReused)])
    await world.sweep(desk, [old, other])
    let facts = Interruption(targetLives: true, replacement: nil, workers: 2, detail: slotOne)
    #expect(interruption(world.verdicts.last) == facts)
    await desk.submit(command(1, old), of: world)
    #expect(interruption(world.verdicts.last)?.targetLives == true, "the answer stays")
    // And over one more run: nothing is told twice.
    let kinds = world.kinds
    desk = try world.restarted()
    await world.sweep(desk, [old, other])
    #expect(world.kinds == kinds && world.look { $0.events } == [])
    await desk.submit(command(1, old), of: world)
    #expect(interruption(world.verdicts.last)?.targetLives == true)
    #expect(world.signals == [])
}

@Test func aCommandBeforeTheFirstSweepWaitsForIt() async {
    let world = DeskWorld()
    let desk = world.desk()
    await desk.submit(command(1, old), of: world)
    await desk.submit(command(2, other, ttl: .seconds(1)), of: world)
    await desk.submit(command(1, old), of: world)
    #expect(world.chronicle == [])
    await world.time.pass(.seconds(2))
    await world.sweep(desk, [old, other])
    #expect(world.replies.map(\.word) == ["accepted", "outcome", "accepted"])
    #expect(world.verdicts == [.refused(.expired)], "its time goes on meanwhile")
    #expect(world.signals == ["signal 15 to 10"])
    let stopping = world.desk()
    await stopping.submit(command(3, old), of: world)
    await stopping.stop()
    #expect(world.verdicts.last == .refused(.notAWorker))
}

@Test func anInterruptionIsOfWhoAskedThen() async throws {
    let world = DeskWorld()
    var desk = world.desk(cutAfter: 4)
    await world.sweep(desk, [old, other])
    await desk.submit(command(1, old), of: world)
    desk = try world.restarted()
    await world.sweep(desk, [other])
    let record = try #require(world.look { $0.records.last })
    #expect(record.kind == .interrupted && record.peer == nil && record.earlierIssuer == "user/ada")
    let line = String(decoding: record.line, as: UTF8.self)
    #expect(line.contains("\"issuer\":\"user/ada\",\"role\":\"operator\""))
    #expect(line.contains("\"app\":\"web\",\"group\":\"web\"") && line.contains("\"slot\":1"))
    #expect(!line.contains("issuer_pid") && !line.contains("certificate_serial"))
    await desk.submit(
        command(1, old), of: world,
        from: .person(
            name: "eve", role: .operator, certificate: PeerCertificate(serial: "1", issued: WallTime(nanoseconds: 0))))
    #expect(world.verdicts.last == .refused(.idReused))
}

@Test func aNeighbourIsNoReplacementUnlessTheTargetIsGone() async throws {
    for (living, facts) in [
        ([old, new], Interruption(targetLives: true, replacement: nil, workers: 2, detail: slotOne)),
        ([other, new], Interruption(targetLives: false, replacement: new, workers: 2, detail: slotOne)),
        ([other], Interruption(targetLives: false, replacement: nil, workers: 1, detail: slotOne)),
    ] {
        let world = DeskWorld()
        var desk = world.desk(cutAfter: 4)
        await world.sweep(desk, [old, other])
        await desk.submit(command(1, old), of: world)
        desk = try world.restarted()
        world.change { $0.alive = Set(living) }
        await world.sweep(desk, living)
        await desk.submit(command(1, old), of: world)
        #expect(interruption(world.verdicts.last) == facts)
    }
}

@Test func whatWasLearnedLasts() async throws {
    let world = DeskWorld()
    var desk = world.desk()
    await world.sweep(desk, [old, other])
    await desk.submit(command(1, old), of: world)
    await world.time.pass(.seconds(30))
    guard case .notReplaced? = world.verdicts.last else {
        Issue.record("\(world.verdicts)")
        return
    }
    desk = try world.restarted()
    await world.sweep(desk, [other])
    await desk.submit(command(2, other), of: world)
    #expect(
        world.verdicts == [
            .refused(.warning("1 of 1 restarts that looptop made here brought no new worker that stayed"))
        ])
}

@Test func aCommandOfAnotherVersionIsNotBegunAgain() async throws {
    let world = DeskWorld()
    var intent = AuditEntry(
        kind: .intent, id: command(1, old).id, time: world.time.wall, boot: boot, issuer: "user/ada", role: .operator)
    let journal = Journal([intent], now: world.time.wall)
    #expect(journal.left.count == 1)
    intent.command = command(1, old)
    let desk = world.desk(journal: journal)
    await world.sweep(desk, [old])
    await desk.submit(command(1, old), of: world)
    let sentence = """
        another version of this agent took that command; its audit log has what it knew, and nothing is done twice
        """
    #expect(world.verdicts == [.refused(.unsuited(sentence))] && world.signals == [])
}

/// A day of refusals, which anybody may cause, must not hold up an agent that starts.
@Test func refusalsAreNotTakenApart() throws {
    let place = try AuditPlace()
    var refused = AuditSamples.record(2, verdict: .refused(.readOnly))
    refused.kind = .refused
    let line = String(decoding: refused.line, as: UTF8.self)
    let intent = String(decoding: AuditSamples.record(1).line, as: UTF8.self)
    try place.write(String(repeating: line, count: 10_000) + intent)
    let reading = AuditReader.read(
        directory: place.path, since: WallTime(nanoseconds: 0), skipping: .refused)
    #expect(reading.entries.map(\.kind) == [.intent] && reading.faults == [])
}

@Test func aResultWithoutItsIntentIsNoAnswer() {
    let command = command(1, old)
    let outcome = Outcome(
        id: command.id, action: .restart, target: command.target, issuer: "user/ada", verdict: .targetChanged)
    var result = AuditEntry(
        kind: .result, id: command.id, time: WallTime(nanoseconds: 0), boot: boot, issuer: "user/ada", role: .operator)
    result.outcome = outcome
    #expect(Journal([result], now: WallTime(nanoseconds: 5)).finished.isEmpty)
    var intent = result
    intent.kind = .intent
    intent.outcome = nil
    intent.command = command
    let journal = Journal([intent, result], now: WallTime(nanoseconds: 5))
    #expect(journal.finished.map(\.outcome) == [outcome] && journal.left.isEmpty)
    #expect(journal.finished.map(\.age) == [.nanoseconds(5)])
    #expect(Journal([intent, result], now: WallTime(nanoseconds: -5)).finished.map(\.age) == [.zero])
}

/// Somebody sets the calendar forward by a year, and the agent is killed.
@Test func aCalendarThatJumpsForgetsNoAnswer() throws {
    let place = try AuditPlace()
    var intent = AuditSamples.record(1)
    intent.monotonic = MonotonicInstant(nanoseconds: 0) + .seconds(100_000)
    var result = AuditSamples.record(1, verdict: .targetChanged)
    result.monotonic = intent.monotonic + .seconds(1)
    var older = AuditSamples.record(2)
    older.monotonic = MonotonicInstant(nanoseconds: 5)
    for record in [older, intent, result] { try place.log().append(record, durable: false) }
    let year = Duration.seconds(365 * 86_400)
    let later = Moment(
        monotonic: result.monotonic + .seconds(5),
        wall: WallTime(nanoseconds: result.wall.nanoseconds + year.nanoseconds))
    let (journal, faults) = Journal.read(directory: place.path, boot: result.boot, now: later)
    #expect(faults == [])
    #expect(journal.finished.map(\.age) == [.seconds(5)], "its own clock says how old it is")
    #expect(journal.left.isEmpty, "that one is older than a day")
    let (rebooted, _) = Journal.read(directory: place.path, boot: BootID(high: 9, low: 9), now: later)
    #expect(rebooted.finished.isEmpty && rebooted.left.isEmpty, "of another boot only the calendar tells")
}
