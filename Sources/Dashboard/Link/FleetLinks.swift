import Model
import Transport
import Trust

/// The links to all hosts, with the event loop they share and the mailbox they post to.
final class FleetLinks: Sendable {
    let mailbox: Mailbox
    private let network: Network
    private let shells: [LinkShell]

    /// Nothing is dialled yet. The index of a target is its host number.
    init(to targets: [Target], identity: Identity?) throws(ShellError) {
        let mailbox = try Mailbox()
        let network = Network()
        let run = Identifier128.random()
        self.mailbox = mailbox
        self.network = network
        shells = targets.enumerated().map { number, target in
            LinkShell(endpoint: target.endpoint, identity: identity, run: run, network: network) { event in
                mailbox.post(event, from: number)
            }
        }
    }

    /// Dials every host, with this much interest from the start.
    func start(wanting interest: Interest = .host) {
        for shell in shells {
            shell.want(interest)
            shell.dial()
        }
    }

    func want(_ interest: Interest, from host: Int) { shell(host)?.want(interest) }
    func look(at worker: WorkerID?, on host: Int) { shell(host)?.look(at: worker) }
    func issue(_ command: Command, to host: Int) { shell(host)?.issue(command) }
    func ask(_ question: Query.Body, of host: Int) { shell(host)?.ask(question) }
    func dial(_ host: Int) { shell(host)?.dial() }

    /// The sockets close with the process; this only tells the agents sooner.
    func shutdown() { network.shutdown() }

    private func shell(_ host: Int) -> LinkShell? { shells.indices.contains(host) ? shells[host] : nil }
}
