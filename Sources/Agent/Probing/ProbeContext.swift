import Glibc
import Lag
import Model
import ProcFS

/// What all probes of one thread share. Owned by that thread.
final class ProbeContext {
    /// For what is looked at now and then; probes have a buffer of their own.
    let reader: ProcReader
    let diag: SocketDiag
    /// Of the scheduler: how far behind `schedstat` can be while a thread runs.
    let tick: Duration
    /// The best tier that may be used.
    let limit: LagTier
    /// One record of all switches, where there is one.
    let switchLog: SwitchLog?
    /// perf_event_open(2) does not exist here: nobody needs to ask again.
    var hasNoRings = false
    /// Descriptors that may still be taken.
    private(set) var descriptorRoom: Int

    private let buffer = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 16 * 1024)
    private var loadAverage: ProbeFile?
    private var runnable: (count: UInt32, at: MonotonicInstant)?

    /// How old the number of runnable tasks may be: one reading for all probes of one wake-up.
    private static let runnableLife = Duration.milliseconds(2)

    init(limit: LagTier, descriptorRoom: Int, switchLog: SwitchLog? = nil, procRoot: String = "/proc") {
        self.switchLog = switchLog
        reader = ProcReader(root: procRoot)
        diag = SocketDiag(reader: reader)
        tick = Clocks.tick
        self.limit = limit
        self.descriptorRoom = descriptorRoom
    }

    deinit { buffer.deallocate() }

    /// False when there is no room for `count` more.
    func takeDescriptors(_ count: Int) -> Bool {
        guard descriptorRoom >= count else { return false }
        descriptorRoom -= count
        return true
    }

    func giveBackDescriptors(_ count: Int) { descriptorRoom += count }

    /// Reads a kept file from its start, as far as the buffer goes, and hands the bytes to `body`.
    @inline(__always)
    func read<R>(_ file: ProbeFile, _ body: (Span<UInt8>) throws(ProcError) -> R) throws(ProcError) -> R {
        while true {
            let count = pread(file.raw, buffer.baseAddress, buffer.count, 0)
            if count >= 0 {
                let text = UnsafeBufferPointer(start: buffer.baseAddress, count: count)
                return try body(text.span)
            }
            let cause = errno
            if cause != EINTR { throw ProcError(errno: cause, file: file.name) }
        }
    }

    /// Opens, reads and closes a file of the thread that has this number now, with one read: for who knows by other means
    /// that it is still the one that is meant.
    func readOnce<R>(
        _ name: StaticString, of tid: Int32, _ body: (Span<UInt8>) throws(ProcError) -> R
    ) throws(ProcError) -> R {
        try reader.withKept(try reader.open(name, ofProcess: tid), name: name, body)
    }

    /// Tasks of the machine that run or want to, this thread not among them.
    func runnableTasks(now: MonotonicInstant) -> UInt32? {
        if let runnable, now - runnable.at < Self.runnableLife { return runnable.count }
        do {
            let file = try loadAverage ?? ProbeFile("loadavg", ofHost: reader)
            loadAverage = file
            let load = try read(file) { (text) throws(ProcError) in try LoadAverage(parsing: text) }
            let count = load.runnable - min(load.runnable, 1)
            runnable = (count, now)
            return count
        } catch {
            return nil  // a number beside the cause, which stands without it
        }
    }
}

/// A kernel file that stays open while its thread is probed.
final class ProbeFile {
    let name: String
    private let descriptor: OwnedFD
    var raw: CInt { descriptor.raw }

    /// `name` is below the directory of a process.
    init(_ name: String, of directory: borrowing OwnedFD) throws(ProcError) {
        self.name = name
        descriptor = try directory.open(name)
    }

    /// `name` is below `/proc`.
    init(_ name: String, ofHost reader: ProcReader) throws(ProcError) {
        self.name = name
        descriptor = try reader.openHost(name)
    }
}
