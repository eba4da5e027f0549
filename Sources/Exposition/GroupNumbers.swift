internal import Model

/// What is told of an app.
struct GroupNumbers: Sendable {
    var family: MetricFamily
    var decimals: Int
    var value: @Sendable (GroupEntry) -> UInt64?

    private init(
        _ kind: MetricFamily.Kind, _ name: StaticString, _ help: StaticString, decimals: Int = 0,
        _ value: @escaping @Sendable (GroupEntry) -> UInt64?
    ) {
        family = MetricFamily(name: name, kind: kind, help: help)
        self.decimals = decimals
        self.value = value
    }

    private init(
        _ kind: MetricFamily.Kind, _ name: StaticString, _ help: StaticString, _ field: GroupField, decimals: Int = 0
    ) {
        self.init(kind, name, help, decimals: decimals) { $0.row[field] }
    }

    static let all: [GroupNumbers] = [
        GroupNumbers(.gauge, "looptop_app_workers", "Workers alive.", .workers),
        GroupNumbers(.gauge, "looptop_app_workers_expected", "Workers that there should be.") {
            $0.info.expected.map(UInt64.init)
        },
        GroupNumbers(.gauge, "looptop_app_hung_workers", "Workers whose loops do not turn, by evidence.", .hungWorkers),
        GroupNumbers(
            .counter, "looptop_app_exits_total", "Workers whose exit the agent saw since it found the app.", .exits),
        GroupNumbers(
            .counter, "looptop_app_cpu_seconds_total",
            "CPU time of the workers, those that ended included, since the agent found the app.", .cpuNanoseconds,
            decimals: 9),
        GroupNumbers(
            .gauge, "looptop_app_memory_bytes", "Resident memory of the workers, added up.", .residentBytes),
        GroupNumbers(.gauge, "looptop_app_connections", "Established TCP connections of the workers.", .connections),
        GroupNumbers(
            .gauge, "looptop_app_accept_queue", "Connections that wait to be accepted on the app's sockets.",
            .acceptQueue),
        GroupNumbers(
            .gauge, "looptop_app_accept_queue_limit", "How many connections may wait to be accepted.",
            .acceptQueueLimit),
        GroupNumbers(
            .gauge, "looptop_app_cgroup_memory_used_bytes",
            "Memory in use of the fullest control group with a limit that a worker is in.", .memoryUsedBytes),
        GroupNumbers(
            .gauge, "looptop_app_cgroup_memory_limit_bytes", "How much may be in use there.", .memoryLimitBytes),
        GroupNumbers(
            .gauge, "looptop_app_delay_max_seconds",
            "Longest stretch of a loop of the app in the last second or interval, one that goes on included.",
            decimals: 6
        ) { $0.row.isLagMeasured ? $0.row[.worstLagMicroseconds] : nil },
        GroupNumbers(
            .gauge, "looptop_app_delay_p99_seconds",
            "What an event that comes at a random moment to any loop of the app waits longer than once in a hundred times.",
            decimals: 6
        ) { $0.row.isLagMeasured ? $0.row[.lagP99Microseconds] : nil },
    ]
}

extension GroupRow {
    /// And not only known to be "at most".
    fileprivate var isLagMeasured: Bool {
        let quality = self[.lagQuality].flatMap { LagQuality(rawValue: UInt8(truncatingIfNeeded: $0)) }
        return quality == .exact || quality == .floor
    }
}
