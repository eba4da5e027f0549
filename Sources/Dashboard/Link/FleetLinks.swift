import CLinux
import Model
import Synchronization
import Transport
import Trust

/// The links to all hosts, with the event loop they share and the mailbox they post to.
final class FleetLinks: Sendable {
    let mailbox: Mailbox
    private let network: Network
    private let membership: Membership?
    private let run = Identifier128.random()
    private let connectLimit: Duration
    private let turns = DialTurns()
    /// How many files may be open.
    private let descriptors: UInt64
    /// The main thread alone adds to them; the mutexes are there because the compiler cannot know that.
    private let shells = Mutex<[LinkShell]>([])
    private let taken = Mutex<UInt64>(FleetLinks.reserve)

    /// Descriptors for all but connections: terminal, files, names that are looked up, programs that are run.
    static let reserve: UInt64 = 64

    /// Nothing is dialled yet. The index of a target is its host number.
    ///
    /// - Parameter descriptors: how many files may be open. Each host takes some, and shells usually allow 1,024, so the limit
    ///   is raised; hosts for which it does not do are not dialled: without any left the event loop would end the program.
    init(
        to targets: [Target], membership: Membership?, connectLimit: Duration = Link.connectLimit,
        descriptors: UInt64 = looptop_raise_descriptor_limit()
    ) throws(ShellError) {
        self.descriptors = descriptors
        mailbox = try Mailbox()
        network = Network()
        self.membership = membership
        self.connectLimit = connectLimit
        _ = make(targets)
    }

    private func make(_ targets: [Target]) -> [LinkShell] {
        shells.withLock { shells in
            let count = shells.count
            let made = targets.enumerated().map { [mailbox, turns] number, target in
                LinkShell(
                    endpoint: target.endpoint, membership: membership, run: run, network: network,
                    connectLimit: connectLimit, turns: turns, refusal: refusal(target.endpoint),
                    spread: { [weak self] in self?.keepOut(whoIsOn: $0) }
                ) { event in mailbox.post(event, from: count + number) }
            }
            shells += made
            return made
        }
    }

    /// `nil` where there is room for one more.
    private func refusal(_ endpoint: Endpoint) -> LinkFailure? {
        taken.withLock { taken in
            guard taken + endpoint.descriptors <= descriptors else { return .noDescriptor(allowed: descriptors) }
            taken += endpoint.descriptors
            return nil
        }
    }

    /// Hosts that came later: dialled at once.
    func add(_ targets: [Target]) {
        for shell in make(targets) {
            shell.want(.host)
            shell.dial()
        }
    }

    /// Dials every host, with this much interest from the start.
    func start(wanting interest: Interest = .host) {
        for shell in shells.withLock({ $0 }) {
            shell.want(interest)
            shell.dial()
        }
    }

    func want(_ interest: Interest, from host: Int) { shell(host)?.want(interest) }
    func look(at worker: WorkerID?, on host: Int) { shell(host)?.look(at: worker) }
    func issue(_ command: Command, to host: Int) { shell(host)?.issue(command) }
    func ask(_ question: Query.Body, of host: Int) { shell(host)?.ask(question) }
    func dial(_ host: Int) { shell(host)?.dial() }

    /// A newer deny-list: for all links at once, then for the disk.
    func keepOut(whoIsOn list: DenyList) {
        for shell in shells.withLock({ $0 }) { shell.refuse(whoIsOn: list) }
        Task { [membership] in
            // Where it cannot be kept it is in force here all the same, and the next agent brings it again.
            do throws(TrustError) { try membership?.keep() } catch { return }
        }
    }

    /// The sockets close with the process; this only tells the agents sooner.
    func shutdown() { network.shutdown() }

    private func shell(_ host: Int) -> LinkShell? {
        shells.withLock { $0.indices.contains(host) ? $0[host] : nil }
    }
}
