import Glibc
import ProcFS
import Testing

@testable import Agent

@Suite struct ConfinementTests {
    /// The unit gives the agent what the agent gives itself.
    @Test(arguments: ["AmbientCapabilities=", "CapabilityBoundingSet="]) func theUnitLeavesTheSame(key: String) throws {
        let unit = try OperatingDocumentTests.text("packaging/looptop-agent.service")
        let lines = unit.split(separator: "\n").filter { $0.hasPrefix(key) }
        #expect(lines.count == 1)
        let names = lines.flatMap { $0.dropFirst(key.utf8.count).split(separator: " ").map(String.init) }
        #expect(names.sorted() == Capability.allCases.map(\.name).sorted())
    }

    @Test func withoutAUserNothingIsMade() throws {
        let directory = TemporaryDirectory()
        let missing = OwnDirectory(path: directory.path + "/missing")
        let words = try Confinement(user: nil, directories: [missing], filtersCalls: false).words
        #expect(access(missing.path, F_OK) != 0)
        #expect(words.count == (geteuid() == 0 ? 2 : 1))
        #expect(words.last == "no system call (seccomp) is refused to it: --no-seccomp")
    }

    @Test(arguments: [
        ("nowhere", "there is no such user. To make one:  useradd --system nowhere"),
        ("root", "that is root; name a user without privileges"),
    ])
    func whoCannotBeMeantIsRefused(name: String, sentence: String) throws {
        let directory = TemporaryDirectory()
        let missing = OwnDirectory(path: directory.path + "/missing")
        do {
            _ = try Confinement(user: name, directories: [missing], filtersCalls: true)
            Issue.record("taken")
        } catch {
            #expect(error.code == .usage)
            #expect(error.sentence == "--user \(name): \(sentence)")
        }
        #expect(access(missing.path, F_OK) != 0)
    }
}
