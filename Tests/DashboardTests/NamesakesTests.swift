import Console
import Model
import Testing

@testable import Dashboard

/// Two apps of one name on one host are told apart.
struct NamesakesTests {
    /// The second app is called as the first one, and listens there.
    private func demo(on ports: [UInt16]) -> DemoFleet {
        var demo = DemoFleet(size: Size(rows: 24, columns: 80))
        demo.change = { _, _, snapshot in
            snapshot.groups[1].info.app = "api"
            snapshot.groups[1].info.ports = ports
        }
        demo.connect(0)
        demo.advance(3, sampling: [0])
        return demo
    }

    @Test func byWhereTheyListen() {
        var demo = demo(on: [8000, 8001])
        demo.open(0)
        #expect(demo.frame().text.contains("api :8080 ") && demo.frame().text.contains("api :8000 :8001 "))
        demo.press(.home, .character("R"))
        #expect(demo.frame().text.contains("api :8"), "the dialog says which one")
    }

    @Test func elseByTheirMasters() {
        var demo = demo(on: [8080])
        demo.open(0)
        #expect(demo.frame().text.contains("api pid 20001 ") && demo.frame().text.contains("api pid 900 "))
    }

    @Test func whoIsAloneHasOnlyAName() {
        let demo = DemoFleet.settled(size: Size(rows: 24, columns: 80))
        #expect(demo.fleet.hosts[0].distinctAppName("api") == "api")
        #expect(demo.fleet.hosts[0].distinctAppName("gone") == "gone")
    }

    @Test(arguments: [("app web-17/api", "2 go by the name"), ("worker web-17/api#1", "2 go by the name")])
    func aCommandThatMeansBothSaysSo(_ line: String, _ sentence: String) {
        var demo = demo(on: [8000])
        demo.press(.character("3"), .character(":"))
        demo.type(line)
        demo.press(.enter)
        #expect(demo.state.message?.text.contains(sentence) == true, "\(demo.state.message?.text ?? "-")")
    }
}
