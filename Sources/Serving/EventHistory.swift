public import Model
internal import Wire

/// The last events of this run, for who was not there: so many, and so many bytes of them. The oldest go.
public struct EventHistory: Sendable {
    private struct Kept {
        var event: Event
        var bytes: Int
    }

    let limit: Int
    let byteLimit: Int
    /// Oldest first, from `head` on.
    private var kept: [Kept] = []
    private var head = 0
    private(set) var bytes = 0

    /// - Parameter byteLimit: as they would travel; in memory they take a few times that.
    public init(limit: Int = 1000, byteLimit: Int = 1 << 20) {
        self.limit = limit
        self.byteLimit = byteLimit
    }

    public var count: Int { kept.count - head }

    public mutating func append(_ event: Event) {
        let size = Message.event(event).encoded().count
        kept.append(Kept(event: event, bytes: size))
        bytes += size
        while count > limit || (bytes > byteLimit && count > 1) {
            bytes -= kept[head].bytes
            head += 1
        }
        if head > limit {  // the dropped part never outgrows the kept one by much
            kept.removeFirst(head)
            head = 0
        }
    }

    /// Those with a higher number, by number: makers of events may get here in another order.
    public func after(_ sequence: UInt64) -> [Event] {
        kept[head...].lazy.map(\.event).filter { $0.sequence > sequence }.sorted { $0.sequence < $1.sequence }
    }
}
