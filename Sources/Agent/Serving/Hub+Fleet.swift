import Logging
import Model
import Serving
import Transport
import Trust

/// What the agent has to do as a member of its fleet: whom that keeps out, and its own certificate.
extension Hub {
    /// How often a certificate that ends before long is spoken of on connections that are open.
    static let renewalPause = Duration.seconds(3600)

    /// On the event loop: a peer has a newer deny-list. Signed, it is in force at once, for open connections, too; that it
    /// is here is announced when it is on the disk.
    func judge(_ offered: DenyListText, from peer: Peer, at shell: SessionShell) {
        guard let membership = settings.membership else { return }
        let authorities = membership.identity.authorities
        do throws(TrustError) {
            guard try membership.accept(offered) else { return }
        } catch {
            note(refused: peer, error.sentence)
            return shell.feed(.denied(reason: error.sentence))
        }
        checkPeers()
        Task { [self] in
            do throws(TrustError) {
                try membership.keep()
                let change = authorities == membership.identity.authorities ? "" : "; the fleet's CAs have changed"
                settings.tell("deny-list \(offered.version) is in force, brought by \(peer.label)\(change)")
                network.perform {
                    for shell in self.shells { shell.feed(.denyList(offered)) }
                    // Another CA may issue from now on.
                    self.askForRenewal(from: self.shells)
                }
            } catch {
                settings.tell("deny-list \(offered.version) is in force but could not be kept: \(error.sentence)")
            }
        }
    }

    /// After the policy was read again, or the deny-list changed: who may look no more is closed.
    func checkPeers() {
        network.perform { for shell in self.shells { shell.check() } }
    }

    /// Asks now and every hour, for as long as the network runs, whoever is there for a new certificate when it is time.
    func keepCertificate() {
        network.perform {
            self.askForRenewal(from: self.shells)
            self.network.schedule(after: Self.renewalPause) { self.keepCertificate() }
        }
    }

    /// On the event loop. Whether one of them has the CA key only they know.
    func askForRenewal(from shells: [SessionShell]) {
        guard let membership = settings.membership else { return }
        do throws(TrustError) {
            guard let request = try membership.renewalRequest(now: Clocks.wall()) else { return }
            for shell in shells { shell.feed(.renewalDue(request)) }
        } catch {
            settings.log.error("no new certificate can be asked for: \(error.sentence)")
        }
    }

    /// On the event loop: a peer sent a certificate for us. Connections to come use it, and those that are open go on.
    func renew(with leaf: [UInt8], from peer: Peer) {
        guard let membership = settings.membership else { return }
        Task { [self] in
            do throws(TrustError) {
                let end = try await membership.renew(with: leaf, now: Clocks.wall())
                settings.tell("the certificate was renewed by \(peer.label), to \(end.rfc3339)")
            } catch {
                settings.log.warning("a new certificate from \(peer.label) is not taken: \(error.sentence)")
            }
        }
    }
}
