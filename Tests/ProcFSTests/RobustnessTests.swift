import ProcFS
import TestSupport
import Testing

/// No parser traps, whatever the bytes: each real file cut at each place, and changed at random.
struct RobustnessTests {
    @Test(arguments: Parser.all) func survivesAFileCutAnywhere(parser: Parser) throws {
        for (name, file) in parser.files {
            let bytes = try Fixture.bytes(name, file)
            // The last part of a long file is parsed no differently: the first 4 KiB and the whole will do.
            for length in Array(0...min(bytes.count, 4096)) + [bytes.count] { parser.run(Array(bytes.prefix(length))) }
        }
    }

    @Test(arguments: Parser.all) func survivesRandomChanges(parser: Parser) throws {
        var random = SeededGenerator(seed: printedSeed())
        let telling = Array("0129 ()[]\n\t:-=xaA.\0".utf8) + [0xFF]
        for (name, file) in parser.files {
            let original = try Array(Fixture.bytes(name, file).prefix(4096))
            for _ in 0..<300 {
                var bytes = original
                for _ in 0..<Int.random(in: 1...8, using: &random) where !bytes.isEmpty {
                    let at = Int.random(in: 0..<bytes.count, using: &random)
                    switch Int.random(in: 0..<4, using: &random) {
                    case 0: bytes[at] = UInt8.random(in: 0...255, using: &random)
                    case 1: bytes[at] = telling.randomElement(using: &random) ?? 0
                    case 2: bytes.remove(at: at)
                    default: bytes.insert(contentsOf: bytes[at...].prefix(20), at: at)
                    }
                }
                parser.run(bytes)
            }
        }
    }

    @Test(arguments: Parser.all) func survivesNoise(parser: Parser) {
        var random = SeededGenerator(seed: printedSeed())
        for _ in 0..<300 {
            let length = Int.random(in: 0...200, using: &random)
            parser.run((0..<length).map { _ in UInt8.random(in: 0...255, using: &random) })
        }
    }
}

/// A parser with files it is made for.
struct Parser: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let files: [(String, String)]
    private let parse: @Sendable (Span<UInt8>) throws(ProcError) -> Void

    init(
        _ name: String, _ files: [(String, String)],
        _ parse: @escaping @Sendable (Span<UInt8>) throws(ProcError) -> Void
    ) {
        testDescription = name
        self.files = files
        self.parse = parse
    }

    func run(_ bytes: [UInt8]) {
        do throws(ProcError) {
            try parse(bytes.span)
        } catch {
            // The only error a parser has is that the text is not as it should be.
            if case .malformed(_, _, let offset) = error, (0...bytes.count).contains(offset) { return }
            Issue.record("\(error) of \(bytes.count) bytes")
        }
    }

    static let all: [Parser] = [
        Parser("stat", [("odd-name", "20483/stat"), ("zombie", "20493/stat")]) { text throws(ProcError) in
            _ = try ProcessStat(parsing: text)
        },
        Parser("status", [("nginx", "20113/status")]) { text throws(ProcError) in _ = try ProcessStatus(parsing: text)
        },
        Parser("io", [("odd-name", "20483/io")]) { text throws(ProcError) in _ = try ProcessIO(parsing: text) },
        Parser("schedstat", [("nginx", "20113/schedstat")]) { text throws(ProcError) in
            _ = try SchedStat(parsing: text)
        },
        Parser("limits", [("quota", "28134/limits")]) { text throws(ProcError) in _ = try ProcessLimits(parsing: text)
        },
        Parser("cmdline", [("gunicorn", "19738/cmdline"), ("odd-name", "20483/cmdline")]) {
            _ = Redactor.redact(arguments: CommandLine(parsing: $0).arguments)
        },
        Parser("host stat", [("host", "stat")]) { text throws(ProcError) in _ = try HostStat(parsing: text) },
        Parser("meminfo", [("host", "meminfo")]) { text throws(ProcError) in _ = try MemInfo(parsing: text) },
        Parser("loadavg", [("host", "loadavg")]) { text throws(ProcError) in _ = try LoadAverage(parsing: text) },
        Parser("pressure", [("host", "pressure/cpu")]) { text throws(ProcError) in _ = try Pressure(parsing: text) },
        Parser("uptime", [("host", "uptime")]) { text throws(ProcError) in _ = try Uptime(parsing: text) },
        Parser("net/tcp", [("container", "20298/net/tcp")]) { text throws(ProcError) in _ = try NetTCP(parsing: text) },
        Parser("syscall", [("nginx", "20113/syscall")]) { text throws(ProcError) in _ = try SyscallLine(parsing: text)
        },
        Parser("wchan", [("nginx", "20113/wchan")]) { _ = WaitChannel(parsing: $0) },
        Parser("thread wchan", [("threads", "14760/task/14762/wchan")]) { _ = WaitChannel(parsing: $0) },
        Parser("thread sched", [("threads", "14760/task/14760/sched")]) { text throws(ProcError) in
            _ = try ThreadSwitches(parsing: text)
        },
        Parser("thread io", [("threads", "14760/task/14760/io")]) { text throws(ProcError) in
            _ = try ThreadCalls(parsing: text)
        },
        Parser("thread stat", [("threads", "14760/task/14763/stat"), ("odd-name", "20483/stat")]) {
            text throws(ProcError) in _ = try ThreadState(parsing: text)
        },
        Parser("cgroup", [("quota", "28134/cgroup")]) { text throws(ProcError) in
            _ = try CgroupPath(parsing: text).place
        },
        Parser("mountinfo", [("quota", "self/mountinfo")]) { text throws(ProcError) in
            let mounts = try CgroupMounts(parsing: text)
            _ = mounts.cpu?.directories(of: "/a/b")
            _ = mounts.memoryEventFiles(of: CgroupPath(unified: "/a/b"))
        },
        Parser("cpu.stat", [("quota", "../cgroup/cpu/quota/cpu.stat"), ("quota", "../cgroup/unified/cpu.stat")]) {
            text throws(ProcError) in _ = try CgroupThrottle(parsing: text)
        },
        Parser("cpu.max", [("quota", "../cgroup/cpu/quota/cpu.cfs_quota_us")]) { text throws(ProcError) in
            _ = try CPUQuota(parsing: text)
        },
        Parser("epoll fdinfo", [("threads", "14760/fdinfo/8")]) { text throws(ProcError) in
            _ = try EpollTargets(parsing: text)
        },
        Parser("environ", [("environment", "pm2-cluster/environ"), ("gunicorn", "19738/cmdline")]) {
            _ = ProcessEnvironment(parsing: $0, wanted: ProcessEnvironmentTests.wanted)
        },
        Parser("memory.events", [("quota", "../cgroup/memory/memory.oom_control")]) { text throws(ProcError) in
            _ = try MemoryEvents(parsing: text)
        },
        Parser("link", [("gunicorn", "19738/wchan")]) { _ = DescriptorLink(parsing: $0) },
    ]
}
