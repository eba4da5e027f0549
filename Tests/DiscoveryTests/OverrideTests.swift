import Discovery
import Model
import Testing

/// What the configuration says of apps.
struct OverrideTests {
    private let table = ProcessTable([
        .titled(10, "gunicorn: master [wsgi:app]", ports: [80]),
        .titled(11, parent: 10, "gunicorn: worker [wsgi:app]", ports: [80]),
        .made(20, "shopd --site b", ports: [90], epoll: true), .made(30, "-bash"),
        .made(31, parent: 30, "python3 queue.py --id 1"),
        .made(32, parent: 30, "python3 queue.py --id 2"),
    ])

    private func matching(_ text: String) -> @Sendable (ProcessEntry) -> Bool { { $0.joinedArguments.contains(text) } }

    @Test func hidesRenamesAndExpects() {
        let plain = discover(table).groups
        #expect(plain.map(\.info.app) == ["wsgi:app", "shopd"])
        let groups = discover(
            table,
            overrides: [
                AppOverride(name: "shop", match: matching("wsgi:app"), expected: 4),
                AppOverride(name: "shopd", rename: "the shop"),
            ]
        ).groups
        #expect(groups.map(\.info.app) == ["shop", "the shop"])
        #expect(groups.map(\.info.expected) == [4, nil])
        #expect(groups.map(\.info.key) == plain.map(\.info.key), "a new name is not a new group")
        #expect(
            discover(table, overrides: [AppOverride(name: "x", match: matching("shopd"), hide: true)]).groups.map(
                \.info.app) == ["wsgi:app"])
        #expect(discover(table, overrides: [AppOverride(name: "nothing", match: matching("zzz"))]).groups == plain)
    }

    @Test func theFirstThatMatchesWins() {
        let groups = discover(
            table,
            overrides: [
                AppOverride(name: "a", match: matching("shopd")), AppOverride(name: "b", match: matching("site")),
            ]
        ).groups
        #expect(groups.map(\.info.app) == ["wsgi:app", "a"])
    }

    @Test func aMatchMakesWorkersOfWhatNoRuleFinds() throws {
        let groups = discover(table, overrides: [AppOverride(name: "queue", match: matching("queue.py"), expected: 2)])
            .groups
        let group = try #require(groups.first { $0.info.app == "queue" })
        #expect(group.workers.map(\.process.pid) == [31, 32])
        #expect(group.rule == "configuration")
        #expect(group.info.expected == 2)
        #expect(group.info.kind == .alike)
        let one = discover(
            ProcessTable([.made(31, "python3 queue.py --id 1")]),
            overrides: [AppOverride(name: "queue", match: matching("queue.py"))]
        ).groups
        #expect(one.map(\.info.key) == [group.info.key], "one of two left")
    }

    @Test func aMatchedParentOfMatchedChildrenIsTheirMaster() throws {
        let groups = discover(
            ProcessTable([
                .made(10, "python3 q.py"), .made(11, parent: 10, "python3 q.py"), .made(12, parent: 10, "python3 q.py"),
            ]),
            overrides: [AppOverride(name: "q", match: matching("q.py"))]
        ).groups
        #expect(groups.map(\.info.masterPID) == [10])
        #expect(groups.first?.workers.map(\.process.pid) == [11, 12])
    }
}
