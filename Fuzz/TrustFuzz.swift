import Crypto
import FoundationEssentials
import Model

@testable import Trust

/// libFuzzer's entry: what decides who is trusted may be refused but not trap, and says the same of it twice.
///
/// The first byte says what the rest is: `t` what a token holds, `T` a token as text; `d` lines of a deny-list that the fleet's CA
/// signs, `D` one as somebody sends it; `p` PEM; `c` a certificate and `r` a request, both DER; `h` a host book; `e` what a
/// stranger does on the enrolment channel.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = Array(UnsafeBufferPointer(start: start, count: count))
    let rest = Array(input.dropFirst())
    switch input.first {
    case UInt8(ascii: "t"): token(EnrolmentToken.prefix + Base32.encode(EnrolmentToken.withChecksum(rest)))
    case UInt8(ascii: "T"): token(String(decoding: rest, as: UTF8.self))
    case UInt8(ascii: "d"): denyList(signed(rest))
    case UInt8(ascii: "D"): denyList(rest)
    case UInt8(ascii: "p"): pem(rest)
    case UInt8(ascii: "c"): certificate(rest)
    case UInt8(ascii: "r"): request(rest)
    case UInt8(ascii: "h"): hostBook(rest)
    case UInt8(ascii: "e"): stranger(rest)
    default: break
    }
    return 0
}

private let start = WallTime(nanoseconds: 1_793_491_200_000_000_000)
private let host = HostID(high: 1, low: 2)

/// One fleet for the whole run, made anew for each: what is fuzzed must not depend on it.
private let fleet = must { () throws(TrustError) in try CertificateAuthority.create(now: start) }
private let authority = must { () throws(TrustError) in try Authority(der: fleet.certificate) }
private let agentKey = SigningKey()

private func must<Value>(_ body: () throws(TrustError) -> Value) -> Value {
    do { return try body() } catch { preconditionFailure("\(error)") }
}

/// A token that is taken has one spelling, and says the same when it is read again.
private func token(_ text: String) {
    guard let token = try? EnrolmentToken(parsing: text) else { return }
    let plain = text.utf8.filter { $0 > UInt8(ascii: " ") }
    precondition(
        token.text.utf8.elementsEqual(plain.map { 0x41...0x5A ~= $0 ? $0 | 0x20 : $0 }),
        "a token has another spelling: \(token.text)")
    precondition((try? EnrolmentToken(parsing: token.text)) == token, "a token is not read as it was written")
    _ = try? token.checkExpiry(wall: start)
    precondition(!"\(token)".contains(Base32.encode(token.secret)), "a token shows its secret")
}

/// The fleet's name can be none but that of the CA; everything else is the input's.
private func signed(_ lines: [UInt8]) -> [UInt8] {
    let content = Array("looptop deny-list 1\nfleet \(fleet.fleet)\n".utf8) + lines
    guard let signature = try? fleet.key.key.signature(for: Data(content)) else { return content }
    return content + Array("signature \(signature.rawRepresentation.hex)\n".utf8)
}

private func denyList(_ text: [UInt8]) {
    let authorities = [fleet.certificate]
    guard let list = try? DenyList(text: text, authorities: authorities, name: "deny-list") else { return }
    precondition(list.travelling.text == text && list.version > 0, "a deny-list travels as another")
    precondition(list.entries.count <= DenyList.maximumEntries, "a deny-list is longer than it may be")
    let known: DenyList? = list
    for (holder, until) in list.entries {
        precondition(CertificateHolder(label: holder.label) == holder, "a holder has two names")
        precondition(known.issuable(to: holder, now: start) > until, "a new certificate would be refused, too")
    }
    // Of the CA alone: the highest version has no next.
    guard list.version < 1 << 47, let next = try? DenyList.adding([.person("eve")], to: list, by: [fleet], now: start)
    else { return }
    let sent = next.travelling.text
    precondition(
        (try? DenyList(text: sent, authorities: authorities, name: "deny-list")) == next,
        "a deny-list is not read as it was written")
}

private func pem(_ text: [UInt8]) {
    if let documents = try? PEM.documents(in: text, path: "pem") {
        let written = documents.flatMap { PEM.text($0.kind, $0.content) }
        let again = (try? PEM.documents(in: written, path: "pem")) ?? []
        precondition(
            documents.elementsEqual(again) { $0.kind == $1.kind && $0.content == $1.content },
            "PEM is not read as it was written")
    }
    for der in (try? PEM.certificates(in: text, path: "pem")) ?? [] { certificate(der) }
    if let der = try? PersonRequest.read(text, name: "request") { request(der) }
    guard let grant = try? PersonGrant(pem: text, name: "grant") else { return }
    if let written = try? grant.pem() {
        let again = try? PersonGrant(pem: Array(written.utf8), name: "grant")
        precondition(
            again?.leaf == grant.leaf && again?.authorities == grant.authorities,
            "a grant is not read as it was written")
    }
    if (try? grant.identity(for: agentKey, now: start)) != nil {
        preconditionFailure("a grant is taken for a key that it is not for")
    }
}

/// As a peer shows it: nobody whom the CA has not signed is anybody.
private func certificate(_ der: [UInt8]) {
    guard let certificate = try? ParsedCertificate(der: der, what: "certificate") else { return }
    precondition(certificate.spkiHash.count == 32, "the hash of a key has another length")
    _ = (certificate.serial, certificate.mark, certificate.isP256, try? certificate.uris())
    if let (name, who) = try? certificate.identity() {
        precondition(IdentityName.parse(uri: who.uri(fleet: name) ?? "")?.name == who, "a name has two spellings")
    }
    for expectation in [PeerVerifier.Expectation.person, .agent(nil), .agent(host)] {
        for wall in [start, certificate.notBefore, certificate.notAfter] {
            _ = try? LeafRules(fleet: fleet.fleet, expectation: expectation, wall: wall).check(certificate)
        }
    }
    precondition(!authority.signed(certificate), "the CA has signed what it never saw")
    _ = try? Authority(der: der)
}

/// Of a request only the key counts.
private func request(_ der: [UInt8]) {
    guard let leaf = try? fleet.issueAgent(csrDER: der, host: host, now: start) else { return }
    let name = try? ParsedCertificate(der: leaf, what: "leaf").identity()
    precondition(name?.fleet == fleet.fleet && name?.name == .agent(host), "who asks chooses the name")
}

private func hostBook(_ json: [UInt8]) {
    guard let book = try? HostBook(json: json, path: "hosts"), let written = try? book.json(path: "hosts") else {
        return
    }
    guard let again = try? HostBook(json: written, path: "hosts") else {
        preconditionFailure("a host book that was written is not read")
    }
    precondition(again == book, "a host book is not read as it was written")
}

/// Whoever has not the secret gets nothing out of the listener, whatever they say and however often.
private func stranger(_ input: [UInt8]) {
    let token = must { () throws(TrustError) in
        try EnrolmentToken(
            addresses: ["h:1"], spkiHash: [UInt8](repeating: 1, count: 32), tokenID: [UInt8](repeating: 2, count: 8),
            secret: [UInt8](repeating: 3, count: 16), notAfter: start)
    }
    let spki = [UInt8](repeating: 4, count: 32)
    let request = EnrolmentRequest(csr: [], host: host, hostName: "h", addresses: [])
    var now = MonotonicInstant(nanoseconds: 0)
    var listener = EnrolmentListener(
        token: token, request: request, deadline: now + .seconds(900), nonces: { [UInt8](repeating: 5, count: 32) })
    var rest = input[...]
    func taken(_ count: Int) -> [UInt8] {
        defer { rest = rest.dropFirst(count) }
        return Array(rest.prefix(count))
    }
    while let deed = rest.popFirst() {
        let effects: [EnrolmentListener.Effect]
        switch deed % 12 {
        case 0: effects = listener.opened(connectorSPKIHash: spki, now: now)
        case 1: effects = step(.offer(tokenID: token.tokenID, nonce: spki, spkiHash: spki))
        case 2: effects = step(.offer(tokenID: taken(8), nonce: taken(32), spkiHash: taken(32)))
        case 3: effects = step(.proof(nonce: spki, code: taken(32)))
        case 4: effects = step(.proof(nonce: taken(32), code: taken(32)))
        case 5: effects = step(.grant(GrantedCertificate(leaf: fleet.certificate, authority: taken(64))))
        case 6: effects = step(.request(request))
        case 7: effects = step(.done)
        case 8: effects = listener.closed()
        case 9: effects = listener.tokenMarked(nil) + listener.stored(nil)
        case 10: effects = listener.expire(now: now)
        default:
            now = now + .milliseconds(Int64(taken(1).first ?? 0) * 40)
            effects = []
        }
        for effect in effects {
            switch effect {
            case .markTokenUsed, .store, .finished(.success): preconditionFailure("a stranger gets to \(effect)")
            case .send(.request): preconditionFailure("a stranger is asked to sign")
            case .send, .close, .attemptFailed, .finished(.failure): break
            }
        }
    }

    func step(_ step: EnrolmentStep) -> [EnrolmentListener.Effect] { listener.receive(step, now: now, wall: start) }
}
