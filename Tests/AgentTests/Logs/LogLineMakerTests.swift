import Model
import Testing

@testable import Agent

@Suite struct LogLineMakerTests {
    private func lines(_ texts: [String], filter: String = "") -> [String] {
        var maker = LogLineMaker(filter: LogFilter(filter))
        return texts.compactMap { text in
            let bytes = Array(text.utf8)
            return maker.line(bytes[...], length: UInt64(bytes.count))?.text
        }
    }

    @Test(arguments: [
        ("\u{1b}[32minfo\u{1b}[0m ready", "info ready"), ("\u{1b}[1;31;40mred\u{1b}[m", "red"), ("\u{1b}[Kx", "x"),
        ("\u{1b}[38:5:9mx", "x"), ("windows\r", "windows"), ("a\rb", "a\rb"), ("\0\0\0after a hole", "after a hole"),
        // What is no colour stays, and is drawn as what it is.
        ("\u{1b}[2J", "\u{1b}[2J"), ("\u{1b}]0;title\u{7}", "\u{1b}]0;title\u{7}"), ("\u{1b}", "\u{1b}"),
        ("\u{1b}[", "\u{1b}["), ("\u{1b}[31", "\u{1b}[31"), ("", ""),
    ])
    func coloursGo(_ text: String, _ plain: String) { #expect(lines([text]) == [plain]) }

    @Test func secretsGo() {
        #expect(lines(["login password=hunter2 ok"]) == ["login password=‹redacted› ok"])
        #expect(lines(["GET postgres://u:p4ss@db/x"]) == ["GET postgres://u:‹redacted›@db/x"])
        #expect(lines([#"{"token":"abc","n":1}"#]) == [#"{"token":"‹redacted›","n":1}"#])
        // A colour in the middle of a secret or of its name does not save it.
        #expect(lines(["pass\u{1b}[1mword=hun\u{1b}[0mter2"]) == ["password=‹redacted›"])
    }

    @Test func aKeyOverSeveralLinesGoes() {
        let body = String(repeating: "Ab3d", count: 16)
        let key = ["-----BEGIN RSA PRIVATE KEY-----", body, "short1A=", "-----END RSA PRIVATE KEY-----", "after"]
        #expect(lines(key) == ["‹redacted›", "‹redacted›", "‹redacted›", "‹redacted›", "after"])
        // Of a page that begins in the middle of one.
        #expect(lines([body, "-----END RSA PRIVATE KEY-----"])[0] == "‹redacted›")
        #expect(lines([String(repeating: "0123abcd", count: 8)])[0] != "‹redacted›", "a hash")
        // One that never ends hides no more than a block could have.
        let endless = ["-----BEGIN x"] + Array(repeating: "line", count: 300)
        #expect(lines(endless).filter { $0 == "line" }.count == 100)
    }

    @Test func theFilterIsNoWayToGuessSecrets() {
        #expect(lines(["password=hunter2"], filter: "hunter2").isEmpty)
        #expect(lines(["password=hunter2"], filter: "hunter").isEmpty)
        #expect(lines(["password=hunter2"], filter: "password") == ["password=‹redacted›"])
        #expect(lines(["hunter2 tried password=hunter2"], filter: "hunter2") == ["hunter2 tried password=‹redacted›"])
        let body = String(repeating: "Ab3d", count: 16)
        #expect(lines(["-----BEGIN X-----", body], filter: "Ab3d").isEmpty)
    }

    @Test func aSecretIsHiddenThoughItsLineIsCut() {
        var maker = LogLineMaker(filter: LogFilter(""))
        let start = String(repeating: "x", count: 4080) + " password="
        let bytes = Array((start + String(repeating: "s", count: 9000)).utf8)
        let line = maker.line(bytes.prefix(LogLineMaker.lookedAt), length: UInt64(bytes.count))
        #expect(line?.text.contains("sss") == false)
        #expect(line?.cutBytes == UInt64(bytes.count) - 4096)
    }
}
