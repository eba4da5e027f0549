import CLinux
import Control
import Discovery
import Glibc
import Logging
import Model
import Serving
import Synchronization
import Transport
import Trust

/// What `run` was asked for, flags and file merged.
struct ServiceSettings: Sendable {
    var stateDirectory: String
    var socket: String
    /// `nil`: off.
    var runtime: RuntimeSettings?
    /// Share of a core per 100 workers that probing their loops may take; `nil`: they are not probed.
    var probeBudget: Double?
    /// `host:port`, each to serve TLS on.
    var listen: [String]
    /// To serve metrics on; `nil`: off.
    var metricsListen: SocketName?
    var hostName: String?
    var interval: Duration
    /// What the past may take in memory.
    var historyBytes = History.usualBytes
    var under: Int32?
    var match: String?
    var readOnly: Bool
    var policyFile: String?
    /// The file, read again on SIGHUP.
    var configuration = ConfigurationBox()

    /// What it watches, to tell whether another run watched the same.
    var scopeText: String { "under=\(under.map { "\($0)" } ?? "") match=\(match ?? "")" }
}

/// The running agent: puts the parts together, and takes them apart in order.
///
/// Threads: the sampler's, the prober's, the one that looks at connections, the runtime socket's, the network's event loop,
/// the task pool for the command desk and managers, and the main thread, which waits for signals.
final class Service {
    private let settings: ServiceSettings
    private let log: Logger
    private let manager: ServiceManager
    private let store: IdentityStore
    private let lock: StateLock
    private let host: HostInfo
    private let network = Network()
    private let policy: PolicyBox
    /// `host:port`, each to serve TLS on, and as whom; `nil` where there are none, or the agent is not enrolled.
    private let addresses: [String]
    private let membership: Membership?
    private let commanding: Commanding
    private let hub: Hub
    private let control: SamplerControl
    private let probing: Probing?
    private let connections: ConnectionService
    private let memory: MemoryKeeper
    private let events = EventNumbers()
    /// `nil` where nobody may ask for metrics: then nothing is counted for them.
    private let metrics: MetricsService?
    private var listeners: [Listener] = []

    /// The sampler's, once it runs.
    private let tasks: TaskIterator?
    /// The prober's, once it runs.
    private let switchLog: SwitchLog?

    init(
        settings: ServiceSettings, tasks: TaskIterator?, switchLog: SwitchLog?, log: Logger, manager: ServiceManager
    ) throws {
        self.settings = settings
        self.tasks = tasks
        self.switchLog = switchLog
        self.log = log
        self.manager = manager
        store = IdentityStore(directory: settings.stateDirectory)
        try store.makeDirectory()
        lock = try StateLock(directory: settings.stateDirectory)
        let (hubBox, events) = (HubBox(), events)
        let auditing = Auditing(directory: settings.stateDirectory, log: log) { text in
            hubBox.hub?.publish(events.event(.audit(text), at: Clocks.now()))
        }
        // Before there is an id: where there is one, a log that is missing was removed.
        let news = try auditing.begin()
        let id = try store.hostID()
        let name = try settings.hostName ?? Self.keptHostName(in: store)
        host = try Surroundings.host(id: id, name: name, interval: settings.interval)
        policy = try PolicyBox(file: settings.policyFile)
        addresses = settings.listen.isEmpty ? try Self.keptAddresses(in: store) : settings.listen
        membership = addresses.isEmpty ? nil : try Membership(of: store)
        if case .agent(let certified)? = membership?.identity.name, certified != id {
            throw Fatal(
                .configuration,
                """
                \(settings.stateDirectory)/host-id says \(id.hex), and the certificate beside it is of host \(certified.hex): \
                no dashboard would take it for either. Put the certificate's id into the file, or restore it from a backup.
                """)
        }
        memory = MemoryKeeper(
            directory: settings.stateDirectory, boot: host.boot, scope: settings.scopeText, version: host.agentVersion,
            now: Clocks.wall(), warn: { log.warning("\($0)") })
        control = try SamplerControl()
        let probing = settings.probeBudget == nil ? nil : Probing(control: try ProberControl(), log: log)
        self.probing = probing
        connections = try ConnectionService()
        let (control, connections) = (control, connections)
        commanding = Commanding(
            settings: settings, host: host, policy: policy, control: control, audit: auditing.trail, log: log,
            connections: { connections.report(for: $0, now: Clocks.monotonic()) },
            publish: { body in hubBox.hub?.publish(events.event(body, at: Clocks.now())) })
        hub = Hub(
            settings: Hub.Settings(
                host: host, runID: .random(), readOnly: settings.readOnly, role: Self.role(of:),
                policyObjection: { [policy] in policy.current.objection(toReadingBy: $0, role: Self.role(of: $0)) },
                membership: membership, log: log,
                history: History.Settings(byteLimit: settings.historyBytes, interval: settings.interval),
                watch: { probing?.control.watch($0) },
                tell: { text in
                    log.notice("\(text)")
                    hubBox.hub?.publish(events.event(.configuration(text), at: Clocks.now()))
                }),
            network: network, desk: commanding.desk)
        hubBox.hub = hub
        let hub = hub
        metrics =
            settings.metricsListen == nil
            ? nil
            : MetricsService(host: host, interval: settings.interval, started: Clocks.wall(), viewers: { hub.count })
        let started = Event.Body.agentStarted(version: host.agentVersion, previous: memory.previous)
        hub.publish(events.event(started, at: Clocks.now()))
        if let news { hub.publish(events.event(.audit(news), at: Clocks.now())) }
    }

    private static func keptHostName(in store: IdentityStore) throws(TrustError) -> String? {
        guard let name = try store.loadHostName() else { return nil }
        guard Surroundings.isHostName(name) else {
            throw .damagedFile(path: store.directory + "/host-name", reason: "it is not the name of a host")
        }
        return name
    }

    private static func keptAddresses(in store: IdentityStore) throws(TrustError) -> [String] {
        let addresses = try store.loadListenAddresses()
        for address in addresses {
            do { _ = try SocketName(parsing: address) } catch {
                throw .damagedFile(path: store.directory + "/listen", reason: "a line of it is not an address")
            }
        }
        return addresses
    }

    /// A peer's role as the transport authenticated it.
    private static func role(of peer: Peer) -> Role {
        switch peer {
        case .local(let uid, _): Policy.role(forLocalUID: uid, ownUID: getuid()) ?? .viewer
        case .person(_, let role, _): role
        case .agent, .rule: .viewer
        }
    }

    /// Until SIGTERM or SIGINT.
    func run() throws {
        let signals = try Signals()
        let forbidden = looptop_forbid_dumps()
        if forbidden != 0 { log.warning("core dumps stay possible: \(reason(-forbidden))") }
        let scope = try Scope(settings: settings)
        try openListeners()
        let submissions = [hub.serveSubmissions(), hub.serveQuestions()]
        let descriptors = looptop_raise_descriptor_limit()
        let runtime = try startRuntime(.within(descriptors: descriptors))
        let sampler = try startSampler(scope: scope, descriptors: descriptors, runtime: runtime?.board)
        wait(for: signals)

        manager.stopping()
        log.notice("stopping")
        for listener in listeners { listener.close() }
        hub.drain(reason: "agent stops")
        control.stop()
        sampler.join()
        memory.stop()
        connections.stop()
        probing?.stop()
        runtime?.stop()
        for task in submissions { task.cancel() }
        letGo(of: commanding.desk)
        // What is being sent may go out; a second signal ends it at once.
        for _ in 0..<60 where hub.count > 0 {
            if signals.next(within: 50) == .stop { break }
        }
        network.shutdown()
    }

    /// Restarts under way end here, and the audit log says so. Waits for that, since the process ends next, but not for
    /// ever: a disk can be stuck.
    private func letGo(of desk: CommandDesk) {
        do {
            let done = try Doorbell()
            let task = Task {
                await desk.stop()
                done.ring()
            }
            var event = pollfd(fd: done.descriptor, events: Int16(POLLIN), revents: 0)
            while poll(&event, 1, 2000) < 0, errno == EINTR {}
            if event.revents == 0 { log.error("restarts under way could not be recorded as interrupted within 2 s") }
            task.cancel()
        } catch {
            log.error("restarts under way are not recorded as interrupted: \(error.sentence)")
        }
    }

    private func openListeners() throws {
        let hub = hub
        do {
            let own = settings
            if !addresses.isEmpty, membership == nil {
                throw Fatal(
                    .configuration,
                    """
                    \(addresses.joined(separator: ", ")): this agent is not enrolled, and nothing is served over the \
                    network without an identity. On this host run 'looptop-agent init --listen ADDR', then where your \
                    fleet's CA is 'looptop enroll TOKEN'.
                    """)
            }
            listeners.append(
                try network.listen(
                    unix: own.socket, allow: { Policy.role(forLocalUID: $0, ownUID: getuid()) != nil },
                    accept: { hub.accept() }))
            log.notice("serving this machine on \(own.socket)")
            if let metrics, let name = own.metricsListen {
                let listener = try network.listen(pages: name, answer: { await metrics.answer($0) })
                listeners.append(listener)
                log.notice(
                    "metrics are on http://\(SocketName(host: name.host, port: listener.port ?? name.port))/metrics")
            }
            guard let membership else { return }
            if own.policyFile == nil {
                log.notice(
                    "no policy.json5 in \(own.stateDirectory): over the network this agent lets nobody do more than read"
                )
            }
            for address in addresses {
                do throws(TransportError) {
                    let name = try SocketName(parsing: address)
                    listeners.append(
                        try network.listen(tls: name, identity: { membership.identity }, accept: { hub.accept() }))
                } catch {
                    guard case .notAnAddress = error, own.listen.isEmpty else { throw error }
                    // No flag said it: the file that `init` wrote is not what it was, or this machine's addresses are not.
                    throw Fatal(.configuration, "\(own.stateDirectory)/listen: \(error.text)")
                }
                log.notice("serving fleet \(membership.identity.fleet) on \(address)")
            }
            hub.keepCertificate()
        } catch let error as TransportError {
            throw Fatal(ExitCode(error), error.text)
        }
    }

    /// Optional: a socket that cannot be made is a reason to end only when it was asked for.
    private func startRuntime(_ limits: RuntimeLimits) throws(Fatal) -> RuntimeService? {
        guard let asked = settings.runtime else { return nil }
        let log = log
        do throws(Fatal) {
            let service = try RuntimeService(settings: asked, limits: limits) { log.warning("\($0)") }
            log.notice("runtimes may report on \(asked.path)")
            return service
        } catch {
            guard !asked.isRequired else { throw error }
            log.warning("runtimes cannot report about themselves: \(error.sentence)")
            return nil
        }
    }

    private func startSampler(scope: Scope, descriptors: UInt64, runtime: RuntimeBoard?) throws(Fatal) -> NamedThread {
        let taken = runtime == nil ? 0 : UInt64(RuntimeLimits.within(descriptors: descriptors).connections)
        // Half of what is left: a probed worker takes about as many as one whose files the sampler keeps open.
        let left = descriptors - taken - min(descriptors - taken, Sampler.reservedDescriptors)
        let forProbes = probing == nil ? 0 : left / 2
        let samplerSettings = SamplerSettings(
            boot: host.boot, interval: settings.interval, scope: scope, ticksPerSecond: host.ticksPerSecond,
            descriptorLimit: descriptors - taken - forProbes)
        let configuration = settings.configuration
        let sampling = Sampling(
            hub: hub, desk: commanding.desk, events: events, connections: connections, manager: manager,
            memory: memory, metrics: metrics, log: log,
            hasRules: { !configuration.rules(app: $0).isEmpty })
        let control = control
        // Made here, so that what goes wrong ends the program, and then given to its thread for good.
        nonisolated(unsafe) let sampler = try Sampler(
            settings: samplerSettings, output: sampling.output, control: control)
        sampler.tasks = tasks
        sampler.runtime = runtime
        sampler.configuration = configuration
        sampler.rolls = commanding.rolls
        sampler.ledger = commanding.ledger
        sampler.membership = membership
        sampler.connections = connections.board
        sampler.restore(memory.groups, isSameBoot: memory.isSameBoot)
        let log = log
        try connections.start { log.warning("\($0)") }
        if let probing, let budget = settings.probeBudget {
            try probing.start(
                ProbingSettings(budget: budget, window: settings.interval, descriptorRoom: Int(clamping: forProbes)),
                switchLog: switchLog)
            sampler.probing = (probing.control, probing.board)
        }
        return try NamedThread("sampler") { sampler.run() }
    }

    private func wait(for signals: Signals) {
        while true {
            switch signals.next() {
            case .stop: return
            case .reload: reload()
            case nil: continue
            }
        }
    }

    /// Policy and configuration, each on its own: a bad file changes nothing and says so, in the log and to everybody.
    private func reload() {
        manager.reloading(at: Clocks.monotonic().nanoseconds)
        let reloading = Reloading(policy: policy, configuration: settings.configuration, settings: settings)
        for note in reloading.perform() {
            if note.isBad { log.error("\(note.text)") } else { log.notice("\(note.text)") }
            hub.publish(events.event(.configuration(note.text), at: Clocks.now()))
        }
        hub.checkPeers()
        control.lookSoon()
        manager.ready(status: "configuration and policy read again")
    }
}

/// Breaks the circle between the desk, which reports to the hub, and the hub, which gives commands to the desk.
private final class HubBox: Sendable {
    private let box = Mutex<Hub?>(nil)
    var hub: Hub? {
        get { box.withLock { $0 } }
        set { box.withLock { $0 = newValue } }
    }
}
