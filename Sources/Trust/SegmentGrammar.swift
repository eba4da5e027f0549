/// What may stand between two slashes of an identity: `[a-z0-9._-]{1,64}`. Nothing in it can hurt a log, a path or a
/// terminal.
enum SegmentGrammar {
    static let longest = 64

    static func accepts(_ segment: some StringProtocol) -> Bool {
        let bytes = segment.utf8
        guard (1...longest).contains(bytes.count) else { return false }
        return bytes.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
            case UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"): true
            default: false
            }
        }
    }
}
