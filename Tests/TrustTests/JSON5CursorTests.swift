import Glibc
import Model
import Testing

@testable import Trust

struct JSON5CursorTests {
    /// The sentence of what is wrong with the text, read as something.
    private static func refusal<Value>(
        _ text: String, _ read: (JSON5Cursor) throws(JSON5Problem) -> Value
    ) -> String? {
        do throws(JSON5Problem) {
            _ = try read(try JSON5Cursor(parsing: Array(text.utf8)))
            return nil
        } catch { return error.sentence(file: "f") }
    }

    @Test func readsEachType() throws {
        #expect(Self.refusal("'a'") { (cursor) throws(JSON5Problem) in try cursor.text() } == nil)
        #expect(
            Self.refusal(" 7") { (cursor) throws(JSON5Problem) in try cursor.text() }
                == "f:1:2: it must be a text, not a number")
        #expect(
            Self.refusal("'7'") { (cursor) throws(JSON5Problem) in try cursor.number() }
                == "f:1:1: it must be a number, not a text")
        #expect(
            Self.refusal("1") { (cursor) throws(JSON5Problem) in try cursor.flag() }
                == "f:1:1: it must be true or false, not a number")
        #expect(
            Self.refusal("{}") { (cursor) throws(JSON5Problem) in try cursor.list() }
                == "f:1:1: it must be a list [ … ], not an object")
        #expect(
            Self.refusal("[]") { (cursor) throws(JSON5Problem) in try cursor.members() }
                == "f:1:1: it must be an object { … }, not a list")
        let empty = Self.refusal("''") { (cursor) throws(JSON5Problem) in try cursor.name() }
        #expect(empty == "f:1:1: it must not be empty")
        let zero = Self.refusal("'a\\0'") { (cursor) throws(JSON5Problem) in try cursor.name() }
        #expect(zero == "f:1:1: it must not contain a zero byte")
    }

    @Test(arguments: ["0", "1.5", "10", "1e300", "NaN", "-Infinity", "-1"])
    func refusesANumberOutOfRange(text: String) {
        #expect(
            Self.refusal(text) { (cursor) throws(JSON5Problem) in try cursor.whole(1...9) }
                == "f:1:1: it must be a whole number from 1 to 9")
    }

    @Test func takesAUserByNameOrNumber() throws {
        #expect(try JSON5Cursor(parsing: Array("'root'".utf8)).user() == 0)
        #expect(try JSON5Cursor(parsing: Array("1234".utf8)).user() == 1234)
        #expect(UserName.uid(of: "no-such-user-here") == nil)
        #expect(
            Self.refusal("'no-such-user-here'") { (cursor) throws(JSON5Problem) in try cursor.user() }
                == "f:1:1: there is no user \"no-such-user-here\" on this host")
        for text in ["-1", "4294967295", "1.5", "''", "true"] {
            #expect(Self.refusal(text) { (cursor) throws(JSON5Problem) in try cursor.user() } != nil)
        }
    }

    @Test func takesASignalByName() throws {
        #expect(try JSON5Cursor(parsing: Array("'QUIT'".utf8)).signal() == 3)
        #expect(try JSON5Cursor(parsing: Array("'SIGUSR1'".utf8)).signal() == 10)
        #expect(
            Self.refusal("'USR3'") { (cursor) throws(JSON5Problem) in try cursor.signal() }
                == "f:1:1: \"USR3\" is not a signal; did you mean \"USR1\"?")
    }

    @Test func collectsAllThatIsWrong() throws {
        let text = "{\n  nmae: 'a',\n  size: 'b',\n  ports: [1],\n  size: 2,\n  zebra: 1 }"
        var problems = JSON5Problems()
        let root = try JSON5Cursor(parsing: Array(text.utf8))
        let found = problems.object(root, keys: ["name", "size", "ports"])
        #expect(found.keys.sorted() == ["ports", "size"])
        #expect(problems.take(found["size"]) { (cursor) throws(JSON5Problem) in try cursor.number() } == nil)
        #expect(problems.take(found["name"]) { (cursor) throws(JSON5Problem) in try cursor.text() } == nil)
        let port = try found["ports"]?.list().first
        #expect(port?.path == "ports[0]")
        #expect(
            problems.all.map { $0.sentence(file: "f") } == [
                "f:2:3: nmae: unknown key; did you mean \"name\"?",
                "f:3:9: size: it must be a number, not a text",
                "f:5:3: size: it is there twice; the other is in line 3",
                "f:6:3: zebra: unknown key; known are name, size, ports",
            ])
    }

    @Test(arguments: [
        ("retsart", "restart"), ("Restart", "restart"), ("rol", "roll"), ("hostname", "hostName"), ("stp", "stop"),
        ("zebra", nil), ("", nil), ("x", nil),
    ])
    func findsTheWordThatWasMeant(word: String, meant: String?) {
        #expect(NearestWord.nearest(to: word, among: ["restart", "roll", "stop", "hostName"]) == meant)
    }
}
