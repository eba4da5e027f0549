import ArgumentParser
import Console
import Model
import Synchronization
import Transport
import Trust

/// `looptop invite`: takes hosts into the fleet as they come.
struct Invite: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "invite",
        abstract: "Print a token for hosts that join by themselves, and take them into the fleet as they come.",
        discussion: """
            Needs the fleet's CA key, which is where looptop init was run, and an address that the hosts reach. On each \
            host: looptop-agent join --listen :7433 <token. The token is all that goes to stdout; whoever has it can bring \
            a host of theirs into the fleet until it is used up, so give it away like a password. Nothing is taken any more when \
            the command ends; Ctrl-C ends it at any time.

            Exit codes: 0 hosts came; 69 the address cannot be used; 77 somebody tried the token with wrong \
            secrets, and it works no more; 78 the CA key is not here; 124 nobody came.
            """)

    @Option(help: "HOST:PORT or :PORT to wait on; with :PORT the token names this machine's addresses.")
    var listen: String

    @Option(help: ArgumentHelp("How many hosts may come.", valueName: "number"))
    var uses = 1

    @Option(help: ArgumentHelp("How long to wait for them.", valueName: "time"))
    var ttl = TimeLimit(seconds: 900)

    @Option(help: ArgumentHelp("Only hosts of these names; * stands for any text.", valueName: "pattern"))
    var match = "*"

    @OptionGroup var state: StateOptions

    func validate() throws {
        guard (1...1000).contains(uses) else { throw ValidationError("--uses takes 1 to 1000") }
    }

    mutating func run() throws {
        let store = try state.store()
        let member: Membership?
        do throws(TrustError) { member = try Enroll.keeper(in: store) } catch { throw Output.failure(error) }
        guard let membership = member else {
            throw Output.failure(.configuration, Enroll.noFleet(in: store))
        }
        let network = Network()
        defer { network.shutdown() }
        do {
            try take(into: store, as: membership, network: network)
        } catch let error as TrustError {
            throw Output.failure(error)
        } catch let error as TransportError {
            throw Output.failure(.unavailable, error.text)
        } catch let error as ShellError {
            throw Output.failure(error)
        }
    }

    private func take(
        into store: IdentityStore, as membership: Membership, network: Network
    ) throws {
        // Of this run only: with the process ends what the token can do.
        let key = SigningKey()
        let now = Clocks.wall()
        let leaf = try key.selfSignedCertificate(now: now, life: ttl.duration)
        let ending = try Awaited<Invitation.Ending>()
        let come = Atomic(0)
        let shell = InvitationShell(
            membership: membership, store: store, pattern: Glob(match), network: network
        ) { news in
            switch news {
            case .joined(let request, let address):
                come.add(1, ordering: .relaxed)
                do {
                    let name = try request.remember(at: address, in: store)
                    Output.note("joined: \(name) at \(address), host id \(request.host.hex)")
                } catch {
                    // Told already; the next host may come all the same.
                }
            case .attemptFailed(let error):
                Output.note("a host that came was not taken: \(error.joinSentence)")
            case .finished(let how): ending.bring(how)
            }
        }
        var name = try SocketName(parsing: listen)
        let listener = try network.listenForEnrolment(
            address: name, identityKeyPEM: key.pem, selfSignedLeaf: leaf, accept: { shell.visitor() })
        defer { listener.close() }
        name.port = listener.port ?? name.port
        let token = try EnrolmentToken(
            kind: .fleet, addresses: ReachableAddresses.of(name), spkiHash: key.spkiHash,
            notAfter: WallTime(nanoseconds: now.nanoseconds + ttl.duration.nanoseconds))
        shell.begin(
            Invitation(token: token, uses: uses, deadline: Clocks.monotonic() + ttl.duration))
        Output.data(token.text + "\n")
        Output.note(
            "waiting for \(uses == 1 ? "one host" : "\(uses) hosts") on \(token.addresses.joined(separator: ", ")); "
                + "on each, with the token in a file: looptop-agent join --listen :7433 <FILE")
        let how = try ending.wait()
        let count = come.load(ordering: .relaxed)
        switch how {
        case .allCame: break
        case .burned: throw Output.failure(.notAllowed, TrustError.tokenBurned.joinSentence)
        case .timeOver where count == 0: throw Output.failure(.timedOut, "no host came in the time that was given")
        case .timeOver: Output.note("the time is over; \(count) of \(uses) hosts came")
        }
    }
}
