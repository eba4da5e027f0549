import CLinux
import Glibc

/// Who is at the other end of a connection, without its port. Version 4 is kept as version 6 has it (`::ffff:a.b.c.d`), so
/// that a client is one peer whichever kind of socket it came in by. RFC 4291, 2.5.5.2.
struct PeerAddress: Hashable, Comparable, Sendable {
    /// In the order in which addresses are written.
    var high: UInt64
    var low: UInt64

    init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    init(version4 address: UInt32) {
        self.init(high: 0, low: 0xFFFF_0000_0000 | UInt64(address))
    }

    /// Four words in network order, as the kernel has them.
    init(_ words: (UInt32, UInt32, UInt32, UInt32), family: UInt8) {
        if CInt(family) == AF_INET {
            self.init(version4: UInt32(bigEndian: words.0))
        } else {
            self.init(
                high: UInt64(UInt32(bigEndian: words.0)) << 32 | UInt64(UInt32(bigEndian: words.1)),
                low: UInt64(UInt32(bigEndian: words.2)) << 32 | UInt64(UInt32(bigEndian: words.3)))
        }
    }

    var isVersion4: Bool { high == 0 && low >> 32 == 0xFFFF }

    /// `10.0.0.1`, `2001:db8::1`. inet_ntop(3).
    var text: String {
        var bytes: [UInt8] = []
        for shift in stride(from: 56, through: 0, by: -8) { bytes.append(UInt8(truncatingIfNeeded: high >> shift)) }
        for shift in stride(from: 56, through: 0, by: -8) { bytes.append(UInt8(truncatingIfNeeded: low >> shift)) }
        if isVersion4 { bytes.removeFirst(12) }
        var text = [UInt8](repeating: 0, count: 64)
        let isWritten = text.withUnsafeMutableBytes {
            inet_ntop(isVersion4 ? AF_INET : AF_INET6, bytes, $0.baseAddress, socklen_t($0.count)) != nil
        }
        return isWritten ? String(decoding: text.prefix { $0 != 0 }, as: UTF8.self) : "?"
    }

    /// With a port: `10.0.0.1:80`, `[2001:db8::1]:80`.
    static func text(_ address: PeerAddress, port: UInt16, isVersion6: Bool) -> String {
        isVersion6 ? "[\(address.isVersion4 ? "::ffff:" : "")\(address.text)]:\(port)" : "\(address.text):\(port)"
    }

    static func < (left: Self, right: Self) -> Bool { (left.high, left.low) < (right.high, right.low) }
}
