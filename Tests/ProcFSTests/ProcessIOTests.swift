import ProcFS
import Testing

struct ProcessIOTests {
    @Test func readsBytesOfStorageNotOfCalls() throws {
        let read = try Fixture.bytes("node-cluster", "19569/io")
        #expect(try ProcessIO(parsing: read.span).readBytes == 4_562_944)
        let written = try Fixture.bytes("odd-name", "20483/io")
        let io = try ProcessIO(parsing: written.span)
        #expect(io.readBytes == 0)
        #expect(io.writtenBytes == 8192)
    }

    @Test func aMissingLineIsMalformed() {
        #expect(throws: ProcError.malformed(file: "io", field: "write_bytes", offset: 14)) {
            let text = Array("read_bytes: 1\n".utf8)
            return try ProcessIO(parsing: text.span)
        }
        #expect(throws: ProcError.malformed(file: "io", field: "read_bytes", offset: 25)) {
            let text = Array("cancelled_write_bytes: 1\n".utf8)
            return try ProcessIO(parsing: text.span)
        }
    }
}
