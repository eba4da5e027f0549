internal import Model
internal import NIOCore

/// Whose turn it is to dial over TLS: of thousands that want to at once none shall run out of time because of the others.
///
/// One has a place until its handshake is over. Who does not answer keeps no other waiting for long: who is not even connected
/// after a moment, and whom many overtook that began later. Where the machine is starved all are slow, and none is overtaken.
struct DialGate {
    typealias Work = @Sendable (Ticket) -> Void

    /// With these under way two cores are busy, and each has far more time than it needs.
    static let total = 200
    /// How long one keeps its place while nothing answers: more than a round trip around the world.
    static let patience = Duration.milliseconds(500)
    /// So many that began later finish before one's place is given away.
    static let overtakers = 50

    /// One place.
    struct Ticket: Hashable, Sendable {
        fileprivate let number: UInt64
    }

    /// By how many each was overtaken.
    private var underWay: [Ticket: Int] = [:]
    private var waiting = CircularBuffer<Work>()
    private var nextNumber: UInt64 = 0

    mutating func enter(_ work: @escaping Work) { waiting.append(work) }

    /// Whose turn it is now, in the order in which they came; `nil` while all places are taken or nobody waits.
    /// `leave` must follow for the ticket.
    mutating func next() -> (Ticket, Work)? {
        guard underWay.count < Self.total, let work = waiting.popFirst() else { return nil }
        let ticket = Ticket(number: nextNumber)
        nextNumber += 1
        underWay[ticket] = 0
        return (ticket, work)
    }

    /// Gives nothing back for a ticket whose place is gone. `finished`: both sides finished the handshake.
    mutating func leave(_ ticket: Ticket, finished: Bool) {
        underWay[ticket] = nil
        guard finished else { return }
        for (other, overtaken) in underWay where other.number < ticket.number {
            underWay[other] = overtaken + 1 < Self.overtakers ? overtaken + 1 : nil
        }
    }
}

extension Network {
    /// Runs `work` on the event loop when it is its turn. `endDial` must follow.
    func inTurn(_ work: @escaping DialGate.Work) {
        loop.execute { [self] in
            dials.value.enter(work)
            beginDials()
        }
    }

    /// On the event loop. The next begin a moment later: where each fails at once they would begin within one another.
    func endDial(_ ticket: DialGate.Ticket, finished: Bool) {
        dials.value.leave(ticket, finished: finished)
        loop.execute { [self] in beginDials() }
    }

    private func beginDials() {
        while let (ticket, work) = dials.value.next() { work(ticket) }
    }
}
