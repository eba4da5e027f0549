/// How a descriptor was opened and on what, from `/proc/<pid>/fdinfo/<fd>`. proc_pid_fdinfo(5).
///
/// All of it is of one open file at one moment: the kernel writes it in one go.
public struct DescriptorInfo: Equatable, Sendable {
    /// open(2)'s flags.
    public var flags: UInt64
    /// Which mount the file was reached by; `nil` before Linux 3.15.
    public var mount: UInt64?
    /// Of the file; `nil` before Linux 5.14.
    public var inode: UInt64?

    /// Values of the kernel that are the same on all architectures but one or two that this project does not build for.
    private static let accessMode: UInt64 = 0o3
    private static let append: UInt64 = 0o2000
    private static let pathOnly: UInt64 = 0o10000000

    public init(parsing text: Span<UInt8>) throws(ProcError) {
        var flags: UInt64?
        var mount: UInt64?
        var inode: UInt64?
        var lines = Lines()
        while let line = lines.next(in: text) {
            if text.matches("flags:", at: line.lowerBound) {
                var fields = Fields(line.lowerBound + 6..<line.upperBound, in: text, file: "fdinfo")
                fields.skipBlanks(in: text)
                flags = try fields.digits("flags", radix: 8, in: text)
            } else if let number = try text.number(after: "mnt_id:", of: line, "mnt_id", file: "fdinfo") {
                mount = number
            } else if let number = try text.number(after: "ino:", of: line, "ino", file: "fdinfo") {
                inode = number
            }
        }
        guard let flags else { throw ProcError(malformed: "fdinfo", field: "flags", offset: text.count) }
        self.flags = flags
        self.mount = mount
        self.inode = inode
    }

    /// Whoever opened it was allowed to write to the file. O_PATH asks for no permission at all.
    public var isWritable: Bool {
        flags & Self.pathOnly == 0 && (flags & Self.accessMode == 1 || flags & Self.accessMode == 2)
    }

    /// Each write goes to the end, and nothing is read: as logs are written.
    public var onlyAppends: Bool { isWritable && flags & Self.accessMode == 1 && flags & Self.append != 0 }

    /// Whether both are of one file; `nil` where the kernel does not say.
    public func isSameFile(as other: DescriptorInfo) -> Bool? {
        guard let mount, let inode, let theirMount = other.mount, let theirs = other.inode else { return nil }
        return mount == theirMount && inode == theirs
    }
}
