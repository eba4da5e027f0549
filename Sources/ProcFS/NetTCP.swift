/// One socket that accepts TCP connections.
public struct ListeningSocket: Hashable, Sendable {
    public var port: UInt16
    /// Joins it to `/proc/<pid>/fd` links `socket:[inode]`. Source: field 10 of the row.
    public var inode: UInt64
    /// As text: `0.0.0.0`, `127.0.0.1`, `::`.
    public var address: String

    public init(port: UInt16, inode: UInt64, address: String) {
        self.port = port
        self.inode = inode
        self.address = address
    }
}

/// The listening rows of `/proc/<pid>/net/tcp` or `tcp6`: of the network namespace of that process. proc_pid_net(5).
///
/// The kernel shows all listeners before the first connection, so the first other row ends the search: a machine with
/// 100,000 connections costs no more than one without.
public struct NetTCP: Equatable, Sendable {
    public var listening: [ListeningSocket] = []
    /// Whether the end of the listeners was seen; if not, the next part of the file has to be looked at too.
    public private(set) var isComplete = false

    public init() {}

    public init(parsing text: Span<UInt8>) throws(ProcError) {
        _ = try add(text, isLast: true)
    }

    /// Takes the rows of the next part of the file; returns how many bytes it used, whole rows only unless `isLast`.
    mutating func add(_ text: Span<UInt8>, isLast: Bool) throws(ProcError) -> Int {
        var used = 0
        while !isComplete, used < text.count {
            let newline = text.index(of: UInt8(ascii: "\n"), in: used..<text.count)
            guard newline != nil || isLast else { return used }
            let line = used..<(newline ?? text.count)
            used = min(line.upperBound + 1, text.count)
            try add(row: line, in: text)
        }
        return used
    }

    /// `  sl  local_address rem_address   st tx_queue:rx_queue tr:tm->when retrnsmt   uid  timeout inode …`; hex but uid,
    /// timeout and inode.
    private mutating func add(row: Range<Int>, in text: Span<UInt8>) throws(ProcError) {
        var fields = Fields(row, in: text, file: "net/tcp")
        fields.skipBlanks(in: text)
        guard fields.offset < row.upperBound, !text.matches("sl", at: fields.offset) else { return }  // heading
        fields.skip(1, in: text)  // sl
        fields.skipBlanks(in: text)
        guard let colon = text.index(of: UInt8(ascii: ":"), in: fields.offset..<row.upperBound) else {
            throw fields.malformed("local_address")
        }
        let address = fields.offset..<colon
        fields = Fields(colon + 1..<row.upperBound, in: text, file: "net/tcp")
        guard let port = UInt16(exactly: try fields.digits("local_address", radix: 16, in: text)) else {
            throw fields.malformed("local_address")
        }
        fields.skip(1, in: text)  // rem_address
        fields.skipBlanks(in: text)
        guard try fields.digits("st", radix: 16, in: text) == 0x0A else {  // TCP_LISTEN
            isComplete = true
            return
        }
        fields.skip(5, in: text)  // queues timer retrnsmt uid timeout
        let inode = try fields.next("inode", in: text)
        guard let place = AddressText.text(of: address, in: text) else {
            throw ProcError(malformed: "net/tcp", field: "local_address", offset: address.lowerBound)
        }
        listening.append(ListeningSocket(port: port, inode: inode, address: place))
    }
}
