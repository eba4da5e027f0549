import ProcFS
import Testing

struct CgroupMemoryTests {
    @Test(
        arguments: [
            ("2147483648\n", 2_147_483_648), ("max\n", nil), ("9223372036854771712\n", nil), ("0\n", 0),
        ] as [(String, UInt64?)])
    func aLimitIsANumberOrNone(_ text: String, _ bytes: UInt64?) throws {
        #expect(try CgroupMemory.limit(parsing: Array(text.utf8).span) == bytes)
    }

    @Test func whatIsUsedIsANumber() throws {
        #expect(try CgroupMemory.used(parsing: Array("1048576\n".utf8).span) == 1_048_576)
    }

    @Test(arguments: ["", "\n", "x\n", "-1\n", "99999999999999999999999\n"])
    func whatIsNoNumberIsMalformed(_ text: String) {
        let bytes = Array(text.utf8)
        #expect(throws: ProcError.self) { try CgroupMemory.used(parsing: bytes.span) }
        #expect(throws: ProcError.self) { try CgroupMemory.limit(parsing: bytes.span) }
    }

    @Test func pagesOfFilesCountForAllBelow() throws {
        let version2 = Array("anon 5\nfile 9\ninactive_anon 1\nactive_file 2\ninactive_file 7\n".utf8)
        #expect(try CgroupMemory.inactiveFiles(parsing: version2.span) == 7)
        let version1 = Array("inactive_file 7\nactive_file 2\ntotal_inactive_file 70\n".utf8)
        #expect(try CgroupMemory.inactiveFiles(parsing: version1.span) == 70)
        #expect(try CgroupMemory.inactiveFiles(parsing: Array("anon 5\n".utf8).span) == nil)
    }

    @Test func directoriesAreOfTheHierarchyThatControlsMemory() throws {
        let path = CgroupPath(unified: "/system.slice/api.service", memory: "/docker/1")
        let both = """
            30 24 0:26 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw
            31 24 0:27 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory

            """
        let hybrid = try CgroupMounts(parsing: Array(both.utf8).span).memoryDirectories(of: path)
        #expect(hybrid.isVersion1)
        #expect(
            hybrid.directories == [
                "/sys/fs/cgroup/memory/docker/1", "/sys/fs/cgroup/memory/docker", "/sys/fs/cgroup/memory",
            ])
        let alone = Array("30 24 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n".utf8)
        let unified = try CgroupMounts(parsing: alone.span).memoryDirectories(of: path)
        #expect(!unified.isVersion1)
        #expect(unified.directories.first == "/sys/fs/cgroup/system.slice/api.service")
    }
}
