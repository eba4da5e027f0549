import ProcFS
import Testing

struct ProcessStatusTests {
    @Test func readsAWorker() throws {
        let text = try Fixture.bytes("node-cluster", "19569/status")
        let status = try ProcessStatus(parsing: text.span)
        #expect(status.state == UInt8(ascii: "S"))
        #expect(status.uid == 0)
        #expect(status.residentBytes == UInt64(43_040_768))  // 42032 kB
        #expect(status.threads == 7)
        #expect(status.voluntarySwitches == 31)
        #expect(status.involuntarySwitches == 20)
    }

    @Test func readsTheRealUserOfAWorkerThatChangedIt() throws {
        let text = try Fixture.bytes("nginx", "20113/status")
        #expect(try ProcessStatus(parsing: text.span).uid == 65534)
    }

    @Test func aZombieAndAKernelThreadHaveNoMemoryRatherThanNone() throws {
        for (name, file) in [("zombie", "20493/status"), ("kernel-thread", "2/status")] {
            let text = try Fixture.bytes(name, file)
            let status = try ProcessStatus(parsing: text.span)
            #expect(status.residentBytes == nil)
            #expect(status.threads == 1)
        }
    }

    @Test func whatTheKernelDoesNotSayIsUnknown() throws {
        let text = Array("Name:\tx\nState:\tR (running)\nUid:\t1000\t0\t0\t0\n".utf8)
        let status = try ProcessStatus(parsing: text.span)
        #expect(status.uid == 1000)
        #expect(status.threads == nil)
        #expect(status.voluntarySwitches == nil)
        #expect(status.involuntarySwitches == nil)
    }

    @Test func aFileWithoutStateOrUserIsMalformed() {
        for lines in ["Uid:\t0\t0\t0\t0\n", "State:\tS (sleeping)\n", "", "State:\nUid:\t0\n", "State:\tS\nUid:\t-1\n"]
        {
            #expect(throws: ProcError.self) {
                let text = Array(lines.utf8)
                return try ProcessStatus(parsing: text.span)
            }
        }
    }
}
