internal import Glibc
internal import Model
internal import NIOCore
internal import NIOPosix
internal import NIOSSL
public import Trust
internal import Wire

extension Network {
    /// Listens with TLS 1.3 and client certificates. `identity` is asked for every accepted connection (it may have been
    /// renewed), `accept` too, before the handshake. Blocks until bound; not on the event loop.
    public func listen(
        tls address: SocketName, identity: @escaping @Sendable () -> Identity,
        accept: @escaping @Sendable () -> any ConnectionDelegate
    ) throws(TransportError) -> Listener {
        try listen(on: address, accept: accept) { () throws(TransportError) in
            let identity = identity()
            let verifier: PeerVerifier
            do { verifier = try PeerVerifier(authorities: identity.authorities, fleet: identity.fleet) } catch {
                throw .unusableIdentity("\(error)")
            }
            let party = TLSParty(identity: identity, kind: .session)
            return (try party.makeContext(), .session, .fleet(verifier, .person))
        }
    }

    /// Listens for enrolment: shows `selfSignedLeaf` (DER), takes any client key and tells its hash in
    /// `Connection.peerSPKIHash`. Blocks until bound; not on the event loop.
    public func listenForEnrolment(
        address: SocketName, identityKeyPEM: String, selfSignedLeaf: [UInt8],
        accept: @escaping @Sendable () -> any ConnectionDelegate
    ) throws(TransportError) -> Listener {
        let party = TLSParty(leaf: selfSignedLeaf, privateKeyPEM: identityKeyPEM, kind: .enrolment)
        return try listen(on: address, accept: accept) { () throws(TransportError) in
            (try party.makeContext(), .enrolment, .anyKey)
        }
    }

    /// Listens on a unix socket (0600) in a directory that only this user may enter (made 0700 when missing). Peers
    /// whose user id `allow` refuses are closed before any byte. Blocks until bound; not on the event loop.
    public func listen(
        unix path: String, allow: @escaping @Sendable (UInt32) -> Bool,
        accept: @escaping @Sendable () -> any ConnectionDelegate
    ) throws(TransportError) -> Listener {
        let place = try UnixSocketPath(path)
        try place.prepare()
        let silence = deadlines.silence
        let bootstrap = serverBootstrap.childChannelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                let delegate = accept()
                delegate.connectionBegan(from: "unix:\(path)")
                guard let credentials = PeerCredentials(of: channel), allow(credentials.uid) else {
                    let who = PeerCredentials(of: channel).map { "user id \($0.uid)" } ?? "an unknown user"
                    delegate.connectionClosed(nil, reason: .other("\(who) may not connect to this socket"))
                    throw TurnedAway()
                }
                let messages = MessageHandler(
                    side: .agent, kind: .session, silence: silence, delegate: delegate)
                messages.opensAtOnce(peer: credentials.peer, description: "unix:\(path)")
                try channel.pipeline.syncOperations.addHandler(messages)
            }
        }
        let channel: any Channel
        do { channel = try bootstrap.bind(to: place.address).wait() } catch {
            throw TransportError(error, listening: path)
        }
        do { try place.restrict() } catch {
            channel.close(promise: nil)
            throw error
        }
        let file = place.identity()
        return Listener(channel: channel) { place.remove(file) }
    }

    /// What a TLS listener needs for one connection. A test gives the same context twice to see that a resumed session
    /// is closed all the same.
    typealias TLSAnswer = (context: NIOSSLContext, kind: SessionKind, verification: Verification)

    func listen(
        on address: SocketName, accept: @escaping @Sendable () -> any ConnectionDelegate,
        answer: @escaping @Sendable () throws(TransportError) -> TLSAnswer
    ) throws(TransportError) -> Listener {
        let counter = TurnedAwayCounter()
        let (handshakes, deadlines, clock) = (handshakes, deadlines, clock)
        let bootstrap = serverBootstrap.childChannelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                let source = HandshakeGate.Source(channel.remoteAddress)
                guard let (ticket, endOther) = handshakes.value.enter(source, now: clock.monotonic()) else {
                    counter.add()
                    throw TurnedAway()
                }
                endOther?()
                let description = channel.remoteAddress?.plainText ?? "unknown address"
                let delegate = accept()
                delegate.connectionBegan(from: description)
                do {
                    try SocketOptions.apply(to: channel)
                    let (context, kind, verification) = try answer()
                    let settings = HandshakeHandler.Settings(
                        verification: verification, kind: kind, deadline: deadlines.handshake, wall: clock.wall,
                        description: description)
                    let messages = MessageHandler(
                        side: .agent, kind: kind, silence: deadlines.silence, delegate: delegate)
                    handshakes.value.whenOthersNeedThePlace(of: ticket) { messages.fail(.handshakeTimeout) }
                    try channel.pipeline.syncOperations.addTLS(
                        as: .agent, context: context, settings: settings, messages: messages
                    ) { handshakes.value.leave(ticket, finished: $0) }
                } catch {
                    handshakes.value.leave(ticket, finished: false)
                    let text = (error as? TransportError)?.text ?? "\(error)"
                    delegate.connectionClosed(nil, reason: .other(text))
                    throw error
                }
            }
        }
        do {
            let channel = try bind(bootstrap, to: address)
            return Listener(channel: channel, counter: counter)
        } catch { throw TransportError(error, listening: address.description) }
    }

    /// An empty host is every address: IPv6 and with it IPv4, or IPv4 alone where the kernel has no IPv6.
    private func bind(_ bootstrap: ServerBootstrap, to name: SocketName) throws -> any Channel {
        let port = Int(name.port)
        guard name.host.isEmpty else {
            return try bootstrap.bind(to: .makeAddressResolvingHost(name.host, port: port)).wait()
        }
        do {
            return try bootstrap.bind(to: SocketAddress(ipAddress: "::", port: port)).wait()
        } catch let error as IOError where [EAFNOSUPPORT, EADDRNOTAVAIL].contains(error.errnoCode) {
            return try bootstrap.bind(to: SocketAddress(ipAddress: "0.0.0.0", port: port)).wait()
        }
    }

    /// Out of descriptors, accepting pauses instead of spinning; other errors of one accept concern that one only.
    var serverBootstrap: ServerBootstrap {
        ServerBootstrap(group: loop)
            .serverChannelOption(.backlog, value: 64)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(AcceptPause())
                }
            }
    }
}

/// Those in their TLS handshake, and how each is ended.
struct Handshakes {
    private var gate = HandshakeGate()
    private var endings: [HandshakeGate.Ticket: () -> Void] = [:]

    /// `nil` for who is turned away; else the place, and how the one is ended who had it so far.
    mutating func enter(
        _ source: HandshakeGate.Source, now: MonotonicInstant
    ) -> (ticket: HandshakeGate.Ticket, endOther: (() -> Void)?)? {
        switch gate.enter(source, now: now) {
        case .turnedAway: nil
        case .admitted(let ticket): (ticket, nil)
        case .admittedFor(let ticket, let displaced): (ticket, endings.removeValue(forKey: displaced))
        }
    }

    mutating func whenOthersNeedThePlace(of ticket: HandshakeGate.Ticket, _ end: @escaping () -> Void) {
        endings[ticket] = end
    }

    mutating func leave(_ ticket: HandshakeGate.Ticket, finished: Bool) {
        endings[ticket] = nil
        gate.leave(ticket, finished: finished)
    }
}

/// Ends an accepted connection; nobody is told, who should know was told already.
struct TurnedAway: Error {}

extension TransportError {
    init(_ error: any Error, listening place: String) {
        switch error {
        case let error as TransportError: self = error
        case let error as IOError:
            switch error.errnoCode {
            case EADDRINUSE: self = .addressInUse(place)
            case EACCES, EPERM: self = .permissionDenied(place)
            case EADDRNOTAVAIL, EINVAL, EAFNOSUPPORT: self = .notAnAddress(place)
            default: self = .io(what: place, errno: error.errnoCode)
            }
        case is SocketAddressError, is SocketAddressError.UnknownHost: self = .notAnAddress(place)
        default: self = .io(what: "\(place): \(error)", errno: 0)
        }
    }
}
