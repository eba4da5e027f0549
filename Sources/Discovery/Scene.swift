internal import Model

/// A process table with what is worked out of it once for all rules. Processes are positions in `entries`.
struct Scene {
    let table: ProcessTable
    let entries: [ProcessEntry]
    let programs: [Program]
    let tags: [Tag?]
    let parents: [Int?]
    /// Positions in `places`.
    private let placeNumbers: [Int]
    private let places: [CgroupPlace]
    /// By position in `places`: the first process of a unit or container, its others descend from it or were adopted.
    private let tops: [Int?]

    init(_ table: ProcessTable) {
        self.table = table
        let entries = table.entries
        let programs = entries.map(Program.init)
        self.entries = entries
        self.programs = programs
        parents = entries.map { $0.parentPID == $0.pid ? nil : table.index(of: $0.parentPID) }
        tags = entries.indices.map { index in
            entries[index].arguments.isEmpty
                ? nil : TitleRows.tag(entries[index]) ?? CommandRows.tag(entries[index], programs[index])
        }
        var numbers: [String: Int] = [:]
        var places = [CgroupPlace()]
        placeNumbers = entries.map { entry in
            guard let path = entry.cgroup, path != "/" else { return 0 }
            if let number = numbers[path] { return number }
            numbers[path] = places.count
            places.append(CgroupPlace(parsing: path))
            return places.count - 1
        }
        self.places = places
        var tops = [Int?](repeating: nil, count: places.count)
        for index in entries.indices {
            let number = placeNumbers[index]
            if let parent = parents[index], placeNumbers[parent] == number { continue }
            if let other = tops[number], entries[other].startTicks <= entries[index].startTicks { continue }
            tops[number] = index
        }
        self.tops = tops
    }

    func place(of index: Int) -> CgroupPlace { places[placeNumbers[index]] }

    func sharesPlace(_ index: Int, with other: Int) -> Bool { placeNumbers[index] == placeNumbers[other] }

    /// Whether the unit or container was started with this process.
    func isTop(_ index: Int) -> Bool { tops[placeNumbers[index]] == index }

    /// Ascending by pid.
    func children(of index: Int) -> [Int] {
        table.childIndices(of: entries[index].pid).filter { $0 != index }
    }

    /// The one child that lives; `nil` where there is none, or another.
    func onlyChild(of index: Int) -> Int? {
        var found: Int?
        for child in table.childIndices(of: entries[index].pid) where child != index && !isGone(child) {
            if found != nil { return nil }
            found = child
        }
        return found
    }

    /// Has an event loop, or can accept connections.
    func serves(_ index: Int) -> Bool { entries[index].waitsInEpoll || !entries[index].listening.isEmpty }

    func isTemplate(_ index: Int) -> Bool { places[placeNumbers[index]].template != nil }

    /// Whether it has ended and only waits to be asked for.
    func isGone(_ index: Int) -> Bool { entries[index].isZombie || entries[index].arguments.isEmpty }

    func reference(_ index: Int) -> ProcessRef {
        ProcessRef(pid: entries[index].pid, startTicks: entries[index].startTicks)
    }

    /// The process and those above it, nearest first. A table read while processes come and go may hold a circle: it is
    /// cut.
    func lineage(of index: Int) -> [Int] {
        var found = [index]
        while let next = parents[found[found.count - 1]], found.count < 64 {
            if found.contains(next) { break }
            found.append(next)
        }
        return found
    }

    /// `process 7 is` or `3 processes, each`, to begin a sentence with.
    func count(_ indices: [Int]) -> String {
        indices.count == 1 ? "process \(entries[indices[0]].pid) is" : "\(indices.count) processes, each"
    }

    func isTagged(_ index: Int, _ kind: GroupKind, _ role: Tag.Role) -> Bool {
        tags[index].map { $0.kind == kind && $0.role == role } ?? false
    }

    func keeps(_ index: Int) -> Manager.Kind? {
        if case .keeper(let kind) = tags[index]?.role { kind } else { nil }
    }

    /// Where it works, releases set aside; empty when unknown.
    func directory(of index: Int) -> String {
        Stable.path(entries[index].workingDirectory ?? entries[index].environment["PWD"] ?? "")
    }
}
