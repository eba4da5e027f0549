import Glibc
import Testing

@testable import Agent

@Suite struct ConfigurationAdviceTests {
    private static func advice(_ text: String, names: Set<String> = []) throws -> [String] {
        _ = try ConfigurationTests.parse(text)  // what is told of can be used
        return ConfigurationAdvice(Array(text.utf8), file: "f", names: names).lines
    }

    @Test func aProgramThatIsNotThereIsTold() throws {
        let directory = TemporaryDirectory()
        let plain = try directory.write("plain", "#!/bin/sh\n")
        let lines = try Self.advice(
            """
            { apps: {
              a: { restart: { command: ["no-such-program-here", "x"] }, start: { command: ["sh", "-c", ""] } },
              b: { stop: { command: ["/nonexistent/stop"] }, ready: { command: ["/bin/sh"] } },
              c: { reload: { command: ["\(plain)"] }, start: { command: ["/"] }, stop: { command: ["/x/{app}/stop"] } },
            } }
            """)
        let directories = Program.directories.joined(separator: ":")
        #expect(
            lines == [
                "f:2:29: apps.a.restart.command[0]: there is no program \"no-such-program-here\" in \(directories)",
                "f:3:26: apps.b.stop.command[0]: /nonexistent/stop: No such file or directory",
                "f:4:28: apps.c.reload.command[0]: \(plain) is not executable",
                "f:4:\(28 + plain.utf8.count + 26): apps.c.start.command[0]: / is no program file",
            ])
    }

    @Test func aNewNameThatAnotherAppHasIsTold() throws {
        let text = "{ apps: { a: { rename: \"web\" }, b: { rename: \"c\" } } }"
        #expect(
            try Self.advice(text, names: ["web", "a", "b"]) == [
                "f:1:24: apps.a.rename: an app here is called \"web\" already: nobody could tell them apart"
            ])
        // The file itself says what becomes of the other.
        #expect(try Self.advice("{ apps: { a: { rename: \"web\" }, web: { rename: \"old\" } } }", names: ["web"]) == [])
        #expect(
            ConfigurationTests.problems("{apps: {a: {rename: 'x'}, b: {rename: 'x'}}}")
                == ["1:27: apps.b: it is called \"x\" as a is: nobody could tell them apart"])
    }

    @Test func aPathThatNobodyCouldFindIsRefused() {
        #expect(
            ConfigurationTests.problems("{apps: {a: {stop: {command: ['bin/stop']}}}}")
                == ["1:30: apps.a.stop.command[0]: it must be an absolute path, or a name without a slash"])
    }
}
