import ArgumentParser
import Model
import Transport

/// `looptop serve`: the whole fleet as metrics, without a screen.
struct Serve: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Serve metrics of the whole fleet to Prometheus.",
        discussion: """
            Connects to hosts as the dashboard does, stays connected, and serves what they tell on /metrics, with the label \
            host. A host that is not live is told as down, and nothing else of it. /healthz answers, /readyz does with 200 \
            once every host has answered or failed. SIGTERM and Ctrl-C end it.
            """)

    @Argument(
        help: ArgumentHelp("Enrolled names, HOST[:PORT] or ssh:ALIAS; default: all.", valueName: "host"),
        completion: .custom(KnownNames.hosts))
    var names: [String] = []

    @Option(help: ArgumentHelp("HOST:PORT of this machine's loopback to serve on.", valueName: "host:port"))
    var metricsListen: String

    @OptionGroup var hosts: HostOptions

    mutating func run() throws {
        let address: SocketName
        do throws(TransportError) { address = try SocketName(loopback: metricsListen) } catch {
            throw Self.failure(error)
        }
        let (targets, membership) = try hosts.fleet(named: names)
        do {
            let signals = try SignalDescriptor()  // before the network's thread exists
            let pages = FleetPages(places: targets.map(\.place))
            let links = try FleetLinks(to: targets, membership: membership)
            // A loop of its own: a page on its way out holds up no host.
            let network = Network()
            let listener: Listener
            do throws(TransportError) {
                listener = try network.listen(pages: address) { await pages.answer($0) }
            } catch { throw Self.failure(error) }
            links.start(wanting: .workers)
            let name = SocketName(host: address.host, port: listener.port ?? address.port)
            Output.note("\(targets.count) \(targets.count == 1 ? "host" : "hosts") on http://\(name)/metrics")
            while !signals.sayStop() {
                pages.take(links.mailbox.takeAll())
                signals.wait(beside: links.mailbox.descriptor)
            }
            listener.close()
            links.shutdown()
        } catch let error as ShellError {
            throw Output.failure(error)
        }
    }
}

extension Serve {
    private static func failure(_ error: TransportError) -> ExitCode {
        switch error {
        case .notLoopback: Output.failure(.configuration, error.text)
        case .addressInUse: Output.failure(.unavailable, error.text)
        case .permissionDenied: Output.failure(.notAllowed, error.text)
        case .io: Output.failure(.systemError, error.text)
        case .notAnAddress, .pathTooLong, .unsafeDirectory, .notASocket, .unusableIdentity:
            Output.failure(.usage, error.text)
        }
    }
}
