import ProcFS
import Testing

struct ProcessStatTests {
    @Test func readsAWorker() throws {
        let text = try Fixture.bytes("node-cluster", "19580/stat")
        let stat = try ProcessStat(parsing: text.span)
        #expect(stat.pid == 19580)
        #expect(stat.comm == Array("node".utf8))
        #expect(stat.state == UInt8(ascii: "S"))
        #expect(stat.parentPID == 19569)
        #expect(stat.threads == 7)
        #expect(stat.startTicks == 255423)
        #expect(try #require(stat.residentPages) > 1000)
        #expect(try #require(stat.environmentStart) > 1 << 40)
        #expect(!stat.isKernelThread)
    }

    @Test func readsANameWithParentheses() throws {
        let text = try Fixture.bytes("odd-name", "20483/stat")
        let stat = try ProcessStat(parsing: text.span)
        #expect(stat.comm == Array("w) R 1 (x".utf8))
        #expect(stat.state == UInt8(ascii: "S"))
        #expect(stat.parentPID == 19508)
        #expect(stat.startTicks == 256372)
    }

    @Test func readsANameWithNewlinesAndNothingInIt() throws {
        for name in ["a\n) S 1", "", ")", "("] {
            let text = Array("7 (\(name)) R 1 7 7 0 -1 64 0 0 0 0 0 0 0 0 20 0 3 0 99 0\n".utf8)
            let stat = try ProcessStat(parsing: text.span)
            #expect(stat.comm == Array(name.utf8))
            #expect(stat.threads == 3)
            #expect(stat.startTicks == 99)
            #expect(stat.residentPages == nil && stat.environmentStart == nil)
        }
    }

    @Test func readsAZombie() throws {
        let text = try Fixture.bytes("zombie", "20493/stat")
        let stat = try ProcessStat(parsing: text.span)
        #expect(stat.state == UInt8(ascii: "Z"))
        #expect(stat.residentPages == 0 && stat.environmentStart == 0)
        #expect(stat.parentPID == 20492)
        #expect(!stat.isKernelThread)
    }

    @Test func knowsAKernelThread() throws {
        let text = try Fixture.bytes("kernel-thread", "2/stat")
        let stat = try ProcessStat(parsing: text.span)
        #expect(stat.comm == Array("kthreadd".utf8))
        #expect(stat.isKernelThread)
    }

    @Test func saysWhichFieldIsMissing() {
        #expect(throws: ProcError.malformed(file: "stat", field: "pid", offset: 0)) {
            let text = Array("x".utf8)
            return try ProcessStat(parsing: text.span)
        }
        #expect(throws: ProcError.malformed(file: "stat", field: "comm", offset: 1)) {
            let text = Array("7 node S".utf8)
            return try ProcessStat(parsing: text.span)
        }
        #expect(throws: ProcError.malformed(file: "stat", field: "flags", offset: 23)) {
            let text = Array("7 (node) S 1 7 7 0 -1 6x 0".utf8)
            return try ProcessStat(parsing: text.span)
        }
    }

    @Test func refusesANumberThatDoesNotFit() {
        #expect(throws: ProcError.self) {
            let text = Array("7 (node) S 99999999999 7 7 0 -1 64 0 0 0 0 0 0 0 0 20 0 3 0 99 0\n".utf8)
            return try ProcessStat(parsing: text.span)
        }
        #expect(throws: ProcError.self) {
            let text = Array("7 (n) S 1 7 7 0 -1 64 0 0 0 0 0 0 0 0 20 0 3 0 18446744073709551616 0\n".utf8)
            return try ProcessStat(parsing: text.span)
        }
    }
}
