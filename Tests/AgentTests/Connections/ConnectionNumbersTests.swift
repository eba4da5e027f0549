import Model
import Testing

@testable import Agent

struct ConnectionNumbersTests {
    typealias Made = MadeLooks

    @Test func rowsTellWhatIsKnown() {
        let board = ConnectionBoard()
        var (row, group) = (WorkerRow(), GroupRow())
        row[.connections] = 9
        board.fill(&row, worker: Made.worker(0), now: Made.at(0))
        board.fill(&group, key: "web", now: Made.at(0))
        #expect(row[.connections] == nil && group[.connections] == nil && group[.acceptQueue] == nil)
        let listeners = [
            SeenListener(inode: 1, address: "a", queue: 3, limit: 10),
            SeenListener(inode: 2, address: "b", queue: 1, limit: 5),
        ]
        board.post(
            [
                Made.look(
                    at: 0, workers: 2, [Made.connection(1), Made.connection(2, flags: .closeWait)], listeners: listeners
                )
            ],
            until: Made.at(45))
        board.fill(&row, worker: Made.worker(0), now: Made.at(45))
        board.fill(&group, key: "web", now: Made.at(45))
        #expect(row[.connections] == 1)
        #expect(group[.connections] == 1 && group[.acceptQueue] == 4 && group[.acceptQueueLimit] == 15)
        #expect(group[.worstCloseWait] == 1)
        board.fill(&row, worker: Made.worker(1), now: Made.at(45))
        #expect(row[.connections] == 0)
        // Too long ago.
        board.fill(&row, worker: Made.worker(0), now: Made.at(45.1))
        board.fill(&group, key: "web", now: Made.at(45.1))
        #expect(row[.connections] == nil && group[.connections] == nil && group[.acceptQueueLimit] == nil)
        #expect(group[.worstCloseWait] == nil)
    }

    @Test func noListenerIsNoEmptyQueue() {
        var numbers = ConnectionNumbers()
        numbers.take(Made.look(at: 0), until: Made.at(9))
        #expect(numbers.numbers(of: "web", now: Made.at(0)) == .init(connections: 0, closeWait: 0))
        var look = Made.look(at: 0, listeners: [SeenListener(inode: 1, address: "a", queue: 3, limit: 10)])
        look.areListenersKnown = false
        numbers.take(look, until: Made.at(9))
        #expect(numbers.numbers(of: "web", now: Made.at(0)).acceptQueue == nil)
    }

    @Test func whatMayNotBeLookedAtIsUnknownAndNotNothing() {
        var numbers = ConnectionNumbers()
        numbers.take(Made.look(at: 0, workers: 2), until: Made.at(9))
        var look = Made.look(at: 1, workers: 2, [Made.connection(1)])
        look.workers[1].standing = .hidden
        numbers.take(look, until: Made.at(9))
        #expect(numbers.connections(of: Made.worker(0), now: Made.at(1)) == 1)
        #expect(numbers.connections(of: Made.worker(1), now: Made.at(1)) == nil)
        #expect(numbers.numbers(of: "web", now: Made.at(1)) == .init(), "more may wait in those that are hidden")
    }

    @Test func whoIsGoneIsForgotten() {
        let board = ConnectionBoard()
        board.post([Made.look(at: 0, workers: 2)], until: Made.at(99))
        board.keep(only: ["web"], [Made.worker(1)])
        var row = WorkerRow()
        board.fill(&row, worker: Made.worker(0), now: Made.at(0))
        #expect(row[.connections] == nil)
        board.fill(&row, worker: Made.worker(1), now: Made.at(0))
        #expect(row[.connections] == 0)
    }
}
