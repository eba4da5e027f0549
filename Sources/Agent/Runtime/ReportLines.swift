/// Bytes in, the newest whole line out: whoever reports once a second and was not read for a while has only the last
/// word that counts.
struct ReportLines {
    /// A report has 150 bytes.
    static let maximumBytes = 1024

    /// The beginning of a line whose end has not come yet.
    private(set) var partial: [UInt8] = []

    struct TooLong: Error {}

    /// The last line that `bytes` complete, without its newline; `nil` when they complete none.
    mutating func take(_ bytes: ArraySlice<UInt8>) throws(TooLong) -> [UInt8]? {
        let newline = UInt8(ascii: "\n")
        guard let end = bytes.lastIndex(of: newline) else {
            guard partial.count + bytes.count <= Self.maximumBytes else { throw TooLong() }
            partial += bytes
            return nil
        }
        let whole = bytes[..<end]
        let line: [UInt8]
        if let before = whole.lastIndex(of: newline) {
            line = Array(whole[(before + 1)...])
        } else {
            line = partial + whole
        }
        partial = Array(bytes[(end + 1)...])
        guard line.count <= Self.maximumBytes, partial.count <= Self.maximumBytes else { throw TooLong() }
        return line
    }
}
