import Discovery
import Model
import Testing

@testable import Agent

/// Master 100 with like children, as a table of processes.
private struct Tree {
    var master: UInt64? = 1000
    var children: [Int32]
    var arguments = ["worker"]
    /// Children that listen and have a loop: alone they are groups of their own.
    var serve = true

    var table: ProcessTable {
        var entries = children.map {
            ProcessEntry(
                pid: $0, parentPID: 100, startTicks: UInt64($0) * 10, uid: 7, name: "worker", arguments: arguments,
                executable: "/bin/worker", listening: serve ? [.init(port: 80, inode: 7)] : [], waitsInEpoll: serve)
        }
        if let master {
            entries.append(
                ProcessEntry(
                    pid: 100, parentPID: 1, startTicks: master, uid: 7, name: "master", arguments: ["worker"],
                    executable: "/bin/worker", listening: [.init(port: 80, inode: 7)]))
        }
        return ProcessTable(entries)
    }
}

@Suite struct FamiliesTests {
    private static func look(_ families: inout Families, _ tree: Tree) -> [DiscoveredGroup] {
        families.complete(discover(tree.table).groups, in: tree.table)
    }

    private static func pids(_ groups: [DiscoveredGroup]) -> [Int32] { groups.flatMap(\.workers).map(\.process.pid) }

    @Test(arguments: [true, false]) func theOneThatIsLeftStaysInItsGroup(_ serve: Bool) throws {
        var families = Families()
        let both = Self.look(&families, Tree(children: [101, 102], serve: serve))
        let group = try #require(both.first?.info)
        #expect(group.kind == .prefork)
        let one = Self.look(&families, Tree(children: [102], serve: serve))
        #expect(one.map(\.info) == [group])
        #expect(Self.pids(one) == [102])
        let again = Self.look(&families, Tree(children: [102, 103], serve: serve))
        #expect(again.map(\.info.key) == [group.key])
        #expect(Self.pids(again) == [102, 103])
    }

    @Test func whenAllEndedTheFirstNewOneIsOfTheGroupToo() throws {
        var families = Families()
        let key = try #require(Self.look(&families, Tree(children: [101, 102])).first?.info.key)
        #expect(Self.look(&families, Tree(children: [])).isEmpty)
        let one = Self.look(&families, Tree(children: [103]))
        #expect(one.map(\.info.key) == [key])
    }

    @Test func aFamilyIsForgottenWithItsMaster() throws {
        var families = Families()
        _ = Self.look(&families, Tree(children: [101, 102]))
        #expect(Self.look(&families, Tree(master: nil, children: [102])).allSatisfy { $0.info.kind == .single })
        // A later process of the master's number is another one.
        var others = Families()
        _ = Self.look(&others, Tree(children: [101, 102]))
        #expect(Self.look(&others, Tree(master: 5000, children: [102])).allSatisfy { $0.info.kind == .single })
    }

    @Test func aChildThatIsSomethingElseIsNotOfTheFamily() {
        var families = Families()
        _ = Self.look(&families, Tree(children: [101, 102]))
        let groups = Self.look(&families, Tree(children: [102], arguments: ["sh", "-c", "true"], serve: false))
        #expect(groups.isEmpty)
    }

    @Test func whatIsFoundIsLeftAlone() {
        var families = Families()
        let tree = Tree(children: [101, 102, 103])
        #expect(Self.look(&families, tree) == discover(tree.table).groups)
        #expect(Self.look(&families, tree) == discover(tree.table).groups)
    }
}
