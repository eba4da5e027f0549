/// All processes of a machine at one time, by number and by parent.
public struct ProcessTable: Sendable {
    /// Ascending by pid; kernel threads left out.
    public let entries: [ProcessEntry]
    private let indices: [Int32: Int]
    private let childIndices: [Int32: [Int]]

    public init(_ all: [ProcessEntry]) {
        var entries = all.filter { !$0.isKernelThread }.sorted { ($0.pid, $0.startTicks) < ($1.pid, $1.startTicks) }
        for index in entries.indices {
            // The kernel's mark for a file that was replaced, as an upgrade does: still the same program.
            guard let file = entries[index].executable?[...].before(" (deleted)") else { continue }
            entries[index].executable = String(file)
        }
        self.entries = entries
        var indices: [Int32: Int] = [:]
        var children: [Int32: [Int]] = [:]
        for (index, entry) in entries.enumerated() {
            indices[entry.pid] = index
            children[entry.parentPID, default: []].append(index)
        }
        self.indices = indices
        childIndices = children
    }

    public subscript(pid: Int32) -> ProcessEntry? { indices[pid].map { entries[$0] } }

    func index(of pid: Int32) -> Int? { indices[pid] }

    /// Ascending by pid.
    public func children(of pid: Int32) -> [ProcessEntry] { (childIndices[pid] ?? []).map { entries[$0] } }

    /// Positions in `entries`, ascending.
    func childIndices(of pid: Int32) -> [Int] { childIndices[pid] ?? [] }

    func parent(of entry: ProcessEntry) -> ProcessEntry? {
        entry.parentPID == entry.pid ? nil : self[entry.parentPID]
    }

    /// Whether a process is `pid` or below it.
    func isWithin(_ entry: ProcessEntry, pid: Int32) -> Bool {
        var current = entry
        for _ in 0...entries.count {
            if current.pid == pid { return true }
            guard let next = parent(of: current) else { return current.parentPID == pid }
            current = next
        }
        return false
    }
}
