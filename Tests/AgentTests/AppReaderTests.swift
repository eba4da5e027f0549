import Control
import Discovery
import Model
import Testing
import Trust

@testable import Agent

@Suite struct AppReaderTests {
    private static func app(_ text: String) throws -> AppConfiguration {
        let apps = try ConfigurationTests.parse("{apps: {web: \(text)}}").apps
        return try #require(apps.first)
    }

    @Test func everythingThatCanBeSaidOfAnApp() throws {
        let app = try Self.app(
            """
            {
              match: { command: "gunicorn.*shop", executable: "/usr/bin/python3", unit: "web.service", user: "root" },
              rename: "shop", expected: 4,
              restart: { signal: "QUIT", grace: "30s", within: "60s" },
              reload: { command: ["systemctl", "reload", "web"] },
              stop: { command: ["/srv/stop", "{app}"] }, start: { command: ["/srv/start"] },
              ready: { command: ["curl", "-f", "http://127.0.0.1:8000/"] }, runAs: "root",
              thresholds: { memory: "1GiB", lag: "500ms", silent: "60s" },
              rules: [
                { when: "memory > 2GiB for 2m", do: "restart", cooldown: "20m", mostPerHour: 2 },
                { when: "silent for 30s", do: "propose" },
              ],
            }
            """)
        #expect(
            app.match
                == ProcessMatch(
                    command: "gunicorn.*shop", executable: "/usr/bin/python3", unit: "web.service", uid: 0))
        #expect(app.shownName == "shop" && app.expected == 4 && !app.hide)
        #expect(
            app.strategy
                == AppStrategy(
                    restartSignal: 3, reloadCommand: ["systemctl", "reload", "web"],
                    stopCommand: ["/srv/stop", "{app}"],
                    startCommand: ["/srv/start"], readyCommand: ["curl", "-f", "http://127.0.0.1:8000/"], runAs: 0,
                    grace: .seconds(30), replacementLimit: .seconds(60)))
        #expect(app.thresholds.map(\.text) == ["memory > 1GiB for 30s", "lag > 500ms for 30s", "silent for 1m"])
        #expect(app.thresholds.allSatisfy { $0.deed == .tell })
        #expect(
            app.rules == [
                ActionRule(
                    condition: .memory(above: 2 << 30), lasting: .seconds(120), deed: .restart,
                    cooldown: .seconds(1200),
                    mostPerHour: 2),
                ActionRule(condition: .silent, lasting: .seconds(30), deed: .propose),
            ])
        #expect(app.appOverride?.name == "web" && app.appOverride?.rename == "shop" && app.appOverride?.match != nil)
    }

    @Test func whatIsNotSaidIsLeftAlone() throws {
        let app = try Self.app("{}")
        #expect(app == AppConfiguration(name: "web"))
        #expect(app.strategy == nil && app.rules.isEmpty)
        #expect(app.appOverride == nil)
        #expect(try Self.app("{hide: true}").appOverride?.hide == true)
        #expect(try Self.app("{expected: 2}").appOverride?.match == nil, "then the name decides")
    }

    @Test(arguments: [
        ("{match: {}}", "1:22: apps.web.match: it is empty, and would be every process"),
        ("{match: {cmd: 'x'}}", "1:23: apps.web.match.cmd: unknown key; known are command, executable, unit, user"),
        ("{match: {command: '[a'}}", "1:32: apps.web.match.command: it is no regular expression: "),
        ("{match: {executable: 'python3'}}", "1:35: apps.web.match.executable: it must be an absolute path"),
        (
            "{match: {unit: 'web'}}",
            "1:29: apps.web.match.unit: it must be the name of a service, such as \"web.service\" or \"web@.service\""
        ),
        (
            "{match: {user: 'no-such-user-here'}}",
            "1:29: apps.web.match.user: there is no user \"no-such-user-here\" on this host"
        ),
        ("{hide: 1}", "1:21: apps.web.hide: it must be true or false, not a number"),
        ("{rename: ''}", "1:23: apps.web.rename: an app needs a name"),
        (
            "{restart: {signal: 'QIUT'}}",
            "1:33: apps.web.restart.signal: \"QIUT\" is not a signal; did you mean \"QUIT\"?"
        ),
        ("{restart: {signal: 'SEGV'}}", "1:33: apps.web.restart.signal: this signal asks a process for nothing"),
        ("{restart: {signal: 3}}", "1:33: apps.web.restart.signal: it must be a text, not a number"),
        ("{restart: {signal: 'QUIT', command: ['x']}}", "1:24: apps.web.restart: give a signal or a command, not both"),
        (
            "{restart: {command: 'systemctl restart x'}}",
            """
            1:34: apps.web.restart.command: it must be a list of arguments, such as ["systemctl", "restart", \
            "web"]: no shell reads it
            """
        ),
        ("{restart: {command: []}}", "1:34: apps.web.restart.command: it must have 1 to 64 arguments"),
        ("{restart: {command: ['']}}", "1:35: apps.web.restart.command[0]: it must not be empty"),
        ("{restart: {command: ['x', 7]}}", "1:40: apps.web.restart.command[1]: it must be a text, not a number"),
        (
            "{restart: {command: ['x', 'a\\0']}}",
            "1:40: apps.web.restart.command[1]: an argument has at most 4096 bytes, none of them 0"
        ),
        (
            "{restart: {command: ['a/b']}}",
            "1:35: apps.web.restart.command[0]: it must be an absolute path, or a name without a slash"
        ),
        ("{restart: {grace: 30}}", "1:32: apps.web.restart.grace: it must be a text, not a number"),
        (
            "{restart: {grace: '30'}}",
            "1:32: apps.web.restart.grace: it must be a time such as \"500ms\", \"30s\", \"2m\" or \"1h\""
        ),
        ("{restart: {grace: '2d'}}", "1:32: apps.web.restart.grace: it must be 1s to 1h"),
        ("{reload: {}}", "1:23: apps.web.reload: it needs a signal or a command"),
        ("{reload: {signal: 'KILL'}}", "1:32: apps.web.reload.signal: this signal asks a process for nothing"),
        ("{stop: {}}", "1:21: apps.web.stop: it needs a command"),
        ("{stop: {signal: 'TERM'}}", "1:22: apps.web.stop.signal: unknown key; known are command"),
        ("{runAs: 'root'}", "1:22: apps.web.runAs: there is no command here that could run as this user"),
        ("{thresholds: {memory: 5}}", "1:36: apps.web.thresholds.memory: it must be a text, not a number"),
        (
            "{thresholds: {memory: '0B'}}",
            "1:36: apps.web.thresholds.memory: it must be a size such as \"512MiB\" or \"1GiB\""
        ),
        ("{thresholds: {lag: '2h'}}", "1:33: apps.web.thresholds.lag: it must be 1ms to 1h"),
        ("{rules: {}}", "1:22: apps.web.rules: it must be a list [ … ], not an object"),
        ("{rules: [{do: 'restart'}]}", "1:23: apps.web.rules[0]: it needs \"when\""),
        ("{rules: [{when: 'silent for 1m'}]}", "1:23: apps.web.rules[0]: it needs \"do\""),
        (
            "{rules: [{when: 'cpu > 1', do: 'tell'}]}",
            """
            1:30: apps.web.rules[0].when: it must be "memory > SIZE for TIME", "lag > TIME for TIME" or "silent \
            for TIME"
            """
        ),
        (
            "{rules: [{when: 'silent for 1m', do: 'reboot'}]}",
            "1:51: apps.web.rules[0].do: \"reboot\" is not known here; known are tell, propose, restart"
        ),
        (
            "{rules: [{when: 'silent for 1m', do: 'tell', cooldown: '1s'}]}",
            "1:69: apps.web.rules[0].cooldown: it must be 10s to 7d"
        ),
        (
            "{rules: [{when: 'silent for 1m', do: 'tell', mostPerHour: 0}]}",
            "1:72: apps.web.rules[0].mostPerHour: it must be a whole number from 1 to 60"
        ),
        ("7", "1:14: apps.web: it must be an object { … }, not a number"),
    ])
    func whatIsWrongIsNamedWithItsPlace(text: String, wanted: String) {
        ConfigurationTests.expect(ConfigurationTests.problems("{apps: {web: \(text)}}"), wanted)
    }

    @Test(arguments: [
        ("{apps: {'': {}}}", "1:9: apps.: an app needs a name"),
        ("{apps: {'*': {}}}", "1:9: apps.*: name the apps: here is no entry for all of them"),
        ("{apps: {a: {}, b: {rename: 'a'}}}", "1:16: apps.b: it is called \"a\" as a is: nobody could tell them apart"),
        ("{apps: {a: {}, a: {}}}", "1:16: apps.a: it is there twice; the other is in line 1"),
    ])
    func namesTellAppsApart(text: String, wanted: String) {
        #expect(ConfigurationTests.problems(text) == [wanted])
    }

    @Test func namesAndRulesHaveABound() {
        let name = String(repeating: "x", count: 97)
        #expect(
            ConfigurationTests.problems("{apps: {\(name): {}}}") == ["1:9: apps.\(name): a name has at most 96 bytes"])
        let rules = String(repeating: "{when: 'silent for 1m', do: 'tell'},", count: 17)
        #expect(
            ConfigurationTests.problems("{apps: {web: {rules: [\(rules)]}}}")
                == ["1:22: apps.web.rules: an app has at most 16 rules"])
    }

    @Test func signalsThatMayBeConfiguredMayBeSent() throws {
        for number in SignalNumber.allowed + [SignalNumber.kill] {
            let word = String(SignalNumber.name(number).dropFirst(3))
            #expect(try Self.app("{restart: {signal: '\(word)'}}").restart.signal == number)
        }
    }

    /// Policies can name the signals that control would send, and no others.
    @Test func policiesNameTheSignalsThatControlAllows() {
        for number in 1...31 as ClosedRange<UInt8> {
            let word = SignalNumber.name(number)
            let text = "{apps: {web: {signal: {admin: ['\(word)']}}}}"
            let isTaken = (try? Policy(json5: Array(text.utf8), file: "p")) != nil
            #expect(isTaken == SignalNumber.allowed.contains(number), "\(word)")
        }
    }
}
