import Glibc
import ProcFS
import TestSupport
import Testing

/// The reader on the living `/proc`, against what the same process says of itself.
struct ProcReaderTests {
    let reader = ProcReader()

    @Test func agreesWithAProcessAboutItself() throws {
        let child = try Child.answering(as: ["a cat", "-u", "-"])
        defer { child.reap() }
        let directory = try reader.processDirectory(child.pid)
        let stat = try reader.withFile("stat", of: directory) { text throws(ProcError) in
            try ProcessStat(parsing: text)
        }
        #expect(stat.pid == child.pid)
        #expect(stat.parentPID == getpid())
        #expect(stat.threads == 1)
        #expect(!stat.isKernelThread)
        let status = try reader.withFile("status", of: directory) { text throws(ProcError) in
            try ProcessStatus(parsing: text)
        }
        #expect(status.uid == getuid())
        #expect(status.threads == 1)
        #expect(try reader.commandLine(of: directory).arguments == ["a cat", "-u", "-"])
        #expect(try reader.executable(of: directory).hasSuffix("/cat"))
        #expect(try reader.pids().contains(child.pid))
    }

    /// getrusage gives the peak, the kernel's statm the present, both without our parser.
    @Test func residentMemoryLiesBetweenZeroAndThePeakOfGetrusage() throws {
        let directory = try reader.processDirectory(getpid())
        let status = try reader.withFile("status", of: directory) { text throws(ProcError) in
            try ProcessStatus(parsing: text)
        }
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        let resident = try #require(status.residentBytes)
        // The kernel batches page counts per thread and CPU: allow 2 MiB.
        #expect(resident <= UInt64(usage.ru_maxrss) * 1024 + 2 << 20)
        #expect(resident > 1 << 20)
    }

    @Test func storageBytesCountWhatGetrusageCounts() throws {
        let directory = try reader.processDirectory(getpid())
        var before = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &before)
        let io = try reader.withFile("io", of: directory) { text throws(ProcError) in try ProcessIO(parsing: text) }
        // ru_inblock and ru_oublock count blocks of 512 bytes, getrusage(2). Only from below: other tests of this process
        // read meanwhile, and the two are brought up to date at different moments of a thread's end.
        #expect(io.readBytes / 512 >= UInt64(before.ru_inblock))
        #expect(io.writtenBytes / 512 >= UInt64(before.ru_oublock))
    }

    @Test func countsDescriptorsWithoutListingThem() throws {
        let child = try Child.answering()
        defer { child.reap() }
        let directory = try reader.processDirectory(child.pid)
        guard let count = try reader.descriptorCount(of: directory) else { return }  // before Linux 6.2
        let listing = ProcReader(root: "/proc/\(child.pid)/fd")
        #expect(try listing.pids().count == Int(count))
    }

    /// By number it is the same as through the directory, and as the lists say.
    @Test func whatIsAskedByNumberIsTheSame() throws {
        let child = try Child(["/bin/sleep", "60"])
        let directory = try reader.processDirectory(child.pid)
        #expect(try reader.descriptorCount(ofProcess: child.pid) == reader.descriptorCount(of: directory))
        #expect(try reader.threadCount(ofProcess: child.pid) == 1)
        let own = try reader.withFile("status", ofProcess: getpid()) { text throws(ProcError) in
            try ProcessStatus(parsing: text)
        }
        let counted = try #require(try reader.threadCount(ofProcess: getpid()))
        #expect(counted > 1 && own.threads.map { abs(Int($0) - Int(counted)) < 16 } == true)
        let stat = try reader.processStat(ofProcess: child.pid)
        #expect(stat.startTicks == (try reader.processStat(of: directory)).startTicks)
        child.reap()
        #expect(throws: ProcError.vanished(file: "fd")) { try reader.descriptorCount(ofProcess: child.pid) }
        #expect(throws: ProcError.vanished(file: "status")) { _ = try reader.open("status", ofProcess: child.pid) }
    }

    @Test func memoryIsWhatStatusSays() throws {
        let child = try Child(["/bin/sleep", "60"], isTalking: true)
        func both() throws -> (statm: UInt64?, status: UInt64?) {
            let resident = try reader.withFile("statm", ofProcess: child.pid) { text throws(ProcError) in
                try StatM(parsing: text).residentBytes
            }
            return (
                resident,
                try reader.withFile("status", ofProcess: child.pid) { text throws(ProcError) in
                    try ProcessStatus(parsing: text).residentBytes
                }
            )
        }
        // While it starts it grows between the two readings.
        var values = try both()
        for _ in 0..<1000 where values.statm != values.status { values = try both() }
        let resident = try #require(values.status)
        #expect(values.statm == resident)
        let proportional = try reader.withFile("smaps_rollup", ofProcess: child.pid) { text throws(ProcError) in
            try SmapsRollup(parsing: text).proportionalBytes
        }
        // The kernel counts pages for the one in batches of each CPU, and walks over them for the other; and it may have
        // been about to grow.
        let later = max(resident, try both().status ?? 0)
        #expect(proportional > 0 && proportional <= 2 * later)
    }

    @Test func damagedMemoryFilesAreRefused() {
        for text in ["", "12", "12 x", "12 99999999999999999999", "12 18446744073709551615"] {
            #expect(throws: ProcError.self) { try StatM(parsing: Array(text.utf8).span) }
        }
        for text in ["", "Rss: 1 kB\n", "Pss:\n", "Pss: 18446744073709551615 kB\n"] {
            #expect(throws: ProcError.self) { try SmapsRollup(parsing: Array(text.utf8).span) }
        }
    }

    @Test func findsAListenerOfItsOwn() throws {
        let listener = try Listener()
        let directory = try reader.processDirectory(getpid())
        let listeners = try reader.listeners(of: directory)
        #expect(
            listeners.contains(
                ListeningSocket(port: listener.port, inode: listener.inode, address: "127.0.0.1")))
        let descriptors = try reader.descriptors(of: directory)
        #expect(descriptors.socketInodes.contains(listener.inode))
    }

    @Test func aKeptFileIsReadAnewEachTime() throws {
        let directory = try reader.processDirectory(getpid())
        let file = try directory.open("schedstat")
        let read = { () throws(ProcError) in
            try reader.withKept(file, name: "schedstat") { text throws(ProcError) in try SchedStat(parsing: text) }
        }
        let first = try read()
        let second = try read()
        #expect(second.runNanoseconds >= first.runNanoseconds)
        #expect(second.timeslices >= first.timeslices)
        let host = try reader.openHost("uptime")
        let uptime = try reader.withKept(host) { text throws(ProcError) in try Uptime(parsing: text) }
        var now = timespec()
        clock_gettime(CLOCK_BOOTTIME, &now)
        #expect(uptime.nanoseconds <= UInt64(now.tv_sec) * 1_000_000_000 + UInt64(now.tv_nsec))
    }

    @Test func readsEveryProcessOfThisMachineOrSaysWhyNot() throws {
        var seen = 0
        for pid in try reader.pids() {
            do throws(ProcError) {
                #expect(try readAll(pid) == pid)
                seen += 1
            } catch {
                switch error {
                case .vanished, .denied: break
                case .io, .malformed: Issue.record("\(pid): \(error)")
                }
            }
        }
        #expect(seen > 0)
    }

    private func readAll(_ pid: Int32) throws(ProcError) -> Int32 {
        let directory = try reader.processDirectory(pid)
        let stat = try reader.withFile("stat", of: directory) { text throws(ProcError) in
            try ProcessStat(parsing: text)
        }
        _ = try reader.withFile("status", of: directory) { text throws(ProcError) in try ProcessStatus(parsing: text) }
        _ = try reader.withFile("schedstat", of: directory) { text throws(ProcError) in try SchedStat(parsing: text) }
        let arguments = try reader.commandLine(of: directory).arguments
        _ = Redactor.redact(arguments: arguments)
        if !stat.isKernelThread, stat.state != UInt8(ascii: "Z") {
            _ = try reader.listeners(of: directory)
            _ = try reader.descriptors(of: directory)
        }
        return stat.pid
    }

    @Test func aProcessThatEndedHasVanishedFromItsOpenFiles() throws {
        let child = try Child.answering()
        let directory = try reader.processDirectory(child.pid)
        let kept = try directory.open("stat")
        child.finish()
        let zombie = try reader.withKept(kept) { text throws(ProcError) in try ProcessStat(parsing: text) }
        #expect(zombie.state == UInt8(ascii: "Z"))
        child.reap()
        #expect(throws: ProcError.vanished(file: "stat")) {
            try reader.withKept(kept, name: "stat") { text throws(ProcError) in try ProcessStat(parsing: text) }
        }
        #expect(throws: ProcError.vanished(file: "status")) { try directory.open("status").raw }
        #expect(throws: ProcError.vanished(file: "fd")) { try reader.descriptorCount(of: directory) }
        #expect(throws: ProcError.self) { try reader.descriptors(of: directory) }
    }

    @Test func aNumberNobodyHasIsVanished() {
        #expect(throws: ProcError.vanished(file: "/proc/2147483647")) { try reader.processDirectory(.max).raw }
        #expect(throws: ProcError.vanished(file: "/proc/no such file")) {
            try reader.withHostFile("no such file") { _ in 0 }
        }
    }

    @Test func saysWhenAFileWasCut() throws {
        let full = String(repeating: "x", count: ProcReader.capacity)
        let tree = try TemporaryTree(files: ["7/cmdline": full, "8/cmdline": full + "y", "9/cmdline": "z"])
        let reader = ProcReader(root: tree.path)
        let exact = try reader.commandLine(of: try reader.processDirectory(7))
        #expect(exact.arguments == [full] && !exact.isTruncated)
        let longer = try reader.commandLine(of: try reader.processDirectory(8))
        #expect(longer.arguments == [full] && longer.isTruncated)
        let short = try reader.commandLine(of: try reader.processDirectory(9))
        #expect(short.arguments == ["z"] && !short.isTruncated)
    }

    @Test func sortsErrorsIntoWhatToDoAboutThem() {
        #expect(ProcError(errno: ENOENT, file: "a") == .vanished(file: "a"))
        #expect(ProcError(errno: ESRCH, file: "a") == .vanished(file: "a"))
        #expect(ProcError(errno: EACCES, file: "a") == .denied(file: "a"))
        #expect(ProcError(errno: EPERM, file: "a") == .denied(file: "a"))
        #expect(ProcError(errno: EMFILE, file: "a") == .io(file: "a", errno: EMFILE))
    }
}

/// A socket of this process that accepts connections on a port of the kernel's choice.
private final class Listener {
    let port: UInt16
    let inode: UInt64
    private let socketFD: OwnedFD

    init() throws {
        socketFD = OwnedFD(adopting: socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let raw = socketFD.raw
        try withUnsafeMutablePointer(to: &address) { pointer in
            try pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                guard bind(raw, pointer, length) == 0, listen(raw, 1) == 0, getsockname(raw, pointer, &length) == 0
                else { throw SystemError(call: "bind", errno: errno) }
            }
        }
        port = UInt16(bigEndian: address.sin_port)
        var status = stat()
        guard fstat(raw, &status) == 0 else { throw SystemError(call: "fstat", errno: errno) }
        inode = UInt64(status.st_ino)
    }
}
