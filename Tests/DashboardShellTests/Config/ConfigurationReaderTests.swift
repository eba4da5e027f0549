import Model
import Testing
import Trust

@testable import Dashboard

@Suite struct ConfigurationReaderTests {
    static func parse(_ text: String) throws -> Configuration {
        try ConfigurationFiles.read(Array(text.utf8), file: "f")
    }

    /// The lines of what is wrong, without the file's name.
    static func problems(_ text: String) -> [String] {
        do throws(ConfigurationFault) {
            _ = try ConfigurationFiles.read(Array(text.utf8), file: "f")
            return []
        } catch {
            #expect(error.status == .configuration)
            return error.lines.map { String($0.dropFirst(2)) }
        }
    }

    @Test func everyKeyIsTaken() throws {
        let configuration = try Self.parse(
            """
            {
              hosts: ["web-[01-02]", { addr: "db-1:7000", name: "db", labels: { site: "eu-1" } }], // mine
              contexts: {
                prod: { hosts: ["enrolled:"] },
                "prod-lab": { hosts: [], protected: false },
                staging: { hosts: ["10.0.0.1"], protected: true, },
              },
              context: 'staging', theme: "mono", glyphs: "ascii", mouse: true,
              keys: { quit: "Q", sort: ["S", "F6"] },
              columns: { hosts: ["+load@2", "-exits", "lag@1", "+age"] },
            }
            """)
        #expect(
            configuration.hosts == [
                HostEntry("web-[01-02]"), HostEntry("db-1:7000", name: "db", labels: ["site": "eu-1"]),
            ])
        #expect(configuration.contexts.map(\.name) == ["prod", "prod-lab", "staging"])
        #expect(configuration.contexts.map(\.isProtected) == [true, false, true])
        #expect(configuration.contexts.map(\.place) == ["f:4", "f:5", "f:6"])
        #expect(configuration.context == "staging" && configuration.theme == "mono" && configuration.glyphs == "ascii")
        #expect(configuration.mouse == true)
        #expect(configuration.keys == ["quit": ["Q"], "sort": ["S", "F6"]])
        #expect(
            configuration.columns == [
                .hosts: [.show("load", place: 2), .hide("exits"), .move("lag", place: 1), .show("age", place: nil)]
            ])
        #expect(configuration.written["keys.sort"]?.value.place.line == 9)
    }

    @Test func alertsAreTaken() throws {
        let alerts = try #require(
            try Self.parse(
                """
                { alerts: {
                  notify: "osc9",
                  limits: { "batch-*": { lag99: ["500ms", "2s"], cpu: ["90%", "99%"] } },
                  rules: { "api is fat": { when: "app=api rss>800M", for: "1m30s", level: "crit" } },
                } }
                """
            ).alerts)
        #expect(alerts.notice == .osc9)
        #expect(
            alerts.limits == [
                AppLimits(
                    app: Glob("batch-*"),
                    pairs: [.lag99: .init(warn: 0.5, crit: 2), .cpu: .init(warn: 0.9, crit: 0.99)])
            ])
        let rule = try #require(alerts.rules.first)
        #expect(rule.name == "api is fat" && rule.kind == .apps)
        #expect(rule.hold == .seconds(90) && rule.level == .crit)
    }

    @Test(arguments: [
        ("{ keys: { qiut: 'Q' } }", "1:11: keys.qiut: there is no action \"qiut\"; did you mean \"quit\"?"),
        (
            "{ columns: { hosts: ['+laod'] } }",
            "1:22: columns.hosts[0]: hosts have no column \"laod\"; did you mean \"load\"?"
        ),
        (
            "{ alerts: { notify: 'horn' } }",
            "1:21: alerts.notify: \"horn\" is not known here; known are off, bell, osc9"
        ),
        (
            "{ alerts: { limits: { api: { lag99: ['1s'] } } } }",
            "1:37: alerts.limits.api.lag99: it must be two limits, for WARN and for CRIT"
        ),
        (
            "{ alerts: { limits: { api: { lag99: ['1s', '10ms'] } } } }",
            "1:37: alerts.limits.api.lag99: the limit for WARN must not be above that for CRIT"
        ),
        (
            "{ alerts: { limits: { api: { util: ['1s', '99%'] } } } }",
            "1:37: alerts.limits.api.util[0]: \"1s\" is not a share: 80%"
        ),
        ("{ alerts: { rules: { fat: {} } } }", "1:27: alerts.rules.fat: it needs when: \"FILTER\""),
    ])
    func whatIsSaidOfTheScreensIsChecked(text: String, problem: String) { #expect(Self.problems(text) == [problem]) }

    @Test(arguments: [
        ("{ hots: [] }", "1:3: hots: unknown key; did you mean \"hosts\"?"),
        (
            "{ theme: 'drak' }",
            """
            1:10: theme: "drak" is not known here; known are default, light, high-contrast, deuteranopia, \
            tritanopia, mono
            """
        ),
        ("{ theme: 'ligth' }", "1:10: theme: \"ligth\" is not known here; did you mean \"light\"?"),
        ("{ glyphs: 'utf8' }", "1:11: glyphs: \"utf8\" is not known here; known are block, braille, ascii"),
        ("{ mouse: 1 }", "1:10: mouse: it must be true or false, not a number"),
        ("{ hosts: 'web-1' }", "1:10: hosts: it must be a list [ … ], not a text"),
        ("{ hosts: [7] }", "1:11: hosts[0]: it must be a text or an object { … }, not a number"),
        ("{ hosts: ['a b'] }", "1:11: hosts[0]: \"a b\" is no host: write NAME, HOST:PORT or [IPV6]:PORT"),
        ("{ hosts: [{ name: 'a' }] }", "1:11: hosts[0]: it needs an addr"),
        ("{ hosts: [{ addr: 'a', port: 1 }] }", "1:24: hosts[0].port: unknown key; known are addr, name, labels"),
        ("{ hosts: [{ addr: 'a[1-2]', name: 'b' }] }", "1:19: hosts[0].addr: with a name it must be one address"),
        (
            "{ hosts: [{ addr: 'a', labels: { 'a b': '' } }] }",
            """
            1:34: hosts[0].labels.a b: a label has 1 to 64 letters, digits, dashes and underscores, and begins \
            with a letter
            """
        ),
        (
            "{ hosts: [{ addr: 'a', labels: { site: 1 } }] }",
            "1:40: hosts[0].labels.site: it must be a text, not a number"
        ),
        ("{ contexts: { a: {} } }", "1:18: contexts.a: it needs hosts: [ … ]"),
        (
            "{ contexts: { 'a/b': { hosts: [] } } }",
            "1:15: contexts.a/b: a context's name has 1 to 64 letters, digits, dots, dashes and underscores"
        ),
        (
            "{ contexts: { a: { hosts: [], protect: true } } }",
            "1:31: contexts.a.protect: unknown key; did you mean \"protected\"?"
        ),
        ("{ context: 'a b' }", "1:12: context: it must be the name of a context"),
        ("{ keys: { quit: [] , quit: 'Q' } }", "1:22: keys.quit: it is there twice; the other is in line 1"),
        ("{ keys: { quit: 1 } }", "1:17: keys.quit: it must be a text or a list of them, not a number"),
        ("{ columns: { host: [] } }", "1:14: columns.host: unknown key; did you mean \"hosts\"?"),
        (
            "{ columns: { apps: ['lag'] } }",
            "1:21: columns.apps[0]: it must be \"+column\", \"-column\" or \"column@PLACE\", such as \"lag@2\""
        ),
        (
            "{ alerts: { rules: { link: { when: 'app=x' } } } }",
            "1:22: alerts.rules.link: a rule's name has 1 to 64 bytes, and is not link"
        ),
        ("[]", "1:1: it must be an object { … }, not a list"),
        ("{", "1:2: it ends too early"),
    ])
    func whatIsWrongIsSaidWithItsPlace(_ text: String, _ line: String) {
        #expect(Self.problems(text) == [line])
    }

    @Test func allThatIsWrongIsSaidAtOnce() {
        let problems = Self.problems("{ mouse: 1,\n theme: 'x',\n hosts: [1, { addr: 'a b' }] }")
        #expect(problems.map { $0.prefix { $0 != ":" } } == ["1", "2", "3", "3"])
    }

    @Test(arguments: ["lag", "+", "-", "-lag@2", "lag@0", "lag@x", "@2", "+lag@100", "", "+ lag"])
    func whatIsNoChangeOfColumnsIsRefused(_ text: String) { #expect(ColumnChange(text) == nil) }

    @Test func theFirstFileCountsAndTheSecondFillsIn() throws {
        let mine = try Self.parse("{ theme: 'mono', contexts: { a: { hosts: ['x'] } }, keys: { quit: 'Q' } }")
        let theirs = try Self.parse(
            "{ theme: 'light', mouse: true, contexts: { a: { hosts: ['y'] }, b: { hosts: [] } }, keys: { quit: 'F12', sort: 'S' } }"
        )
        let both = mine.over(theirs)
        #expect(both.theme == "mono" && both.mouse == true)
        #expect(both.contexts.map(\.name) == ["a", "b"] && both.contexts[0].hosts == [HostEntry("x")])
        #expect(both.keys == ["quit": ["Q"], "sort": ["S"]])
    }
}
