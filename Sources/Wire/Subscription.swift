public import Model

/// What a dashboard wants to be sent, and how often. The id is chosen by the dashboard; the same id again replaces.
public struct Subscription: Hashable, Sendable {
    public var id: UInt32
    public var interest: Interest
    /// Time between two snapshots; the agent sends none more often than it takes them.
    public var interval: Duration

    public init(id: UInt32, interest: Interest, interval: Duration) {
        self.id = id
        self.interest = interest
        self.interval = interval
    }
}

extension Subscription {
    init(from reader: inout Reader, in bytes: Span<UInt8>) throws(WireError) {
        id = try reader.number("subscription", in: bytes)
        switch try reader.byte("interest", in: bytes) {
        case 1: interest = .host
        case 2: interest = .groups
        case 3: interest = .workers
        case 4: interest = .worker(try reader.worker("worker", in: bytes))
        default: throw reader.malformed("interest")
        }
        interval = try reader.duration("interval", in: bytes)
    }

    func write(to writer: inout Writer) {
        writer.number(id)
        switch interest {
        case .host: writer.byte(1)
        case .groups: writer.byte(2)
        case .workers: writer.byte(3)
        case .worker(let worker):
            writer.byte(4)
            writer.worker(worker)
        }
        writer.duration(interval)
    }
}
