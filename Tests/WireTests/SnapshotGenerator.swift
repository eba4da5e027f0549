import Model
import TestSupport

/// Random snapshots that keep the rules of `Snapshot`, and what may become of them.
struct SnapshotGenerator {
    var random: SeededGenerator

    init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    mutating func snapshot() -> Snapshot {
        var snapshot = Snapshot(
            sequence: random.next() >> 32, monotonic: MonotonicInstant(nanoseconds: random.next() >> 16),
            wall: WallTime(nanoseconds: Int64(bitPattern: random.next())),
            limitations: Limitations(rawValue: UInt32.random(in: 0..<64, using: &random)), host: row())
        let boot = Identifier128(high: random.next(), low: random.next())
        snapshot.troubles = troubles()
        for _ in 0..<Int.random(in: 0...4, using: &random) { insertGroup(into: &snapshot) }
        for _ in 0..<Int.random(in: 0...12, using: &random) { insertWorker(into: &snapshot, boot: boot) }
        return snapshot
    }

    /// What `snapshot` may be a little later: mostly the same.
    mutating func successor(of snapshot: Snapshot) -> Snapshot {
        var later = snapshot
        later.sequence &+= UInt64.random(in: 0...3, using: &random)
        later.monotonic.nanoseconds &+= UInt64.random(in: 0...2_000_000_000, using: &random)
        later.wall.nanoseconds &+= Int64.random(in: -1_000_000...2_000_000_000, using: &random)
        if random.chance(10) { later.limitations.formSymmetricDifference(.noPidfd) }
        later.host = mutated(later.host)
        if random.chance(20) { later.troubles = troubles() }
        for index in later.groups.indices {
            later.groups[index].row = mutated(later.groups[index].row)
            if random.chance(5) { later.groups[index].info.roll = roll() }
            if random.chance(5) { later.groups[index].info.missingSince = WallTime(nanoseconds: -7) }
            if random.chance(5) { later.groups[index].info.ports.append(UInt16.random(in: 1...9999, using: &random)) }
        }
        for index in later.workers.indices {
            later.workers[index].row = mutated(later.workers[index].row)
            if random.chance(50) { later.workers[index].stretches = mutated(later.workers[index].stretches) }
            if random.chance(3) { later.workers[index].info.slot += 1 }
        }
        later.groups.removeAll { _ in random.chance(5) }
        later.workers.removeAll { _ in random.chance(8) }
        let boot = later.workers.first?.info.id.boot ?? Identifier128(high: random.next(), low: 1)
        if random.chance(20) { insertGroup(into: &later) }
        for _ in 0..<Int.random(in: 0...2, using: &random) { insertWorker(into: &later, boot: boot) }
        if random.chance(3) {
            for index in later.workers.indices { later.workers[index].info.id.boot = Identifier128(high: 7, low: 7) }
        }
        return later
    }

    private mutating func troubles() -> [HostTrouble] {
        (0..<Int.random(in: 0...3, using: &random)).map { _ in
            HostTrouble(
                HostTrouble.Subject.allCases.randomElement(using: &random) ?? .hostCPU,
                random.chance(50) ? .warn : .crit,
                value: random.chance(50) ? random.next() : nil, app: random.chance(50) ? "wéb" : nil,
                expected: random.chance(50) ? UInt32.random(in: 0...9, using: &random) : nil,
                since: random.chance(50) ? WallTime(nanoseconds: Int64(bitPattern: random.next())) : nil,
                slot: random.chance(50) ? UInt32.random(in: 0...9, using: &random) : nil)
        }
    }

    private mutating func process() -> ProcessRef {
        ProcessRef(
            pid: Int32.random(in: 1..<99_999, using: &random),
            startTicks: random.next() >> UInt64.random(in: 0..<64, using: &random))
    }

    private mutating func manager() -> Manager {
        Manager(kind: Manager.Kind.allCases.randomElement(using: &random) ?? .systemd, name: "wéb:1")
    }

    private mutating func roll() -> RollSummary {
        let total = UInt32.random(in: 1...9, using: &random)
        return RollSummary(
            id: Identifier128(high: random.next(), low: random.next()),
            state: RollSummary.State.allCases.randomElement(using: &random) ?? .running, issuer: "user/ada",
            total: total, replaced: UInt32.random(in: 0...total, using: &random),
            underWay: random.chance(50) ? [total] : [], reason: random.chance(30) ? "slot 3: crash loop" : "",
            began: MonotonicInstant(nanoseconds: random.next()))
    }

    private mutating func insertGroup(into snapshot: inout Snapshot) {
        let key = ["node", "gunicorn", "näginx", "日本"].randomElement(using: &random) ?? ""
        let info = GroupInfo(
            key: "\(key):\(Int.random(in: 0..<50, using: &random))", app: key,
            kind: GroupKind.allCases.randomElement(using: &random) ?? .single,
            master: random.chance(50) ? process() : nil, manager: random.chance(50) ? manager() : nil,
            ports: random.chance(50) ? [80, 443] : [],
            respawn: Respawn.allCases.randomElement(using: &random) ?? .nothingKnown,
            expected: random.chance(50) ? UInt32.random(in: 0...9, using: &random) : nil,
            orphan: random.chance(20) ? PortOrphan(process: process(), port: 80) : nil,
            roll: random.chance(20) ? roll() : nil)
        guard !snapshot.groups.contains(where: { $0.info.key == info.key }) else { return }
        let place = snapshot.groups.firstIndex { info.key < $0.info.key } ?? snapshot.groups.endIndex
        snapshot.groups.insert(GroupEntry(info: info, row: row()), at: place)
    }

    private mutating func insertWorker(into snapshot: inout Snapshot, boot: BootID) {
        let id = WorkerID(
            boot: boot, pid: Int32.random(in: 1..<200, using: &random),
            startTicks: random.next() >> UInt64.random(in: 0..<64, using: &random))
        guard !snapshot.workers.contains(where: { $0.info.id == id }) else { return }
        let info = WorkerInfo(
            id: id, parentPID: Int32.random(in: -1..<200, using: &random),
            groupKey: (random.chance(90) ? snapshot.groups.randomElement(using: &random)?.info.key : nil) ?? "lone",
            slot: UInt32.random(in: 1...9, using: &random), uid: UInt32.random(in: 0 ... .max, using: &random),
            name: "w) R 1 (x", arguments: random.chance(70) ? ["node", "", "é"] : [],
            started: WallTime(nanoseconds: Int64(bitPattern: random.next())),
            manager: random.chance(20) ? manager() : nil, openFilesLimit: random.chance(50) ? random.next() : nil,
            folded: (0..<(random.chance(20) ? 2 : 0)).map { _ in
                FoldedProcess(process: process(), role: random.chance(50) ? .wrapper : .helper, title: "sh -c é")
            })
        let place = snapshot.workers.firstIndex { id < $0.info.id } ?? snapshot.workers.endIndex
        let stretches = random.chance(50) ? mutated(LagHistogram()) : LagHistogram()
        snapshot.workers.insert(WorkerEntry(info: info, row: row(), stretches: stretches), at: place)
    }

    private mutating func row<Field>() -> Row<Field> {
        var row = Row<Field>()
        for field in Field.allCases where random.chance(60) { row[field] = value() }
        return row
    }

    /// Mostly more stretches in a few buckets; now and then begun anew, or with counts of any magnitude.
    private mutating func mutated(_ stretches: LagHistogram) -> LagHistogram {
        switch Int.random(in: 0..<10, using: &random) {
        case 0: return LagHistogram()
        case 1:
            let count = Int.random(in: 0...LagHistogram.bucketCount, using: &random)
            return LagHistogram(counts: (0..<count).map { _ in random.chance(50) ? UInt32(value() >> 32) : 0 })
        default:
            var later = stretches
            for _ in 0..<Int.random(in: 1...9, using: &random) {
                later.add(.microseconds(1000 << Int64.random(in: 0...18, using: &random)))
            }
            return later
        }
    }

    /// Of any magnitude.
    private mutating func value() -> UInt64 { random.next() >> UInt64.random(in: 0..<64, using: &random) }

    private mutating func mutated<Field>(_ row: Row<Field>) -> Row<Field> {
        guard random.chance(70) else { return row }
        var row = row
        for field in Field.allCases where random.chance(40) {
            switch Int.random(in: 0..<10, using: &random) {
            case 0: row[field] = nil
            case 1: row[field] = value()  // newly known, or a counter that began anew
            case 2: row[field] = row[field].map { _ in 0 }
            default: row[field] = row[field].map { $0 &+ UInt64.random(in: 0...100_000_000, using: &random) }
            }
        }
        return row
    }
}
