public import Model

/// A unit on the wire. Fields, units and examples: `docs/PROTOCOL.md`.
public enum Message: Equatable, Sendable {
    case hello(Hello)
    case welcome(Welcome)
    case failure(Failure)
    case ping(Ping)
    case pong(Pong)
    case subscribe(Subscription)
    case unsubscribe(UInt32)
    case keyframe(subscription: UInt32, Snapshot)
    case delta(Delta)
    case event(Event)
    case command(Command)
    case accepted(CommandID)
    case outcome(Outcome)
    case drain(reason: String)
    case query(Query)
    case answer(Answer)
    case denyList(DenyListText)
    /// PKCS#10, DER: the agent asks for a new certificate for the same name.
    case renewRequest([UInt8])
    /// X.509, DER.
    case renewGrant([UInt8])
    case enrolOffer(EnrolOffer)
    case enrolProof(EnrolProof)
    case enrolRequest(EnrolRequest)
    case enrolGrant(EnrolGrant)
    case enrolDone

    public var type: MessageType {
        switch self {
        case .hello: .hello
        case .welcome: .welcome
        case .failure: .failure
        case .ping: .ping
        case .pong: .pong
        case .subscribe: .subscribe
        case .unsubscribe: .unsubscribe
        case .keyframe: .keyframe
        case .delta: .delta
        case .event: .event
        case .command: .command
        case .accepted: .accepted
        case .outcome: .outcome
        case .drain: .drain
        case .query: .query
        case .answer: .answer
        case .denyList: .denyList
        case .renewRequest: .renewRequest
        case .renewGrant: .renewGrant
        case .enrolOffer: .enrolOffer
        case .enrolProof: .enrolProof
        case .enrolRequest: .enrolRequest
        case .enrolGrant: .enrolGrant
        case .enrolDone: .enrolDone
        }
    }
}

extension Message {
    /// Header and body. All messages of version 3 are critical: none may be skipped by who does not know it.
    public func encoded() -> [UInt8] {
        var writer = Writer(capacity: expectedByteCount, limit: type.maximumByteCount)
        writer.raw(Array(repeating: 0, count: MessageHeader.byteCount))
        writeBody(to: &writer)
        writer.finish(type: type)
        return writer.bytes
    }

    /// A guess that saves most reallocations.
    private var expectedByteCount: Int {
        switch self {
        case .keyframe(_, let snapshot): 256 + 96 * snapshot.groups.count + 128 * snapshot.workers.count
        case .delta(let delta): 32 + delta.body.count
        case .enrolRequest, .enrolGrant: 1024
        default: 128
        }
    }

    private func writeBody(to writer: inout Writer) {
        switch self {
        case .hello(let hello): hello.write(to: &writer)
        case .welcome(let welcome): welcome.write(to: &writer)
        case .failure(let failure): failure.write(to: &writer)
        case .ping(let ping): ping.write(to: &writer)
        case .pong(let pong): pong.write(to: &writer)
        case .subscribe(let subscription): subscription.write(to: &writer)
        case .unsubscribe(let subscription): writer.number(subscription)
        case .keyframe(let subscription, let snapshot):
            writer.number(subscription)
            writer.varint(snapshot.sequence)
            writer.content(of: snapshot)
        case .delta(let delta): delta.write(to: &writer)
        case .event(let event): event.write(to: &writer)
        case .command(let command): command.write(to: &writer)
        case .accepted(let id): writer.identifier(id)
        case .outcome(let outcome): outcome.write(to: &writer)
        case .query(let query): query.write(to: &writer)
        case .answer(let answer): answer.write(to: &writer)
        case .denyList(let list): list.write(to: &writer)
        case .renewRequest(let der), .renewGrant(let der): writer.blob(der, limit: Limits.renewalBytes)
        case .drain(let reason): writer.text(reason, limit: Limits.textBytes)
        case .enrolOffer(let offer): offer.write(to: &writer)
        case .enrolProof(let proof): proof.write(to: &writer)
        case .enrolRequest(let request): request.write(to: &writer)
        case .enrolGrant(let grant): grant.write(to: &writer)
        case .enrolDone: break
        }
    }
}

extension Message {
    /// The message in `body`, which is exactly the bytes after the header; `nil` for a type this version does not know
    /// and may skip.
    public static func decode(type: UInt8, flags: UInt8, body: Span<UInt8>) throws(WireError) -> Message? {
        guard let kind = MessageType(rawValue: type) else {
            if flags & MessageHeader.criticalFlag != 0 { throw .unknownCritical(type: type) }
            return nil
        }
        guard body.count <= kind.maximumByteCount - MessageHeader.byteCount else {
            throw .limit(message: kind.word, field: "message", limit: kind.maximumByteCount)
        }
        var reader = Reader(kind.word)
        let message = try Message(kind, from: &reader, in: body)
        try reader.finish(in: body)
        return message
    }

    /// The message that `bytes` are, header included; for what was encoded whole and kept.
    public static func decode(whole bytes: Span<UInt8>) throws(WireError) -> Message? {
        let header = try MessageHeader(parsing: bytes, maximum: Limits.toDashboardBytes)
        let size = header.messageByteCount
        guard bytes.count >= size else { throw .truncated(message: "header", field: "body", offset: bytes.count) }
        guard bytes.count == size else { throw .trailingBytes(message: "header", count: bytes.count - size) }
        let body = bytes.extracting(MessageHeader.byteCount..<size)  // within: size counts the header
        return try decode(type: header.type, flags: header.flags, body: body)
    }

    private init(_ kind: MessageType, from reader: inout Reader, in body: Span<UInt8>) throws(WireError) {
        switch kind {
        case .hello: self = .hello(try Hello(from: &reader, in: body))
        case .welcome: self = .welcome(try Welcome(from: &reader, in: body))
        case .failure: self = .failure(try Failure(from: &reader, in: body))
        case .ping: self = .ping(try Ping(from: &reader, in: body))
        case .pong: self = .pong(try Pong(from: &reader, in: body))
        case .subscribe: self = .subscribe(try Subscription(from: &reader, in: body))
        case .unsubscribe: self = .unsubscribe(try reader.number("subscription", in: body))
        case .keyframe:
            let subscription: UInt32 = try reader.number("subscription", in: body)
            let sequence = try reader.varint("sequence", in: body)
            self = .keyframe(
                subscription: subscription, try Snapshot(sequence: sequence, from: &reader, in: body))
        case .delta: self = .delta(try Delta(from: &reader, in: body))
        case .event: self = .event(try Event(from: &reader, in: body))
        case .command: self = .command(try Command(from: &reader, in: body))
        case .accepted: self = .accepted(try reader.identifier("id", in: body))
        case .outcome: self = .outcome(try Outcome(from: &reader, in: body))
        case .query: self = .query(try Query(from: &reader, in: body))
        case .answer: self = .answer(try Answer(from: &reader, in: body))
        case .denyList: self = .denyList(try DenyListText(from: &reader, in: body))
        case .renewRequest: self = .renewRequest(try reader.blob("request", limit: Limits.renewalBytes, in: body))
        case .renewGrant: self = .renewGrant(try reader.blob("leaf", limit: Limits.renewalBytes, in: body))
        case .drain: self = .drain(reason: try reader.text("reason", limit: Limits.textBytes, in: body))
        case .enrolOffer: self = .enrolOffer(try EnrolOffer(from: &reader, in: body))
        case .enrolProof: self = .enrolProof(try EnrolProof(from: &reader, in: body))
        case .enrolRequest: self = .enrolRequest(try EnrolRequest(from: &reader, in: body))
        case .enrolGrant: self = .enrolGrant(try EnrolGrant(from: &reader, in: body))
        case .enrolDone: self = .enrolDone
        }
    }
}
