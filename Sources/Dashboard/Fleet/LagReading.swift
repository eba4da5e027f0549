import Lag
import Model

/// What a worker's newest row says of its loop's lag, from outside; `nil` is unknown.
struct LagReading: Sendable, Equatable {
    /// `nil` while no loop was looked for, or when a newer agent means something we do not know.
    private(set) var method: LagMethod?
    /// Longest stretch that ended in the last window, and its time-weighted percentiles.
    private(set) var ended: Duration?
    private(set) var p99: Duration?
    /// The same with the stall that is not over: what arrived while it lasts waits as long as it does, at least.
    private(set) var p99WithOpen: Duration?
    private(set) var p50: Duration?
    /// Age of a stall that is not over; `nil` without one.
    private(set) var open: Duration?
    private(set) var cause: StallCause?
    private(set) var runnable: UInt32?
    private(set) var probeGap: Duration?
    private(set) var probePeriod: Duration?
    /// Shares of the window, 0...1.
    private(set) var utilisation: Double?
    private(set) var runQueue: Double?
    private(set) var blocked: Double?

    init() {}

    init(_ row: WorkerRow) {
        method = row[.lagMethod].flatMap { LagMethod(packed: $0) }
        func length(_ field: WorkerField) -> Duration? {
            row[field].map { .microseconds(Int64(clamping: min($0, 1 << 52))) }
        }
        func share(_ field: WorkerField) -> Double? { row[field].map { min(Double($0) / 1000, 1) } }
        probeGap = length(.probeGapMicroseconds)
        probePeriod = length(.probePeriodMicroseconds)
        utilisation = share(.loopUtilisationPermille)
        runQueue = share(.loopRunQueuePermille)
        blocked = share(.loopBlockedPermille)
        guard let method, method.quality != .none else { return }
        ended = length(.lagMaxMicroseconds)
        p99 = length(.lagP99Microseconds)
        p50 = length(.lagP50Microseconds)
        open = length(.openStallMicroseconds).flatMap { $0 > .zero ? $0 : nil }
        // An event in a hundred of the last second: those that came in the first hundredth of the stall's second.
        p99WithOpen = p99.map { max($0, (open ?? .zero) - .milliseconds(10)) }
        cause = row[.stallCause].flatMap { StallCause(packed: $0) }
        runnable = row[.stallRunnable].map { UInt32(clamping: $0) }
    }

    /// The longest of the last window, with a stall that is still open: what rows show and sort by.
    var worst: Duration? {
        guard let open else { return ended }
        return max(open, ended ?? .zero)
    }

    /// Lengths are "at most".
    var isBound: Bool { method?.quality == .bound }
    /// Lengths are "at least".
    var isFloor: Bool { method?.quality == .floor }
    var isHung: Bool { method?.isHung == true }
    /// Whether the worst one is not over yet.
    var isOpen: Bool { open.map { $0 >= ended ?? .zero } ?? false }

    /// The longest stall of the window, from where one is worth a word on.
    var stall: SeenStall? {
        guard let worst, worst >= LagWindow.shortestStall else { return nil }
        return SeenStall(
            length: worst, cause: cause, runnable: runnable, isBound: isBound, isFloor: isFloor, isOpen: isOpen)
    }

    /// What is not over yet. The cause is told of the longest one only, which may be another.
    var openStall: SeenStall? {
        open.map {
            SeenStall(
                length: $0, cause: isOpen ? cause : nil, runnable: isOpen ? runnable : nil, isBound: isBound,
                isFloor: isFloor, isOpen: true)
        }
    }
}

/// A stall as a row told of it.
struct SeenStall: Sendable, Equatable {
    var length: Duration
    /// `nil` where it was not told.
    var cause: StallCause?
    var runnable: UInt32?
    var isBound: Bool
    var isFloor: Bool
    var isOpen: Bool

    /// "blocked 200 ms in futex".
    func text(cores: UInt32?) -> String {
        guard let cause else {
            let time = (isBound ? "at most " : isFloor ? "at least " : "") + stallLengthText(length)
            return isOpen ? "not turned for \(time) so far" : "not turned for \(time)"
        }
        return stallText(
            cause: cause, length: length, isBound: isBound, isFloor: isFloor, runnable: runnable, cores: cores,
            isOpen: isOpen)
    }
}

/// What the runtime says of itself, where it was asked to; `nil` is unknown.
struct RuntimeReading: Sendable, Equatable {
    var delayMax: Duration?
    var delayP99: Duration?
    var utilisation: Double?
    var heapBytes: UInt64?
    /// Share of time.
    var collecting: Double?

    /// `nil` when it says nothing. `collecting` needs two rows.
    init?(_ row: WorkerRow, collecting: Double?) {
        func length(_ field: WorkerField) -> Duration? {
            row[field].map { .microseconds(Int64(clamping: min($0, 1 << 52))) }
        }
        delayMax = length(.runtimeDelayMaxMicroseconds)
        delayP99 = length(.runtimeDelayP99Microseconds)
        utilisation = row[.runtimeUtilisationPermille].map { Double($0) / 1000 }
        heapBytes = row[.runtimeHeapBytes]
        guard delayMax != nil || delayP99 != nil || utilisation != nil || heapBytes != nil else { return nil }
        self.collecting = collecting
    }
}
