import Exposition
import Glibc
import Model
import Synchronization
import Transport

/// The pages of a fleet. The main thread takes in what links tell, tasks answer.
final class FleetPages: Sendable {
    private let metrics: Mutex<FleetMetrics>
    private let writer = ExpositionWriter()
    private let started = Clocks.wall()

    init(places: [HostPlace]) { metrics = Mutex(FleetMetrics(places: places)) }

    func take(_ items: [MailQueue.Item]) {
        guard !items.isEmpty else { return }
        metrics.withLock { metrics in
            for item in items {
                metrics.take(item.event, from: item.host, now: Clocks.monotonic(), wall: Clocks.wall())
            }
        }
    }

    func answer(_ request: PageRequest) async -> Page? {
        switch request.path {
        case "/metrics":
            guard let format = ExpositionFormat(accept: request.accept) else {
                return Page(status: 406, "there is text/plain and application/openmetrics-text")
            }
            let hosts = metrics.withLock { $0.exposed(now: Clocks.monotonic(), wall: Clocks.wall()) }
            return Page(contentType: format.contentType, body: await writer.text(of: hosts, by: process, as: format))
        case "/healthz": return Page("it answers")
        case "/readyz":
            return metrics.withLock({ $0.isReady })
                ? Page("every host has answered or failed") : Page(status: 503, "not every host has answered or failed")
        default: return nil
        }
    }

    /// What it takes itself.
    private var process: ExportingProcess {
        var process = ExportingProcess(version: Version.number, started: started)
        var usage = rusage()
        if getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 {
            process.cpuNanoseconds = usage.ru_utime.nanoseconds + usage.ru_stime.nanoseconds
        }
        // Size and resident memory in pages, proc_pid_statm(5); what cannot be read stays unknown.
        if let text = try? InputText.read("/proc/self/statm", limit: 4096),
            let word = text.split(separator: UInt8(ascii: " ")).dropFirst().first,
            let pages = UInt64(String(decoding: word, as: UTF8.self))
        {
            process.residentBytes = pages &* UInt64(max(0, sysconf(CInt(_SC_PAGESIZE))))
        }
        return process
    }
}

extension timeval {
    fileprivate var nanoseconds: UInt64 { UInt64(max(0, tv_sec)) * 1_000_000_000 + UInt64(max(0, tv_usec)) * 1000 }
}
