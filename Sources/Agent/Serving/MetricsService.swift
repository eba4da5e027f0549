import Exposition
import Glibc
import Model
import ProcFS
import Synchronization
import Transport

/// What `--metrics-listen` serves: `/metrics`, `/healthz` and `/readyz`.
///
/// Of each snapshot only what lasts longer than a worker is counted; the text is made when somebody asks, from the newest.
final class MetricsService: Sendable {
    private struct Newest: Sendable {
        var snapshot: Snapshot?
        var counts = SlotCounts()
    }

    private let host: HostInfo
    private let interval: Duration
    private let viewers: @Sendable () -> Int
    private let started: WallTime
    /// Written by the sampler's thread, read in tasks.
    private let newest = Mutex(Newest())
    private let writer = ExpositionWriter()

    init(host: HostInfo, interval: Duration, started: WallTime, viewers: @escaping @Sendable () -> Int) {
        self.host = host
        self.interval = interval
        self.started = started
        self.viewers = viewers
    }

    /// From the sampler's thread: each sweep.
    func take(_ snapshot: Snapshot) {
        newest.withLock {
            $0.counts.take(snapshot)
            $0.snapshot = snapshot
        }
    }

    func answer(_ request: PageRequest) async -> Page? {
        switch request.path {
        case "/metrics":
            guard let format = ExpositionFormat(accept: request.accept) else {
                return Page(status: 406, "there is text/plain and application/openmetrics-text")
            }
            return Page(
                contentType: format.contentType, body: await writer.text(of: [exposed], by: process, as: format))
        case "/healthz": return Page("it answers")
        case "/readyz":
            let isReady = isReady(at: Clocks.monotonic())
            return isReady
                ? Page("its samples come in time") : Page(status: 503, "no sample in the last three intervals")
        default: return nil
        }
    }

    /// Whether a sweep was made in the last three intervals: those that are planned by now, where they are longer than asked
    /// for.
    func isReady(at now: MonotonicInstant) -> Bool {
        newest.withLock { newest in
            guard let snapshot = newest.snapshot else { return false }
            return now - snapshot.monotonic <= max(interval, snapshot.host.cadence ?? .zero) * 3
        }
    }

    private var exposed: ExposedHost {
        newest.withLock {
            ExposedHost(name: host.name, info: host, snapshot: $0.snapshot, counts: $0.counts)
        }
    }

    private var process: ExportingProcess {
        var process = ExportingProcess(version: host.agentVersion, started: started)
        process.cpuNanoseconds = Clocks.ownCPUNanoseconds()
        process.residentBytes = newest.withLock { $0.snapshot?.host[.agentResidentBytes] }
        process.viewers = viewers()
        var limit = rlimit()
        if getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 {
            process.openFilesLimit = UInt64(limit.rlim_cur)
        }
        let reader = ProcReader()
        do throws(ProcError) {
            process.openFiles = try reader.descriptorCount(ofProcess: getpid())
        } catch {
            // It stays unknown: no descriptor was left to look.
        }
        return process
    }
}
