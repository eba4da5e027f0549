/// The clipboard of whoever sits at the terminal, over any number of ssh connections: OSC 52.
enum Clipboard {
    /// Longer texts are refused rather than cut: half a text looks whole where it is pasted. Some terminals take no more than
    /// 74,994 letters of base64 (hterm), xterm not many more.
    static let maximumBytes = 56_000

    /// What sets it. Base64 keeps the text from ending the sequence.
    ///
    /// - Parameter inTmux: tmux takes it where `set-clipboard` is `on`, and hands it on unseen, wrapped, where
    ///   `allow-passthrough` is. It drops what it is not allowed, so it gets both.
    static func sequence(for text: String, inTmux: Bool = false) throws(CopyRefusal) -> String {
        let bytes = Array(text.utf8)
        guard bytes.count <= maximumBytes else { throw .tooLong(bytes.count, most: maximumBytes) }
        let plain = "\u{1B}]52;c;\(base64(bytes))\u{07}"
        return inTmux ? plain + "\u{1B}Ptmux;\u{1B}\(plain)\u{1B}\\" : plain
    }

    /// RFC 4648, section 4.
    static func base64(_ bytes: [UInt8]) -> String {
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var result: [UInt8] = []
        result.reserveCapacity((bytes.count + 2) / 3 * 4)
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let bits = group.enumerated().reduce(UInt32(0)) { $0 | UInt32($1.element) << (16 - 8 * UInt32($1.offset)) }
            for place in 0..<4 {
                let letter = letters[Int(bits >> (18 - 6 * UInt32(place)) & 0x3F)]
                result.append(place <= group.count ? letter : UInt8(ascii: "="))
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}

/// Why a text was not put on the clipboard.
public enum CopyRefusal: Error, Hashable, Sendable {
    /// The terminal is of a kind that has none.
    case noClipboard
    /// In bytes.
    case tooLong(Int, most: Int)
}
