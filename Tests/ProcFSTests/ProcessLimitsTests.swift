import ProcFS
import Testing

struct ProcessLimitsTests {
    /// Of a worker whose soft limit is lower than its hard one.
    @Test func theSoftLimitOfDescriptorsIsRead() throws {
        let text = try Fixture.bytes("quota", "28134/limits")
        #expect(try ProcessLimits(parsing: text.span).openFiles == 1024)
    }

    @Test func withoutALimitNothingIsKnownOfIt() throws {
        let text = Array(
            "Limit  Soft Limit  Hard Limit  Units\nMax open files            unlimited  4096  files\n".utf8)
        #expect(try ProcessLimits(parsing: text.span).openFiles == nil)
    }

    @Test(arguments: ["", "Max open files", "Max open files  x  4 files\n", "Max processes 7 7 processes\n"])
    func whatIsNotThereIsMalformed(_ text: String) {
        let bytes = Array(text.utf8)
        #expect(throws: ProcError.self) { try ProcessLimits(parsing: bytes.span) }
    }
}
