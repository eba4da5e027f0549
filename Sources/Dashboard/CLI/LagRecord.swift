import Model

/// A worker's lag in a listing: how it was made, then what it is. Lengths are of the agent's last window.
struct LagRecord: Encodable, Sendable {
    /// perf, proc, nosys, utilisation.
    @Known var tier: String?
    /// exact, bound ("at most"), none.
    @Known var quality: String?
    /// epoll, poll, select, io_uring, none, unknown.
    @Known var loop: String?
    @Known var maxSeconds: Double?
    @Known var p99Seconds: Double?
    @Known var p50Seconds: Double?
    @Known var utilizationRatio: Double?
    @Known var runqueueRatio: Double?
    @Known var blockedRatio: Double?
    /// 0 without one.
    @Known var openStallSeconds: Double?
    /// The longest of the window, the open one included.
    @Known var stall: StallRecord?
    @Known var probeGapMaxSeconds: Double?
    @Known var probePeriodSeconds: Double?
    /// Probes come less often than they should, to keep the agent's budget.
    @Known var probeStretched: Bool?
    @Known var hung: Bool?
    /// Stretches since the agent began to watch the worker; buckets without any are left out.
    @Known var histogram: [BucketRecord]?
    @Known var runtime: RuntimeRecord?

    struct StallRecord: Encodable, Sendable {
        var seconds: Double
        /// cpu, runqueue, blocked, stopped, throttled.
        @Known var cause: String?
        @Known var syscall: String?
        @Known var runnable: UInt32?
        var open: Bool

        init(_ stall: SeenStall) {
            seconds = rounded(stall.length.seconds) ?? 0
            cause = stall.cause?.word
            syscall = stall.cause?.systemCall?.name
            runnable = stall.runnable
            open = stall.isOpen
        }
    }

    struct BucketRecord: Encodable, Sendable {
        /// As long as this or longer.
        var geSeconds: Double
        /// Shorter than this; `null` for the last bucket.
        @Known var ltSeconds: Double?
        var count: UInt32

        init(bucket: Int, count: UInt32) {
            geSeconds = LagHistogram.lowerBound(ofBucket: bucket).seconds
            let isLast = bucket == LagHistogram.bucketCount - 1
            ltSeconds = isLast ? nil : LagHistogram.lowerBound(ofBucket: bucket + 1).seconds
            self.count = count
        }
    }

    /// What the runtime says of itself.
    struct RuntimeRecord: Encodable, Sendable {
        @Known var delayMaxSeconds: Double?
        @Known var delayP99Seconds: Double?
        @Known var utilizationRatio: Double?
        @Known var heapBytes: UInt64?
        @Known var gcRatio: Double?

        init(_ reading: RuntimeReading) {
            delayMaxSeconds = rounded(reading.delayMax?.seconds)
            delayP99Seconds = rounded(reading.delayP99?.seconds)
            utilizationRatio = rounded(reading.utilisation)
            heapBytes = reading.heapBytes
            gcRatio = rounded(reading.collecting)
        }
    }

    /// `nil` when the agent says nothing of a loop, and the runtime nothing of itself.
    init?(_ track: WorkerTrack) {
        let lag = track.lag
        guard lag.method != nil || track.runtime != nil else { return nil }
        tier = lag.method?.tier.word
        quality = lag.method?.quality.word
        loop = lag.method?.kind.word
        maxSeconds = rounded(lag.ended?.seconds)
        p99Seconds = rounded(lag.p99?.seconds)
        p50Seconds = rounded(lag.p50?.seconds)
        utilizationRatio = rounded(lag.utilisation)
        runqueueRatio = rounded(lag.runQueue)
        blockedRatio = rounded(lag.blocked)
        openStallSeconds = lag.worst == nil ? nil : rounded(lag.open?.seconds ?? 0)
        stall = lag.stall.map { StallRecord($0) }
        probeGapMaxSeconds = rounded(lag.probeGap?.seconds)
        probePeriodSeconds = rounded(lag.probePeriod?.seconds)
        probeStretched = lag.method?.isStretched
        hung = lag.method?.isHung
        if let quality = lag.method?.quality, quality != .none {
            let counts = track.stretches.counts
            histogram = counts.indices.filter { counts[$0] > 0 }.map { BucketRecord(bucket: $0, count: counts[$0]) }
        }
        runtime = track.runtime.map { RuntimeRecord($0) }
    }
}
