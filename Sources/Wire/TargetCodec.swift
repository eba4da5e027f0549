internal import Model

/// What a command, an outcome or a query is about.
extension CommandTarget {
    init(from reader: inout Reader, in bytes: Span<UInt8>) throws(WireError) {
        switch try reader.byte("target", in: bytes) {
        case 1: self = .worker(try reader.worker("target", in: bytes))
        case 2:
            self = .group(
                GroupTarget(
                    boot: try reader.identifier("target", in: bytes),
                    key: try reader.text("target", limit: Limits.groupTextBytes, in: bytes),
                    master: try reader.flag("target", in: bytes) ? try reader.process("target", in: bytes) : nil))
        default: throw reader.malformed("target")
        }
    }

    func write(to writer: inout Writer) {
        switch self {
        case .worker(let id):
            writer.byte(1)
            writer.worker(id)
        case .group(let target):
            writer.byte(2)
            writer.identifier(target.boot)
            writer.text(target.key, limit: Limits.groupTextBytes)
            writer.flag(target.master != nil)
            if let master = target.master { writer.process(master) }
        }
    }
}
