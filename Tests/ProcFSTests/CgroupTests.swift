import ProcFS
import Testing

/// Control groups of the recorded process that has a tenth of a CPU.
struct CgroupTests {
    static func bytes(_ file: String) throws -> [UInt8] { try Fixture.bytes("quota", file) }

    @Test func knowsTheGroupsOfAProcess() throws {
        let text = try Self.bytes("28134/cgroup")
        let path = try CgroupPath(parsing: text.span)
        #expect(path.cpu == "/quota/inner")
        #expect(path.unified == "/system.slice/quota.service")
        #expect(path.freezer == "/")
    }

    /// Version 2 where it says something, else systemd's, else one that names a container.
    @Test(arguments: [
        ("0::/system.slice/web.service\n", "/system.slice/web.service"), ("0::/\n", "/"), ("3:cpu:/a\n", nil),
        ("1:name=systemd:/system.slice/a.service\n0::/\n", "/system.slice/a.service"),
        ("1:name=systemd:/a.service\n0::/b.service\n", "/b.service"),
        ("2:cpu:/docker/ID\n1:name=systemd:/docker/ID\n0::/system.slice/containerd.service\n", "/docker/ID"),
        ("2:cpu,cpuacct:/docker/ID\n0::/\n", "/docker/ID"), ("2:cpu:/docker/ID\n", "/docker/ID"),
        ("0::/system.slice/docker-ID.scope/inner\n", "/system.slice/docker-ID.scope/inner"),
        ("2:cpu:/docker/IDa\n0::/b.service\n", "/b.service"), ("2:cpu:/a\n0::/../../docker/ID\n", "/../../docker/ID"),
    ])
    func choosesThePathThatSaysWhereAProcessRuns(text: String, expected: String?) throws {
        let id = String(repeating: "0123456789abcdef", count: 4)
        let bytes = Array(text.replacing("ID", with: id).utf8)
        #expect(try CgroupPath(parsing: bytes.span).place == expected?.replacing("ID", with: id))
    }

    @Test func kernelKillsForMemoryAreCountedWhereMemoryIsControlled() throws {
        let text = Array("36 35 0:1 / /u rw - cgroup2 cgroup2 rw\n37 35 0:2 / /m rw - cgroup cgroup rw,memory\n".utf8)
        var mounts = try CgroupMounts(parsing: text.span)
        let path = CgroupPath(unified: "/a/b", memory: "/c/d")
        #expect(mounts.memoryEventFiles(of: path) == ["/m/c/d/memory.oom_control"])
        mounts.memory = nil
        #expect(
            mounts.memoryEventFiles(of: path) == ["/u/a/b/memory.events", "/u/a/memory.events", "/u/memory.events"])
        mounts.unified = nil
        #expect(mounts.memoryEventFiles(of: path) == [])
    }

    @Test func aJointHierarchyIsFoundByEachOfItsControllers() throws {
        let text = Array("4:cpu,cpuacct:/a:b\n3:cpuset:/c\n2:freezer,pids:/d\n".utf8)
        let path = try CgroupPath(parsing: text.span)
        #expect(path.cpu == "/a:b")
        #expect(path.freezer == "/d")
        #expect(path.unified == nil)
    }

    @Test(arguments: ["x\n", "0:\n", "0::\n", "0::relative\n"])
    func aLineWithoutAPathIsMalformed(text: String) {
        let bytes = Array(text.utf8)
        #expect(throws: ProcError.malformed(file: "cgroup", field: "path", offset: 0)) {
            try CgroupPath(parsing: bytes.span)
        }
    }

    @Test func aQuotaAboveIsLookedForToo() throws {
        let table = try Self.bytes("self/mountinfo")
        let mounts = try CgroupMounts(parsing: table.span)
        #expect(mounts.cpu == CgroupMounts.Mount(point: "/sys/fs/cgroup/cpu", root: "/"))
        #expect(mounts.freezer?.point == "/sys/fs/cgroup/freezer")
        #expect(mounts.unified?.point == "/sys/fs/cgroup/unified")
        let text = try Self.bytes("28134/cgroup")
        let path = try CgroupPath(parsing: text.span)
        #expect(
            mounts.throttleDirectories(of: path) == [
                "/sys/fs/cgroup/cpu/quota/inner", "/sys/fs/cgroup/cpu/quota", "/sys/fs/cgroup/cpu",
            ])
    }

    @Test func aContainerSeesItsPartOfTheTree() throws {
        let text = Array("36 35 98:0 /docker/3f /sys/fs\\040x rw shared:1 master:2 - cgroup2 none rw\n".utf8)
        let mount = try #require(try CgroupMounts(parsing: text.span).unified)
        #expect(mount == CgroupMounts.Mount(point: "/sys/fs x", root: "/docker/3f"))
        #expect(mount.directories(of: "/docker/3f/web") == ["/sys/fs x/web", "/sys/fs x"])
        #expect(mount.directories(of: "/docker/3f") == ["/sys/fs x"])
        #expect(mount.directories(of: "/docker/3fe") == [])
        #expect(mount.directories(of: "/../other") == [])
    }

    @Test func version2IsUsedWhereVersion1DoesNotControlTheCPU() throws {
        let text = Array("36 35 0:1 / /c rw - cgroup2 cgroup2 rw\n37 35 0:2 / /f rw - cgroup cgroup rw,freezer\n".utf8)
        let mounts = try CgroupMounts(parsing: text.span)
        let groups = Array("5:freezer:/\n0::/a\n".utf8)
        #expect(mounts.throttleDirectories(of: try CgroupPath(parsing: groups.span)) == ["/c/a", "/c"])
    }

    @Test(arguments: [
        ("max 100000\n", nil, nil), ("50000 100000\n", 50_000, 100_000), ("-1\n", nil, nil), ("5000\n", 5000, nil),
        ("", nil, nil),
    ])
    func readsHowMuchCPUAGroupMayHave(text: String, quota: UInt64?, period: UInt64?) throws {
        let bytes = Array(text.utf8)
        let read = try CPUQuota(parsing: bytes.span)
        #expect(read.quota == quota)
        #expect(read.period == period)
    }

    @Test func aQuotaThatIsNoneIsAnError() {
        for text in ["x", "18446744073709551616 1", "5000 x"] {
            let bytes = Array(text.utf8)
            #expect(throws: ProcError.self) { try CPUQuota(parsing: bytes.span) }
        }
    }

    @Test func countsWhatAQuotaTook() throws {
        let own = try Self.bytes("../cgroup/cpu/quota/cpu.stat")
        let throttle = try CgroupThrottle(parsing: own.span)
        #expect(throttle.throttledNanoseconds == 115_354_497)
        let below = try Self.bytes("../cgroup/cpu/quota/inner/cpu.stat")
        #expect(try CgroupThrottle(parsing: below.span).throttledNanoseconds == 0)
    }

    @Test func aGroupWithoutTheControllerDoesNotKnow() throws {
        let text = try Self.bytes("../cgroup/unified/cpu.stat")
        let throttle = try CgroupThrottle(parsing: text.span)
        #expect(throttle.throttledNanoseconds == nil)
    }

    @Test func version2CountsInMicroseconds() throws {
        let text = Array("usage_usec 5\nnr_periods 9\nnr_throttled 4\nthrottled_usec 17\nnr_bursts 0\n".utf8)
        let throttle = try CgroupThrottle(parsing: text.span)
        #expect(throttle.throttledNanoseconds == 17_000)
        let tooMuch = Array("throttled_usec 18446744073709551615\n".utf8)
        #expect(throws: ProcError.self) { try CgroupThrottle(parsing: tooMuch.span) }
    }
}
