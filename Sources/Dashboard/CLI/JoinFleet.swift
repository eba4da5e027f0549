import ArgumentParser
import Console
import Model
import Trust

/// `looptop join GRANT`: the last step of another person into the fleet.
struct JoinFleet: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "join",
        abstract: "Take the certificate that `looptop grant` printed for your request.",
        discussion: """
            The fleet in the grant is trusted from then on: compare the CA's fingerprint with the one that whoever \
            granted it was shown. Hosts of the grant that are not known here are added to the host book.
            """)

    @Argument(help: ArgumentHelp("The file with the grant, or - for standard input.", valueName: "file"))
    var grant: String

    @OptionGroup var state: StateOptions

    mutating func run() throws {
        let store = try state.store()
        let text = try pasted(grant, limit: PersonGrant.largest)
        let requested: SigningKey?
        do throws(TrustError) { requested = try store.loadRequestedKey() } catch { throw Output.failure(error) }
        guard let key = requested else {
            throw Output.failure(
                .configuration, "nothing was requested in \(store.directory): run looptop request first")
        }
        var old: Identity?
        do throws(TrustError) {
            let grant = try PersonGrant(pem: text, name: grant)
            old = try store.loadIdentity()
            let identity = try grant.identity(for: key, after: old, now: Clocks.wall())
            try store.save(identity)
            if let list = try grant.denyList(for: identity.authorities) {
                try store.save(list, authorities: identity.authorities)
            }
            var added = 0
            try store.updateHosts { book in
                for entry in grant.hosts.entries where book[entry.host] == nil {
                    book.add(entry)
                    added += 1
                }
            }
            Output.data(
                """
                you are \(identity.name) of fleet \(identity.fleet), valid to \
                \(Format.dateAndClock(try expiry(ofCertificate: identity.leaf)))
                the CA is \(Fingerprint.text(try spkiHash(ofCertificate: identity.authorities[0])))
                hosts added: \(added)

                """)
        } catch .unknownAuthority where old != nil {
            throw Output.failure(
                .configuration,
                "the grant is of another CA than the fleet has here. If that was changed (looptop ca), request and join with "
                    + "a new --state-dir, and compare the CA's fingerprint")
        } catch {
            throw Output.failure(error)
        }
    }
}
