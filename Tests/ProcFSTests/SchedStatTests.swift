import ProcFS
import Testing

struct SchedStatTests {
    @Test func readsRunWaitAndTimeslices() throws {
        let text = try Fixture.bytes("node-cluster", "19569/schedstat")
        let stat = try SchedStat(parsing: text.span)
        #expect(stat.runNanoseconds == 50_011_333)
        #expect(stat.waitNanoseconds == 30_460_481)
        #expect(stat.timeslices == 51)
    }

    @Test func twoFieldsAreNotThree() {
        #expect(throws: ProcError.malformed(file: "schedstat", field: "timeslices", offset: 4)) {
            let text = Array("1 2\n".utf8)
            return try SchedStat(parsing: text.span)
        }
    }
}
