/// Where the hierarchies of control groups are mounted, from `/proc/self/mountinfo`. proc_pid_mountinfo(5).
public struct CgroupMounts: Equatable, Sendable {
    /// One hierarchy.
    public struct Mount: Equatable, Sendable {
        /// The directory.
        public var point: String
        /// Which group that directory is: `/`, or, in a container without a namespace of its own, a group deep below.
        public var root: String

        public init(point: String, root: String) {
            self.point = point
            self.root = root
        }

        /// Directories of the group at `path` and of those above it as far as they can be seen, innermost first: a quota
        /// of any of them holds up all that is below it.
        public func directories(of path: String) -> [String] {
            let prefix = root == "/" ? "" : root
            guard path == root || path.hasPrefix(prefix + "/"), !path.hasPrefix("/..") else { return [] }
            var parts = path.dropFirst(prefix.count).split(separator: "/")
            var directories: [String] = []
            while !parts.isEmpty {
                directories.append(point + "/" + parts.joined(separator: "/"))
                parts.removeLast()
            }
            return directories + [point]
        }
    }

    public var unified: Mount?
    /// Version 1.
    public var cpu: Mount?
    /// Version 1.
    public var freezer: Mount?
    /// Version 1.
    public var memory: Mount?

    /// Directories in which to look for `cpu.stat` of a process and of what is above it, innermost first.
    public func throttleDirectories(of path: CgroupPath) -> [String] {
        if let cpu, let group = path.cpu { return cpu.directories(of: group) }
        if let unified, let group = path.unified { return unified.directories(of: group) }
        return []
    }

    /// Files in which to look for the group's `MemoryEvents`, best first: of version 1 where that controls memory; else of
    /// version 2, and of the groups above it, which count for what is below them.
    public func memoryEventFiles(of path: CgroupPath) -> [String] {
        if let memory, let group = path.memory {
            return memory.directories(of: group).prefix(1).map { $0 + "/memory.oom_control" }
        }
        if let unified, let group = path.unified {
            return unified.directories(of: group).map { $0 + "/memory.events" }
        }
        return []
    }

    /// Directories of the group that controls the memory of a process and of those above it, innermost first; each limits
    /// what is below it. `isVersion1`: the files in them have the names of that version.
    public func memoryDirectories(of path: CgroupPath) -> (directories: [String], isVersion1: Bool) {
        if let memory, let group = path.memory { return (memory.directories(of: group), true) }
        if let unified, let group = path.unified { return (unified.directories(of: group), false) }
        return ([], false)
    }

    /// Lines of other file systems are passed over.
    public init(parsing text: Span<UInt8>) throws(ProcError) {
        var lines = Lines()
        while let line = lines.next(in: text) {
            var fields = Fields(line, in: text, file: "mountinfo")
            fields.skip(3, in: text)  // ids of mount and parent, device
            let root = fields.nextRange(in: text)
            let point = fields.nextRange(in: text)
            fields.skip(1, in: text)  // options of the mount
            var word = fields.nextRange(in: text)
            // Optional fields end with a lone dash; a path cannot be one, because it begins with a slash.
            while !word.isEmpty, !(word.count == 1 && text[word.lowerBound] == UInt8(ascii: "-")) {
                word = fields.nextRange(in: text)
            }
            guard !word.isEmpty else {
                throw ProcError(malformed: "mountinfo", field: "separator", offset: line.lowerBound)
            }
            let kind = fields.nextRange(in: text)
            let isVersion2 = kind.count == 7 && text.matches("cgroup2", at: kind.lowerBound)
            guard isVersion2 || kind.count == 6 && text.matches("cgroup", at: kind.lowerBound) else { continue }
            let mount = Mount(point: text.unescaped(point), root: text.unescaped(root))
            fields.skip(1, in: text)  // source
            let options = fields.nextRange(in: text)
            // The first one counts: later ones are the same hierarchy once more.
            if isVersion2 {
                unified = unified ?? mount
            } else {
                if text.list(options, contains: "cpu") { cpu = cpu ?? mount }
                if text.list(options, contains: "freezer") { freezer = freezer ?? mount }
                if text.list(options, contains: "memory") { memory = memory ?? mount }
            }
        }
    }
}

extension Fields {
    /// Where the next field is; empty at the end.
    fileprivate mutating func nextRange(in text: Span<UInt8>) -> Range<Int> {
        skipBlanks(in: text)
        let start = offset
        skip(1, in: text)
        return start..<offset
    }
}

extension Span where Element == UInt8 {
    /// Blanks and backslashes of a path are written as a backslash and three octal digits.
    fileprivate func unescaped(_ range: Range<Int>) -> String {
        var bytes: [UInt8] = []
        var index = range.lowerBound
        while index < range.upperBound {
            var byte = self[index]
            if byte == UInt8(ascii: "\\"), index + 3 < range.upperBound, let escaped = octal(at: index + 1) {
                byte = escaped
                index += 3
            }
            bytes.append(byte)
            index += 1
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private func octal(at start: Int) -> UInt8? {
        var value = 0
        for index in start..<start + 3 {
            guard case UInt8(ascii: "0")...UInt8(ascii: "7") = self[index] else { return nil }
            value = value * 8 + Int(self[index] - UInt8(ascii: "0"))
        }
        return UInt8(exactly: value)
    }
}
