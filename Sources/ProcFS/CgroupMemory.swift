/// What a control group uses of memory and how much it may, from files of its directory.
/// Documentation/admin-guide/cgroup-v2.rst, cgroup-v1/memory.rst.
public enum CgroupMemory {
    /// Names of the files, which differ by version.
    public static func files(isVersion1: Bool) -> (limit: String, used: String) {
        isVersion1
            ? ("memory.limit_in_bytes", "memory.usage_in_bytes") : ("memory.max", "memory.current")
    }

    /// Bytes; `nil` where nothing is limited: version 2 says `max`, version 1 a number of the size of the address space.
    public static func limit(parsing text: Span<UInt8>) throws(ProcError) -> UInt64? {
        if text.matches("max", at: 0) { return nil }
        let bytes = try number(parsing: text, "limit")
        return bytes < 1 << 60 ? bytes : nil
    }

    /// Bytes.
    public static func used(parsing text: Span<UInt8>) throws(ProcError) -> UInt64 {
        try number(parsing: text, "used")
    }

    /// Pages of files that nobody used of late, in bytes, from `memory.stat`: the kernel drops them before it kills.
    /// Version 1 has a line of the group alone and one of all below it, which is the one that counts.
    public static func inactiveFiles(parsing text: Span<UInt8>) throws(ProcError) -> UInt64? {
        var lines = Lines()
        var alone: UInt64?
        while let line = lines.next(in: text) {
            if let bytes = try text.number(
                after: "total_inactive_file ", of: line, "total_inactive_file", file: "memory.stat")
            {
                return bytes
            }
            if let bytes = try text.number(after: "inactive_file ", of: line, "inactive_file", file: "memory.stat") {
                alone = bytes
            }
        }
        return alone
    }

    private static func number(parsing text: Span<UInt8>, _ field: StaticString) throws(ProcError) -> UInt64 {
        var fields = Fields(0..<text.count, in: text, file: "memory")
        return try fields.next(field, in: text)
    }
}
