import Glibc
import Model
import Testing

@testable import Trust

struct PolicyFileTests {
    private static func refusal(_ text: String) -> String? {
        let error = #expect(throws: TrustError.self) { try PolicyTests.policy(text) }
        return error?.sentence
    }

    @Test(arguments: [
        ("{\n  app: {}\n}", "2:3: app: unknown key; did you mean \"apps\"?"),
        (
            "{apps: {web: {restart: 'admin', stpo: 'admin'}}}",
            "1:33: apps.web.stpo: unknown key; did you mean \"stop\"?"
        ),
        (
            "{ // apps.web.kill: x\n apps: { /* kill: */ db: {},\n web: {\n  'kill' : 'admin'}}}",
            """
            4:3: apps.web.kill: unknown key; known are match, limits, logs, restart, roll, reload, signal, scale, \
            stop, start, pause, resume, abort, hold, release
            """
        ),
        (
            "{apps: {web: {limits: {restartsPerHour: 1}}}}",
            "1:24: apps.web.limits.restartsPerHour: unknown key; did you mean \"restartsPerMinute\"?"
        ),
        (
            "{apps: {web: {match: {exe: '/x'}}}}",
            "1:23: apps.web.match.exe: unknown key; known are unit, executable, user, kind"
        ),
        (
            "{apps: {web: {signal: {root: ['HUP']}}}}",
            "1:24: apps.web.signal.root: unknown key; known are viewer, operator, admin"
        ),
        (
            "{apps: {\n  web: {restart: 'viewer'},\n  'w\\u0065b': {restart: 'admin'},\n}}",
            "3:3: apps.web: it is there twice; the other is in line 2"
        ),
        (
            "{apps: {web: {restart: 'root'}}}",
            "1:24: apps.web.restart: \"root\" is not known here; known are viewer, operator, admin"
        ),
        (
            "{apps: {web: {restart: 'admn'}}}",
            "1:24: apps.web.restart: \"admn\" is not known here; did you mean \"admin\"?"
        ),
        ("{apps: {web: {restart: ['admin']}}}", "1:24: apps.web.restart: it must be a text, not a list"),
        ("{apps: {web: {restart: null}}}", "1:24: apps.web.restart: it must be a text, not null"),
        (
            "{apps: {web: {signal: 7}}}",
            "1:23: apps.web.signal: it must be a role, or signals by role: { operator: [\"HUP\", \"USR1\"] }"
        ),
        (
            "{apps: {web: {signal: {admin: 'HUP'}}}}",
            "1:31: apps.web.signal.admin: it must be a list [ … ], not a text"
        ),
        (
            "{apps: {web: {signal: {admin: ['HUB']}}}}",
            "1:32: apps.web.signal.admin[0]: \"HUB\" is not a signal; did you mean \"HUP\"?"
        ),
        (
            "{apps: {web: {signal: {admin: ['KILL']}}}}",
            """
            1:32: apps.web.signal.admin[0]: this one is sent to nobody; restart and stop end workers, and say what \
            came of it
            """
        ),
        (
            "{apps: {web: {limits: {restartsPerMinute: 0}}}}",
            "1:43: apps.web.limits.restartsPerMinute: it must be a whole number from 1 to 600"
        ),
        (
            "{apps: {web: {limits: {maxUnavailable: '0%'}}}}",
            "1:40: apps.web.limits.maxUnavailable: it must be a number of workers, or a share such as \"25%\""
        ),
        (
            "{apps: {web: {limits: {maxUnavailable: 0}}}}",
            "1:40: apps.web.limits.maxUnavailable: it must be a whole number from 1 to 10000"
        ),
        ("{apps: {web: {match: {}}}}", "1:22: apps.web.match: it is empty; without it the name alone counts"),
        (
            "{apps: {web: {match: {executable: 'python'}}}}",
            "1:35: apps.web.match.executable: it must be an absolute path"
        ),
        (
            "{apps: {web: {match: {kind: 'gunicron'}}}}",
            "1:29: apps.web.match.kind: \"gunicron\" is not known here; did you mean \"gunicorn\"?"
        ),
        (
            "{apps: {web: {match: {user: 'no-such-user-here'}}}}",
            "1:29: apps.web.match.user: there is no user \"no-such-user-here\" on this host"
        ),
        ("{apps: {'': {restart: 'admin'}}}", "1:9: apps: an app needs a name"),
        ("{apps: 1}", "1:8: apps: it must be an object { … }, not a number"),
        ("{defaults: {red: 'admin'}}", "1:13: defaults.red: unknown key; did you mean \"read\"?"),
        (
            "{defaults: {read: 'all'}}",
            "1:19: defaults.read: \"all\" is not known here; known are viewer, operator, admin"
        ),
        ("{defaults: 'viewer'}", "1:12: defaults: it must be an object { … }, not a text"),
        ("", "1:1: it ends too early"),
        ("[]", "1:1: it must be an object { … }, not a list"),
        ("7", "1:1: it must be an object { … }, not a number"),
        ("{\n apps: {\n  web: restart\n }\n}", "3:8: a text needs quotes"),
        ("{\n apps: {}\n}\n}", "4:1: there is more after the end"),
        ("{apps: {\n a: 7}}", "2:5: apps.a: it must be an object { … }, not a number"),
    ])
    func saysWhatIsWrongAndWhere(text: String, wanted: String) {
        let end = wanted.hasSuffix("?") ? "" : "."
        #expect(Self.refusal(text) == "policy.json5:\(wanted)\(end) Nothing was read from the file.")
    }

    @Test func tellsHowMuchIsWrong() {
        let sentence = Self.refusal("{apps: {a: {x: 1}, b: {restart: 'root'}, c: 7}}")
        #expect(sentence?.hasSuffix(" And 2 more. Nothing was read from the file.") == true, "\(sentence ?? "")")
    }

    @Test func aFileIsBounded() throws {
        let padding = String(repeating: " ", count: PolicyFile.largest - 2)
        #expect(try PolicyTests.policy("{}" + padding) == .readOnly)
        #expect(
            Self.refusal("{}" + padding + " ")
                == "policy.json5:1:1: it is larger than 512 KiB. Nothing was read from the file.")
    }

    @Test func loadsOnlyAFileThatNobodyElseCanChange() throws {
        let temporary = try TemporaryDirectory()
        let path = temporary.path + "/policy.json5"
        let text = "{apps: {web: {restart: 'operator'}}}"
        #expect(try Policy.load(path: path) == nil)
        temporary.write(text, to: path, mode: 0o644)
        #expect(try Policy.load(path: path) == PolicyTests.policy(text))
        chmod(path, 0o664)
        let error = #expect(throws: TrustError.self) { try Policy.load(path: path) }
        #expect(
            error?.sentence
                == "\(path) can be used by others (mode 664). If nobody has, run:  chmod 644 '\(path)'")
        chmod(path, 0o600)
        chmod(temporary.path, 0o777)
        #expect(throws: TrustError.insecureParent(path: temporary.path)) { try Policy.load(path: path) }
        chmod(temporary.path, 0o700)
        unlink(path)
        mkfifo(path, 0o600)
        #expect(throws: TrustError.notAPlainFile(path: path)) { try Policy.load(path: path) }
    }
}
