import ArgumentParser
import Glibc
import Lag
import Model

/// `looptop-agent observe`: the lag of some processes, on stdout, without a server and without state.
struct ObserveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "observe",
        abstract: "Print the event-loop lag of processes, once a second.",
        discussion: """
            The processes are only looked at, from outside: nothing is attached to them, and they need no preparation. Your \
            own processes need no privilege. Ends with --seconds, with Ctrl-C, or when all of them have ended.
            """)

    enum Format: String, CaseIterable, ExpressibleByArgument { case table, jsonl }

    enum Period: String, CaseIterable, ExpressibleByArgument {
        case adaptive
        case five = "5ms"
        case ten = "10ms"
        case twenty = "20ms"
        case fifty = "50ms"

        var mode: Cadence.Mode {
            switch self {
            case .adaptive: .adaptive
            case .five: .fixed(.milliseconds(5))
            case .ten: .fixed(.milliseconds(10))
            case .twenty: .fixed(.milliseconds(20))
            case .fifty: .fixed(.milliseconds(50))
            }
        }
    }

    enum Tier: String, CaseIterable, ExpressibleByArgument {
        case auto, perf, proc, nosys, utilisation

        var limit: LagTier { LagTier.allCases.first { $0.word == rawValue } ?? .perf }
    }

    @Option(parsing: .unconditionalSingleValue, help: "A process to look at; repeatable.")
    var pid: [Int32]
    @Option(help: "Time between two looks: 50 ms, and 10 ms after a sign of trouble (adaptive), or always the same.")
    var probe = Period.adaptive
    @Option(help: "Use no more than perf, proc, nosys or utilisation. auto: the best that the kernel allows.")
    var tier = Tier.auto
    @Flag(help: "Do without the BPF program that records when loops sleep, which is loaded where it may be.")
    var noBpf = false
    @Option(help: "End after so many windows of one second.")
    var seconds: Int?
    @Option(name: [.customShort("o"), .customLong("output")], help: "table or jsonl, one object to a line.")
    var output = Format.table
    @Option(help: "Write every look into this file, to be replayed.")
    var record: String?

    func run() throws {
        if let seconds, seconds < 1 { throw Fatal(.usage, "--seconds \(seconds): give 1 or more") }
        guard !pid.isEmpty else { throw Fatal(.usage, "give the process to look at: --pid PID") }
        for pid in pid where pid < 1 { throw Fatal(.usage, "--pid \(pid): a process id is 1 or more") }
        let observation = try Observation(
            pids: pid,
            settings: ProberSettings(
                mode: probe.mode, limit: tier.limit, budget: ProbeBudget(perHundredWorkers: .infinity),
                isRecording: record != nil),
            switchLog: switchLog(), windows: seconds, isForced: tier != .auto, recordingPath: record)
        switch output {
        case .jsonl: try observation.run { LagJSON.line(for: $0) }
        case .table:
            let table = LagTable(cores: UInt32(clamping: sysconf(CInt(_SC_NPROCESSORS_ONLN))))
            try observation.run(heading: LagTable.heading) { table.line(for: $0) }
        }
    }

    /// `nil` where it may not be loaded: then each thread has a record of its own, if the kernel allows that.
    private func switchLog() -> SwitchLog? {
        guard tier.limit == .perf, !noBpf else { return nil }
        do throws(SwitchLog.Unavailable) { return try SwitchLog() } catch { return nil }
    }
}
