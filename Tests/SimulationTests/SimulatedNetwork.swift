import Model
import Wire

/// One connection of a dashboard to a run of an agent. What is sent arrives in order, late, or not at all; it never arrives
/// after something that was lost.
final class SimulatedConnection: @unchecked Sendable {
    enum End: Int, CaseIterable {
        case dashboard, agent

        var other: End { self == .dashboard ? .agent : .dashboard }
    }

    enum Reason: String {
        case peerClosed, reset, silent, slowConsumer, local
    }

    /// Above this nothing that can wait should be sent; far above it a peer is cut off. As in the transport, but smaller, as
    /// the messages are here.
    static let highWaterBytes = 8 << 10
    static let maximumBytes = 64 << 10
    static let silenceLimit = Duration.seconds(15)

    private struct Way {
        var last = MonotonicInstant(nanoseconds: 0)
        var outstanding = 0
        /// Nothing arrives any more, and nobody is told.
        var isLost = false
    }

    let timeline: Timeline
    let faults: Faults
    let programs: [SimulatedProgram]
    /// Encodes and decodes what travels: costs most of the time.
    let isEncoded: Bool
    var receive: (End, Message) async -> Void = { _, _ in }
    var becameWritable: (End) async -> Void = { _ in }
    var closed: (End, Reason) async -> Void = { _, _ in }
    private var ways = [Way(), Way()]
    private var isOpen = [true, true]
    private var isCut = false
    private var heard: [MonotonicInstant]
    /// The most that ever waited.
    private(set) var mostOutstanding = 0

    init(
        timeline: Timeline, faults: Faults, dashboard: SimulatedProgram, agent: SimulatedProgram, isEncoded: Bool
    ) {
        self.timeline = timeline
        self.faults = faults
        programs = [dashboard, agent]
        self.isEncoded = isEncoded
        heard = [timeline.now, timeline.now]
        for end in End.allCases { watchForSilence(end) }
    }

    var isOver: Bool { isOpen == [false, false] }

    func isWritable(_ end: End) -> Bool { ways[end.rawValue].outstanding <= Self.highWaterBytes }

    func send(_ message: Message, from end: End) {
        guard isOpen[end.rawValue] else { return }
        let count = isEncoded ? message.encoded().count : message.roughSize
        ways[end.rawValue].outstanding += count
        mostOutstanding = max(mostOutstanding, ways[end.rawValue].outstanding)
        guard ways[end.rawValue].outstanding <= Self.maximumBytes else { return finish(end, .slowConsumer) }
        if isCut {  // the peer's system answers with a reset
            timeline.after(.milliseconds(30), "reset", of: programs[end.rawValue]) { [self] in finish(end, .reset) }
            return
        }
        if ways[end.rawValue].isLost { return }
        var delay = faults.milliseconds(1...5)
        if faults.strikes(.delay) { delay += faults.milliseconds(0...2000) }
        if faults.strikes(.stall) { delay += faults.milliseconds(1000...14_000) }
        if faults.strikes(.cut) { return cut() }  // inside this message: it is lost
        if faults.strikes(.halfOpen) { return loseWay(from: end) }
        let arrival = max(ways[end.rawValue].last, timeline.now + delay)
        ways[end.rawValue].last = arrival
        timeline.at(arrival, "arrival", of: programs[end.other.rawValue]) { [self] in
            await arrived(message, count, from: end)
        }
    }

    private func arrived(_ message: Message, _ count: Int, from end: End) async {
        guard !isCut, !ways[end.rawValue].isLost else { return }
        let wasWritable = isWritable(end)
        ways[end.rawValue].outstanding -= count
        if isOpen[end.other.rawValue] {
            heard[end.other.rawValue] = timeline.now
            timeline.mix(UInt64(message.type.rawValue))
            await receive(end.other, isEncoded ? message.decodedAgain : message)
        }
        if !wasWritable, isWritable(end), isOpen[end.rawValue] { await becameWritable(end) }
    }

    // MARK: ends

    /// By one end: what it sent arrives, then the other one hears of it.
    func close(_ end: End, after failure: Failure? = nil) {
        guard isOpen[end.rawValue] else { return }
        if let failure { send(.failure(failure), from: end) }
        finish(end, .local)
    }

    private func finish(_ end: End, _ reason: Reason) {
        guard isOpen[end.rawValue] else { return }
        isOpen[end.rawValue] = false
        timeline.after(.milliseconds(1), "closed", of: programs[end.rawValue]) { [self] in await closed(end, reason) }
        guard !isCut, !ways[end.rawValue].isLost else { return }
        timeline.at(
            max(ways[end.rawValue].last, timeline.now + .milliseconds(3)), "end", of: programs[end.other.rawValue]
        ) { [self] in
            if !ways[end.rawValue].isLost { finish(end.other, .peerClosed) }
        }
    }

    /// Both ends hear of it sooner or later; what is on its way is lost.
    func cut() {
        isCut = true
        for end in End.allCases {
            timeline.after(faults.milliseconds(0...300), "cut", of: programs[end.rawValue]) { [self] in
                finish(end, .reset)
            }
        }
    }

    /// Nothing arrives any more, either way or one way only, and nobody is told.
    func loseWay(from end: End?) {
        for way in End.allCases where end == nil || way == end { ways[way.rawValue].isLost = true }
    }

    private func watchForSilence(_ end: End) {
        timeline.at(
            heard[end.rawValue] + Self.silenceLimit, "silence", of: programs[end.rawValue]
        ) { [self] in
            guard isOpen[end.rawValue] else { return }
            if timeline.now - heard[end.rawValue] >= Self.silenceLimit {
                finish(end, .silent)
            } else {
                watchForSilence(end)
            }
        }
    }
}

extension Message {
    /// About what it takes on the wire.
    fileprivate var roughSize: Int {
        switch self {
        case .keyframe(_, let snapshot): 200 + 120 * (snapshot.groups.count + snapshot.workers.count)
        case .delta: 80
        default: 60
        }
    }

    /// Through bytes and back.
    fileprivate var decodedAgain: Message {
        let bytes = encoded()
        let body = Array(bytes.dropFirst(MessageHeader.byteCount))
        guard let message = try? Message.decode(type: bytes[4], flags: bytes[5], body: body.span) else {
            return .failure(Failure(code: .protocolViolation, text: "the simulation could not decode \(type)"))
        }
        return message
    }
}
