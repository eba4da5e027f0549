import Model
import Testing
import Wire

@testable import Dashboard

@Suite struct LinkLivenessTests {
    @Test func pingsEveryFiveSecondsAndMeasures() throws {
        var link = LinkHarness.ready()
        #expect(link.wait(.milliseconds(4_999)).sent.isEmpty)
        let sent = link.wait(.milliseconds(1)).sent
        guard case .ping(let ping)? = sent.first else {
            Issue.record("no ping: \(sent)")
            return
        }
        link.pass(.milliseconds(40))
        // The agent's clock was two seconds ahead when it answered, half way.
        let theirs = WallTime(nanoseconds: link.wall.nanoseconds - 20_000_000 + 2_000_000_000)
        let pong = Pong(nonce: ping.nonce, wall: theirs, monotonic: link.now)
        let measured = link.feed(.received(.pong(pong))).emitted
        guard case .measured(let roundTrip, let offset)? = measured.first else {
            Issue.record("no measurement: \(measured)")
            return
        }
        #expect(roundTrip == .milliseconds(40))
        #expect(offset == .seconds(2))
        #expect(link.feed(.received(.pong(pong))).emitted.isEmpty, "an answer counts once")
    }

    @Test func aPongToSomethingElseMeasuresNothing() {
        var link = LinkHarness.ready()
        let pong = Pong(nonce: 1, wall: link.wall, monotonic: link.now)
        #expect(link.feed(.received(.pong(pong))).emitted.isEmpty)
    }

    @Test func clocksThatCannotBeComparedGiveNoOffset() throws {
        var link = LinkHarness.ready()
        guard case .ping(let ping)? = link.wait(.seconds(5)).sent.first else {
            Issue.record("no ping")
            return
        }
        let pong = Pong(nonce: ping.nonce, wall: WallTime(nanoseconds: .min), monotonic: link.now)
        #expect(link.feed(.received(.pong(pong))).emitted.isEmpty)
    }

    @Test func answersAPing() {
        var link = LinkHarness.ready()
        let sent = link.feed(.received(.ping(Ping(nonce: 77)))).sent
        #expect(sent == [.pong(Pong(nonce: 77, wall: link.wall, monotonic: link.now))])
    }

    @Test func fifteenSecondsOfSilenceEndTheConnection() {
        var link = LinkHarness.ready()
        link.wait(.seconds(5))
        link.wait(.seconds(5))
        #expect(link.wait(.milliseconds(4_999)).loss == nil)
        let effects = link.wait(.milliseconds(1))
        #expect(effects.loss?.failure == .silent)
        #expect(effects.closes)
    }

    @Test func anyMessageBreaksTheSilence() {
        var link = LinkHarness.ready()
        link.pass(.seconds(14))
        link.feed(.received(.keyframe(subscription: 1, LinkHarness.snapshot(1))))
        #expect(link.wait(.seconds(14)).loss == nil)
        #expect(link.wait(.seconds(1)).loss?.failure == .silent)
    }

    @Test func aTimerThatComesTooEarlyIsArmedAgain() throws {
        var link = LinkHarness.ready()
        let armed = link.wait(.seconds(1)).armed
        #expect(armed == link.now + .seconds(4))
    }
}

@Suite struct LinkBackoffTests {
    /// Waiting times of a link whose host never answers.
    private func delays(seed: UInt64, count: Int) -> [Duration] {
        var link = LinkHarness(seed: seed)
        link.feed(.dial)
        var delays: [Duration] = []
        for _ in 0..<count {
            let retryAt = link.feed(.closed(.unreachable(reason: "refused"))).loss?.retryAt ?? link.now
            delays.append(retryAt - link.now)
            link.wait(retryAt - link.now)
        }
        return delays
    }

    @Test(arguments: [1, 2, 3, 20, 4711] as [UInt64])
    func staysBelowACeilingThatDoublesFromAQuarterSecondToFifteen(seed: UInt64) {
        let ceilings = [0.25, 0.5, 1, 2, 4, 8, 15, 15, 15, 15]
        for (delay, ceiling) in zip(delays(seed: seed, count: ceilings.count), ceilings) {
            #expect(delay >= .zero && delay.seconds <= ceiling, "seed \(seed): \(delay) over \(ceiling) s")
        }
    }

    @Test func usesTheWholeRange() {
        // Of 200 links the 7th wait; with full jitter the mean is half the ceiling, its error about 0.3 s.
        let seventh = (0..<200).map { delays(seed: UInt64($0), count: 7)[6].seconds }
        let mean = seventh.reduce(0, +) / 200
        #expect((6.3...8.7).contains(mean), "mean \(mean) s")
        #expect(seventh.contains { $0 < 2 } && seventh.contains { $0 > 13 })
    }

    @Test func countsTriesUntilOneSucceeds() {
        var link = LinkHarness()
        #expect(link.feed(.dial).attempts == [1])
        link.feed(.closed(.unreachable(reason: "refused")))
        #expect(link.wait(.seconds(15)).attempts == [2])
        link.feed(.opened(.local(uid: 0, pid: 1)))
        link.feed(.received(.welcome(LinkHarness.welcome())))
        link.feed(.closed(.closed(reason: "")))
        #expect(link.wait(.seconds(15)).attempts == [1])
    }

    @Test func onlyAConnectionThatHeldThirtySecondsStartsFromAShortWaitAgain() throws {
        var short = LinkHarness()
        var backoff = Backoff(seed: 1)
        for _ in 0..<9 { _ = backoff.nextDelay() }
        #expect(backoff.ceiling == .seconds(15))
        // Six short lives in a row: the ceiling passes what the first failure alone allows.
        var waits: [Duration] = []
        short.feed(.dial)
        for _ in 0..<40 {
            short.feed(.opened(.local(uid: 0, pid: 1)))
            short.feed(.received(.welcome(LinkHarness.welcome())))
            let loss = try #require(short.feed(.closed(.closed(reason: ""))).loss)
            let wait = try #require(loss.retryAt) - short.now
            waits.append(wait)
            short.wait(wait)
        }
        #expect(waits.contains { $0 > .milliseconds(250) }, "flapping must back off")
        short.feed(.opened(.local(uid: 0, pid: 1)))
        short.feed(.received(.welcome(LinkHarness.welcome())))
        short.pass(.seconds(30))
        let loss = try #require(short.feed(.closed(.closed(reason: ""))).loss)
        let wait = try #require(loss.retryAt) - short.now
        #expect(wait <= .milliseconds(250))
    }

    /// How long it waits after each of many lives of an agent that says that it goes.
    private func waits(afterLivesOf life: Duration, count: Int) throws -> [Duration] {
        var link = LinkHarness()
        link.feed(.dial)
        return try (0..<count).map { _ in
            link.feed(.opened(.local(uid: 0, pid: 1)))
            link.feed(.received(.welcome(LinkHarness.welcome())))
            link.pass(life)
            link.feed(.received(.ping(Ping(nonce: 1))))
            link.feed(.received(.drain(reason: "agent stops")))
            let retryAt = try #require(link.feed(.closed(.closed(reason: ""))).loss?.retryAt)
            let wait = retryAt - link.now
            link.wait(wait)
            return wait
        }
    }

    @Test func anAgentThatGoesInOrderIsNoFailure() throws {
        let waits = try waits(afterLivesOf: Link.orderlyAfter, count: 40)
        #expect(waits.allSatisfy { $0 <= .milliseconds(250) })
    }

    @Test func oneThatGoesInOrderAgainAndAgainIsDialledSeldom() throws {
        let waits = try waits(afterLivesOf: Link.orderlyAfter - .milliseconds(1), count: 40)
        #expect(waits.contains { $0 > .seconds(5) })
    }
}
