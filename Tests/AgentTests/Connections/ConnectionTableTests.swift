import CLinux
import Model
import TestSupport
import Testing

@testable import Agent

struct ConnectionTableTests {
    typealias Made = MadeLooks

    static let group = CommandTarget.group(GroupTarget(boot: Crew.boot, key: "web", master: nil))
    static func worker(_ number: Int) -> CommandTarget { .worker(Made.worker(number)) }

    @Test func nothingIsKnownBeforeTheFirstLookAndAfterTheLast() {
        var table = ConnectionTable()
        #expect(table.report(for: Self.group) == nil && table.report(for: Self.worker(0)) == nil)
        table.take(Made.look(at: 0, [Made.connection(1)]))
        #expect(table.report(for: Self.group)?.established == 1)
        #expect(table.report(for: Self.worker(0))?.established == 1 && table.report(for: Self.worker(1)) == nil)
        table.keep(only: ["web"])
        #expect(table.report(for: Self.group) != nil)
        table.keep(only: ["other"])
        #expect(table.report(for: Self.group) == nil && table.report(for: Self.worker(0)) == nil)
    }

    @Test func aWorkerThatIsGoneHasNoReport() {
        var table = ConnectionTable()
        table.take(Made.look(at: 0, workers: 3))
        table.take(Made.look(at: 1, workers: 2))
        #expect(table.report(for: Self.worker(2)) == nil && table.report(for: Self.worker(1)) != nil)
        var look = Made.look(at: 2, workers: 2)
        look.workers[1].standing = .gone
        table.take(look)
        #expect(table.report(for: Self.worker(1)) == nil && table.report(for: Self.group) != nil)
    }

    @Test func ofWorkersThatMayNotBeLookedAtNothingIsTold() {
        var table = ConnectionTable()
        var look = Made.look(at: 0, workers: 2, [Made.connection(1)])
        look.workers[1].standing = .hidden
        table.take(look)
        #expect(table.report(for: Self.group) == nil)
        #expect(table.report(for: Self.worker(0))?.established == 1 && table.report(for: Self.worker(1)) == nil)
    }

    @Test func aSocketThatTwoWorkersHoldIsOneOfTheGroupAndOneOfEach() throws {
        var table = ConnectionTable()
        table.take(
            Made.look(
                at: 0, workers: 2,
                [
                    Made.connection(1, unread: 5),
                    Made.connection(1, worker: 1, unread: 5, flags: [.isAccepted, .isRepeated]),
                    Made.connection(2, worker: 1, flags: [.closeWait]),
                ]))
        let group = try #require(table.report(for: Self.group))
        #expect(group.established == 1 && group.closeWait == 1 && group.peerCount == 1)
        #expect(group.peers.map(\.connections) == [2] && group.peers.map(\.unreadBytes) == [5])
        #expect(group.peers.map(\.slots) == [[1, 2]])
        let second = try #require(table.report(for: Self.worker(1)))
        #expect(second.established == 1 && second.closeWait == 1 && second.peers.map(\.unreadBytes) == [5])
        #expect(second.peers.map(\.slots) == [[2]])
    }

    @Test func aPeerIsAsOldAsItsOldestConnection() {
        var table = ConnectionTable()
        table.take(Made.look(at: 0, [Made.connection(1), Made.connection(2, peer: 2)]))
        table.take(Made.look(at: 10, [Made.connection(1), Made.connection(3, peer: 2), Made.connection(4)]))
        table.take(Made.look(at: 15, [Made.connection(1), Made.connection(3, peer: 2), Made.connection(4)]))
        let peers = table.report(for: Self.group)?.peers ?? []
        #expect(peers.map(\.address) == ["10.0.0.1", "10.0.0.2"])
        #expect(peers.map(\.age) == [.seconds(15), .seconds(5)] && peers.map(\.connections) == [2, 1])
    }

    @Test func theFullestListenerIsFirst() {
        let listeners: [SeenListener] = [
            SeenListener(inode: 1, address: "a", queue: 4, limit: 100, workers: [0]),
            SeenListener(inode: 2, address: "b", queue: 3, limit: 4, workers: [1]),
            SeenListener(inode: 3, address: "d", queue: 0, limit: 0, workers: []),
            SeenListener(inode: 4, address: "c", queue: 0, limit: 100, workers: []),
            SeenListener(inode: 5, address: "e", queue: 1, limit: 0, workers: []),
        ]
        var table = ConnectionTable()
        table.take(Made.look(at: 0, workers: 2, listeners: listeners))
        #expect(table.report(for: Self.group)?.listeners.map(\.address) == ["e", "b", "a", "c", "d"])
        #expect(table.report(for: Self.worker(0))?.listeners.map(\.address) == ["e", "a", "c", "d"])
    }

    @Test func beyondTheBoundConnectionsAreOnlyCounted() {
        var look = Made.look(at: 0)
        for inode in 0..<UInt32(ConnectionLook.maximumConnections + 10) {
            look.add(Made.connection(inode, peer: inode))
        }
        look.add(Made.connection(1_000_000, flags: [.closeWait]))
        var table = ConnectionTable()
        table.take(look)
        let report = table.report(for: Self.group)
        #expect(report?.established == 65_546 && report?.closeWait == 1 && report?.peerCount == 65_536)
        #expect(report?.peers.count == ConnectionReport.peerLimit)
        table.take(look)
        #expect(table.report(for: Self.group)?.established == 65_546)
    }

    @Test func aConnectionOfNoWorkerIsNobodys() {
        let look = Made.look(at: 0, workers: 2, [Made.connection(1, worker: 2), Made.connection(2, worker: .max)])
        #expect(look.connections.isEmpty && look.established == 0)
    }

    @Test func whateverTheKernelSaysIsNoTrap() {
        var random = SeededGenerator(seed: printedSeed())
        let sizes: [UInt32] = [0, 1, .max]
        for _ in 0..<2000 {
            var socket = looptop_socket()
            socket.key.family = .random(in: 0...20, using: &random)
            socket.key.remote = (.random(in: 0 ... .max, using: &random), 0, .max, 1)
            socket.state = .random(in: 0...12, using: &random)
            socket.inode = sizes.randomElement(using: &random) ?? 0
            socket.receive_queue = sizes.randomElement(using: &random) ?? 0
            socket.send_queue = sizes.randomElement(using: &random) ?? 0
            socket.has_info = .random(in: 0...1, using: &random)
            socket.received = Bool.random(using: &random) ? .max : 0
            var group = GroupConnections(
                Made.look(at: 0, [SeenConnection(socket, worker: .random(in: 0...1, using: &random))]))
            group.take(Made.look(at: 9, [SeenConnection(socket, worker: 0)]))
            let listener = SeenListener(inode: 1, address: "a", queue: socket.receive_queue, limit: socket.send_queue)
            group.take(Made.look(at: 9, [SeenConnection(socket, worker: 0)], listeners: [listener, listener]))
            #expect(group.report()?.peers.count == 1)
        }
    }

    /// Connections come and go; each report is compared with what a search through all of them finds.
    @Test func reportsAreWhatASearchThroughAllConnectionsFinds() throws {
        var random = SeededGenerator(seed: printedSeed())
        for _ in 0..<60 {
            let workers = Int.random(in: 1...4, using: &random)
            var table = ConnectionTable()
            var living: [UInt32: (connection: SeenConnection, since: Double)] = [:]
            var next: UInt32 = 1
            for turn in 0..<15 {
                let time = Double(turn * 3)
                for inode in living.keys.sorted() where Int.random(in: 0..<5, using: &random) == 0 {
                    living[inode] = nil
                }
                for _ in 0..<Int.random(in: 0...20, using: &random) {
                    let isClosed = Int.random(in: 0..<6, using: &random) == 0
                    let connection = Made.connection(
                        next, peer: .random(in: 0..<30, using: &random),
                        worker: UInt16.random(in: 0..<UInt16(workers), using: &random),
                        unread: .random(in: 0...9, using: &random), flags: isClosed ? [.closeWait] : [.isAccepted])
                    living[next] = (connection, time)
                    next += 1
                }
                let connections = living.values.map(\.connection).shuffled(using: &random)
                table.take(Made.look(at: time, workers: workers, connections))
                for worker in [nil] + (0..<workers).map({ $0 }) {
                    let target = worker.map { Self.worker($0) } ?? Self.group
                    let report = try #require(table.report(for: target))
                    let mine = living.values.filter { worker == nil || Int($0.connection.worker) == worker }
                    #expect(report.closeWait == mine.count { $0.connection.flags.contains(.closeWait) })
                    #expect(report.established + report.closeWait == mine.count)
                    let peers = Dictionary(grouping: mine, by: \.connection.peer)
                    #expect(report.peerCount == peers.count)
                    let expected = peers.map { peer, all in
                        PeerReport(
                            address: peer.text, connections: UInt32(all.count),
                            unreadBytes: all.reduce(0) { $0 + UInt64($1.connection.unread) }, unsentBytes: 0,
                            age: .seconds(time - (all.map(\.since).min() ?? 0)),
                            slots: Set(all.map { UInt32($0.connection.worker) + 1 }).sorted())
                    }
                    .sorted { ($1.connections, $1.unreadBytes) < ($0.connections, $0.unreadBytes) }
                    let told = Array(expected.prefix(ConnectionReport.peerLimit))
                    #expect(report.peers.map(\.connections) == told.map(\.connections))
                    #expect(report.peers.map(\.unreadBytes) == told.map(\.unreadBytes))
                    #expect(Set(report.peers).isSubset(of: expected))
                }
            }
        }
    }
}
