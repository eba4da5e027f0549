import ArgumentParser
import Console
import Model
import Trust

/// `looptop grant REQUEST --name NAME`: a certificate for another person, where the fleet's CA key is.
struct GrantCertificate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "grant",
        abstract: "Give a person a certificate of the fleet, for what `looptop request` printed.",
        discussion: """
            Needs the fleet's CA key, which is where looptop init was run. Prints the certificate, the CA's and the \
            hosts there are; nothing of it is secret. The certificate lives 30 days. What its holder may do is the \
            role in it, and what each host's policy allows that role.
            """)

    @Argument(help: ArgumentHelp("The file with the request, or - for standard input.", valueName: "file"))
    var request: String

    @Option(help: "The person's name in certificates and audit lines.")
    var name: String

    @Option(help: "viewer, operator or admin.", transform: Initialise.role)
    var role = Role.viewer

    @OptionGroup var state: StateOptions

    mutating func run() throws {
        let store = try state.store()
        let text = try pasted(request, limit: PersonRequest.largest)
        let kept: CertificateAuthority?
        do throws(TrustError) { kept = try store.loadAuthority() } catch { throw Output.failure(error) }
        guard let authority = kept else {
            throw Output.failure(.configuration, store.noAuthorityKey)
        }
        do throws(TrustError) {
            let der = try PersonRequest.read(text, name: request)
            let authorities = try store.loadCertificates()
            let list = try store.loadDenyList(authorities: authorities)
            let now = list.issuable(to: .person(name), now: Clocks.wall())
            let leaf = try authority.issuePerson(csrDER: der, name: name, role: role, now: now)
            let hosts = try store.loadHosts()
            let grant = PersonGrant(
                leaf: leaf, authorities: authorities, denyList: list?.travelling.text ?? [], hosts: hosts)
            Output.data(try grant.pem())
            let end = Format.dateAndClock(try expiry(ofCertificate: leaf))
            Output.note(
                """
                \(IdentityName.person(name: name, role: role)) of fleet \(authority.fleet), valid to \(end)
                their key is \(Fingerprint.text(try spkiHash(ofCertificate: leaf))): they must see the same
                the CA is \(Fingerprint.text(authority.key.spkiHash)): tell them
                """)
        } catch {
            throw Output.failure(error)
        }
    }
}
