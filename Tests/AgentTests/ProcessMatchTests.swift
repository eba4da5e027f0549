import Discovery
import Testing

@testable import Agent

@Suite struct ProcessMatchTests {
    private static func entry(_ change: (inout ProcessEntry) -> Void = { _ in }) -> ProcessEntry {
        var entry = ProcessEntry(
            pid: 10, parentPID: 1, startTicks: 1, uid: 33, name: "python3",
            arguments: ["/usr/bin/python3", "gunicorn", "-w", "4", "shop:app"], executable: "/usr/bin/python3.11",
            cgroup: "/system.slice/system-web.slice/web@2.service")
        change(&entry)
        return entry
    }

    @Test(
        arguments: [
            (ProcessMatch(command: "gunicorn.*shop"), true), (ProcessMatch(command: "^gunicorn"), false),
            (ProcessMatch(executable: "/usr/bin/python3.11"), true),
            (ProcessMatch(executable: "/usr/bin/python3"), false),
            (ProcessMatch(unit: "web@2.service"), true), (ProcessMatch(unit: "web@.service"), true),
            (ProcessMatch(unit: "web@3.service"), false), (ProcessMatch(unit: "web.service"), false),
            (ProcessMatch(uid: 33), true), (ProcessMatch(uid: 0), false),
            (ProcessMatch(command: "shop", executable: "/usr/bin/python3.11", unit: "web@.service", uid: 33), true),
            (ProcessMatch(command: "shop", uid: 0), false), (ProcessMatch(command: "("), false),
        ])
    func allThatIsGivenHasToHold(match: ProcessMatch, holds: Bool) {
        #expect(match.predicate()(Self.entry()) == holds)
    }

    @Test func whatIsNotKnownDoesNotMatch() {
        #expect(!ProcessMatch(unit: "web.service").predicate()(Self.entry { $0.cgroup = nil }))
        #expect(!ProcessMatch(executable: "/x").predicate()(Self.entry { $0.executable = nil }))
    }

    /// The text is its process's own, and an expression can take long over a long one.
    @Test func onlyTheBeginningOfACommandLineIsLookedAt() {
        let long = Self.entry { $0.arguments = [String(repeating: "a", count: 5000) + "end"] }
        #expect(!ProcessMatch(command: "end").predicate()(long))
        #expect(ProcessMatch(command: "^a+$").predicate()(long))
    }
}
