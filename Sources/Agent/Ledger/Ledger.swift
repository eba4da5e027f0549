import Model

/// Who lived in which slot, and how it ended: the last `slotLimit` lives of each slot.
///
/// An agent that starts anew knows of those that live then, and of the few ends that `KeptMemory` holds. Of more than `limit` lives in all, the slots go
/// in which nothing happened for longest.
struct Ledger: Sendable {
    static let slotLimit = 100
    static let limit = 100_000
    /// Ends that come later than this after somebody asked for them came by themselves.
    static let noteTime = Duration.seconds(900)

    struct Place: Hashable, Sendable {
        var groupKey: String
        var slot: UInt32
    }

    /// What was known of a worker in its last interval.
    struct LastRow: Hashable, Sendable {
        var cpuPermille: UInt64?
        var residentBytes: UInt64?
        var lagMicroseconds: UInt64?
    }

    private struct Note: Sendable {
        var issuer: String
        var command: CommandID
        var at: MonotonicInstant
    }

    private struct Shelf: Sendable {
        /// Oldest first; those that have no end yet are the workers that live, or are about to be reported.
        var lives: [Life] = []
        /// When something happened last, by `changes`.
        var touched: UInt64 = 0
    }

    private var shelves: [Place: Shelf] = [:]
    private var places: [WorkerID: Place] = [:]
    private var notes: [WorkerID: Note] = [:]
    private(set) var count = 0
    private var changes: UInt64 = 0

    /// A worker was taken up.
    mutating func began(_ worker: WorkerID, in place: Place, started: WallTime) {
        guard places[worker] == nil else { return moved(worker, to: place) }
        places[worker] = place
        put(Life(worker: worker, started: started), in: place)
    }

    /// It has another slot by now, or its group another key.
    mutating func moved(_ worker: WorkerID, to place: Place) {
        guard let old = places[worker], old != place, let life = takeOut(worker, from: old) else { return }
        places[worker] = place
        put(life, in: place)
    }

    /// It is no worker after all.
    mutating func left(_ worker: WorkerID) {
        guard let place = places.removeValue(forKey: worker) else { return }
        notes[worker] = nil
        _ = takeOut(worker, from: place)
    }

    /// Somebody is about to end it.
    mutating func note(_ worker: WorkerID, issuer: String, command: CommandID, now: MonotonicInstant) {
        guard places[worker] != nil else { return }
        notes[worker] = Note(issuer: issuer, command: command, at: now)
    }

    /// - Returns: whether somebody asked for it.
    @discardableResult
    mutating func ended(
        _ worker: WorkerID, at moment: Moment, status: ExitStatus?, oomKilled: Bool, last: LastRow = LastRow()
    ) -> Bool {
        guard let place = places.removeValue(forKey: worker) else { return false }
        let note = notes.removeValue(forKey: worker)
        guard let index = shelves[place]?.lives.lastIndex(where: { $0.worker == worker }) else { return false }
        touch(place)
        guard var life = shelves[place]?.lives[index] else { return false }
        life.ended = moment.wall
        life.status = status
        life.oomKilled = oomKilled
        life.lastCPUPermille = last.cpuPermille
        life.lastResidentBytes = last.residentBytes
        life.lastLagMicroseconds = last.lagMicroseconds
        if let note, moment.monotonic - note.at <= Self.noteTime {
            life.endedBy = note.issuer
            life.command = note.command
        }
        shelves[place]?.lives[index] = life
        return life.endedBy != nil
    }

    /// Newest first.
    func lives(in place: Place) -> [Life] { (shelves[place]?.lives ?? []).reversed() }

    /// The newest ends of a group, newest first, at most `KeptGroup.livesOfGroup`.
    func kept(of groupKey: String, slots: Set<UInt32>) -> [KeptGroup.KeptLife] {
        let lives = slots.flatMap { slot in
            (shelves[Place(groupKey: groupKey, slot: slot)]?.lives ?? []).suffix(KeptGroup.livesOfSlot + 1)
                .compactMap { KeptGroup.KeptLife($0, slot: slot) }.suffix(KeptGroup.livesOfSlot)
        }
        return Array(lives.sorted { ($1.ended, $1.slot) < ($0.ended, $0.slot) }.prefix(KeptGroup.livesOfGroup))
    }

    /// What an earlier run knew, before anybody began.
    mutating func restore(_ lives: [KeptGroup.KeptLife], of groupKey: String, boot: BootID) {
        for life in lives.reversed() { put(life.life(boot: boot), in: Place(groupKey: groupKey, slot: life.slot)) }
    }

    // MARK: shelves

    private mutating func put(_ life: Life, in place: Place) {
        touch(place)
        shelves[place, default: Shelf()].lives.append(life)
        count += 1
        if let lives = shelves[place]?.lives, lives.count > Self.slotLimit {
            // Who lives stays; there are never so many of them in one slot.
            let index = lives.firstIndex { $0.ended != nil } ?? 0
            shelves[place]?.lives.remove(at: index)
            count -= 1
        }
        if count > Self.limit { sweep() }
    }

    private mutating func takeOut(_ worker: WorkerID, from place: Place) -> Life? {
        guard let index = shelves[place]?.lives.lastIndex(where: { $0.worker == worker && $0.ended == nil }) else {
            return nil
        }
        let life = shelves[place]?.lives.remove(at: index)
        count -= 1
        if shelves[place]?.lives.isEmpty ?? false { shelves[place] = nil }
        return life
    }

    private mutating func touch(_ place: Place) {
        changes += 1
        shelves[place, default: Shelf()].touched = changes
    }

    /// A tenth at once, so that it comes rarely.
    private mutating func sweep() {
        for (place, shelf) in shelves.sorted(by: { $0.value.touched < $1.value.touched }) {
            guard count > Self.limit / 10 * 9 else { return }
            let living = shelf.lives.filter { $0.ended == nil }
            count -= shelf.lives.count - living.count
            shelves[place] = living.isEmpty ? nil : Shelf(lives: living, touched: shelf.touched)
        }
    }
}
