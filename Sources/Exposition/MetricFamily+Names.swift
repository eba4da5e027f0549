/// The families that are not made from a column of a row.
extension MetricFamily {
    // Un-labelled: by convention they mean the process that writes the text.
    static let buildInfo = MetricFamily(
        name: "looptop_build_info", kind: .info, help: "The program that tells these metrics.")
    static let ownCPU = MetricFamily(
        name: "process_cpu_seconds_total", kind: .counter, help: "CPU time of the exporting process.")
    static let ownMemory = MetricFamily(
        name: "process_resident_memory_bytes", kind: .gauge, help: "Resident memory of the exporting process.")
    static let ownFiles = MetricFamily(
        name: "process_open_fds", kind: .gauge, help: "Open descriptors of the exporting process.")
    static let ownFilesLimit = MetricFamily(
        name: "process_max_fds", kind: .gauge, help: "How many descriptors the exporting process may have open.")
    static let ownStart = MetricFamily(
        name: "process_start_time_seconds", kind: .gauge, help: "When the exporting process was started, since 1970.")
    static let viewers = MetricFamily(
        name: "looptop_viewers", kind: .gauge, help: "Sessions of dashboards that the agent serves.")

    static let hostUp = MetricFamily(
        name: "looptop_host_up", kind: .gauge,
        help: "Whether the host is connected and its samples come in time; where not, nothing else is told of it.")
    static let hostAge = MetricFamily(
        name: "looptop_host_sample_age_seconds", kind: .gauge, help: "Since the newest sample of the host was taken.")

    static let appInfo = MetricFamily(
        name: "looptop_app_info", kind: .info, help: "How the app was recognised, and who keeps it.")

    static let workerInfo = MetricFamily(
        name: "looptop_worker_info", kind: .info, help: "The process that is in the slot by now.")
    static let uptime = MetricFamily(
        name: "process_uptime_seconds", kind: .gauge, help: "Since the worker was started.")
    static let filesLimit = MetricFamily(
        name: "looptop_worker_file_descriptor_limit", kind: .gauge,
        help: "How many descriptors the worker may have open.")
    static let workerState = MetricFamily(
        name: "looptop_worker_state", kind: .gauge, help: "What the worker's main thread does: 1 for what it is.")
    static let workerHung = MetricFamily(
        name: "looptop_worker_hung", kind: .gauge,
        help: "Whether there is evidence that the loop does not turn any more.")
    static let workerRestarts = MetricFamily(
        name: "looptop_worker_restarts_total", kind: .counter,
        help: "How often another process was met in the slot, from one sample to the next, since metrics are served.")
    static let delay = MetricFamily(
        name: "looptop_eventloop_delay_seconds", kind: .histogram,
        help:
            """
            Stretches of 1 ms and more in which the loop did not turn, seen from outside: one observation each. Shorter ones \
            are not counted. A length is known to a quarter: what may be longer than a bound counts above it, and the sum is \
            made of the middles. Of a loop that gave no evidence of its turns a length is at most.
            """)
}

extension LagBuckets {
    /// The label `le` of each bucket, behind others.
    static let labels: [StaticString] = [
        ",le=\"0.001\"", ",le=\"0.0025\"", ",le=\"0.005\"", ",le=\"0.01\"", ",le=\"0.025\"", ",le=\"0.05\"",
        ",le=\"0.1\"", ",le=\"0.25\"", ",le=\"0.5\"", ",le=\"1\"", ",le=\"2.5\"", ",le=\"5\"", ",le=\"10\"",
        ",le=\"+Inf\"",
    ]
    /// As OpenMetrics wants whole numbers.
    static let canonicalLabels: [StaticString] = labels.map { label in
        switch "\(label)" {
        case ",le=\"1\"": ",le=\"1.0\""
        case ",le=\"5\"": ",le=\"5.0\""
        case ",le=\"10\"": ",le=\"10.0\""
        default: label
        }
    }
}
