internal import Model

/// A family of samples that are columns of a row, one or several of a thing.
struct RowNumbers<Field: RowField>: Sendable {
    struct Sample: Sendable {
        var field: Field
        /// Digits of the column's number that stand behind the point of the exported one.
        var decimals: Int
        /// A label of it, with the comma before it.
        var more: StaticString = ""
    }

    var family: MetricFamily
    var samples: [Sample]

    init(_ kind: MetricFamily.Kind, _ name: StaticString, _ help: StaticString, _ samples: [Sample]) {
        family = MetricFamily(name: name, kind: kind, help: help)
        self.samples = samples
    }

    init(
        _ kind: MetricFamily.Kind, _ name: StaticString, _ help: StaticString, _ field: Field, decimals: Int = 0
    ) {
        self.init(kind, name, help, [Sample(field: field, decimals: decimals)])
    }
}

/// What is told of a host.
enum HostNumbers {
    static let all: [RowNumbers<HostField>] = [
        RowNumbers(
            .counter, "looptop_host_cpu_seconds_total", "CPU time in which the cores of the host were busy.",
            .cpuBusyNanoseconds, decimals: 9),
        RowNumbers(
            .counter, "looptop_host_cpu_steal_seconds_total", "CPU time that the hypervisor took.",
            .cpuStealNanoseconds, decimals: 9),
        RowNumbers(.gauge, "looptop_host_memory_size_bytes", "Memory of the host.", .memoryTotalBytes),
        RowNumbers(
            .gauge, "looptop_host_memory_available_bytes", "Memory that could be had without swapping.",
            .memoryAvailableBytes),
        RowNumbers(.gauge, "looptop_host_load1", "Load average over 1 minute.", .load1Hundredths, decimals: 2),
        RowNumbers(.gauge, "looptop_host_load5", "Load average over 5 minutes.", .load5Hundredths, decimals: 2),
        RowNumbers(.gauge, "looptop_host_load15", "Load average over 15 minutes.", .load15Hundredths, decimals: 2),
        RowNumbers(
            .counter, "looptop_host_pressure_waiting_seconds_total", "Time in which some task waited for the resource.",
            [
                .init(field: .pressureCPUMicroseconds, decimals: 6, more: ",resource=\"cpu\""),
                .init(field: .pressureMemoryMicroseconds, decimals: 6, more: ",resource=\"memory\""),
                .init(field: .pressureIOMicroseconds, decimals: 6, more: ",resource=\"io\""),
            ]),
        RowNumbers(
            .gauge, "looptop_host_uptime_seconds", "Since the host was booted.", .uptimeNanoseconds, decimals: 9),
        RowNumbers(.gauge, "looptop_host_workers", "Workers alive.", .workers),
        RowNumbers(.gauge, "looptop_host_hung_workers", "Workers whose loops do not turn, by evidence.", .hungWorkers),
        RowNumbers(
            .counter, "looptop_host_workers_cpu_seconds_total",
            "CPU time of all workers, those that ended included, since the agent started.", .workersCPUNanoseconds,
            decimals: 9),
        RowNumbers(
            .gauge, "looptop_host_workers_memory_bytes", "Resident memory of all workers, added up.",
            .workersResidentBytes),
        RowNumbers(
            .counter, "looptop_host_exits_total", "Workers whose exit the agent saw since it started.", .exits),
        RowNumbers(
            .counter, "looptop_agent_cpu_seconds_total", "CPU time of the host's agent.", .agentCPUNanoseconds,
            decimals: 9),
        RowNumbers(
            .gauge, "looptop_agent_memory_bytes", "Resident memory of the host's agent.", .agentResidentBytes),
        RowNumbers(
            .counter, "looptop_sample_overruns_total", "Sweeps that the agent left out because it was late.",
            .missedSweeps),
        RowNumbers(
            .gauge, "looptop_sample_duration_seconds", "How long the sweep before the newest took.", .sweepMicroseconds,
            decimals: 6),
        RowNumbers(
            .gauge, "looptop_sample_interval_seconds", "Planned time between the newest two sweeps.",
            .cadenceMilliseconds, decimals: 3),
    ]

    typealias Other = (
        family: MetricFamily, decimals: Int, value: @Sendable (Snapshot, HostInfo?) -> UInt64?
    )

    /// What is in no column.
    static let others: [Other] = [
        (
            MetricFamily(name: "looptop_host_cpu_cores", kind: .gauge, help: "Cores of the host."), 0,
            { _, info in info.map { UInt64($0.cores) } }
        ),
        (
            MetricFamily(
                name: "looptop_samples_total", kind: .counter, help: "Sweeps of the agent since it started."), 0,
            { snapshot, _ in snapshot.sequence }
        ),
        (
            MetricFamily(
                name: "looptop_last_sample_timestamp_seconds", kind: .gauge,
                help: "When the newest sweep was made, since 1970, on the host's clock."), 9,
            { snapshot, _ in UInt64(max(0, snapshot.wall.nanoseconds)) }
        ),
    ]
}
