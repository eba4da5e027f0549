/// Which control groups a process is in, from `/proc/<pid>/cgroup`. cgroups(7).
///
/// Paths are below the root of each hierarchy as the reader's cgroup namespace sees it: `CgroupMounts` says where that is.
/// They begin with `/..` for a process outside of that namespace.
public struct CgroupPath: Equatable, Sendable {
    /// Version 2, line `0::`; `nil` where that is not mounted.
    public var unified: String?
    /// Version 1, the hierarchy that controls the CPU.
    public var cpu: String?
    /// Version 1, the freezer.
    public var freezer: String?
    /// Version 1, the hierarchy that controls memory.
    public var memory: String?
    /// Version 1, the hierarchy in which systemd names units, `name=systemd`.
    public var systemd: String?
    /// The first of any hierarchy that names a container by its id.
    public var container: String?

    /// The one that says most about where the process runs: one with the id of a container, before the one of version 2,
    /// before systemd's. With both versions mounted an engine may use one of them only, and the other one says `/`, or
    /// names the engine's own unit.
    public var place: String? {
        if let unified, unified == container || container == nil && unified != "/" { return unified }
        if let systemd, systemd == container || container == nil && systemd != "/" { return systemd }
        return container ?? unified ?? systemd
    }

    public init(unified: String? = nil, memory: String? = nil) {
        self.unified = unified
        self.memory = memory
    }

    public init(parsing text: Span<UInt8>) throws(ProcError) {
        var lines = Lines()
        while let line = lines.next(in: text) {
            guard let first = text.index(of: UInt8(ascii: ":"), in: line),
                let second = text.index(of: UInt8(ascii: ":"), in: first + 1..<line.upperBound),
                second + 1 < line.upperBound, text[second + 1] == UInt8(ascii: "/")
            else { throw ProcError(malformed: "cgroup", field: "path", offset: line.lowerBound) }
            // The path comes last and may hold colons; the list of controllers may not.
            let controllers = first + 1..<second
            let path = second + 1..<line.upperBound
            if controllers.isEmpty, text.matches("0:", at: line.lowerBound) { unified = text.string(path) }
            if text.list(controllers, contains: "cpu") { cpu = text.string(path) }
            if text.list(controllers, contains: "freezer") { freezer = text.string(path) }
            if text.list(controllers, contains: "memory") { memory = text.string(path) }
            if text.list(controllers, contains: "name=systemd") { systemd = text.string(path) }
            if container == nil, text.holdsContainerID(path) { container = text.string(path) }
        }
    }
}

extension Span where Element == UInt8 {
    /// Whether one of the words that commas separate in `range` is `word`.
    func list(_ range: Range<Int>, contains word: StaticString) -> Bool {
        var start = range.lowerBound
        while start < range.upperBound {
            let end = index(of: UInt8(ascii: ","), in: start..<range.upperBound) ?? range.upperBound
            if end - start == word.utf8CodeUnitCount, matches(word, at: start) { return true }
            start = end + 1
        }
        return false
    }

    /// Whether 64 hex digits stand together, with nothing of the kind beside them.
    fileprivate func holdsContainerID(_ range: Range<Int>) -> Bool {
        var length = 0
        for index in range {
            if ASCII.isLowerHex(self[index]) {
                length += 1
            } else {
                if length == 64 { return true }
                length = 0
            }
        }
        return length == 64
    }

    /// Not UTF-8: repaired, and then no file has that name.
    func string(_ range: Range<Int>) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(range.count)
        for index in range { bytes.append(self[index]) }
        return String(decoding: bytes, as: UTF8.self)
    }
}
