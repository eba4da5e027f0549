import ArgumentParser
import CLinux
import Glibc
import Model
import Transport

/// `looptop-sim`: a fleet of made-up agents in one process, for tests and benches of the dashboard.
@main
struct SimulatorProgram: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "looptop-sim",
        abstract: "Simulated agents that speak the real protocol; for tests and benches.",
        discussion: """
            Over TCP each agent has a port of its own, from the one of --listen on, and a certificate; what a dashboard \
            needs to reach them is written to --state-dir. With a directory for --listen each has a unix socket in it. \
            Hosts that are black-holed take connections and say nothing, or do not even take them.

            When all listen it prints a line that begins with "ready". It runs until SIGTERM or SIGINT.
            """)

    @Option(help: "How many hosts.") var hosts = 10
    @Option(help: "Workers of each host.") var workers = 10
    @Option(help: "The same seed makes the same fleet.") var seed: UInt64 = 1

    @Option(help: ArgumentHelp("Address of the first host, or a directory for unix sockets.", valueName: "address"))
    var listen = "127.0.0.1:20000"

    @Option(
        name: .customLong("state-dir"),
        help: ArgumentHelp("Where to write the operator's identity and host book; must not exist.", valueName: "dir"))
    var stateDirectory: String?

    @Option(name: .customLong("write-hosts"), help: ArgumentHelp("Write all addresses, one a line.", valueName: "file"))
    var hostsFile: String?

    @Option(name: .customLong("black-holed"), help: ArgumentHelp("Share that never answers.", valueName: "share"))
    var blackHoled = Share.none

    @Option(help: ArgumentHelp("Share whose messages take up to seconds.", valueName: "share"))
    var slow = Share.none

    @Option(
        name: .customLong("bad-certificates"),
        help: ArgumentHelp("Share of another fleet, expired, or under another host's name.", valueName: "share"))
    var badCertificates = Share.none

    @Option(name: .customLong("old-protocol"), help: ArgumentHelp("Share with protocol 1 to 2.", valueName: "share"))
    var oldProtocol = Share.none

    @Option(help: ArgumentHelp("Seconds of a past to begin with; none is made up by default.", valueName: "seconds"))
    var past = 0

    @Option(help: ArgumentHelp("KiB of the past that each host keeps.", valueName: "KiB")) var history = 256

    func validate() throws {
        guard 1...10_000 ~= hosts else { throw ValidationError("--hosts is 1 to 10000") }
        guard 1...2000 ~= workers else { throw ValidationError("--workers is 1 to 2000") }
        guard 0...86_400 ~= past, 0...65_536 ~= history else {
            throw ValidationError("--past is at most a day, --history at most 64 MiB")
        }
        guard faults.map(\.share.value).reduce(0, +) <= 1 else { throw ValidationError("the shares exceed 100%") }
        if listen.hasPrefix("/"), badCertificates.value > 0 {
            throw ValidationError("unix sockets have no certificates: --bad-certificates needs TCP")
        }
        if !listen.hasPrefix("/"), stateDirectory == nil {
            throw ValidationError("over TCP a dashboard needs an identity: say where to write it with --state-dir")
        }
    }

    private var faults: [(fault: Fault.Kind, share: Share)] {
        [
            (.blackHoled, blackHoled), (.slow, slow), (.badCertificate, badCertificates), (.oldProtocol, oldProtocol),
        ]
    }

    mutating func run() throws {
        let stop = StopSignal()  // before the network's thread exists
        let plan = FleetPlan(hosts: hosts, seed: seed, faults: faults)
        let settings = SimulatedAgent.Settings(
            workers: workers, past: .seconds(past), historyBytes: history << 10)
        do throws(Failed) {
            try roomForDescriptors()
            let listening = try Listening(listen, hosts: hosts)
            let fleet = try SimulatedFleet(
                plan, settings: settings, listening: listening, stateDirectory: stateDirectory)
            if let hostsFile { try writeHosts(listening.addresses(hosts), to: hostsFile) }
            print("ready: \(hosts) hosts x \(workers) workers, seed \(seed), \(plan.summary)")
            fflush(nil)
            stop.wait()
            print(fleet.summary)
        } catch {
            let text = "looptop-sim: \(error.text)\n"
            _ = write(STDERR_FILENO, text, text.utf8.count)
            throw ExitCode(1)
        }
    }

    /// Of each host a listener, its connection, and one to a second dashboard.
    private func roomForDescriptors() throws(Failed) {
        let needed = UInt64(hosts) * 3 + 64
        let limit = looptop_raise_descriptor_limit()
        guard limit >= needed else {
            throw Failed("\(hosts) hosts need \(needed) open files, and the limit is \(limit): ulimit -n")
        }
    }

    private func writeHosts(_ addresses: [String], to path: String) throws(Failed) {
        let text = addresses.map { $0 + "\n" }.joined()
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw Failed("\(path): cannot be written (errno \(errno))") }
        defer { close(descriptor) }
        guard write(descriptor, text, text.utf8.count) == text.utf8.count else {
            throw Failed("\(path): cannot be written (errno \(errno))")
        }
    }
}

/// What keeps the simulator from running, in words.
struct Failed: Error {
    let text: String
    init(_ text: String) { self.text = text }
}

/// SIGTERM and SIGINT, waited for.
struct StopSignal {
    private var set: sigset_t

    /// Before any thread is started.
    init() {
        set = sigset_t()
        sigemptyset(&set)
        for signal in [SIGTERM, SIGINT] { sigaddset(&set, signal) }
        pthread_sigmask(SIG_BLOCK, &set, nil)
        signal(SIGPIPE, SIG_IGN)
    }

    func wait() {
        var (set, signal): (sigset_t, CInt) = (set, 0)
        sigwait(&set, &signal)
    }
}
