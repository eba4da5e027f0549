public import Model

/// Files that need more than one read or a word from the reader.
extension ProcReader {
    public func processStat(of directory: borrowing OwnedFD) throws(ProcError) -> ProcessStat {
        try withFile("stat", of: directory) { text throws(ProcError) in try ProcessStat(parsing: text) }
    }

    /// The same of the process that has this number now.
    public func processStat(ofProcess pid: Int32) throws(ProcError) -> ProcessStat {
        try withFile("stat", ofProcess: pid) { text throws(ProcError) in try ProcessStat(parsing: text) }
    }

    /// Arguments or title of a process, at most `capacity` bytes of them.
    public func commandLine(of directory: borrowing OwnedFD) throws(ProcError) -> CommandLine {
        try withFile("cmdline", of: directory) { text throws(ProcError) in
            CommandLine(parsing: text, isTruncated: self.isTruncated)
        }
    }

    /// What is wanted of the variables a process was started with, looked for in the first `environmentLimit` bytes.
    public func environment(
        of directory: borrowing OwnedFD, wanted: ProcessEnvironment.Wanted
    ) throws(ProcError) -> [String: String] {
        let name = "environ"
        let file = try directory.open(name)
        var environment = ProcessEnvironment()
        var (kept, total) = (0, 0)
        while total < Self.environmentLimit {
            let count = try readSome(file.raw, into: buffer.baseAddress, at: kept, name)
            total += count
            let filled = kept + count
            let used = try lend(filled) { text throws(ProcError) in
                environment.add(text, wanted: wanted, isLast: count == 0, isFull: filled == Self.capacity)
            }
            if count == 0 { break }
            kept = filled - used
            for index in 0..<kept { buffer[index] = buffer[used + index] }
        }
        return environment.values
    }

    /// The kernel allows several times as much; nobody has it.
    static let environmentLimit = 1 << 20

    /// The sockets that accept TCP connections in the network namespace of a process, IPv4 and IPv6.
    public func listeners(of directory: borrowing OwnedFD) throws(ProcError) -> [ListeningSocket] {
        let version4 = try listeners("net/tcp", of: directory)
        do throws(ProcError) {
            return version4 + (try listeners("net/tcp6", of: directory))
        } catch .vanished {
            return version4  // a kernel without IPv6
        }
    }

    /// Which boot of the machine this is.
    public func bootID() throws(ProcError) -> BootID {
        let file = "sys/kernel/random/boot_id"
        return try withHostFile(file) { text throws(ProcError) in
            var digits: [UInt8] = []
            for index in 0..<text.count where text[index] != UInt8(ascii: "\n") { digits.append(text[index]) }
            guard let boot = BootID(hex: String(decoding: digits, as: UTF8.self)) else {
                throw .malformed(file: file, field: "boot_id", offset: 0)
            }
            return boot
        }
    }

    /// One more than the highest number that a thread may have: `sys/kernel/pid_max`, proc_sys_kernel(5).
    public func threadNumbers() throws(ProcError) -> UInt64 {
        try withHostFile("sys/kernel/pid_max") { text throws(ProcError) in
            var fields = Fields(0..<text.count, in: text, file: "pid_max")
            return try fields.next("pid_max", in: text)
        }
    }

    /// The kernel hands out this table a page at a time, so it is parsed in parts; rows cut by the end of a part wait for
    /// the next one.
    private func listeners(
        _ name: String, of directory: borrowing OwnedFD
    ) throws(ProcError) -> [ListeningSocket] {
        let file = try directory.open(name)
        var table = NetTCP()
        var kept = 0
        while !table.isComplete, kept < Self.capacity {
            let count = try readSome(file.raw, into: buffer.baseAddress, at: kept, name)
            let filled = kept + count
            let used = try lend(filled) { text throws(ProcError) in try table.add(text, isLast: count == 0) }
            if count == 0 { break }
            kept = filled - used
            for index in 0..<kept { buffer[index] = buffer[used + index] }
        }
        return table.listening
    }
}
