internal import Glibc
public import Model
internal import NIOCore
internal import NIOPosix
internal import NIOSSL
public import Trust
internal import Wire

extension Network {
    /// Dials an agent, in turn (`DialGate`). `expecting` nil takes any agent of the fleet. `timeout` covers name resolution and
    /// TCP; the TLS handshake has its own limit (`Deadlines.handshake`). `grace`: so long after its end an agent's certificate is
    /// taken all the same, and marked as expired.
    public func connect(
        tls address: SocketName, identity: Identity, expecting host: HostID?, grace: Duration = .zero,
        timeout: Duration = .seconds(5), delegate: any ConnectionDelegate
    ) {
        dial(address, timeout: timeout, delegate: delegate) { () throws(TransportError) in
            let verifier: PeerVerifier
            do {
                verifier = try PeerVerifier(authorities: identity.authorities, fleet: identity.fleet, grace: grace)
            } catch {
                throw .unusableIdentity("\(error)")
            }
            let party = TLSParty(identity: identity, kind: .session)
            return (try party.makeContext(), .session, .fleet(verifier, .agent(host)))
        }
    }

    /// Dials an agent that waits for enrolment; only the key whose SHA-256 is `spkiHash` is taken.
    public func connectForEnrolment(
        address: SocketName, identity: Identity, spkiHash: [UInt8], timeout: Duration = .seconds(5),
        delegate: any ConnectionDelegate
    ) {
        let party = TLSParty(identity: identity, kind: .enrolment)
        dialForEnrolment(address, as: party, spkiHash: spkiHash, timeout: timeout, delegate: delegate)
    }

    /// Dials whoever has the fleet's CA key and waits for hosts; only the key whose SHA-256 is `spkiHash` is taken. Shows
    /// `selfSignedLeaf` (DER).
    public func connectForEnrolment(
        address: SocketName, identityKeyPEM: String, selfSignedLeaf: [UInt8], spkiHash: [UInt8],
        timeout: Duration = .seconds(5), delegate: any ConnectionDelegate
    ) {
        let party = TLSParty(leaf: selfSignedLeaf, privateKeyPEM: identityKeyPEM, kind: .enrolment)
        dialForEnrolment(address, as: party, spkiHash: spkiHash, timeout: timeout, delegate: delegate)
    }

    private func dialForEnrolment(
        _ address: SocketName, as party: TLSParty, spkiHash: [UInt8], timeout: Duration,
        delegate: any ConnectionDelegate
    ) {
        dial(address, timeout: timeout, delegate: delegate) { () throws(TransportError) in
            (try party.makeContext(), .enrolment, .pinned(spkiHash: spkiHash))
        }
    }

    /// Dials the agent of this machine.
    public func connect(unix path: String, timeout: Duration = .seconds(5), delegate: any ConnectionDelegate) {
        let place: UnixSocketPath
        do throws(TransportError) { place = try UnixSocketPath(path) } catch {
            let text = error.text
            loop.execute { delegate.connectionClosed(nil, reason: .unreachable(text)) }
            return
        }
        let silence = deadlines.silence
        clientBootstrap(timeout).connect(to: place.address).whenComplete { [self] result in
            attach(result, timeout: timeout, delegate: delegate) { channel in
                guard let credentials = PeerCredentials(of: channel) else { throw ChannelError.ioOnClosedChannel }
                let messages = MessageHandler(
                    side: .dashboard, kind: .session, silence: silence, delegate: delegate)
                messages.opensAtOnce(peer: credentials.peer, description: "unix:\(path)")
                try channel.pipeline.syncOperations.addHandler(messages)
            }
        }
    }

    /// Speaks to an agent through `socket`, a connected stream socket with a program at its other end that leads there;
    /// it is the connection's from here on. Who the peer is that program knows: `Connection.peer` is nil.
    public func connect(
        through socket: CInt, description: String, timeout: Duration, delegate: any ConnectionDelegate
    ) {
        let silence = deadlines.silence
        clientBootstrap(timeout).withConnectedSocket(socket).whenComplete { [self] result in
            attach(result, timeout: timeout, delegate: delegate) { channel in
                let messages = MessageHandler(
                    side: .dashboard, kind: .session, silence: silence, delegate: delegate)
                messages.opensWithFirstByte(description: description, within: timeout)
                try channel.pipeline.syncOperations.addHandler(messages)
            }
        }
    }

    /// Handlers come only when one of the host's addresses has answered: each attempt is a channel of its own, and the
    /// delegate must not hear of those that lost.
    func dial(
        _ address: SocketName, timeout: Duration, delegate: any ConnectionDelegate,
        question: @escaping @Sendable () throws(TransportError) -> TLSAnswer
    ) {
        let (deadlines, clock) = (deadlines, clock)
        inTurn { [self] ticket in
            let slow = schedule(after: DialGate.patience) { [self] in endDial(ticket, finished: false) }
            let connecting = clientBootstrap(timeout).connect(host: address.host, port: Int(address.port))
            connecting.whenComplete { [self] result in
                slow.cancel()
                let isAttached = attach(result, timeout: timeout, delegate: delegate) { channel in
                    try SocketOptions.apply(to: channel)
                    let (context, kind, verification) = try question()
                    let settings = HandshakeHandler.Settings(
                        verification: verification, kind: kind, deadline: deadlines.handshake, wall: clock.wall,
                        description: channel.remoteAddress?.plainText ?? address.description)
                    try channel.pipeline.syncOperations.addTLS(
                        as: .dashboard, context: context, settings: settings,
                        messages: MessageHandler(
                            side: .dashboard, kind: kind, silence: deadlines.silence, delegate: delegate)
                    ) { [self] in endDial(ticket, finished: $0) }
                }
                if !isAttached { endDial(ticket, finished: false) }
            }
        }
    }

    /// Whether there is a connection from here on; else the delegate was told why not.
    @discardableResult private func attach(
        _ result: Result<any Channel, any Error>, timeout: Duration, delegate: any ConnectionDelegate,
        _ addHandlers: (any Channel) throws -> Void
    ) -> Bool {
        switch result {
        case .failure(let error):
            delegate.connectionClosed(nil, reason: .unreachable(ConnectFailure.text(error, timeout: timeout)))
            return false
        case .success(let channel):
            do {
                try addHandlers(channel)
                try channel.syncOptions?.setOption(.autoRead, value: true)
                return true
            } catch {
                channel.close(promise: nil)
                let text = (error as? TransportError)?.text ?? "\(error)"
                delegate.connectionClosed(nil, reason: .other(text))
                return false
            }
        }
    }

    /// Nothing is read before the handlers are in place.
    private func clientBootstrap(_ timeout: Duration) -> ClientBootstrap {
        ClientBootstrap(group: loop)
            .connectTimeout(.nanoseconds(timeout.nanoseconds))
            .channelOption(.autoRead, value: false)
    }
}

extension ChannelPipeline.SynchronousOperations {
    /// TLS, the handshake's guard and messages. `ended` is called once when the handshake is over, unless this throws.
    func addTLS(
        as side: SpeakerRole, context: NIOSSLContext, settings: HandshakeHandler.Settings, messages: MessageHandler,
        ended: @escaping (_ finished: Bool) -> Void
    ) throws {
        let handshake = HandshakeHandler(settings: settings, messages: messages, ended: ended)
        let judge: NIOSSLCustomVerificationCallbackWithMetadata = { [weak handshake] chain, answer in
            if let handshake { handshake.judge(chain, answer: answer) } else { answer.succeed(.failed) }
        }
        let tls: NIOSSLHandler
        switch side {
        case .agent: tls = NIOSSLServerHandler(context: context, customVerificationCallbackWithMetadata: judge)
        case .dashboard:
            // No server name: agents are known by their certificate's URI, and a name in clear would tell listeners who.
            tls = try NIOSSLClientHandler(
                context: context, serverHostname: nil, customVerificationCallbackWithMetadata: judge)
        }
        // From the end: TLS starts talking as soon as it is in, and must find the others.
        try addHandler(messages)
        try addHandler(handshake, position: .first)
        try addHandler(tls, position: .first)
    }
}
