import Model
import TestSupport
import Testing

@testable import Agent

struct PeerTrackerTests {
    typealias Made = MadeLooks

    /// New connections: peer and slot.
    static func tracker(_ looks: [(at: Double, opened: [(UInt32, UInt32)])]) -> PeerTracker {
        var tracker = PeerTracker()
        for look in looks {
            tracker.begin(at: Made.at(look.at))
            for (peer, slot) in look.opened { tracker.note(Made.address(peer), slot: slot, isNew: true) }
            tracker.end()
        }
        return tracker
    }

    @Test func fourPeersThatCameTwiceAreTooFew() {
        let looks = (0..<2).map { turn in (at: Double(turn), opened: (0..<4).map { (UInt32($0), UInt32(1)) }) }
        #expect(Self.tracker(looks).stickiness(workers: 4) == .unknown)
        #expect(Self.tracker([]).stickiness(workers: 4) == .unknown)
    }

    @Test func halfOfThePeersCameBackToTheSame() {
        var looks: [(at: Double, opened: [(UInt32, UInt32)])] = []
        for turn in 0..<2 {
            // Ten peers, of which those with even numbers go elsewhere the second time; and five that came once.
            looks.append(
                (
                    Double(turn),
                    (0..<10).map { ($0, $0 % 2 == 0 ? UInt32(turn) : 1) }
                        + (0..<5).map { (UInt32(100 + turn * 5 + $0), 1) }
                ))
        }
        #expect(Self.tracker(looks).stickiness(workers: 4) == .share(permille: 500, peers: 10))
        #expect(Self.tracker(looks).stickiness(workers: 1) == .unknown)
    }

    @Test func mostConnectionsFromOneAddressAreAProxy() {
        let sixteen = (0..<16).map { _ in (UInt32(5), UInt32.random(in: 1...4)) }
        let four = (0..<4).map { (UInt32($0 + 50), UInt32(1)) }
        #expect(Self.tracker([(0, sixteen + four)]).stickiness(workers: 4) == .proxy(address: "10.0.0.5"))
        #expect(Self.tracker([(0, sixteen + four + [(60, 1)])]).stickiness(workers: 4) == .unknown)
        // 19 connections are too few to say so.
        #expect(Self.tracker([(0, sixteen + four.dropLast())]).stickiness(workers: 4) == .unknown)
    }

    @Test func whatIsLongAgoDoesNotCount() {
        let all = (0..<6).map { (UInt32($0), UInt32(1)) }
        let elsewhere = (0..<6).map { (UInt32($0), UInt32(2)) }
        // Four minutes later: the same window. Eleven minutes later: another one.
        #expect(Self.tracker([(0, all), (240, elsewhere)]).stickiness(workers: 2) == .share(permille: 0, peers: 6))
        #expect(Self.tracker([(0, all), (310, elsewhere)]).stickiness(workers: 2) == .share(permille: 0, peers: 6))
        let later = Self.tracker([(0, all), (310, []), (620, elsewhere), (630, elsewhere)])
        #expect(later.stickiness(workers: 2) == .share(permille: 1000, peers: 6))
        #expect(Self.tracker([(0, all), (310, []), (620, [])]).count == 0)
    }

    @Test func aConnectionThatStaysIsOneAndKeepsItsWorker() {
        var tracker = PeerTracker()
        for turn in 0..<100 {
            tracker.begin(at: Made.at(Double(turn) * 15))
            for peer in 0..<UInt32(8) {
                tracker.note(Made.address(peer), slot: 1, isNew: turn == 0)
                // A second one, half an hour later or so, at the same worker or elsewhere.
                if turn == 99 { tracker.note(Made.address(peer), slot: peer < 2 ? 2 : 1, isNew: true) }
            }
            tracker.end()
            if turn < 99 { #expect(tracker.stickiness(workers: 4) == .unknown) }
        }
        #expect(tracker.stickiness(workers: 4) == .share(permille: 750, peers: 8))
    }

    @Test func afterAPauseWhatIsStillThereCountsAgain() {
        var tracker = PeerTracker()
        for (turn, time) in [0.0, 2000, 2010].enumerated() {
            tracker.begin(at: Made.at(time))
            for peer in 0..<UInt32(6) {
                for _ in 0..<2 { tracker.note(Made.address(peer), slot: 3, isNew: turn == 0) }
            }
            tracker.end()
            #expect(tracker.stickiness(workers: 2) == .share(permille: 1000, peers: 6))
        }
    }

    @Test func theLeastRecentGo() {
        var tracker = PeerTracker()
        for turn in 0..<5 {
            tracker.begin(at: Made.at(Double(turn)))
            for peer in 0..<UInt32(3000) {
                tracker.note(Made.address(UInt32(turn) * 3000 + peer), slot: 1, isNew: true)
            }
            tracker.end()
            #expect(tracker.count <= PeerTracker.maximumPeers)
        }
        tracker.begin(at: Made.at(5))
        for turn in [3, 4] {
            for peer in 0..<UInt32(3000) {
                tracker.note(Made.address(UInt32(turn) * 3000 + peer), slot: 1, isNew: true)
            }
        }
        // All of the last turn were still known, and some of the one before.
        guard case .share(let permille, let peers) = tracker.stickiness(workers: 2) else {
            Issue.record("nothing is known")
            return
        }
        #expect(permille == 1000 && peers == 4096)
    }

    @Test func withinAPeriodItIsWhatASearchThroughAllConnectionsFinds() {
        var random = SeededGenerator(seed: printedSeed())
        for _ in 0..<100 {
            var connections: [(peer: UInt32, slot: UInt32, from: Int, to: Int)] = []
            for _ in 0..<Int.random(in: 0...60, using: &random) {
                let from = Int.random(in: 0..<20, using: &random)
                connections.append(
                    (
                        .random(in: 0..<12, using: &random), .random(in: 1...3, using: &random), from,
                        from + .random(in: 0...8, using: &random)
                    ))
            }
            var tracker = PeerTracker()
            for turn in 0..<20 {
                tracker.begin(at: Made.at(Double(turn) * 10))
                for connection in connections where (connection.from...connection.to).contains(turn) {
                    tracker.note(Made.address(connection.peer), slot: connection.slot, isNew: connection.from == turn)
                }
                tracker.end()
            }
            let peers = Dictionary(grouping: connections, by: \.peer)
            let most = peers.values.map(\.count).max() ?? 0
            let returning = peers.values.filter { $0.count >= 2 }
            let faithful = returning.count { Set($0.map(\.slot)).count == 1 }
            let expected: Stickiness? =
                if connections.count >= 20, most * 10 >= connections.count * 8 {
                    nil
                } else if returning.count < 5 {
                    .unknown
                } else {
                    .share(
                        permille: UInt32(faithful * 1000 / returning.count), peers: UInt32(returning.count))
                }
            if let expected { #expect(tracker.stickiness(workers: 3) == expected) }
        }
    }
}
