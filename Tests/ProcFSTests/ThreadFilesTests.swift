import ProcFS
import Testing

/// `task/<tid>/sched`, `io` and `stat` of the recorded threads: epoll, poll, select, futex and nanosleep, in this order.
struct ThreadFilesTests {
    static func bytes(_ tid: Int, _ name: String) throws -> [UInt8] {
        try Fixture.bytes("threads", "14760/task/\(tid)/\(name)")
    }

    @Test func countsSwitchesByWhoWantedThem() throws {
        let text = try Self.bytes(14760, "sched")
        let switches = try ThreadSwitches(parsing: text.span)
        #expect([switches.voluntary, switches.involuntary] == [7, 13])
    }

    @Test func theNameOfAThreadCannotForgeSwitches() throws {
        let forged = Array(
            """
            nr_voluntary_switches : 9
            (7, #threads: 1)
            -------------------------------------------------------------------
            nr_voluntary_switches                        :                    5
            nr_involuntary_switches                      :                    6

            """.utf8)
        let switches = try ThreadSwitches(parsing: forged.span)
        #expect([switches.voluntary, switches.involuntary] == [5, 6])
    }

    @Test func switchesThatAreMissingAreMalformed() {
        for text in ["", "a (1, #threads: 1)\n", "a\n--------------------\nnr_voluntary_switches : 5\n"] {
            let bytes = Array(text.utf8)
            #expect(throws: ProcError.self) { try ThreadSwitches(parsing: bytes.span) }
        }
    }

    @Test func countsCallsThatReadAndWrite() throws {
        let text = try Self.bytes(14760, "io")
        let calls = try ThreadCalls(parsing: text.span)
        #expect([calls.reads, calls.writes] == [66, 3])
        #expect(throws: ProcError.malformed(file: "io", field: "syscw", offset: 9)) {
            let text = Array("syscr: 1\n".utf8)
            return try ThreadCalls(parsing: text.span)
        }
    }

    @Test(arguments: 14760...14764) func aSleepingThreadIsAsleep(tid: Int) throws {
        let text = try Self.bytes(tid, "stat")
        let state = try ThreadState(parsing: text.span)
        #expect(state.letter == UInt8(ascii: "S"))
        #expect(!state.isRunning && !state.isStopped && !state.isDead)
    }

    @Test(arguments: [
        ("7 (w) R 1 (x) T 1", "T"), ("7 (a) t 1", "t"), ("7 (a) Z 1", "Z"), ("7 (a) R 1", "R"), ("7 (a) D 1", "D"),
    ])
    func knowsTheStates(text: String, letter: String) throws {
        let bytes = Array(text.utf8)
        let state = try ThreadState(parsing: bytes.span)
        #expect(state.isStopped == (letter.lowercased() == "t"))
        #expect(state.isDead == (letter == "Z"))
        #expect(state.isRunning == (letter == "R"))
    }

    @Test(arguments: ["", "7 (a", "7 (a)", "7 (a) ", "7 (a) SS 1", "7 (a) 5 1"])
    func aStateThatIsNoneIsMalformed(text: String) {
        let bytes = Array(text.utf8)
        #expect(throws: ProcError.self) { try ThreadState(parsing: bytes.span) }
    }
}
