import ArgumentParser
import CLinux
import Discovery
import Glibc
import Lag
import Logging
import Model
import Serving
import Transport
import Trust

/// `looptop-agent run`: in the foreground until SIGTERM.
struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Watch this machine's workers and serve them (the default).")

    @Option(help: "Where identity, policy and audit log are kept; one agent each. For root /var/lib/looptop-agent.")
    var stateDir: String?
    @Option(help: "Configuration file. Default: \(Configuration.defaultPath), where it exists.")
    var config: String?
    @Option(
        help: """
            Policy file: who may do what over the network. Default: policy.json5 in the state directory, else \
            /etc/looptop-agent/policy.json5.
            """)
    var policy: String?
    @Option(help: "Path of the unix socket for this machine.")
    var socket: String?
    @Option(
        help: """
            Path of the unix socket on which runtimes report about themselves, or 'off'. Default: runtime.sock beside \
            the socket above; for root /run/looptop-runtime/runtime.sock.
            """)
    var runtimeSocket: String?
    @Option(help: "HOST:PORT to serve TLS on, repeatable; the agent must be enrolled. Default: what 'init' stored.")
    var listen: [String] = []
    @Option(
        help: """
            HOST:PORT of this machine's loopback to serve metrics on, in Prometheus' and OpenMetrics' text: /metrics, \
            /healthz, /readyz. Default: off.
            """)
    var metricsListen: String?
    @Option(help: "What this host is called. Default: its node name.")
    var hostName: String?
    @Option(help: "Seconds between two sweeps, 0.1 to 60. Default: 1.")
    var interval: Double?
    @Option(help: "MiB of memory for the past: a quarter of an hour as it was, and a day in steps of 15 s. Default: 8.")
    var history: Double?
    @Option(help: "Watch only processes below this pid.")
    var under: Int32?
    @Option(help: "Watch only workers whose command line, or whose master's, matches this regular expression.")
    var match: String?
    @Flag(help: "Read counters only: utilisation, and no event-loop lag.")
    var noProbe = false
    @Option(help: "Percent of one core that probing may take per 100 workers; beyond it, less often. Default: 1.5.")
    var probeBudget: Double?
    @Flag(help: "Refuse every command, whatever the policy says.")
    var readOnly = false
    @Option(
        help: """
            Become this user before anything else, and keep three capabilities of root's only: for an agent that root \
            starts without systemd.
            """)
    var user: String?
    @Flag(
        help: """
            Do without the filter that refuses system calls to the agent and to the commands it starts: where one of them \
            mounts, traces or, under an agent that is not root's, uses sudo.
            """)
    var noSeccomp = false
    @Flag(
        help: """
            Do without the BPF programs that tell of all workers at once, which the agent loads where it may: sampling \
            and looking at loops then take several times as much CPU time.
            """)
    var noBpf = false
    @Option(
        help: "trace, debug, info, notice, warning or error.",
        transform: { text in
            guard let level = Logger.Level(rawValue: text) else { throw ValidationError("there is no level \(text)") }
            return level
        })
    var logLevel = Logger.Level.notice
    @Option(help: "auto, journal, human or logfmt.")
    var logFormat: LogOutput.Format = .auto

    func run() throws {
        let surroundings = Surroundings.current()
        let (level, format, environment) = (logLevel, logFormat, surroundings.environment)
        let log = Logger(label: "looptop-agent") { _ in
            LogOutput(level: level, format: format, environment: environment)
        }
        let places = try places(surroundings)
        let (tasks, tasksWords) = loadTasks()
        let (switchLog, switchWords) = noProbe ? (nil, nil) : loadSwitchLog()
        let confinement = try Confinement(
            user: user, directories: places.directories, filtersCalls: !noSeccomp)
        let settings = try settings(places)
        let answer = tasks?.read() ?? 0
        let descriptors = looptop_raise_descriptor_limit()
        // With fewer the network's event loop would end the process, and in no words of ours.
        guard descriptors >= Sampler.reservedDescriptors else {
            throw Fatal(
                .osError,
                "\(descriptors) descriptors are too few, and it needs \(Sampler.reservedDescriptors) before it looks at "
                    + "any worker: see ulimit -n, or LimitNOFILE= of the unit")
        }
        let manager = ServiceManager(environment: environment)
        let service = try Service(
            settings: settings, tasks: answer == 0 ? tasks : nil, switchLog: switchLog, log: log, manager: manager)
        for words in confinement.words { log.notice("\(words)") }
        log.info("\(answer == 0 ? tasksWords : "each worker is read by itself: the BPF program: \(reason(answer))")")
        if let switchWords { log.info("\(switchWords)") }
        try service.run()
    }

    /// Before anything is given up: loading takes rights that reading does not. With what the log says of it.
    private func loadTasks() -> (TaskIterator?, words: String) {
        guard !noBpf else { return (nil, "each worker is read by itself: --no-bpf") }
        do throws(TaskIterator.Unavailable) {
            return (try TaskIterator(), "a BPF program counts for all workers at once")
        } catch {
            return (nil, "each worker is read by itself: no BPF program: \(error.reason)")
        }
    }

    private func loadSwitchLog() -> (SwitchLog?, words: String?) {
        guard !noBpf else { return (nil, "each loop is looked at by itself: --no-bpf") }
        do throws(SwitchLog.Unavailable) {
            return (try SwitchLog(), "a BPF program records when the loops of all workers sleep")
        } catch {
            return (nil, "each loop is looked at by itself: no BPF program: \(error.reason)")
        }
    }

    /// What the agent makes for itself, where whoever started it has it.
    private struct Places {
        var state: String
        var socket: String
        var runtime: RuntimeSettings?

        var directories: [OwnDirectory] {
            let sockets = [OwnDirectory(path: Ancestors.parent(of: socket))]
            let runtimes = runtime.map { [OwnDirectory(path: Ancestors.parent(of: $0.path), isForAll: $0.isForAll)] }
            return [OwnDirectory(path: state)] + sockets + (runtimes ?? [])
        }
    }

    private func places(_ surroundings: Surroundings) throws(Fatal) -> Places {
        let state = stateDir ?? surroundings.stateDirectory
        guard state.hasPrefix("/") else { throw Fatal(.usage, "--state-dir \(state): give an absolute path") }
        let (environment, uid) = (surroundings.environment, surroundings.uid)
        return Places(
            state: state, socket: socket ?? DefaultSocket.path(environment: environment, uid: uid),
            runtime: RuntimeSettings(flag: runtimeSocket, socket: socket, environment: environment, uid: uid))
    }

    /// Flags over the file over what is usual.
    private func settings(_ places: Places) throws(Fatal) -> ServiceSettings {
        let box = try ConfigurationBox(named: config)
        let file = box.current
        let seconds = interval ?? file.interval ?? 1
        guard seconds >= 0.1, seconds <= 60 else {
            throw Fatal(.usage, "--interval \(seconds): give 0.1 to 60 seconds")
        }
        _ = try Scope(under: under ?? file.under, match: match ?? file.match)  // before anything is made
        if let probeBudget, !(probeBudget > 0 && probeBudget <= 100) {
            throw Fatal(.usage, "--probe-budget \(probeBudget): give a percentage of one core, above 0 up to 100")
        }
        if let history, !(history >= 0 && history <= 1024) {
            throw Fatal(.usage, "--history \(history): give 0 to 1024 MiB")
        }
        let metrics: SocketName?
        do throws(TransportError) {
            metrics = try metricsListen.map(SocketName.init(loopback:)) ?? file.metricsListen
        } catch {
            throw Fatal(ExitCode(error), "--metrics-listen \(error.text)")
        }
        return ServiceSettings(
            stateDirectory: places.state, socket: places.socket, runtime: places.runtime,
            probeBudget: noProbe ? nil : probeBudget.map { $0 / 100 } ?? ProbeBudget.usual,
            listen: listen.isEmpty ? file.listen ?? [] : listen, metricsListen: metrics,
            hostName: hostName ?? file.hostName,
            interval: .seconds(seconds),
            historyBytes: history.map { Int($0 * 1_048_576) } ?? History.usualBytes, under: under ?? file.under,
            match: match ?? file.match,
            readOnly: readOnly || file.readOnly ?? false,
            policyFile: policy ?? Surroundings.policyFile(stateDirectory: places.state), configuration: box)
    }
}

extension LogOutput.Format: ExpressibleByArgument {}

extension Scope {
    init(settings: ServiceSettings) throws(Fatal) { try self.init(under: settings.under, match: settings.match) }

    /// The agent itself and those it descends from are never workers.
    init(under: Int32?, match pattern: String?) throws(Fatal) {
        if let under, under <= 0 || access("/proc/\(under)", F_OK) != 0 {
            throw Fatal(.usage, "--under \(under): there is no process with that pid")
        }
        var matches: (@Sendable (String) -> Bool)?
        if let pattern {
            do {
                // A compiled expression is never changed after this; Regex is not marked so.
                nonisolated(unsafe) let expression = try Regex(pattern)
                // Matching throws only from code inside an expression, and a text has none.
                matches = { line in (try? expression.firstMatch(in: line)) != nil }
            } catch {
                throw Fatal(.usage, "--match \(pattern): \(error)")
            }
        }
        self.init(
            underPID: under, match: matches,
            excludedPIDs: Surroundings.agentAndAncestors().subtracting(under.map { [$0] } ?? []))
    }
}
