import ProcFS
import Testing

struct CommandLineTests {
    @Test func readsArguments() throws {
        #expect(try arguments("node-cluster", "19569/cmdline") == ["node", "server.js"])
        #expect(try arguments("odd-name", "20483/cmdline") == ["worker) R 1 (x", "server.py", "9001", "w) R 1 (x"])
    }

    @Test func aTitleIsOneArgumentWithoutItsPadding() throws {
        #expect(try arguments("nginx", "20113/cmdline") == ["nginx: worker process"])
        #expect(try arguments("gunicorn", "19738/cmdline") == ["gunicorn: master [wsgi:app]"])
    }

    @Test func aZombieAndAKernelThreadHaveNone() throws {
        #expect(try arguments("zombie", "20493/cmdline") == [])
        #expect(try arguments("kernel-thread", "2/cmdline") == [])
    }

    @Test func keepsEmptyArgumentsInTheMiddleAndMendsBytesThatAreNoText() {
        let text: [UInt8] = [0x61, 0, 0, 0xFF, 0x62, 0]
        #expect(CommandLine(parsing: text.span).arguments == ["a", "", "\u{FFFD}b"])
    }

    private func arguments(_ name: String, _ file: String) throws -> [String] {
        let text = try Fixture.bytes(name, file)
        return CommandLine(parsing: text.span).arguments
    }
}
