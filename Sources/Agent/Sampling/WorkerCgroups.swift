import Model
import ProcFS

/// What the control groups of workers tell of memory. cgroups(7).
struct WorkerCgroups {
    private var finder = CgroupFinder()
    private(set) var kills = KillCounters()
    private(set) var room = MemoryRoom()

    /// A worker was taken up, or is in another control group by now.
    mutating func watch(_ id: WorkerID, reader: ProcReader, now: MonotonicInstant) {
        forget(id)
        do {
            let (mounts, path) = try finder.find(id.pid, reader: reader)
            kills.watch(id, in: path, mounts, reader: reader, now: now)
            room.watch(id, in: path, mounts, reader: reader, now: now)
        } catch {
            // Gone, or not to be read: then nothing is told of its memory.
        }
    }

    /// It is watched no more.
    mutating func forget(_ id: WorkerID) {
        kills.forget(id)
        room.forget(id)
    }

    /// Reads what has its turn.
    mutating func refresh(reader: ProcReader, now: MonotonicInstant) {
        kills.refresh(reader: reader, now: now)
        room.refresh(reader: reader, now: now)
    }

    /// Whether a worker's end was a kill for memory, by what its counter said then.
    mutating func explains(_ id: WorkerID, _ status: ExitStatus?, kills count: UInt64?) -> Bool {
        kills.explains(id, status, kills: count)
    }
}
