internal import CZlib

/// The gzip format, RFC 1952.
enum Gzip {
    /// Fast rather than small: names and labels repeat, so that it makes a twentieth of metrics all the same.
    private static let level: CInt = 1

    /// `nil` where there is no memory for it.
    static func compress(_ bytes: [UInt8]) -> [UInt8]? {
        let room = looptop_gzip_bound(bytes.count)
        let packed = [UInt8](unsafeUninitializedCapacity: room) { target, count in
            count = bytes.withUnsafeBufferPointer { source in
                looptop_gzip(level, source.baseAddress, source.count, target.baseAddress, room)
            }
        }
        return packed.isEmpty ? nil : packed
    }

    /// Whether an `Accept-Encoding` header takes it. RFC 9110, 12.5.3.
    static func isAccepted(by header: String?) -> Bool {
        guard let header else { return false }
        var named: Bool?
        var any = false
        for range in header.lowercased().split(separator: ",") {
            let parts = range.split(separator: ";").map { $0.filter { !$0.isWhitespace } }
            let weight = parts.dropFirst().first { $0.hasPrefix("q=") }.map { Double($0.dropFirst(2)) ?? 0 } ?? 1
            if parts.first == "gzip" { named = weight > 0 }
            if parts.first == "*" { any = weight > 0 }
        }
        return named ?? any
    }
}
