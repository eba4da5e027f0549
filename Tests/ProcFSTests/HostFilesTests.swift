import Model
import ProcFS
import Testing

/// `/proc/stat`, `meminfo`, `loadavg`, `uptime`, `pressure/*` of the recorded machine.
struct HostFilesTests {
    @Test func readsCPUTicksOfTheMachineAndOfEachCore() throws {
        let text = try Fixture.bytes("host", "stat")
        let stat = try HostStat(parsing: text.span)
        #expect(stat.total.busy == 184_896)  // 157630 user + 24279 system + 415 softirq + 2572 steal
        #expect(stat.total.idle == 327_398)  // 322359 idle + 5039 iowait
        #expect(stat.total.steal == 2_572)
        #expect(stat.perCore.map(\.steal) == [1_350, 1_221])
        #expect(stat.perCore.map(\.busy) == [80_734, 104_159])
    }

    @Test func aMachineWithoutTheSumLineIsMalformed() {
        #expect(throws: ProcError.malformed(file: "stat", field: "cpu", offset: 0)) {
            let text = Array("cpu0 1 2 3 4 5 6 7 8 9 10\n".utf8)
            return try HostStat(parsing: text.span)
        }
    }

    @Test func readsMemory() throws {
        let text = try Fixture.bytes("host", "meminfo")
        let memory = try MemInfo(parsing: text.span)
        #expect(memory.totalBytes == UInt64(25_276_514_304))  // 24684096 kB
        #expect(memory.availableBytes == UInt64(24_680_583_168))  // 24102132 kB
    }

    @Test func memoryAvailableIsUnknownWhereTheKernelDoesNotSay() throws {
        let text = Array("MemTotal: 8 kB\nMemFree: 4 kB\n".utf8)
        let memory = try MemInfo(parsing: text.span)
        #expect(memory.totalBytes == 8192)
        #expect(memory.availableBytes == nil)
    }

    @Test func readsLoadInHundredths() throws {
        let text = try Fixture.bytes("host", "loadavg")
        let load = try LoadAverage(parsing: text.span)
        #expect([load.oneHundredths, load.fiveHundredths, load.fifteenHundredths] == [76, 102, 82])
        #expect(load.runnable == 2)
    }

    @Test func readsUptime() throws {
        let text = try Fixture.bytes("host", "uptime")
        #expect(try Uptime(parsing: text.span).nanoseconds == 2_565_750_000_000)
    }

    @Test(arguments: [("cpu", UInt64(174_360_995)), ("io", 43_483_349), ("memory", 0)])
    func readsPressure(resource: String, total: UInt64) throws {
        let text = try Fixture.bytes("host", "pressure/\(resource)")
        #expect(try Pressure(parsing: text.span).someMicroseconds == total)
    }

    @Test func pressureWithoutATotalIsMalformed() {
        for line in ["some avg10=0.00\n", "some total=\n", "full total=1\n", "some total=x\n", "some \n"] {
            #expect(throws: ProcError.self) {
                let text = Array(line.utf8)
                return try Pressure(parsing: text.span)
            }
        }
    }

    @Test func readsTheBoot() throws {
        let boot = try ProcReader(root: Fixture.root("host")).bootID()
        #expect(boot.hex == "1910f24ad90e459d960ac6d0991f4f3f")
    }

    @Test func readsHowManyThreadsMayHaveANumber() throws {
        let numbers = try ProcReader().threadNumbers()
        #expect(numbers >= 300 && numbers <= 1 << 22, "proc_sys_kernel(5)")
        #expect(throws: ProcError.self) { try ProcReader(root: "/nowhere").threadNumbers() }
    }
}
