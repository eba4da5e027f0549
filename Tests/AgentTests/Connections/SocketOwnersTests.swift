import TestSupport
import Testing

@testable import Agent

struct SocketOwnersTests {
    @Test func nobodyHoldsAnything() { #expect(Array(SocketOwners().holders(of: 1)).isEmpty) }

    @Test func holdersAreFoundAsASearchThroughAllFindsThem() {
        var random = SeededGenerator(seed: printedSeed())
        for _ in 0..<200 {
            let holdings: [(holder: UInt32, inodes: [UInt32])] = (0..<UInt32.random(in: 0...8, using: &random)).map {
                holder in
                let inodes = Set(
                    (0..<Int.random(in: 0...20, using: &random)).map { _ in
                        Bool.random(using: &random) ? UInt32.random(in: 0...30, using: &random) : .max
                    })
                return (holder, inodes.sorted())
            }
            let owners = SocketOwners(holdings)
            for inode in [UInt32](0...31) + [.max - 1, .max] {
                #expect(Array(owners.holders(of: inode)) == holdings.filter { $0.inodes.contains(inode) }.map(\.holder))
            }
        }
    }

    @Test func aHoldingKnowsItsSockets() {
        let holding = SocketHolding(
            namespace: 1, inodes: [2, 5, 9, .max], readAt: MadeLooks.at(0), isComplete: true)
        #expect((0...20).filter { holding.contains($0) } == [2, 5, 9] && holding.contains(.max))
    }
}
