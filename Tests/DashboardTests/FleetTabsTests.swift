import Console
import Model
import Testing

@testable import Dashboard

/// The lists of the whole fleet: one filter, one scope, and the same keys.
@Suite struct FleetTabsTests {
    private static let size = Size(rows: 40, columns: 120)

    private func tabs(_ demo: DemoFleet) throws -> FleetTabs {
        guard case .fleet(let tabs) = demo.state.screen else { throw NoList() }
        return tabs
    }

    private struct NoList: Error {}

    private func selectedRow(_ demo: DemoFleet) -> String { demo.frame().text(row: demo.frame().cursor?.row ?? 0) }

    @Test func numbersAndTabLeadFromListToListAndTheFilterStays() throws {
        var demo = DemoFleet.settled(size: Self.size)
        demo.press(.character("/"))
        demo.type("app=api")
        demo.press(.enter)
        let keys: [(String, FleetTabs.Tab)] = [
            ("2", .apps), ("3", .workers), ("4", .events), ("5", .rolls), ("6", .alerts), ("1", .hosts),
        ]
        for (key, tab) in keys {
            demo.press(.character(Character(key)))
            #expect(try tabs(demo).tab == tab)
            #expect(demo.frame().text.contains("Fleet > \(tab.word)"))
            #expect(demo.frame().text.contains("filter: app=api"))
        }
        for tab in [FleetTabs.Tab.apps, .workers, .events, .rolls, .alerts, .hosts] {
            demo.press(.tab)
            #expect(try tabs(demo).tab == tab)
        }
        demo.press(.backTab)
        #expect(try tabs(demo).tab == .alerts)
    }

    @Test func everyListKeepsItsPlace() throws {
        var demo = DemoFleet.settled(size: Self.size)
        demo.press(.character("3"), .down, .down)
        let chosen = try tabs(demo).view.cursor
        demo.press(.character("1"), .down, .character("3"))
        #expect(try tabs(demo).view.cursor == chosen)
    }

    @Test func aFilterOfWorkersShowsThoseItSays() {
        var demo = DemoFleet.settled(size: Self.size)
        demo.press(.character("3"), .character("/"))
        demo.type("lag99>250ms")
        #expect(demo.frame().text.contains("20113"))
        #expect(!demo.frame().text.contains("20111"))
        demo.type(" or")
        #expect(demo.frame().text.contains("something is missing here"), "what is wrong is told")
        #expect(demo.frame().text.contains("20113") && !demo.frame().text.contains("20111"), "the last right one holds")
    }

    /// Detail costs only while somebody looks.
    @Test func hostsAreAskedForNoMoreThanTheListShows() {
        var demo = DemoFleet.settled(size: Self.size)
        demo.effects = []
        demo.press(.character("3"))
        #expect(demo.state.interests.allSatisfy { $0 == .workers })
        #expect(demo.effects.contains(.interest(host: 1, .workers)))
        demo.press(.character("2"))
        #expect(demo.state.interests.allSatisfy { $0 == .groups })
        demo.press(.character("1"))
        #expect(demo.state.interests.contains(.host) && !demo.state.interests.contains(.groups))
        demo.press(.character("/"))
        demo.type("cause=cpu")
        #expect(demo.state.interests.allSatisfy { $0 == .workers }, "only workers can tell")
    }

    @Test func hostsThatTellNothingAreNamed() {
        var demo = DemoFleet.settled(size: Self.size)
        demo.press(.character("2"))
        let text = demo.frame().text
        #expect(text.contains("not in here: "))
        for host in demo.fleet.hosts where !host.state.hasNumbers {
            #expect(text.contains("\(host.name) \(host.state.word)"))
        }
    }

    @Test func aWorkerOfTheListIsRestartedAsOnItsHost() throws {
        var demo = DemoFleet.settled(size: Self.size)
        demo.press(.character("3"), .home)
        #expect(selectedRow(demo).contains("20113"))
        demo.press(.character("r"))
        let dialog = try #require(demo.state.dialog?.action)
        #expect(
            dialog.subject.name
                == demo.fleet.hosts[dialog.subject.host].workers.values
                .first { $0.info.id.pid == 20_113 }?.info.name)
        #expect(dialog.action == .restart)
    }

    @Test func anAppOnSeveralHostsLeadsToItsWorkersThere() throws {
        var demo = DemoFleet.settled(size: Self.size)
        demo.press(.character("2"))
        let apps = fleetRows(demo.fleet, try tabs(demo), now: demo.now, wall: demo.wall)
        let rows = FleetRows(fleet: demo.fleet, scope: FleetTabs.Scope(), now: demo.now, wall: demo.wall)
        for case .app(let name) in apps {
            let parts = try #require(rows.app(name)).parts
            while try tabs(demo).view.cursor != .app(name) { demo.press(.down) }
            demo.press(.enter)
            if parts.count == 1 {
                #expect(demo.state.kind == .app)
            } else {
                #expect(try tabs(demo).scope.app == name)
                #expect(demo.frame().text.contains("Fleet > app \(name) > workers"))
            }
            demo.press(.escape)
            #expect(try tabs(demo).tab == .apps)
            demo.press(.home)
        }
    }

    @Test func theNumberOnAHostScopesTheListsToIt() throws {
        var demo = DemoFleet.settled(size: Self.size)
        demo.press(.enter)
        let host = try #require(demo.state.screen.host)
        demo.press(.character("3"))
        #expect(try tabs(demo).scope.host == host)
        let rows = fleetRows(demo.fleet, try tabs(demo), now: demo.now, wall: demo.wall)
        #expect(!rows.isEmpty)
        for row in rows {
            guard case .worker(host, _) = row else {
                Issue.record("\(row)")
                continue
            }
        }
        demo.press(.escape)
        #expect(demo.state.kind == .host)
    }

    @Test func anEventLeadsToWhatItIsAbout() throws {
        var demo = DemoFleet.settled(size: Self.size)
        demo.press(.character("4"))
        let rows = fleetRows(demo.fleet, try tabs(demo), now: demo.now, wall: demo.wall)
        #expect(!rows.isEmpty)
        demo.press(.enter)
        #expect([.host, .worker].contains(demo.state.kind))
    }
}

@Suite struct RowFilterTests {
    private let demo = DemoFleet.settled(size: Size(rows: 24, columns: 80))

    private func hosts(_ text: String) throws -> [String] {
        let filter = try Filter(parsing: text)
        return demo.fleet.hosts.indices.map { HostSubject(fleet: demo.fleet, number: $0, now: demo.now) }
            .filter { filter.matches($0) }.map(\.host.name)
    }

    @Test func aHostIsMeantByWhatIsInIt() throws {
        #expect(try hosts("pid=20312") == ["web-17"])
        #expect(try hosts("pid=20312 lag99<1ms") == [], "what the host has itself is asked of the host")
        #expect(try hosts("host=web-* pid>0 cause=cpu").contains("web-17"))
        #expect(try hosts("state=down") == demo.fleet.hosts.filter { $0.state == .down }.map(\.name))
    }

    @Test func oneKeyMeansTheSameEverywhere() {
        var kinds: [String: FilterKey.Kind] = [:]
        func check<Subject: RowSubject>(_ subject: Subject.Type) {
            #expect(Subject.columns.count == Subject.byKey.count, "\(subject): a key is there twice")
            for column in Subject.columns {
                guard let kind = column.kind else { continue }
                #expect(kinds[column.key] ?? kind == kind, "\(subject) \(column.key)")
                kinds[column.key] = kind
                #expect(column.key.allSatisfy { $0.isLetter || $0.isNumber }, "a filter could not name \(column.key)")
            }
        }
        check(HostSubject.self)
        check(AppSubject.self)
        check(WorkerSubject.self)
        check(FleetAppSubject.self)
        check(EventSubject.self)
    }

    @Test func everyStateHasARank() {
        for state in HostState.allCases { #expect(StateRank.rank(state.word) != nil, "\(state)") }
        for state in [WorkerState.hung, .crit, .warn, .zombie, .exited, .start, .stale, .ok] {
            #expect(StateRank.rank(state.word) != nil)
        }
        let hosts = HostState.allCases.sorted { $0.rank > $1.rank }.compactMap { StateRank.rank($0.word) }
        #expect(hosts == hosts.sorted(), "worst first on the screen, mildest first in filters")
    }
}

@Suite struct SortKeyTests {
    private func view(_ demo: DemoFleet) -> ListView<FleetRowID>? {
        if case .fleet(let tabs) = demo.state.screen { tabs.view } else { nil }
    }

    @Test func lettersSortByWhatTheyStandFor() {
        var demo = DemoFleet.settled(size: Size(rows: 40, columns: 120))
        for (tab, memory, name) in [("1", "mem", "host"), ("2", "rss", "app"), ("3", "rss", "slot")] {
            demo.press(.character(Character(tab)))
            for (key, order) in [("P", "cpu"), ("M", memory), ("L", "lag"), ("N", name)] {
                demo.press(.character(Character(key)))
                #expect(view(demo)?.order == order)
                #expect(view(demo)?.inverted == false)
            }
        }
        demo.press(.character("4"), .character("P"))
        #expect(view(demo)?.order == "when", "events have no CPU")
    }

    @Test func arrowsGoFromColumnToColumnAndStopAtTheEdges() {
        var demo = DemoFleet.settled(size: Size(rows: 40, columns: 120))
        demo.press(.character(">"))
        #expect(view(demo)?.order == "workers")
        demo.press(.left, .left, .left, .left)
        #expect(view(demo)?.order == "host")
        for _ in 0..<40 { demo.press(.right) }
        #expect(view(demo)?.order == "age")
    }

    @Test func problemsAreAllThatIsNotOK() {
        var demo = DemoFleet.settled(size: Size(rows: 24, columns: 80))
        #expect(demo.frame().text.contains("web-01") || demo.frame().text.contains("api-03"))
        let healthy = demo.fleet.hosts.filter { $0.state == .ok }.map(\.name)
        #expect(!healthy.isEmpty)
        demo.press(.character("!"))
        #expect(demo.frame().text.contains("problems only"))
        for name in healthy { #expect(!demo.frame().text.contains(name)) }
        demo.press(.enter, .character("!"))
        #expect(demo.frame().text.contains("20113"))
        #expect(!demo.frame().text.contains("20111"), "a worker that is OK")
        demo.press(.character("!"))
        #expect(demo.frame().text.contains("20111"))
    }
}

/// What a new user was misled by.
@Suite struct FleetListTrapsTests {
    private static let size = Size(rows: 24, columns: 80)

    /// Workers are told of only while a list shows them: the last that was known is not how an app is now.
    @Test func appsAreNotStaleBecauseNobodyLooksAtWorkers() throws {
        var demo = DemoFleet.lived { _, second, snapshot in
            if second > 60 { snapshot.workers = [] }
        }
        demo.press(.character("2"))
        guard case .fleet(let tabs) = demo.state.screen else { return }
        #expect(tabs.tab == .apps)
        let rows = FleetRows(fleet: demo.fleet, scope: tabs.scope, now: demo.now, wall: demo.wall)
        let fresh = rows.apps.flatMap(\.parts).filter { $0.host.state != .stale }
        #expect(!fresh.isEmpty)
        for part in fresh {
            #expect(part.workers.isEmpty)
            #expect(part.state != .stale, "\(part.host.name) \(part.name)")
        }
    }

    @Test func anAppIsAsSlowAsItsAgentSaysWhereNobodyLooksAtWorkers() throws {
        func lived(_ limits: [AppLimits]) throws -> AppSubject {
            var demo = DemoFleet(size: Self.size, limits: limits)
            demo.change = { _, _, snapshot in
                snapshot.workers = []
                for index in snapshot.groups.indices {
                    let isSlow = snapshot.groups[index].info.app == "api"
                    snapshot.groups[index].row[.worstLagP99Microseconds] = isSlow ? 300_000 : 2000
                    snapshot.groups[index].row[.worstUtilisationPermille] = 100
                }
            }
            demo.connect(6)
            demo.press(.character("2"))
            demo.advance(40, sampling: [6])
            let rows = FleetRows(fleet: demo.fleet, scope: FleetTabs.Scope(), now: demo.now, wall: demo.wall)
            #expect(rows.apps.first { $0.name == "web" }?.state == .ok)
            return try #require(rows.apps.first { $0.name == "api" }?.parts.first)
        }
        #expect(try lived([]).state == .crit)
        let calm = AppLimits(app: Glob("ap*"), pairs: [.lag99: AppLimits.Pair(warn: 1, crit: 2)])
        #expect(try lived([calm]).state == .ok, "only its workers tell whether it is beyond limits of its own")
    }

    @Test func whatARowHasNoRoomForIsReadBelow() throws {
        var demo = DemoFleet.settled(size: Self.size)
        demo.press(.character("4"))
        let wide = try #require(demo.fleet.hosts[0].log.first { demo.fleet.hosts[0].text(of: $0).count > 70 })
        let text = demo.fleet.hosts[0].text(of: wide)
        func read() -> String {
            let lines = demo.frame().text.split(separator: "\n").suffix(3).dropLast()
            return lines.joined(separator: " ").split(separator: " ").joined(separator: " ")
        }
        #expect(!read().contains(text))
        for _ in 0..<10 where !read().contains(text) { demo.press(.down) }
        #expect(read().contains("web-17: \(text)"), "\(demo.frame().text)")
        demo.press(.home)
        #expect(read().contains("14:03:12Z"), "events again, where the selected one is whole")
    }

    @Test(arguments: ["2", "3"])
    func keysDoNothingToARowThatAFilterHides(_ list: Character) {
        for key in ["r", "R", "a"] {
            var demo = DemoFleet.settled(size: Self.size)
            demo.press(.character(list), .character("/"))
            demo.type("zzzz")
            demo.press(.enter, .character(Character(key)))
            #expect(demo.state.dialog == nil)
        }
        var demo = DemoFleet.settled(size: Self.size)
        demo.press(.enter, .down, .character("/"))
        demo.type("zzzz")
        demo.press(.enter, .character("r"))
        #expect(demo.state.dialog == nil)
        #expect(demo.state.message?.text == "nothing is selected")
        demo.press(.escape, .character("r"))
        #expect(demo.state.dialog != nil, "the row is there again")
    }

    @Test func enterDoesNotLeaveAWrongFilterStanding() {
        var demo = DemoFleet.settled(size: Self.size)
        demo.press(.character("/"))
        demo.type("state=okk")
        demo.press(.enter)
        #expect(demo.state.isFiltering)
        #expect(demo.frame().text.contains("state is never \"okk\""))
        demo.press(.backspace, .enter)
        #expect(!demo.state.isFiltering)
    }

    @Test func aWrongCommandSaysSoWhereItIsSeen() {
        for (rows, columns) in [(10, 40), (24, 80)] {
            var demo = DemoFleet.settled(size: Size(rows: rows, columns: columns))
            demo.press(.character(":"))
            demo.type("srot cpu")
            demo.press(.enter)
            #expect(demo.frame().text.contains("there is no command \"srot\""))
        }
    }

    @Test(arguments: [[Key.enter, .home, .enter], [.enter, .down, .enter], [.character("d")]])
    func whoTypesAFilterWhereThereIsNoListPressesNoKeys(_ way: [Key]) {
        var demo = DemoFleet.settled(size: Size(rows: 24, columns: 80))
        for key in way { demo.press(key) }
        demo.press(.character("/"))
        demo.type("restart")
        #expect(demo.state.kind == .workers && demo.state.filter == "restart")
        #expect(demo.state.dialog == nil && demo.state.screen.host == 0)
    }

    @Test func hostsThatAreNotInALongListAreCounted() {
        var demo = DemoFleet.settled(size: Size(rows: 16, columns: 100))
        demo.press(.character("3"))
        #expect(demo.frame().text.contains("3 hosts not in here"))
    }
}
