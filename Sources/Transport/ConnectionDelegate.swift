public import Wire

/// What a session or link is told. One per connection; called on the connection's event loop only, so it must not block.
public protocol ConnectionDelegate: AnyObject, Sendable {
    /// A connection from `source` (address, or the path of the unix socket) was accepted and its handshake begins; only
    /// on the listening side, before everything else. For logs: whoever fails the handshake is named nowhere else.
    func connectionBegan(from source: String)
    /// Connected, TLS done and the peer verified by us. Not yet WELCOME: the other side may still refuse our certificate.
    func connectionOpened(_ connection: Connection)
    func connection(_ connection: Connection, received message: Message)
    /// `connection.isWritable` is true again.
    func connectionBecameWritable(_ connection: Connection)
    /// Exactly once, also when it never opened (then `connection` is nil). The last call.
    func connectionClosed(_ connection: Connection?, reason: CloseReason)
}

extension ConnectionDelegate {
    public func connectionBegan(from source: String) {}
}
