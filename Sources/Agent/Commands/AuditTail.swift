/// The end of a log file: what the next line has to follow.
struct AuditTail: Equatable {
    /// The chain of the last line, torn ones counted; `nil` where the file is empty.
    var chain: String?
    /// The last lines have no chain: a crash cut them short.
    var torn = false
    /// The file does not end with a newline.
    var isOpen = false

    /// More than the longest line has.
    private static let reach = 1 << 20

    init(of file: AuditDescriptor, after previous: String?) {
        let size = file.size ?? 0
        let start = max(0, size - Int64(Self.reach))
        self.init(file.read(Int(size - start), at: start), after: previous)
    }

    /// - Parameter previous: the chain of the line before these bytes, where they are the whole file.
    init(_ bytes: [UInt8], after previous: String?) {
        guard !bytes.isEmpty else { return }
        isOpen = bytes.last != UInt8(ascii: "\n")
        var lines = bytes.split(separator: UInt8(ascii: "\n"))
        var unchained: [ArraySlice<UInt8>] = []
        chain = previous
        while let line = lines.popLast() {
            if let last = AuditChain.open(line) {
                chain = last.chain
                break
            }
            unchained.append(line)
        }
        torn = !unchained.isEmpty
        for line in unchained.reversed() { chain = AuditChain.link(after: chain ?? "", line) }
    }
}
