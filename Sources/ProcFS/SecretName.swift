/// Values whose name says they are secret.
enum SecretName {
    /// A name counts when, in lower case and without `-`, `_` and `.`, it ends with one of these.
    private static let endings: [[UInt8]] = [
        "password", "passwords", "passwd", "passphrase", "pwd", "secret", "secrets", "token", "auth", "authorization",
        "credential", "credentials", "apikey", "privatekey", "secretkey", "accesskey", "encryptionkey", "signingkey",
        "sharedkey", "accesskeyid", "secretkeybase",
    ].map { Array($0.utf8) }

    /// Whether an argument is an option that takes a secret as the next argument: `--db-password`, `-token`.
    static func isOption(_ argument: [UInt8]) -> Bool {
        argument.first == UInt8(ascii: "-") && argument.allSatisfy(isNameByte) && isSecret(argument[...])
    }

    /// Hides the values of named secrets inside one argument: `PASSWORD=x`, `--api-key=x`, `sh -c 'serve --token x'`,
    /// `{"token": "x"}`, `?auth=x&page=2`.
    static func redact(_ text: [UInt8]) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(text.count)
        var index = 0
        while index < text.count {
            guard isNameByte(text[index]) else {
                out.append(text[index])
                index += 1
                continue
            }
            let start = index
            while index < text.count, isNameByte(text[index]) { index += 1 }
            out.append(contentsOf: text[start..<index])
            guard isSecret(text[start..<index]), let value = value(after: start..<index, in: text) else { continue }
            out.append(contentsOf: text[index..<value.lowerBound])
            out.append(contentsOf: Redactor.markerBytes)
            index = value.upperBound
        }
        return out
    }

    /// The bytes of a name's value; `nil` where there is none.
    private static func value(after name: Range<Int>, in text: [UInt8]) -> Range<Int>? {
        var index = name.upperBound
        var quotedName = false
        if index < text.count, ASCII.isQuote(text[index]) {  // "token": "x"
            index += 1
            quotedName = true
        }
        guard index < text.count else { return nil }
        let separator = text[index]
        var wholeRest = false
        if separator == UInt8(ascii: "=") {
            wholeRest = name.lowerBound == 0 && !quotedName  // the argument is one assignment: blanks are the value's
            index += 1
        } else if separator == UInt8(ascii: ":") {
            let next = index + 1 < text.count ? text[index + 1] : 0
            // `wsgi:token:app`, `host:port`: a colon alone separates many things.
            guard quotedName || ASCII.isBlank(next) || ASCII.isQuote(next) else { return nil }
            index += 1
            wholeRest = hasSuffix(text[name], "authorization")  // `Authorization: Basic x`: two words
        } else {
            guard ASCII.isBlank(separator), text[name.lowerBound] == UInt8(ascii: "-") else { return nil }
        }
        while index < text.count, ASCII.isBlank(text[index]) { index += 1 }
        guard index < text.count else { return nil }
        let end = wholeRest && !ASCII.isQuote(text[index]) ? text.count : end(of: index, in: text)
        if ASCII.isQuote(text[index]) {
            let inside = index + 1..<max(index + 1, end)
            return inside.isEmpty ? nil : inside
        }
        return end > index ? index..<end : nil
    }

    /// The end of a value: of what is in its quotes, else of its word. A word that itself says that a secret follows hides
    /// that one, too: `--password= --token x`, `token: Bearer x`.
    static func end(of start: Int, in text: [UInt8]) -> Int {
        var start = start
        while true {
            let end = ASCII.isQuote(text[start]) ? quotationEnd(of: start, in: text) : wordEnd(of: start, in: text)
            var next = end
            while next < text.count, ASCII.isBlank(text[next]) { next += 1 }
            guard announces(text[start..<end]), next > end, next < text.count else { return end }
            start = next
        }
    }

    /// At the same quote; one behind a backslash is part of the value.
    private static func quotationEnd(of start: Int, in text: [UInt8]) -> Int {
        var index = start + 1
        while index < text.count, text[index] != text[start] { index += text[index] == UInt8(ascii: "\\") ? 2 : 1 }
        return min(index, text.count)
    }

    private static func wordEnd(of start: Int, in text: [UInt8]) -> Int {
        var index = start
        while index < text.count, !ASCII.isBlank(text[index]), text[index] != UInt8(ascii: "&") { index += 1 }
        return index
    }

    /// Whether a word says that the next one is a secret: `--token`, `password:`, `"password":`, `password=`, `Bearer`.
    static func announces(_ word: ArraySlice<UInt8>) -> Bool {
        if Bearer.ends(word) { return true }
        if word.first == UInt8(ascii: "-"), word.allSatisfy(isNameByte) { return isSecret(word) }
        guard word.last == UInt8(ascii: ":") || word.last == UInt8(ascii: "=") else { return false }
        let rest = word.dropLast(word.dropLast().last.map(ASCII.isQuote) ?? false ? 2 : 1)
        return isSecret(rest[(rest.lastIndex { !isNameByte($0) }.map { $0 + 1 } ?? rest.startIndex)...])
    }

    private static func isSecret(_ name: ArraySlice<UInt8>) -> Bool {
        endings.contains { ending in
            var rest = ending[...]
            for byte in name.reversed() where !isFiller(byte) {
                guard let last = rest.popLast() else { return true }
                if ASCII.lowered(byte) != last { return false }
            }
            return rest.isEmpty
        }
    }

    private static func hasSuffix(_ name: ArraySlice<UInt8>, _ suffix: String) -> Bool {
        name.suffix(suffix.utf8.count).map(ASCII.lowered) == Array(suffix.utf8)
    }

    private static func isFiller(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_") || byte == UInt8(ascii: ".")
    }

    private static func isNameByte(_ byte: UInt8) -> Bool { ASCII.isWord(byte) || isFiller(byte) }
}
