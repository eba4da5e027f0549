import Model
import Testing

@testable import Trust

struct EnrolmentTokenTests {
    private static func token(_ addresses: [String] = ["web-1.example.org:7433"]) throws -> EnrolmentToken {
        try EnrolmentToken(
            addresses: addresses, spkiHash: (0..<32).map { UInt8($0) }, tokenID: (0..<8).map { UInt8($0 + 100) },
            secret: (0..<16).map { UInt8($0 + 200) }, notAfter: later(.seconds(900)))
    }

    @Test(arguments: [["h:1"], ["[fe80::1%eth0]:7433", "10.0.0.7:7433"], (1...8).map { "host-\($0):7433" }])
    func readsWhatItWrites(addresses: [String]) throws {
        let token = try Self.token(addresses)
        #expect(token.text.hasPrefix("lt1."))
        #expect(try EnrolmentToken(parsing: token.text) == token)
    }

    /// Beyond 2116 a `Double` does not hold each whole second in nanoseconds.
    @Test(arguments: [-9_223_372_035, -1, 0, 1, 1_793_491_200, 4_611_686_019, 8_088_242_237, 9_223_372_035] as [Int64])
    func aSecondIsTheSameWhenItIsReadAgain(second: Int64) throws {
        let time = WallTime(nanoseconds: second * 1_000_000_000)
        #expect(time.wholeSeconds == second)
        #expect(WallTime(nanoseconds: time.nanoseconds + 499_999_999).wholeSeconds == second)
        guard second > 0 else { return }
        let token = try EnrolmentToken(addresses: ["h:1"], spkiHash: .init(repeating: 1, count: 32), notAfter: time)
        #expect(try EnrolmentToken(parsing: token.text).notAfter == time)
        let book = HostBook(entries: [HostBook.Entry(address: "h:1", host: host, name: "h", enrolled: time)])
        #expect(try HostBook(json: try book.json(path: "hosts"), path: "hosts") == book)
    }

    @Test func isAboutAsLongAsALine() throws { #expect(try Self.token().text.utf8.count == 155) }

    @Test func detectsEverySingleWrongCharacter() throws {
        let text = Array(try Self.token().text.utf8)
        let alphabet = Array("abcdefghijklmnopqrstuvwxyz234567018.-!é".utf8)
        for index in text.indices {
            for character in alphabet where character != text[index] {
                var damaged = text
                damaged[index] = character
                #expect(throws: TrustError.self, "character \(index) replaced by \(character)") {
                    try EnrolmentToken(parsing: String(decoding: damaged, as: UTF8.self))
                }
            }
        }
    }

    @Test func detectsEveryMissingDoubledAndSwappedCharacter() throws {
        let text = Array(try Self.token().text)
        for index in text.indices {
            var variants = [text, text]
            variants[0].remove(at: index)
            variants[1].insert(text[index], at: index)
            if index > 0, text[index] != text[index - 1] {
                variants.append(text)
                variants[2].swapAt(index, index - 1)
            }
            for variant in variants {
                #expect(throws: TrustError.self) { try EnrolmentToken(parsing: String(variant)) }
            }
        }
    }

    @Test func saysThatATokenWasDamagedInCopying() throws {
        let text = try Self.token().text
        let other = text.hasSuffix("a") ? "e" : "a"
        var middle = Array(text)
        middle[60] = middle[60] == "a" ? "b" : "a"
        for (damaged, reason) in [
            (String(middle), "checksum"), (String(text.dropLast(2)) + other, "c"), (text + "!", "characters"),
        ] {
            let error = #expect(throws: TrustError.self) { try EnrolmentToken(parsing: damaged) }
            #expect(error?.sentence.contains("damaged in copying (\(reason)") == true)
        }
    }

    @Test(arguments: ["", "lt1", "lt2.aaaa", "K10abc::server:xyz", "hello", String(repeating: "lt1.", count: 2000)])
    func saysThatOtherTextIsNoToken(text: String) {
        #expect(throws: TrustError.notAToken) { try EnrolmentToken(parsing: text) }
    }

    @Test func takesATokenThatATerminalHasWrapped() throws {
        let token = try Self.token()
        let wrapped = "  " + token.text.prefix(80) + "\r\n" + token.text.dropFirst(80) + "\n"
        #expect(try EnrolmentToken(parsing: wrapped) == token)
        #expect(try EnrolmentToken(parsing: token.text.uppercased()) == token)
    }

    @Test func saysHowLongAgoItExpired() throws {
        let token = try Self.token()
        try token.checkExpiry(wall: later(.seconds(900)))
        let error = #expect(throws: TrustError.self) { try token.checkExpiry(wall: later(.seconds(900 + 190))) }
        #expect(error?.sentence.contains("expired 3 min ago") == true)
    }

    @Test func neverPrintsItsSecret() throws {
        let token = try Self.token()
        var text = "\(token) \(String(reflecting: token))"
        dump(token, to: &text)
        dump([token], to: &text)
        #expect(!text.contains(token.secret.hex))
        #expect(!text.contains("200"))
        #expect(!text.contains(token.text))
        #expect(text.contains(token.tokenID.hex))
    }

    @Test func drawsItsIDAndSecretAtRandom() throws {
        let tokens = try (0..<2).map { _ in
            try EnrolmentToken(addresses: ["h:1"], spkiHash: .init(repeating: 0, count: 32), notAfter: start)
        }
        #expect(tokens[0].tokenID != tokens[1].tokenID)
        #expect(tokens[0].secret != tokens[1].secret)
    }

    @Test(arguments: [
        [], [""], ["a b:1"], ["h\n:1"], [String(repeating: "h", count: 256)], .init(repeating: "h:1", count: 9),
    ])
    func refusesAddressesThatNobodyCouldDial(addresses: [String]) {
        #expect(throws: TrustError.self) { try Self.token(addresses) }
    }

    @Test func neverTrapsOnContentWithARightChecksum() throws {
        // Fields cut short or claiming too much, with the checksum made right again.
        let token = try Self.token()
        let bytes = try #require(Base32.decode(token.text.utf8.dropFirst(4)))
        let content = Array(bytes.dropLast(4))
        for count in 0..<content.count {
            let text = EnrolmentToken.prefix + Base32.encode(EnrolmentToken.withChecksum(Array(content.prefix(count))))
            #expect(throws: TrustError.self) { try EnrolmentToken(parsing: text) }
        }
        for index in 0..<5 {
            var changed = content
            changed[index] = 255
            let text = EnrolmentToken.prefix + Base32.encode(EnrolmentToken.withChecksum(changed))
            #expect(throws: TrustError.self) { try EnrolmentToken(parsing: text) }
        }
    }

    @Test func spellsBase32AsTheStandardDoes() {
        // RFC 4648, section 10, in lower case and without padding.
        for (bytes, text) in [
            ("", ""), ("f", "my"), ("fo", "mzxq"), ("foo", "mzxw6"), ("foob", "mzxw6yq"), ("fooba", "mzxw6ytb"),
            ("foobar", "mzxw6ytboi"),
        ] {
            #expect(Base32.encode(Array(bytes.utf8)) == text)
            #expect(Base32.decode(text.utf8) == Array(bytes.utf8))
        }
        for text in ["m", "mz1", "mzx", "mz", "my======", "mzxw6y"] { #expect(Base32.decode(text.utf8) == nil) }
    }
}
