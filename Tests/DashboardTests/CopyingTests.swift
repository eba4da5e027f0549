import Console
import Model
import Testing

@testable import Dashboard

/// `c` copies the name of what is looked at, in the form that selectors take.
struct CopyingTests {
    private func copied(_ demo: DemoFleet) -> [String] {
        demo.effects.compactMap { if case .copy(let text) = $0 { text } else { nil } }
    }

    private func demo(_ size: Size = Size(rows: 40, columns: 120)) -> DemoFleet { .settled(size: size) }

    @Test(arguments: ScreenKind.allCases) func everyScreenSaysWhatItCopied(_ screen: ScreenKind) throws {
        var demo = demo()
        demo.go(to: screen)
        demo.press(.character("c"))
        guard screen != .rolls, screen != .log else {  // no app has been rolled, and nothing was written
            #expect(copied(demo).isEmpty)
            #expect(demo.frame().text.contains("copy: there is nothing under the cursor"))
            return
        }
        let text = try #require(copied(demo).first)
        #expect(demo.frame().text.contains("copied, where the terminal allows it: \(text.prefix(40))"))
    }

    @Test func namesHostAppAndWorker() {
        var demo = demo()
        demo.press(.character("c"), .enter, .home, .character("c"), .down, .character("c"), .enter, .character("c"))
        let texts = copied(demo)
        #expect(texts.count == 4)
        #expect(texts[0] == "web-17")
        #expect(texts[1].hasPrefix("web-17/") && !texts[1].contains("#"))
        #expect(texts[2].hasPrefix("web-17/") && texts[2].contains("#") && texts[2].contains(" pid "))
        #expect(texts[3] == texts[2])
    }

    @Test func anEventAndAnAlertAreCopiedWithPlaceAndTime() throws {
        var demo = demo()
        demo.press(.character("4"), .character("c"), .character("6"), .character("c"))
        let texts = copied(demo)
        #expect(texts.count == 2)
        #expect(texts.allSatisfy { $0.contains("2026-11-20 14:0") })
        let place = try #require(texts.last?.split(separator: " ").first)
        #expect(DemoFleet.names.contains { place.hasPrefix($0) })
    }

    @Test func ofADialogThePlanIsCopied() throws {
        var demo = demo()
        demo.press(.enter, .down, .character("r"))
        demo.plan(host: 0, .planned(DemoFleet.restartPlan))
        demo.press(.character("c"))
        #expect(copied(demo).isEmpty, "typed ahead")
        demo.press(.character("c"), millisecondsLater: 400)
        let text = try #require(copied(demo).first)
        #expect(text.hasPrefix("Restart worker\n"))
        #expect(text.contains("1. SIGTERM to worker 3, pid 20113"))
        #expect(demo.state.dialog != nil && demo.commands.isEmpty)
    }

    @Test func whatIsTypedIsNotACommand() {
        var demo = demo()
        demo.press(.character("/"), .character("c"), .escape, .character(":"), .character("c"), .escape)
        #expect(copied(demo).isEmpty)
        demo.press(.character(":"))
        demo.type("copy")
        demo.press(.enter)
        #expect(copied(demo) == ["web-17"])
    }

    @Test func whyNotIsSaid() {
        var demo = demo()
        var state = demo.state
        state.heard(.tooLong(2_000_000, most: 57_344), now: demo.now)
        let most = Format.bytes(Int64(57_344))
        #expect(state.message?.text == "not copied: 1.9M is more than terminals take (\(most))")
        state.heard(.noClipboard, now: demo.now)
        #expect(state.message?.text == "not copied: this kind of terminal has no clipboard (TERM)")
        demo.tick()
    }
}
