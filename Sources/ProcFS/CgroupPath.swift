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

    /// Not UTF-8: repaired, and then no file has that name.
    func string(_ range: Range<Int>) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(range.count)
        for index in range { bytes.append(self[index]) }
        return String(decoding: bytes, as: UTF8.self)
    }
}
