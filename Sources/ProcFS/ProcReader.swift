internal import Glibc

/// Reads kernel files into one buffer it keeps; parsing is the caller's closure. Owned by one thread.
///
/// The bytes a closure gets are valid until it returns, and a closure must not use the reader again.
public final class ProcReader {
    /// The longest file that is read whole; more is cut, see `isTruncated`.
    public static let capacity = 64 * 1024
    /// For a number, a slash, a name and the end.
    private static let pathRoom = 64

    /// Where the kernel's files are: `/proc`, or a recorded tree of the same shape.
    public let root: String
    /// Whether the last file read was longer than the buffer.
    public private(set) var isTruncated = false

    let buffer = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: ProcReader.capacity)
    private var isLent = false
    /// `<root>/`, and behind it room for what is looked for below it.
    private let path: UnsafeMutablePointer<CChar>
    private let pathStart: Int

    public init(root: String = "/proc") {
        self.root = root
        let prefix = Array("\(root)/".utf8)
        pathStart = prefix.count
        path = .allocate(capacity: prefix.count + Self.pathRoom)
        path.initialize(repeating: 0, count: prefix.count + Self.pathRoom)
        for (index, byte) in prefix.enumerated() { path[index] = CChar(bitPattern: byte) }
    }

    deinit {
        buffer.deallocate()
        path.deallocate()
    }

    /// The directory of a process, the handle for all its files. It stays bound to that process, never to a later one
    /// of the same number.
    public func processDirectory(_ pid: Int32) throws(ProcError) -> OwnedFD {
        try openHost("\(pid)", flags: O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    }

    /// Opens `<root>/<name>` to be kept and read by `withKept`.
    public func openHost(_ name: String) throws(ProcError) -> OwnedFD {
        try openHost(name, flags: O_RDONLY | O_CLOEXEC)
    }

    /// Opens, reads and closes a file of a process.
    public func withFile<R>(
        _ name: String, of directory: borrowing OwnedFD, _ body: (Span<UInt8>) throws(ProcError) -> R
    ) throws(ProcError) -> R {
        let file = try directory.open(name)
        return try lend(try readAll(file.raw, name), body)
    }

    /// Opens, reads and closes a file of the process that has this number now: for who knows by other means that it is
    /// still the one that is meant.
    public func withFile<R>(
        _ name: StaticString, ofProcess pid: Int32, _ body: (Span<UInt8>) throws(ProcError) -> R
    ) throws(ProcError) -> R {
        let file = try open(name, ofProcess: pid)
        return try lend(try readAll(file.raw, "\(name)"), body)
    }

    /// Opens a file of the process that has this number now, to be kept: it stays bound to that process.
    public func open(_ name: StaticString, ofProcess pid: Int32) throws(ProcError) -> OwnedFD {
        let path = path(of: name, ofProcess: pid)
        while true {
            let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
            if descriptor >= 0 { return OwnedFD(adopting: descriptor) }
            let cause = errno
            if cause != EINTR { throw ProcError(errno: cause, file: "\(name)") }
        }
    }

    /// `<root>/<pid>/<name>`, valid until the next call. Without a string of its own: it is asked for at each sample.
    func path(of name: StaticString, ofProcess pid: Int32) -> UnsafePointer<CChar> {
        precondition(name.utf8CodeUnitCount + 13 <= Self.pathRoom)
        var digits = 1
        var rest = pid.magnitude / 10
        while rest > 0 { (digits, rest) = (digits + 1, rest / 10) }
        let end = pathStart + digits
        rest = pid.magnitude
        for place in stride(from: end - 1, through: pathStart, by: -1) {
            path[place] = CChar(UInt8(ascii: "0")) + CChar(rest % 10)
            rest /= 10
        }
        path[end] = CChar(UInt8(ascii: "/"))
        for index in 0..<name.utf8CodeUnitCount { path[end + 1 + index] = CChar(bitPattern: name.utf8Start[index]) }
        path[end + 1 + name.utf8CodeUnitCount] = 0
        return UnsafePointer(path)
    }

    /// Opens, reads and closes a file of the machine, by its name below `root`.
    public func withHostFile<R>(
        _ name: String, _ body: (Span<UInt8>) throws(ProcError) -> R
    ) throws(ProcError) -> R {
        let file = try openHost(name)
        return try lend(try readAll(file.raw, name), body)
    }

    /// Reads a file that is kept open, from its start, with one call: for files the kernel writes as one record (`stat`,
    /// `status`, `io`, `schedstat`, `meminfo`, `loadavg`, `pressure/*`, `uptime`), not for tables such as `net/tcp`.
    /// `name` is for the error only.
    public func withKept<R>(
        _ file: borrowing OwnedFD, name: StaticString = "kept file", _ body: (Span<UInt8>) throws(ProcError) -> R
    ) throws(ProcError) -> R {
        while true {
            let count = pread(file.raw, buffer.baseAddress, Self.capacity, 0)
            if count >= 0 {
                isTruncated = count == Self.capacity
                return try lend(count, body)
            }
            let cause = errno
            if cause != EINTR { throw ProcError(errno: cause, file: name.description) }
        }
    }

    private func openHost(_ name: String, flags: Int32) throws(ProcError) -> OwnedFD {
        try OwnedFD(opening: "\(root)/\(name)", below: AT_FDCWD, flags: flags)
    }

    /// Reads until the end, or until the buffer is full and at least one byte more exists.
    private func readAll(_ file: Int32, _ name: String) throws(ProcError) -> Int {
        var filled = 0
        isTruncated = false
        while filled < Self.capacity {
            let count = try readSome(file, into: buffer.baseAddress, at: filled, name)
            if count == 0 { return filled }
            filled += count
        }
        var more: UInt8 = 0
        isTruncated = try withUnsafeMutablePointer(to: &more) { pointer throws(ProcError) in
            try readSome(file, into: pointer, at: 0, room: 1, name) > 0
        }
        return filled
    }

    /// One `read`, repeated when a signal interrupts it; 0 at the end.
    func readSome(
        _ file: Int32, into base: UnsafeMutablePointer<UInt8>?, at offset: Int, room: Int? = nil, _ name: String
    ) throws(ProcError) -> Int {
        while true {
            let count = read(file, base.map { $0 + offset }, room ?? Self.capacity - offset)
            if count >= 0 { return count }
            let cause = errno
            if cause != EINTR { throw ProcError(errno: cause, file: name) }
        }
    }

    func lend<R>(_ count: Int, _ body: (Span<UInt8>) throws(ProcError) -> R) throws(ProcError) -> R {
        precondition(!isLent, "a closure that reads must not use its reader")
        isLent = true
        defer { isLent = false }
        let bytes = UnsafeBufferPointer(start: buffer.baseAddress, count: count)
        return try body(bytes.span)
    }
}
