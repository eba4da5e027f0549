import Console
import Model
import Testing

@testable import Dashboard

struct UpdateTests {
    private func standard() -> DemoFleet { DemoFleet.settled(size: Size(rows: 24, columns: 80)) }

    @Test func onlyTheHostOnTheScreenSendsItsWorkers() {
        var demo = standard()
        #expect(demo.deeds.isEmpty)
        demo.press(.end, .enter)
        #expect(demo.deeds == [.interest(host: 0, .host), .interest(host: 3, .workers)])
        demo.press(.down, .enter, .escape, .character("b"))  // the worker screen wants to see who takes the slot
        #expect(
            demo.deeds.filter(isInterest).dropFirst(2) == [.interest(host: 0, .workers), .interest(host: 3, .host)])
    }

    /// So that the reason can name one; the fleet's screen is where it is read.
    @Test func hostsInABadStateSendTheirWorkersToTheFleetsScreen() {
        let hosts = standard()
        #expect(hosts.fleet.hosts.indices.filter { hosts.state.interests[$0] == .workers } == [0])
        #expect(hosts.fleet.hosts.indices.filter { hosts.fleet.hosts[$0].state == .crit } == [0])
    }

    private func isInterest(_ effect: UIEffect) -> Bool { if case .interest = effect { true } else { false } }

    @Test func theAgentIsToldWhichWorkerIsLookedAtWhileItLives() {
        var demo = standard()
        demo.press(.enter, .down, .enter)
        let worker = DemoFleet.worker(0, slot: 3, at: 90).id
        #expect(demo.deeds.filter { !isInterest($0) } == [.look(host: 0, worker)])
        demo.advance(1)
        #expect(demo.deeds.count == 1, "said once")
        demo.exit(0, slot: 3, .code(0))
        #expect(demo.deeds.last == .look(host: 0, nil))
        demo.press(.escape)
        #expect(demo.deeds.count == 2)
    }

    @Test func escapeAtTheBottomDoesNothing() {
        var demo = standard()
        demo.press(.escape, .backspace, .escape)
        #expect(demo.state.kind == .fleet)
        #expect(demo.deeds.isEmpty)
    }

    @Test func escapeClearsTheFilterBeforeItGoesBack() {
        var demo = standard()
        demo.press(.enter, .character("/"))
        demo.type("web")
        demo.press(.enter, .escape)
        #expect(demo.state.kind == .host)
        #expect(demo.state.filter.isEmpty)
        demo.press(.escape)
        #expect(demo.state.kind == .fleet)
    }

    @Test func lettersGoIntoTheFilterWhileTyping() {
        var demo = standard()
        demo.press(.character("/"))
        demo.type("qr?s")
        #expect(demo.state.filter == "qr?s")
        #expect(demo.deeds.isEmpty)
        demo.press(.backspace, .paste("x"), .control("u"))
        #expect(demo.state.filter.isEmpty)
        demo.press(.control("c"))
        #expect(demo.deeds == [.quit])
    }

    @Test func reconnectsWhatIsNotConnected() {
        var demo = standard()
        // web-17, under the cursor, is connected: then it means all that are not, since their rows name the key.
        demo.press(.control("r"))
        #expect(demo.deeds == [.reconnect(host: 1), .reconnect(host: 2), .reconnect(host: 5)])
        demo.press(.down, .control("r"))
        #expect(demo.deeds.dropFirst(3) == [.reconnect(host: 1)])
    }

    @Test func quitsAndRedraws() {
        var demo = standard()
        demo.press(.control("l"), .character("q"))
        #expect(demo.deeds == [.redraw, .quit])
    }

    @Test func helpScrollsAndCloses() {
        var demo = standard()
        demo.press(.character("?"), .end)
        #expect(demo.frame().text.contains("The mouse stays with the terminal"))
        demo.press(.character("q"))
        #expect(demo.state.help == nil)
        #expect(demo.deeds.isEmpty)
    }

    @Test func messagesGoAwayByThemselves() {
        var demo = standard()
        demo.press(.character("r"))
        #expect(demo.state.message != nil)
        demo.advance(9)
        #expect(demo.state.message == nil)
    }

    @Test func anExitedWorkersScreenLeadsToTheOneThatTookItsSlot() {
        var demo = DemoFleet(size: Size(rows: 24, columns: 80))
        demo.connect(0)
        demo.advance(58, sampling: [0])
        demo.press(.end, .enter, .down, .down, .enter)
        #expect(demo.frame().text.contains("pid 20112"))
        demo.exit(0, slot: 2, .signal(15))
        demo.press(.enter)
        #expect(demo.state.message?.text.contains("nothing has taken the slot") == true)
        demo.advance(2, sampling: [0])
        #expect(demo.frame().text.contains("pid 20312 took slot 2, Enter opens it"))
        demo.press(.enter)
        #expect(demo.frame().text(row: 2).contains("pid 20312"))
    }

    @Test func filtersByAppPidAndState() {
        var demo = standard()
        demo.press(.enter)
        for (text, shown, hidden) in [
            ("web", "20115", "20111"), ("20114", "20114", "20115"), ("CRIT", "20113", "20111"),
        ] {
            demo.press(.character("/"))
            demo.press(.control("u"))
            demo.type(text)
            demo.press(.enter)
            #expect(demo.frame().text.contains(shown))
            #expect(!demo.frame().text.contains(hidden))
        }
    }
}
