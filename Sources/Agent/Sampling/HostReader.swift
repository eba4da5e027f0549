import Model
import ProcFS

/// Reads the host's own row. What a kernel does not have stays unknown.
struct HostReader {
    private let ticksPerSecond: UInt64
    private let reader: ProcReader

    init(reader: ProcReader, ticksPerSecond: UInt32) {
        self.reader = reader
        self.ticksPerSecond = UInt64(max(1, ticksPerSecond))
    }

    func sample(into row: inout HostRow) throws(ProcError) {
        let nanosecondsPerTick = 1_000_000_000 / ticksPerSecond
        let stat = try reader.withHostFile("stat") { (text) throws(ProcError) in try HostStat(parsing: text) }
        row[.cpuBusyNanoseconds] = stat.total.busy &* nanosecondsPerTick
        row[.cpuStealNanoseconds] = stat.total.steal &* nanosecondsPerTick
        let memory = try reader.withHostFile("meminfo") { (text) throws(ProcError) in try MemInfo(parsing: text) }
        row[.memoryTotalBytes] = memory.totalBytes
        row[.memoryAvailableBytes] = memory.availableBytes
        let load = try reader.withHostFile("loadavg") { (text) throws(ProcError) in try LoadAverage(parsing: text) }
        row[.load1Hundredths] = load.oneHundredths
        row[.load5Hundredths] = load.fiveHundredths
        row[.load15Hundredths] = load.fifteenHundredths
        row[.uptimeNanoseconds] = try reader.withHostFile("uptime") { (text) throws(ProcError) in
            try Uptime(parsing: text).nanoseconds
        }
        row[.pressureCPUMicroseconds] = try pressure("pressure/cpu")
        row[.pressureMemoryMicroseconds] = try pressure("pressure/memory")
        row[.pressureIOMicroseconds] = try pressure("pressure/io")
    }

    /// `nil` where the kernel has no PSI, or was booted without it (EOPNOTSUPP on read).
    private func pressure(_ file: String) throws(ProcError) -> UInt64? {
        do {
            return try reader.withHostFile(file) { (text) throws(ProcError) in
                try Pressure(parsing: text).someMicroseconds
            }
        } catch {
            switch error {
            case .vanished, .io, .denied: return nil
            case .malformed: throw error
            }
        }
    }
}
