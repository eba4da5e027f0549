import CLinux
import Glibc
import Model
import ProcFS

/// What the agent itself takes of the memory, and when it gives back what it does not need any more: 11 MiB of code that
/// only the beginning needed, and what reading all processes for the first time left of the heap; and every hour what
/// handshakes, commands and replays needed since.
struct OwnMemory {
    /// The first looks at all processes are over.
    static let firstReturn = Duration.seconds(15)
    static let returnPause = Duration.seconds(3600)
    /// The kernel walks the page tables for the PSS.
    static let readingPause = Duration.seconds(30)

    private(set) var residentBytes: UInt64?
    private(set) var proportionalBytes: UInt64?
    private var nextReturn: MonotonicInstant?
    private var nextReading: MonotonicInstant?

    /// Once a sweep.
    mutating func look(_ reader: ProcReader, now: MonotonicInstant) {
        let due = nextReturn ?? now + Self.firstReturn
        nextReturn = due
        if now >= due {
            nextReturn = now + Self.returnPause
            nextReading = nil
            looptop_give_back_memory()
        }
        let pid = getpid()
        residentBytes = known { () throws(ProcError) in
            try reader.withFile("statm", ofProcess: pid) { (text) throws(ProcError) in
                try StatM(parsing: text).residentBytes
            }
        }
        guard nextReading.map({ now >= $0 }) ?? true else { return }
        nextReading = now + Self.readingPause
        proportionalBytes = known { () throws(ProcError) in
            try reader.withFile("smaps_rollup", ofProcess: pid) { (text) throws(ProcError) in
                try SmapsRollup(parsing: text).proportionalBytes
            }
        }
    }

    /// A recorded tree does not hold this process, and an older kernel has no such file.
    private func known(_ read: () throws(ProcError) -> UInt64?) -> UInt64? {
        do { return try read() } catch { return nil }
    }
}
