import Glibc
import Model
import Testing

@testable import Dashboard

@Suite struct MailQueueTests {
    private func event(_ sequence: UInt64) -> LinkEvent {
        .event(
            Event(
                sequence: sequence, monotonic: MonotonicInstant(nanoseconds: 0), wall: WallTime(nanoseconds: 0),
                body: .workerExited(
                    WorkerPlace(
                        worker: WorkerID(boot: LinkHarness.boot, pid: 1, startTicks: 1), app: "api", groupKey: "api",
                        slot: 1),
                    status: nil, oomKilled: false)))
    }

    private func long(_ sequence: UInt64) -> LinkEvent {
        .event(
            Event(
                sequence: sequence, monotonic: MonotonicInstant(nanoseconds: 0), wall: WallTime(nanoseconds: 0),
                body: .configuration(String(repeating: "x", count: 500))))
    }

    /// `h0:s3` is snapshot 3 of host 0, `e` an event, `!` a loss, `+` anything else.
    private func words(_ items: [MailQueue.Item]) -> [String] {
        items.map { item in
            let word =
                switch item.event {
                case .snapshot(let snapshot): "s\(snapshot.sequence)"
                case .event(let event): "e\(event.sequence)"
                case .lost: "!"
                case .leftOut(let count): "-\(count)"
                default: "+"
                }
            return "h\(item.host):\(word)"
        }
    }

    @Test func onlyTheNewestSnapshotOfAHostWaits() {
        var queue = MailQueue()
        for sequence in 1...3 as ClosedRange<UInt64> {
            queue.add(.snapshot(LinkHarness.snapshot(sequence)), from: 0)
            queue.add(.snapshot(LinkHarness.snapshot(sequence + 10)), from: 1)
        }
        #expect(words(queue.takeAll()) == ["h0:s3", "h1:s13"])
        #expect(queue.coalesced == 4)
        #expect(queue.dropped == 0)
    }

    @Test func everythingElseKeepsItsOrder() {
        var queue = MailQueue()
        queue.add(event(1), from: 0)
        queue.add(.snapshot(LinkHarness.snapshot(1)), from: 0)
        queue.add(event(2), from: 0)
        queue.add(.snapshot(LinkHarness.snapshot(2)), from: 0)
        #expect(words(queue.takeAll()) == ["h0:e1", "h0:s2", "h0:e2"])
    }

    @Test func aSnapshotOfTheNextConnectionIsNotToldBeforeTheLossOfThisOne() {
        var queue = MailQueue()
        queue.add(.snapshot(LinkHarness.snapshot(1)), from: 0)
        queue.add(.lost(.silent, retryAt: nil), from: 0)
        queue.add(.connected(LinkHarness.info(), role: .viewer), from: 0)
        queue.add(.snapshot(LinkHarness.snapshot(2)), from: 0)
        #expect(words(queue.takeAll()) == ["h0:s1", "h0:!", "h0:+", "h0:s2"])
    }

    @Test func takingEmptiesIt() {
        var queue = MailQueue()
        queue.add(.snapshot(LinkHarness.snapshot(1)), from: 0)
        #expect(queue.takeAll().count == 1)
        #expect(queue.isEmpty)
        queue.add(.snapshot(LinkHarness.snapshot(2)), from: 0)
        #expect(words(queue.takeAll()) == ["h0:s2"])
    }

    @Test func aFloodOfEventsIsCutAndCounted() {
        var queue = MailQueue()
        for sequence in 0..<UInt64(MailQueue.capacity) + 100 { queue.add(event(sequence), from: 0) }
        #expect(queue.count == MailQueue.capacity)
        #expect(queue.dropped == 100)
        #expect(words(queue.takeAll()).last == "h0:-100")
        #expect(queue.takeAll().isEmpty, "said once")
    }

    /// An agent may make its events as long as it likes.
    @Test func ofOneHostOnlySoManyBytesWait() {
        var queue = MailQueue()
        for sequence in 1...UInt64(MailQueue.capacity) - 10 { queue.add(long(sequence), from: 0) }
        #expect(queue.dropped > 0)
        let kept = queue.count
        #expect((kept - 1) * 500 < MailQueue.hostBytes && kept * 1000 > MailQueue.hostBytes)
        // Others, what its link says, and its newest snapshot are not kept out by that.
        queue.add(long(1), from: 1)
        queue.add(.snapshot(LinkHarness.snapshot(1)), from: 0)
        queue.add(.lost(.silent, retryAt: nil), from: 0)
        let told = words(queue.takeAll())
        #expect(told.dropFirst(kept) == ["h1:e1", "h0:s1", "h0:!", "h0:-\(MailQueue.capacity - 10 - kept)"])
        queue.add(long(2), from: 0)
        #expect(words(queue.takeAll()) == ["h0:e2"], "there is room again")
    }

    @Test func whatBecameOfACommandDisplacesNewsOfItsHost() {
        var queue = MailQueue()
        let events = UInt64(MailQueue.capacity) - 10
        queue.add(long(1), from: 1)
        queue.add(.snapshot(LinkHarness.snapshot(1)), from: 0)
        for sequence in 1...events { queue.add(long(sequence), from: 0) }
        // Together longer than one of the events.
        for number in 1...4 as ClosedRange<UInt64> { queue.add(.accepted(CommandID(high: 0, low: number)), from: 0) }
        queue.add(.snapshot(LinkHarness.snapshot(2)), from: 0)
        let told = words(queue.takeAll())
        #expect(told.prefix(2) == ["h1:e1", "h0:s2"], "others, and its newest snapshot, are in their places")
        #expect(!told.contains("h0:e1"), "its oldest event is gone")
        #expect(told.count { $0 == "h0:+" } == 4)
        #expect(told.last == "h0:-\(Int(events) - told.count { $0.hasPrefix("h0:e") })")
    }

    @Test func whateverItSaysInBetweenOnlyTheNewestSnapshotOfAHostWaits() {
        var queue = MailQueue()
        for number in 1...100 as ClosedRange<UInt64> {
            queue.add(.snapshot(LinkHarness.snapshot(number)), from: 0)
            queue.add(.accepted(CommandID(high: 0, low: number)), from: 0)
        }
        #expect(queue.count == 101)
        #expect(words(queue.takeAll()).first == "h0:s100")
    }

    @Test func aLossDisplacesAnEvent() {
        var queue = MailQueue()
        for sequence in 0..<UInt64(MailQueue.capacity) { queue.add(event(sequence), from: 0) }
        queue.add(.lost(.silent, retryAt: nil), from: 0)
        let words = words(queue.takeAll())
        #expect(words.count == MailQueue.capacity + 1)
        #expect(words.first == "h0:e1")
        #expect(words.suffix(2) == ["h0:!", "h0:-1"])
    }

    @Test func aDisplacedEntryDoesNotMisplaceSnapshots() {
        var queue = MailQueue()
        queue.add(event(0), from: 0)
        queue.add(.snapshot(LinkHarness.snapshot(1)), from: 7)
        for sequence in 1..<UInt64(MailQueue.capacity) - 1 { queue.add(event(sequence), from: 0) }
        queue.add(.lost(.silent, retryAt: nil), from: 3)  // takes the place of event 0
        queue.add(.snapshot(LinkHarness.snapshot(2)), from: 7)
        let words = words(queue.takeAll())
        #expect(words.first == "h7:s2")
        #expect(words.filter { $0.hasPrefix("h7") }.count == 1)
    }

    @Test func staysBoundedWhateverIsPosted() {
        var queue = MailQueue()
        for number in 0..<MailQueue.capacity / 2 + 200 {
            queue.add(.lost(.silent, retryAt: nil), from: number % 5)
            queue.add(.snapshot(LinkHarness.snapshot(UInt64(number))), from: number % 5)
        }
        #expect(queue.count <= MailQueue.capacity)
        #expect(queue.dropped > 0)
    }
}

@Suite struct MailboxTests {
    /// Whether poll(2) would return at once.
    private func isReadable(_ descriptor: CInt) -> Bool {
        var poller = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&poller, 1, 0) == 1
    }

    @Test func isReadableExactlyWhileSomethingWaits() throws {
        let mailbox = try Mailbox()
        #expect(!isReadable(mailbox.descriptor))
        mailbox.post(.lost(.silent, retryAt: nil), from: 0)
        mailbox.post(.lost(.silent, retryAt: nil), from: 1)
        #expect(isReadable(mailbox.descriptor))
        #expect(mailbox.takeAll().map(\.host) == [0, 1])
        #expect(!isReadable(mailbox.descriptor))
        mailbox.post(.lost(.silent, retryAt: nil), from: 2)
        #expect(isReadable(mailbox.descriptor))
    }
}
