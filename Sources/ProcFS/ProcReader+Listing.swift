internal import Glibc

/// Directories and links of `/proc`.
extension ProcReader {
    /// Every process there is, ascending.
    public func pids() throws(ProcError) -> [Int32] {
        let directory = try OwnedFD(opening: root, below: AT_FDCWD, flags: O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        return try numbers(in: directory, name: root).sorted()
    }

    /// How many descriptors a process has open, without listing them; `nil` where the kernel does not say (before 6.2)
    /// and for a process that has none, which looks the same.
    public func descriptorCount(of directory: borrowing OwnedFD) throws(ProcError) -> UInt64? {
        var status = stat()
        guard fstatat(directory.raw, "fd", &status, 0) == 0 else { throw ProcError(errno: errno, file: "fd") }
        return Self.descriptorCount(status)
    }

    /// The same of the process that has this number now.
    public func descriptorCount(ofProcess pid: Int32) throws(ProcError) -> UInt64? {
        Self.descriptorCount(try metadata(of: "fd", ofProcess: pid))
    }

    private static func descriptorCount(_ folder: stat) -> UInt64? {
        folder.st_size > 0 ? UInt64(folder.st_size) : nil
    }

    /// How many threads the process has that has this number now: the subdirectories of `task`, which its links count
    /// besides `.` and `..`. `nil` where a file system does not count them.
    public func threadCount(ofProcess pid: Int32) throws(ProcError) -> UInt64? {
        let links = try metadata(of: "task", ofProcess: pid).st_nlink
        return links > 2 ? UInt64(links - 2) : nil
    }

    private func metadata(of name: StaticString, ofProcess pid: Int32) throws(ProcError) -> stat {
        var status = stat()
        guard stat(path(of: name, ofProcess: pid), &status) == 0 else {
            throw ProcError(errno: errno, file: "\(name)")
        }
        return status
    }

    /// What its descriptors are. 8 us for a small process, 1 ms for one with 1,000: for discovery, not for each sample.
    public func descriptors(of directory: borrowing OwnedFD) throws(ProcError) -> DescriptorSummary {
        let links = try OwnedFD(opening: "fd", below: directory.raw, flags: O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        var summary = DescriptorSummary()
        for number in try numbers(in: links, name: "fd") {
            do throws(ProcError) {
                switch try withLink("\(number)", of: links, { DescriptorLink(parsing: $0) }) {
                case .socket(let inode): summary.socketInodes.insert(inode)
                case .eventPoll: summary.ownsEventPoll = true
                case .other: break
                }
            } catch .vanished {
                continue  // closed since it was listed
            }
        }
        return summary
    }

    /// Numbers of its descriptors, at most `limit` of them, ascending.
    public func descriptorNumbers(of directory: borrowing OwnedFD, limit: Int) throws(ProcError) -> [Int32] {
        let links = try OwnedFD(opening: "fd", below: directory.raw, flags: O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        return try numbers(in: links, name: "fd", from: 0, limit: limit).numbers.sorted()
    }

    /// The program file a process runs, without the ` (deleted)` the kernel adds when the file was replaced. `.vanished`
    /// for a kernel thread, which has none.
    public func executable(of directory: borrowing OwnedFD) throws(ProcError) -> String {
        let path = try withLink("exe", of: directory) { text throws(ProcError) in
            CommandLine(parsing: text).arguments.first ?? ""
        }
        let suffix = " (deleted)"
        return path.hasSuffix(suffix) ? String(path.dropLast(suffix.count)) : path
    }

    /// Where it works, as the kernel writes it: ` (deleted)` behind it when it was removed.
    public func workingDirectory(of directory: borrowing OwnedFD) throws(ProcError) -> String {
        try withLink("cwd", of: directory) { text throws(ProcError) in
            CommandLine(parsing: text).arguments.first ?? ""
        }
    }

    /// Inode of its network namespace: processes with the same one have the same `net/tcp`.
    public func networkNamespace(of directory: borrowing OwnedFD) throws(ProcError) -> UInt64 {
        try withLink("ns/net", of: directory) { text throws(ProcError) in
            guard text.matches("net:[", at: 0) else { throw ProcError(malformed: "ns/net", field: "inode", offset: 0) }
            var fields = Fields(5..<text.count, in: text, file: "ns/net")
            return try fields.digits("inode", radix: 10, in: text)
        }
    }

    /// Reads a link below a directory. The bytes are what it points at, which for `fd` and `ns` is no path.
    public func withLink<R>(
        _ name: String, of directory: borrowing OwnedFD, _ body: (Span<UInt8>) throws(ProcError) -> R
    ) throws(ProcError) -> R {
        let count = buffer.withMemoryRebound(to: CChar.self) { text in
            readlinkat(directory.raw, name, text.baseAddress!, text.count)
        }
        guard count >= 0 else { throw ProcError(errno: errno, file: name) }
        return try lend(count, body)
    }

    /// The entries of a directory whose names are numbers, in the kernel's order.
    func numbers(in directory: borrowing OwnedFD, name: String) throws(ProcError) -> [Int32] {
        try numbers(in: directory, name: name, from: 0, limit: .max).numbers
    }

    /// At most `limit` of them, from a position of the directory on, and whether that was to its end.
    func numbers(
        in directory: borrowing OwnedFD, name: String, from position: Int, limit: Int
    ) throws(ProcError) -> (numbers: [Int32], isComplete: Bool) {
        let copy = try directory.open(".").release()  // the stream below closes what it is given
        guard let stream = fdopendir(copy) else {
            let cause = errno
            close(copy)
            throw ProcError(errno: cause, file: name)
        }
        defer { closedir(stream) }
        if position > 0 { seekdir(stream, position) }
        var numbers: [Int32] = []
        while numbers.count < limit {
            errno = 0  // the only way to tell the end from a failure, readdir(3)
            guard let entry = readdir(stream) else {
                if errno != 0 { throw ProcError(errno: errno, file: name) }
                return (numbers, true)
            }
            let number = withUnsafeBytes(of: &entry.pointee.d_name) { Self.number($0) }
            if let number { numbers.append(number) }
        }
        return (numbers, false)
    }

    /// A name ending in NUL as a number; `nil` when it is anything else.
    private static func number(_ name: UnsafeRawBufferPointer) -> Int32? {
        var value: Int32 = 0
        for (index, byte) in name.enumerated() {
            if byte == 0 { return index > 0 ? value : nil }
            guard case UInt8(ascii: "0")...UInt8(ascii: "9") = byte else { return nil }
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, overflowed) = product.addingReportingOverflow(Int32(byte - UInt8(ascii: "0")))
            guard !overflow, !overflowed else { return nil }
            value = sum
        }
        return nil
    }
}
