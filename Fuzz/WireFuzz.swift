import Model
import Serving
import Wire

/// libFuzzer's entry: whatever the bytes are, the decoder may refuse them but not trap, and what it accepts must be stable.
///
/// The first byte is the type of a message whose body is the rest; 0 stands for a stream of whole messages, 254 for such a stream
/// to an agent, 255 for the chunks of a recording.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = Array(UnsafeBufferPointer(start: start, count: count))
    guard let type = input.first else { return 0 }
    if type == 0 {
        stream(input.dropFirst()) { message($0, $1) }
    } else if type == 254 {
        connection(input.dropFirst())
    } else if type == 255 {
        recording(RecordingFile.head + input.dropFirst())
    } else {
        message(type, Array(input.dropFirst()))
    }
    return 0
}

/// As a connection takes messages apart.
private func stream(_ input: ArraySlice<UInt8>, _ take: (UInt8, [UInt8]) -> Void) {
    var rest = input
    while !rest.isEmpty {
        let head = Array(rest.prefix(MessageHeader.byteCount))
        guard let header = try? MessageHeader(parsing: head.span, maximum: Limits.toDashboardBytes),
            header.messageByteCount <= rest.count
        else { return }  // refused, or more is needed: both end the stream here
        take(header.type, Array(rest.prefix(header.messageByteCount).dropFirst(MessageHeader.byteCount)))
        rest = rest.dropFirst(header.messageByteCount)
    }
}

/// Somebody connects to an agent, says what the input says, and the time of a sweep passes after each message. Of the first byte
/// bit 0 says whether a proper HELLO comes first, bit 1 whether every other sweep finds the connection full. What is sent can be
/// read, every delta fits what was sent before it, and after the end comes nothing.
private func connection(_ input: ArraySlice<UInt8>) {
    guard let control = input.first else { return }
    var peer = Peer()
    if control & 1 != 0 {
        peer.take(.opened)
        let hello = Hello(
            versions: ProtocolVersion.supported, features: 0, role: .dashboard, host: nil,
            runID: Identifier128(high: 1, low: 1), wall: base.wall, monotonic: base.monotonic)
        peer.take(.message(.hello(hello)))
    }
    stream(input.dropFirst()) { type, body in
        guard let decoded = try? Message.decode(type: type, flags: 1, body: body.span) else { return }
        peer.take(.message(decoded))
        peer.sweep(writable: control & 2 == 0 || peer.snapshot.sequence % 2 == 0)
    }
    peer.take(.drain(reason: "bye"))
    precondition(peer.isClosed, "an agent that goes keeps a connection")
}

private struct Peer {
    var session = Session(
        host: HostInfo(
            id: HostID(high: 1, low: 2), boot: BootID(high: 1, low: 2), name: "db-1", kernel: "6.1", cores: 4,
            ticksPerSecond: 100, agentVersion: "0", intervalNanoseconds: 1_000_000_000),
        runID: Identifier128(high: 3, low: 4), role: .operator, readOnly: false,
        denyLists: DenyListExchange(own: DenyListText(version: 3, text: [])))
    var snapshot = base
    var isClosed = false
    private var held: [UInt32: Snapshot] = [:]

    private var now: Moment { Moment(monotonic: snapshot.monotonic, wall: snapshot.wall) }

    mutating func sweep(writable: Bool) {
        snapshot.sequence += 1
        snapshot.monotonic = snapshot.monotonic + .seconds(1)
        take(.tick)
        take(.snapshot(snapshot), writable: writable)
        take(.writable)
    }

    mutating func take(_ input: Session.Input, writable: Bool = true) {
        for effect in session.handle(input, writable: writable, at: now) {
            precondition(!isClosed, "something comes after the end")
            switch effect {
            case .send(let sent): hear(sent)
            case .close(let failure):
                if let failure { hear(.failure(failure)) }
                isClosed = true
            case .ask(let query): take(.answer(Answer(id: query.id, body: .unknown("no"))))
            case .establish, .submit, .judge, .renew, .wantSnapshot: break
            }
        }
    }

    private mutating func hear(_ sent: Message) {
        let bytes = sent.encoded()
        precondition(bytes.count <= sent.type.maximumByteCount, "what is sent is larger than its limit")
        let body = Array(bytes.dropFirst(MessageHeader.byteCount))
        switch try? Message.decode(type: sent.type.rawValue, flags: 1, body: body.span) {
        case .keyframe(let subscription, let snapshot): held[subscription] = snapshot
        case .delta(let delta):
            guard let before = held[delta.subscription], let after = try? delta.applied(to: before) else {
                preconditionFailure("a delta does not fit what was sent before it")
            }
            held[delta.subscription] = after
        case .some: break
        case nil: preconditionFailure("what is sent cannot be read")
        }
    }
}

/// A file that is read to its end; each chunk with a checksum that is right for what is in it, so that it is looked into.
private func recording(_ input: [UInt8]) {
    var bytes = input
    var place = RecordingFile.head.count
    while place + 16 <= bytes.count {
        let length = Int(bytes[place + 10]) << 8 | Int(bytes[place + 11])
        guard bytes.count - place - 16 >= length else { break }
        var checksum = CRC32C()
        checksum.add(bytes[place + 4..<place + 12].span)
        checksum.add(bytes[place + 16..<place + 16 + length].span)
        for index in 0..<4 {
            bytes[place + 12 + index] = UInt8(truncatingIfNeeded: checksum.value >> UInt32(24 - 8 * index))
        }
        place += 16 + length
    }
    guard var reader = try? RecordingReader(bytes.span) else { return }  // of a later version
    while let chunk = reader.next(in: bytes.span) {
        let once = RecordingFile.bytes(of: chunk)
        let file = RecordingFile.head + once
        var again = try? RecordingReader(file.span)
        let repeated = again?.next(in: file.span)
        precondition(repeated.map { RecordingFile.bytes(of: $0) } == once, "what was written is not read as the same")
    }
}

private func message(_ type: UInt8, _ body: [UInt8]) {
    // Being refused is what most inputs are for; why does not matter here.
    guard let decoded = try? Message.decode(type: type, flags: 1, body: body.span) else { return }
    if case .delta(let delta) = decoded { apply(delta) }
    let once = decoded.encoded()
    precondition(once.count <= decoded.type.maximumByteCount, "what was written is larger than its limit")
    let again = Array(once.dropFirst(MessageHeader.byteCount))
    let repeated = try? Message.decode(type: type, flags: 1, body: again.span)
    precondition(repeated?.encoded() == once, "what was written is not read as the same")
}

private func apply(_ delta: Delta) {
    var base = base
    base.sequence = delta.baseSequence
    guard let result = try? delta.applied(to: base) else { return }  // refused
    precondition(result == result.asSent, "a delta made a snapshot that breaks the rules")
    let back = Delta(subscription: 1, from: base, to: result)
    precondition((try? back.applied(to: base)) == result, "a delta does not make its later snapshot")
}

/// What deltas are applied to: two groups, four workers, rows with and without unknown columns.
private let base: Snapshot = {
    var snapshot = Snapshot(
        sequence: 41, monotonic: MonotonicInstant(nanoseconds: 86_400_000_000_000),
        wall: WallTime(nanoseconds: 1_790_000_000_000_000_000))
    snapshot.host[.load1Hundredths] = 125
    snapshot.groups = ["node:4300", "web"].map { key in
        var row = GroupRow()
        row[.exits] = 0
        let info = GroupInfo(
            key: key, app: key, kind: .prefork, master: ProcessRef(pid: 1, startTicks: 2), ports: [80],
            respawn: .parentMay)
        return GroupEntry(info: info, row: row)
    }
    snapshot.workers = (0..<4).map { index in
        var row = WorkerRow()
        row[.cpuNanoseconds] = 5_000_000_000
        row[.residentBytes] = index % 2 == 0 ? nil : 1 << 26
        row[.voluntarySwitches] = 900
        row[.loopRunNanoseconds] = 4_687_500_000
        row[.loopWaitNanoseconds] = 9_000_000
        row[.lagMaxMicroseconds] = index % 2 == 0 ? nil : 4_200
        let info = WorkerInfo(
            id: WorkerID(boot: BootID(high: 1, low: 2), pid: 4312 + Int32(index), startTicks: 81_234), parentPID: 4300,
            groupKey: "node:4300", slot: UInt32(index), uid: 1000, name: "node", arguments: ["node", "a.js"],
            started: WallTime(nanoseconds: 1_789_999_000_000_000_000))
        return WorkerEntry(info: info, row: row, stretches: LagHistogram(counts: [30, 0, UInt32(index)]))
    }
    return snapshot
}()
