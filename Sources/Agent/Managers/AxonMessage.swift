/// A message between PM2's client and its daemon: arguments, each a length and bytes, JSON or text by a prefix.
///
///     +------------------+-------------+------+-------------+------
///     | version, count   | length (32) | data | length (32) | data …
///     +------------------+-------------+------+-------------+------
///
/// The first byte has the version, 1, in its upper half and the count in its lower one; lengths are big-endian. A request is
/// `j:{"type":"call","method":…,"args":[…]}` and `s:ID`; the answer is `j:{"args":[…]}` or `j:{"error":…}` and the same ID.
enum AxonMessage {
    /// - Parameters:
    ///   - method: one of PM2's; no text of others.
    ///   - arguments: JSON.
    static func call(_ method: String, _ arguments: String, id: String) -> [UInt8] {
        encode(["j:{\"type\":\"call\",\"method\":\"\(method)\",\"args\":[\(arguments)]}", "s:\(id)"])
    }

    static func encode(_ arguments: [String]) -> [UInt8] {
        var bytes = [0x10 | UInt8(truncatingIfNeeded: arguments.count & 0xF)]
        for argument in arguments.prefix(0xF) {
            let data = Array(argument.utf8)
            withUnsafeBytes(of: UInt32(clamping: data.count).bigEndian) { bytes += $0 }
            bytes += data
        }
        return bytes
    }
}
