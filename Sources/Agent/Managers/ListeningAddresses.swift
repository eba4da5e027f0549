/// On which addresses a port is listened to, from `/proc/<pid>/net/tcp` or `tcp6`. proc_pid_net(5).
enum ListeningAddresses {
    /// Listeners come first in the file: its beginning is enough.
    static let maximumBytes = 64 * 1024

    /// Rows that make no sense are passed over.
    static func parse(_ text: [UInt8], port: UInt16) -> [HostAddress] {
        text.split(separator: UInt8(ascii: "\n")).compactMap { row in
            let words = row.split(separator: UInt8(ascii: " "), maxSplits: 4)
            guard words.count >= 4, words[3].elementsEqual("0A".utf8) else { return nil }
            let halves = words[1].split(separator: UInt8(ascii: ":"))
            guard halves.count == 2, halves[1].count == 4, number(halves[1]) == UInt32(port) else { return nil }
            return address(halves[0])
        }
    }

    /// Words of 32 bits in the machine's byte order.
    private static func address(_ digits: ArraySlice<UInt8>) -> HostAddress? {
        guard digits.count == 8 || digits.count == 32 else { return nil }
        var bytes: [UInt8] = []
        var rest = digits
        while !rest.isEmpty {
            guard let word = number(rest.prefix(8)) else { return nil }
            withUnsafeBytes(of: word) { bytes += $0 }
            rest = rest.dropFirst(8)
        }
        return bytes.count == 4 ? .version4(bytes) : .version6(bytes)
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> UInt32? {
        guard digits.allSatisfy({ $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "-") }) else { return nil }
        return UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
    }
}
