import Control
import Discovery
import Glibc
import Testing

@testable import Agent

@Suite struct ConfigurationBoxTests {
    private final class Place {
        let directory = TemporaryDirectory()
        var file: String { directory.path + "/agent.json5" }
        func write(_ text: String) throws { _ = try directory.write("agent.json5", text) }
    }

    @Test func aGoodFileIsPutInForce() throws {
        let place = Place()
        try place.write("{apps: {web: {expected: 4, rules: [{when: 'silent for 1m', do: 'tell'}]}, db: {hide: true}}}")
        let box = try ConfigurationBox(named: place.file)
        #expect(box.overrides.map(\.name) == ["web", "db"])
        #expect(box.strategy(app: "web") == nil && box.rules(app: "web").count == 1)
        let generation = box.generation
        try place.write(
            """
            {apps: {web: {expected: 5, restart: {grace: '3s'}, thresholds: {lag: '1s'}},
                    node: {rename: 'shop', reload: {signal: 'USR2'}}}}
            """)
        #expect(
            try box.reload() == [
                "app web: other expected, restart, thresholds, rules", "an entry for app node was added",
                "the entry for app db was removed",
            ])
        #expect(box.generation != generation)
        #expect(box.overrides.map(\.name) == ["web", "node"])
        #expect(box.strategy(app: "web")?.grace == .seconds(3))
        #expect(box.rules(app: "web").map(\.text) == ["lag > 1s for 30s"])
        #expect(box.strategy(app: "shop")?.reloadSignal == 12, "by the name that is shown")
        #expect(box.strategy(app: "node") == nil && box.rules(app: "node") == [])
    }

    @Test func aBadFileChangesNothing() throws {
        let place = Place()
        try place.write("{apps: {web: {expected: 4}}}")
        let box = try ConfigurationBox(named: place.file)
        let before = box.current
        for text in ["{apps: {web: {expcted: 4}}}", "{", ""] {
            try place.write(text)
            let fatal = #expect(throws: Fatal.self) { try box.reload() }
            #expect(fatal?.sentence.hasPrefix("\(place.file):1:") == true, "\(fatal?.sentence ?? "")")
            #expect(box.current == before && box.generation == 0 && box.overrides.count == 1)
        }
        unlink(place.file)
        #expect(throws: Fatal.self) { try box.reload() }
        #expect(box.current == before)
    }

    @Test func nothingDifferentIsNothingNew() throws {
        let place = Place()
        try place.write("{interval: 2, apps: {web: {expected: 4}}}")
        let box = try ConfigurationBox(named: place.file)
        #expect(try box.reload() == [])
        #expect(box.generation == 0)
    }

    @Test func whatNeedsARestartIsSaidAsLongAsItDoes() throws {
        let place = Place()
        try place.write("{interval: 2}")
        let box = try ConfigurationBox(named: place.file)
        try place.write("{interval: 1}")
        #expect(try box.reload() == ["interval waits for a restart of the agent"])
        try place.write("{interval: 1, listen: ['127.0.0.1:7433'], readOnly: true}")
        #expect(try box.reload() == ["interval, listen, readOnly wait for a restart of the agent"])
        try place.write("{interval: 2}")
        #expect(try box.reload() == [])
        #expect(box.generation == 0, "discovery has nothing to do with it")
    }

    @Test func withoutAFileThereIsAnEmptyOne() throws {
        #expect(ConfigurationBox().current == Configuration())
        #expect(ConfigurationBox().file == Configuration.defaultPath)
    }
}
