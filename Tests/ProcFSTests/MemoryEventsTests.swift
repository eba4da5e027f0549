import ProcFS
import Testing

struct MemoryEventsTests {
    @Test func version1CountsKills() throws {
        let text = try Fixture.bytes("quota", "../cgroup/memory/memory.oom_control")
        #expect(try MemoryEvents(parsing: text.span).oomKills == 3)
    }

    @Test func version2CountsKillsAndOtherThings() throws {
        let text = Array("low 0\nhigh 12\nmax 401\noom 5\noom_kill 2\noom_group_kill 1\n".utf8)
        #expect(try MemoryEvents(parsing: text.span).oomKills == 2)
    }

    @Test func anOldKernelDoesNotSay() throws {
        let text = Array("oom_kill_disable 0\nunder_oom 0\n".utf8)
        #expect(try MemoryEvents(parsing: text.span).oomKills == nil)
    }

    @Test func aBrokenCountIsMalformed() {
        let text = Array("oom_kill x\n".utf8)
        #expect(throws: ProcError.self) { try MemoryEvents(parsing: text.span) }
    }
}
