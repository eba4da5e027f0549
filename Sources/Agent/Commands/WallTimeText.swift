import Model

extension WallTime {
    /// RFC 3339 in UTC with milliseconds: `2026-09-01T12:00:00.123Z`.
    var rfc3339: String {
        let time = CivilTime(self)
        return "\(time.date)T\(time.clock).\(CivilTime.padded(time.millisecond, 3))Z"
    }

    /// From what `rfc3339` writes; `nil` for anything else.
    init?(rfc3339 text: String) {
        let bytes = Array(text.utf8)
        let form = Array("0000-00-00T00:00:00.000Z".utf8)
        guard bytes.count == form.count else { return nil }
        for (byte, sign) in zip(bytes, form) {
            let isDigit = UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte
            guard sign == UInt8(ascii: "0") ? isDigit : byte == sign else { return nil }
        }
        func number(_ range: Range<Int>) -> Int64 { Int64(String(decoding: bytes[range], as: UTF8.self)) ?? 0 }
        let time = CivilTime(
            year: number(0..<4), month: number(5..<7), day: number(8..<10), hour: number(11..<13),
            minute: number(14..<16), second: number(17..<19), millisecond: number(20..<23))
        guard let wall = time.wall else { return nil }
        self = wall
    }
}
