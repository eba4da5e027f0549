/// Strings that look like a key, whatever stands before them.
enum KeyShape {
    /// Words of `A-Z a-z 0-9 + / = . _ -`: a JWT (`eyJ….….…`), an AWS key id (AKIA and 16 more), an AWS secret (40
    /// characters of base64 with all of upper case, lower case and digits, which no hex digest has).
    static func redact(_ text: [UInt8]) -> [UInt8] {
        var out: [UInt8] = []
        var index = 0
        while index < text.count {
            let start = index
            while index < text.count, isTokenByte(text[index]) { index += 1 }
            let word = text[start..<index]
            out.append(contentsOf: isKey(word) ? Redactor.markerBytes[...] : word)
            if index < text.count {
                out.append(text[index])
                index += 1
            }
        }
        return out
    }

    private static func isKey(_ word: ArraySlice<UInt8>) -> Bool {
        guard word.count >= 16 else { return false }
        if holdsKeyID(word) || holdsJWT(word) { return true }
        // `name=value` and paths end in a secret as often as they are one.
        let value = word.split(separator: UInt8(ascii: "="), maxSplits: 1).last ?? word
        return isSecretKey(word) || isSecretKey(value)
    }

    private static func holdsKeyID(_ word: ArraySlice<UInt8>) -> Bool {
        word.split { !ASCII.isUpper($0) && !ASCII.isDigit($0) }.contains { run in
            run.count == 20 && ["AKIA", "ASIA", "ABIA", "ACCA", "AROA", "AIDA"].contains { run.starts(with: $0.utf8) }
        }
    }

    private static func holdsJWT(_ word: ArraySlice<UInt8>) -> Bool {
        let parts = word.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count >= 3 else { return false }
        return parts.indices.dropLast(2).contains { index in
            let header = parts[index].split { !ASCII.isWord($0) && $0 != UInt8(ascii: "_") && $0 != UInt8(ascii: "-") }
            return (header.last?.starts(with: "eyJ".utf8) ?? false) && parts[index + 1].count >= 8
        }
    }

    private static func isSecretKey(_ word: ArraySlice<UInt8>) -> Bool {
        let isBase64 = { (byte: UInt8) in ASCII.isWord(byte) || byte == UInt8(ascii: "+") || byte == UInt8(ascii: "/") }
        return word.count == 40 && word.allSatisfy(isBase64) && word.first != UInt8(ascii: "/")
            && word.contains(where: ASCII.isUpper) && word.contains(where: ASCII.isLower)
            && word.contains(where: ASCII.isDigit)
    }

    private static func isTokenByte(_ byte: UInt8) -> Bool {
        ASCII.isWord(byte) || byte == UInt8(ascii: "+") || byte == UInt8(ascii: "/") || byte == UInt8(ascii: "=")
            || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
    }
}
