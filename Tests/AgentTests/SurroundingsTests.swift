import Discovery
import Glibc
import Model
import ProcFS
import Testing

@testable import Agent

@Suite struct SurroundingsTests {
    private static func directory(_ environment: [String: String], uid: uid_t) -> String {
        Surroundings(environment: environment, uid: uid).stateDirectory
    }

    @Test func systemdsDirectoryWins() {
        let environment = ["STATE_DIRECTORY": "/var/lib/a", "XDG_STATE_HOME": "/x", "HOME": "/h"]
        #expect(Self.directory(environment, uid: 1000) == "/var/lib/a")
        #expect(Self.directory(environment, uid: 0) == "/var/lib/a")
    }

    @Test func ofSeveralTheFirstIsTaken() {
        #expect(Self.directory(["STATE_DIRECTORY": "/var/lib/a:/var/lib/b"], uid: 0) == "/var/lib/a")
    }

    @Test func rootHasTheSystemsDirectoryWhateverItsHome() {
        #expect(Self.directory(["XDG_STATE_HOME": "/x", "HOME": "/root"], uid: 0) == "/var/lib/looptop-agent")
    }

    @Test func usersHaveOneOfTheirOwn() {
        #expect(Self.directory(["XDG_STATE_HOME": "/x", "HOME": "/h"], uid: 1000) == "/x/looptop-agent")
        #expect(Self.directory(["HOME": "/h"], uid: 1000) == "/h/.local/state/looptop-agent")
    }

    @Test func whatIsNotAnAbsolutePathDoesNotCount() {
        let environment = ["STATE_DIRECTORY": "state", "XDG_STATE_HOME": "", "HOME": "/h"]
        #expect(Self.directory(environment, uid: 1000) == "/h/.local/state/looptop-agent")
    }

    @Test func theHostIsCalledWhatItIsToldElseByItsNode() throws {
        let id = HostID(high: 1, low: 2)
        let named = try Surroundings.host(id: id, name: "db-1", interval: .milliseconds(250))
        #expect(named.name == "db-1")
        #expect(named.intervalNanoseconds == 250_000_000)
        #expect(named.boot == (try ProcReader().bootID()))
        #expect(named.cores >= 1)
        #expect(named.ticksPerSecond >= 100)
        var node = [CChar](repeating: 0, count: 256)
        gethostname(&node, 255)
        let unnamed = try Surroundings.host(id: id, name: nil, interval: .zero)
        #expect(unnamed.name == String(decoding: node.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self))
    }

    @Test func theAgentItsAncestorsAndInitAreNeverWorkers() {
        let protected = Surroundings.agentAndAncestors()
        #expect(protected.isSuperset(of: [1, getpid(), getppid()]))
    }

    @Test func anExpressionThatIsNoneIsNamed() throws {
        var settings = ServiceSettings(
            stateDirectory: "/s", socket: "/s/x", listen: [], interval: .seconds(1), match: "(", readOnly: false)
        do {
            _ = try Scope(settings: settings)
            Issue.record("taken")
        } catch {
            #expect(error.code == .usage)
            #expect(error.sentence.contains("--match ("))
        }
        settings.match = "^node .*web"
        settings.under = getppid()
        let scope = try Scope(settings: settings)
        #expect(scope.match?("node /srv/web.js") == true)
        #expect(scope.match?("/usr/bin/node /srv/web.js") == false)
        #expect(scope.excludedPIDs.contains(getpid()))
        #expect(!scope.excludedPIDs.contains(getppid()), "who is asked for is not left out")
    }
}
