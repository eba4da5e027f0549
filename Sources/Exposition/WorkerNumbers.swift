internal import Model

/// What is told of a worker: the names are those of OpenTelemetry's semantic conventions for a process where it has one, as
/// Prometheus writes them.
enum WorkerNumbers {
    static let all: [RowNumbers<WorkerField>] = [
        RowNumbers(
            .counter, "process_cpu_time_seconds_total", "CPU time of all threads of the worker, dead ones included.",
            .cpuNanoseconds, decimals: 9),
        RowNumbers(.gauge, "process_memory_usage_bytes", "Resident memory of the worker.", .residentBytes),
        RowNumbers(.untyped, "process_thread_count", "Threads of the worker.", .threads),
        RowNumbers(
            .untyped, "process_unix_file_descriptor_count", "Open descriptors of the worker.", .openFiles),
        RowNumbers(
            .counter, "process_context_switches_total", "How often the main thread of the worker left the CPU.",
            [
                .init(field: .voluntarySwitches, decimals: 0, more: ",process_context_switch_type=\"voluntary\""),
                .init(field: .involuntarySwitches, decimals: 0, more: ",process_context_switch_type=\"involuntary\""),
            ]),
        RowNumbers(
            .counter, "process_disk_io_bytes_total", "Bytes that the worker had fetched from storage and sent to it.",
            [
                .init(field: .readBytes, decimals: 0, more: ",disk_io_direction=\"read\""),
                .init(field: .writtenBytes, decimals: 0, more: ",disk_io_direction=\"write\""),
            ]),
        RowNumbers(
            .counter, "looptop_worker_main_thread_run_seconds_total", "CPU time of the main thread.",
            .loopRunNanoseconds, decimals: 9),
        RowNumbers(
            .counter, "looptop_worker_main_thread_wait_seconds_total",
            "Time in which the main thread could have run and had no CPU.", .loopWaitNanoseconds, decimals: 9),
        RowNumbers(
            .gauge, "looptop_worker_connections", "Established TCP connections of the worker.", .connections),
        RowNumbers(
            .counter, "looptop_worker_folded_cpu_seconds_total",
            "CPU time of wrappers and helpers of the worker, those that ended included.", .foldedCPUNanoseconds,
            decimals: 9),
        RowNumbers(
            .gauge, "looptop_worker_folded_memory_bytes", "Resident memory of wrappers and helpers of the worker.",
            .foldedResidentBytes),
        RowNumbers(
            .gauge, "nodejs_eventloop_delay_max_seconds", "Longest delay of the loop, as the runtime tells.",
            .runtimeDelayMaxMicroseconds, decimals: 6),
        RowNumbers(
            .gauge, "nodejs_eventloop_delay_p99_seconds",
            "What an event at a random moment waits longer than once in a hundred times, as the runtime tells.",
            .runtimeDelayP99Microseconds, decimals: 6),
        RowNumbers(
            .gauge, "nodejs_eventloop_utilization_ratio",
            "Share of time in which the loop did not wait, as the runtime tells.",
            .runtimeUtilisationPermille, decimals: 3),
        RowNumbers(
            .gauge, "v8js_memory_heap_used_bytes", "Memory in use by objects of the runtime, as it tells.",
            .runtimeHeapBytes),
        RowNumbers(
            .counter, "looptop_worker_gc_seconds_total", "Time spent in garbage collection, as the runtime tells.",
            .runtimeGCMicroseconds, decimals: 6),
        RowNumbers(
            .gauge, "looptop_eventloop_utilization_ratio",
            "Share of the last second or interval in which the loop did not wait for events.",
            .loopUtilisationPermille, decimals: 3),
        RowNumbers(
            .gauge, "looptop_eventloop_run_queue_ratio", "Share in which the loop wanted a CPU and had none.",
            .loopRunQueuePermille, decimals: 3),
        RowNumbers(
            .gauge, "looptop_eventloop_blocked_ratio", "Share in which the loop waited for something else than events.",
            .loopBlockedPermille, decimals: 3),
    ]

    /// Of loops whose lag is measured; what is only known to be "at most" is left out.
    static let lags: [RowNumbers<WorkerField>] = [
        RowNumbers(
            .gauge, "looptop_eventloop_delay_max_seconds",
            "Longest stretch of the loop that ended in the last second or interval.", .lagMaxMicroseconds, decimals: 6),
        RowNumbers(
            .gauge, "looptop_eventloop_delay_p99_seconds",
            "What an event that came at a random moment of it waited longer than once in a hundred times.",
            .lagP99Microseconds, decimals: 6),
        RowNumbers(
            .gauge, "looptop_eventloop_delay_p50_seconds",
            "What an event that came at a random moment of it waited longer than every other time.",
            .lagP50Microseconds, decimals: 6),
        RowNumbers(
            .gauge, "looptop_eventloop_open_stall_seconds",
            "How long the loop has not turned, where it has not for 3 ms; else 0.", .openStallMicroseconds, decimals: 6),
    ]

    /// One label for each state.
    static let states: [StaticString] = [
        ",state=\"running\"", ",state=\"sleeping\"", ",state=\"blocked\"", ",state=\"stopped\"", ",state=\"dead\"",
    ]

    /// The place in `states` of the kernel's letter; `nil` for one that it has not had so far. proc_pid_status(5).
    static func state(_ letter: UInt8) -> Int? {
        switch letter {
        case UInt8(ascii: "R"): 0
        case UInt8(ascii: "S"), UInt8(ascii: "I"): 1
        case UInt8(ascii: "D"): 2
        case UInt8(ascii: "T"), UInt8(ascii: "t"): 3
        case UInt8(ascii: "Z"), UInt8(ascii: "X"): 4
        default: nil
        }
    }
}
