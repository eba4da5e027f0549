import ArgumentParser
import Console
import Glibc
import Model
import Transport
import Trust

/// `looptop enroll TOKEN`: takes one host into the fleet.
struct Enroll: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "enroll",
        abstract: "Take a host into the fleet, with the token that `looptop-agent init` printed.")

    @Argument(help: ArgumentHelp("The token, or - to read it from standard input.", valueName: "token"))
    var token: String

    @OptionGroup var state: StateOptions

    /// For the whole exchange; both sides answer at once.
    private static let limit: Duration = .seconds(30)

    mutating func run() throws {
        let store = try state.store()
        let parsed: EnrolmentToken
        let member: Membership?
        do throws(TrustError) {
            member = try Self.keeper(in: store)
            parsed = try EnrolmentToken(parsing: try text())
            try parsed.check(kind: .host)
            try parsed.checkExpiry(wall: Clocks.wall())
        } catch {
            throw Output.failure(error)
        }
        guard let membership = member else { throw Output.failure(.configuration, Self.noFleet(in: store)) }
        let network = Network()
        defer { network.shutdown() }
        var problems: [String] = []
        for address in parsed.addresses {
            switch try attempt(address, token: parsed, membership: membership, network: network) {
            case .enrolled(let request):
                // The address that was reached from here counts, whatever the host thinks its addresses are.
                let name = try request.remember(at: address, in: store)
                return Output.data(
                    """
                    enrolled \(name) at \(SafeText(address).string)
                    host id      \(request.host.hex)
                    fingerprint  \(Fingerprint.text(parsed.spkiHash))

                    """)
            case .unreachable(let text): problems.append("\(address): \(text)")
            case .failed(let error): throw Output.failure(error)
            }
        }
        throw Output.failure(.unreachable, "the host does not answer: " + problems.joined(separator: "; "))
    }

    static func noFleet(in store: IdentityStore) -> String {
        "there is no fleet in \(store.directory) to take a host into: run looptop init first"
    }

    /// `nil` where the fleet's CA key is not.
    static func keeper(in store: IdentityStore) throws(TrustError) -> Membership? {
        try store.loadAuthority() == nil ? nil : try Membership(of: store)
    }

    /// Terminals and mails wrap the token, so all of the input counts; the parser drops the white space.
    private func text() throws(TrustError) -> String {
        guard token == "-" else { return token }
        if isatty(0) == 1 { Output.note("paste the token, then Ctrl-D on an empty line:") }
        var text = ""
        while let line = readLine(), text.utf8.count < 8192 { text += line }
        return text
    }

    private func attempt(
        _ address: String, token: EnrolmentToken, membership: Membership, network: Network
    ) throws -> EnrolmentShell.Outcome {
        let name: SocketName
        do throws(TransportError) { name = try SocketName(parsing: address) } catch { return .unreachable(error.text) }
        do {
            let connector = try EnrolmentConnector(
                token: token, identity: membership.identity,
                deadline: Clocks.monotonic() + Self.limit)
            let outcome = try Awaited<EnrolmentShell.Outcome>()
            let shell = EnrolmentShell(
                connector: connector, network: network,
                sign: { request throws(TrustError) in
                    try membership.grant(csrDER: request.csr, host: request.host, now: Clocks.wall())
                },
                told: { outcome.bring($0) })
            shell.start(address: name, token: token, identity: membership.identity)
            return try outcome.wait()
        } catch let error as TrustError {
            return .failed(error)
        } catch let error as ShellError {
            throw Output.failure(error)
        }
    }
}
