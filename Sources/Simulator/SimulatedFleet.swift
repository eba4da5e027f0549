import Glibc
import Model
import Transport
import Trust

/// All simulated hosts, listening: on one event loop, with a network of its own for each, as if on machines of their own.
final class SimulatedFleet: Sendable {
    private let agents: [SimulatedAgent]
    private let listeners: [Listener]
    private let blackHoles: [BlackHole]

    /// - Parameter stateDirectory: where the operator's identity and host book are written; without one, none are made.
    init(
        _ plan: FleetPlan, settings: SimulatedAgent.Settings, listening: Listening, stateDirectory: String?
    ) throws(Failed) {
        let network = Network()
        let certificates = try stateDirectory.map { directory throws(Failed) in
            try SimulatedCertificates(plan, listening: listening, directory: directory, now: network.clock.wall())
        }
        var (agents, listeners, blackHoles): ([SimulatedAgent], [Listener], [BlackHole]) = ([], [], [])
        if case .sockets(let directory) = listening { try Self.makeDirectory(directory) }
        for host in plan.hosts {
            if case .blackHoled(let accepts)? = host.fault {
                blackHoles.append(try BlackHole(listening, host.number, accepts: accepts))
                continue
            }
            // The limits on strangers are those of one machine.
            let network = Network(sharing: network)
            let agent = SimulatedAgent(host, settings: settings, network: network)
            agents.append(agent)
            let isOld = host.fault == .oldProtocol
            let accept: @Sendable () -> any ConnectionDelegate = {
                if isOld { OldSession(host.id) } else { SimulatedSession(agent) }
            }
            do throws(TransportError) {
                switch listening {
                case .sockets:
                    listeners.append(
                        try network.listen(
                            unix: listening.address(host.number), allow: { $0 == geteuid() }, accept: accept))
                case .ports(let name, let first):
                    guard let identity = certificates?.identities[host.number] else { continue }
                    listeners.append(
                        try network.listen(
                            tls: SocketName(host: name, port: first + UInt16(host.number)), identity: { identity },
                            accept: accept))
                }
            } catch {
                throw Failed(error.text)
            }
        }
        (self.agents, self.listeners, self.blackHoles) = (agents, listeners, blackHoles)
        for agent in agents { agent.start() }
    }

    private static func makeDirectory(_ path: String) throws(Failed) {
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw Failed("\(path): errno \(errno)") }
    }

    var summary: String { "ended: \(agents.count) agents" }
}
