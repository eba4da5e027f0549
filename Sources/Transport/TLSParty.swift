internal import NIOCore
internal import NIOSSL
internal import Trust
internal import Wire

/// Our end of a TLS connection: what we show and how we talk. NIOSSL's defaults are overridden on purpose: they allow
/// TLS 1.0, trust the system's CAs and expect host names in certificates.
struct TLSParty: Sendable {
    /// DER.
    let leaf: [UInt8]
    let privateKeyPEM: String
    /// Decides the one protocol name spoken here (ALPN); a peer that does not say it is closed.
    let kind: SessionKind

    init(identity: Identity, kind: SessionKind) {
        self.init(leaf: identity.leaf, privateKeyPEM: identity.privateKeyPEM, kind: kind)
    }

    init(leaf: [UInt8], privateKeyPEM: String, kind: SessionKind) {
        self.leaf = leaf
        self.privateKeyPEM = privateKeyPEM
        self.kind = kind
    }

    /// To be made anew for every connection: a server context hands out session tickets that it alone can open, so a
    /// ticket is worth nothing on the next connection, and every connection shows its certificate. About 0.02 ms.
    func makeContext() throws(TransportError) -> NIOSSLContext {
        do {
            var configuration = TLSConfiguration.makeServerConfiguration(
                certificateChain: [.certificate(try NIOSSLCertificate(bytes: leaf, format: .der))],
                privateKey: .privateKey(try NIOSSLPrivateKey(bytes: Array(privateKeyPEM.utf8), format: .pem)))
            configuration.minimumTLSVersion = .tlsv13
            configuration.maximumTLSVersion = .tlsv13
            configuration.applicationProtocols = [kind.alpn]
            // Peers must show a certificate; host names stay out of it, identity is the URI that `Verification` reads.
            configuration.certificateVerification = .noHostnameVerification
            configuration.trustRoots = .certificates([])
            configuration.curves = [.x25519_MLKEM768, .x25519, .secp256r1]
            configuration.renegotiationSupport = .none
            configuration.shutdownTimeout = .seconds(2)
            return try NIOSSLContext(configuration: configuration)
        } catch {
            // Not the error's text: an unreadable key must not be quoted.
            throw .unusableIdentity("the key or certificate cannot be read")
        }
    }
}
