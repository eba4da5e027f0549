import ArgumentParser
import Console
import Glibc
import Model
import Trust

/// `looptop init`: makes the fleet.
struct Initialise: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Create the fleet's certificate authority and your own certificate, once.",
        discussion: """
            Your certificate lives 30 days; `looptop init --renew` makes a new one with the same name and role.
            """)

    @Option(help: "Your name in certificates and audit lines; default: your login name.")
    var name: String?

    @Option(help: "viewer, operator or admin.", transform: Self.role)
    var role = Role.admin

    @Flag(help: "Make a new certificate for the identity that is here; the fleet stays.")
    var renew = false

    @OptionGroup var state: StateOptions

    mutating func run() throws {
        let store = try state.store()
        let status: CommandStatus
        do throws(TrustError) {
            status = renew ? try renewIdentity(in: store) : try create(in: store)
        } catch {
            throw Output.failure(error)
        }
        if status != .done { throw ExitCode(status.rawValue) }
    }

    /// A second fleet in the place of the first would lock every enrolled host out.
    private func refuse(_ identity: Identity, in store: IdentityStore) throws(TrustError) -> CommandStatus {
        let end = Format.dateAndClock(try expiry(ofCertificate: identity.leaf))
        Output.note(
            """
            \(store.directory) already holds fleet \(identity.fleet); you are \(identity.name), valid to \(end)
            For a new certificate: looptop init --renew.  For another fleet: --state-dir DIR
            """)
        return .cannotCreate
    }

    private func create(in store: IdentityStore) throws(TrustError) -> CommandStatus {
        if let identity = try store.loadIdentity() { return try refuse(identity, in: store) }
        let now = Clocks.wall()
        // A run that ended between the two files left a CA without an identity: it is taken up, never replaced.
        let kept = try store.loadAuthority()
        let authority = if let kept { kept } else { try CertificateAuthority.create(now: now) }
        let name = name ?? Self.loginName
        let identity = try authority.identity(forPerson: name, role: role, key: SigningKey(), now: now)
        if kept == nil { try store.save(authority) }
        try store.save(identity)
        Output.data(
            """
            fleet \(identity.fleet)
            you are \(identity.name)
            keys and certificates are in \(store.directory); whoever can read them can act as you

            Next, on each host:  looptop-agent init --listen :7433
            and here, with the token that prints:  looptop enroll TOKEN

            """)
        return .done
    }

    private func renewIdentity(in store: IdentityStore) throws(TrustError) -> CommandStatus {
        guard let member = try Membership(of: store), try store.loadAuthority() != nil else {
            Output.note("there is no fleet in \(store.directory): run looptop init, without --renew")
            return .configuration
        }
        guard try member.renewOwn(asked: true, now: Clocks.wall()) != nil else {
            throw .wrongKind(expected: "a person", found: "\(member.identity.name)")
        }
        Output.data("renewed \(member.identity.name)\n")
        return .done
    }

    /// From the user database, not from the environment, which anybody may have set.
    private static var loginName: String {
        guard let entry = getpwuid(getuid()), let name = entry.pointee.pw_name else { return "operator" }
        return String(cString: name)
    }

    @Sendable static func role(_ word: String) throws -> Role {
        guard let role = Role(word: word) else { throw ValidationError("\(word) is not viewer, operator or admin") }
        return role
    }
}
