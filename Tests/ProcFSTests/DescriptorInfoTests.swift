import ProcFS
import Testing

struct DescriptorInfoTests {
    private func info(_ text: String) throws -> DescriptorInfo {
        let bytes = Array(text.utf8)
        return try DescriptorInfo(parsing: bytes.span)
    }

    /// Recorded on Debian 12, kernel 6.18: `sh -c 'cat /proc/self/fdinfo/1' >> file`.
    @Test func readsHowALogIsOpen() throws {
        let info = try info("pos:\t4107\nflags:\t0102001\nmnt_id:\t27\nino:\t2195472\n")
        #expect((info.flags, info.mount, info.inode) == (0o102001, 27, 2_195_472))
        #expect(info.isWritable && info.onlyAppends)
    }

    @Test(arguments: [
        ("0100000", false, false), ("0100001", true, false), ("0100002", true, false), ("0102002", true, false),
        ("012000001", false, false), ("010000000", false, false), ("03", false, false),
    ])
    func tellsWhoMayWrite(_ flags: String, _ isWritable: Bool, _ onlyAppends: Bool) throws {
        let info = try info("pos:\t0\nflags:\t\(flags)\nmnt_id:\t1\nino:\t2\n")
        #expect((info.isWritable, info.onlyAppends) == (isWritable, onlyAppends))
    }

    @Test func filesAreOneByMountAndInode() throws {
        let one = try info("flags:\t01\nmnt_id:\t27\nino:\t5\n")
        #expect(one.isSameFile(as: one) == true)
        #expect(one.isSameFile(as: try info("flags:\t01\nmnt_id:\t27\nino:\t6\n")) == false)
        #expect(one.isSameFile(as: try info("flags:\t01\nmnt_id:\t28\nino:\t5\n")) == false)
        #expect(one.isSameFile(as: try info("flags:\t01\nmnt_id:\t27\n")) == nil, "an older kernel does not say")
    }

    @Test(arguments: ["", "pos:\t0\n", "flags:\t9\n", "flags:\t0100001\nino:\tx\n"])
    func whatItIsNotIsRefused(_ text: String) {
        #expect(throws: ProcError.self) { try info(text) }
    }
}
