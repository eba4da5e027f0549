import Model

extension DenyListText {
    init(from reader: inout Reader, in bytes: Span<UInt8>) throws(WireError) {
        self.init(
            version: try reader.varint("version", in: bytes),
            text: try reader.blob("text", limit: Limits.denyListBytes, in: bytes))
    }

    func write(to writer: inout Writer) {
        writer.varint(version)
        writer.blob(text, limit: Limits.denyListBytes)
    }
}
