/// What is registered in an epoll set, from `/proc/<pid>/fdinfo/<fd>` of its descriptor. proc_pid_fdinfo(5).
///
/// The kernel writes the whole set, however little is read, and holds the set's lock meanwhile, which holds up the loop:
/// about 1 ms for 1,000 targets. Not for processes with more descriptors than that.
public struct EpollTargets: Equatable, Sendable {
    public struct Target: Hashable, Sendable {
        /// In the process that registered it.
        public var descriptor: Int32
        /// Of what it is open on; a socket's is that of its link `socket:[<inode>]`. `nil` before Linux 4.13.
        public var inode: UInt64?

        public init(descriptor: Int32, inode: UInt64?) {
            self.descriptor = descriptor
            self.inode = inode
        }
    }

    public var targets: [Target] = []

    /// A last line without its newline was cut by the end of the reader's buffer and is passed over. Descriptors of
    /// other kinds have no `tfd:` lines: no targets.
    public init(parsing text: Span<UInt8>) throws(ProcError) {
        var lines = Lines()
        while let line = lines.next(in: text) {
            guard line.upperBound < text.count, text.matches("tfd:", at: line.lowerBound) else { continue }
            var fields = Fields(line.lowerBound + 4..<line.upperBound, in: text, file: "fdinfo")
            targets.append(
                Target(descriptor: try fields.nextPID("tfd", in: text), inode: try Self.inode(in: line, of: text)))
        }
    }

    /// `tfd:        4 events:       1f data:                4  pos:0 ino:176c4c sdev:f`; the inode in hexadecimal.
    private static func inode(in line: Range<Int>, of text: Span<UInt8>) throws(ProcError) -> UInt64? {
        var index = line.lowerBound
        while let blank = text.index(of: UInt8(ascii: " "), in: index..<line.upperBound) {
            if text.matches("ino:", at: blank + 1) {
                var fields = Fields(blank + 5..<line.upperBound, in: text, file: "fdinfo")
                return try fields.digits("ino", radix: 16, in: text)
            }
            index = blank + 1
        }
        return nil
    }
}
