import Testing

@testable import Agent

@Suite struct ConfigurationTests {
    private static func parse(_ text: String) throws -> Configuration {
        try Configuration.parse(Array(text.utf8), file: "/etc/agent.json5")
    }

    private static func refusal(of text: String) -> Fatal? {
        do {
            _ = try parse(text)
            return nil
        } catch let fatal as Fatal {
            return fatal
        } catch { return nil }
    }

    @Test func json5IsTaken() throws {
        let configuration = try Self.parse(
            """
            // The web hosts.
            {
                hostName: 'web-1',
                interval: .5,
                under: 4312,
                "match": "gunicorn",
                listen: ["0.0.0.0:7433", "[::]:7433",],
                readOnly: true,  /* for now */
            }
            """)
        var expected = Configuration()
        expected.hostName = "web-1"
        expected.interval = 0.5
        expected.under = 4312
        expected.match = "gunicorn"
        expected.listen = ["0.0.0.0:7433", "[::]:7433"]
        expected.readOnly = true
        #expect(configuration == expected)
    }

    @Test func anEmptyObjectSetsNothing() throws { #expect(try Self.parse("{}") == Configuration()) }

    @Test func anUnknownKeyIsNamedBesideTheKnownOnes() throws {
        let fatal = try #require(Self.refusal(of: "{ hostname: 'web-1' }"))
        #expect(fatal.code == .configuration)
        #expect(fatal.sentence.hasPrefix("/etc/agent.json5: "))
        #expect(fatal.sentence.contains("unknown key \"hostname\""))
        #expect(fatal.sentence.contains("hostName"))
    }

    @Test(arguments: [
        ("{ interval: 'fast' }", "interval"), ("{ under: 1.5 }", "under"), ("{ under: 99999999999 }", "under"),
        ("{ readOnly: 1 }", "readOnly"), ("{ listen: '0.0.0.0:1' }", "listen"), ("{ listen: [1] }", "listen"),
        ("{ match: {} }", "match"),
    ])
    func aWrongTypeNamesFileAndKey(_ text: String, _ key: String) throws {
        let fatal = try #require(Self.refusal(of: text))
        #expect(fatal.code == .configuration)
        #expect(fatal.sentence.hasPrefix("/etc/agent.json5: \(key)"), "\(fatal.sentence)")
    }

    @Test(arguments: ["", "{", "{ interval 1 }", "not json", "{} {}", "\u{FEFF}{"])
    func badSyntaxNamesTheFile(_ text: String) throws {
        let fatal = try #require(Self.refusal(of: text))
        #expect(fatal.code == .configuration)
        #expect(fatal.sentence.hasPrefix("/etc/agent.json5: "))
        #expect(fatal.sentence.utf8.count > "/etc/agent.json5: ".utf8.count + 10, "\(fatal.sentence)")
    }

    @Test(arguments: ["[]", "1", "'text'"]) func aRootThatIsNoObjectIsSaidToBeNone(_ text: String) throws {
        let fatal = try #require(Self.refusal(of: text))
        #expect(fatal.sentence.hasPrefix("/etc/agent.json5: is not an object"), "\(fatal.sentence)")
    }

    @Test func aFileThatWasNamedMustExistAndTheUsualOneNeedNot() throws {
        let missing = TemporaryDirectory().path + "/none.json5"
        #expect(throws: Fatal.self) { try Configuration.load(named: missing) }
        #expect(try Configuration.read(missing, mustExist: false) == nil)
    }

    @Test func aFileIsReadWhole() throws {
        let directory = TemporaryDirectory()
        let file = try directory.write("agent.json5", "{ hostName: '" + String(repeating: "x", count: 200_000) + "' }")
        #expect(try Configuration.load(named: file).hostName?.utf8.count == 200_000)
    }

    @Test func aDirectoryInPlaceOfAFileIsRefusedByName() throws {
        let directory = TemporaryDirectory()
        do {
            _ = try Configuration.load(named: directory.path)
            Issue.record("a directory was read")
        } catch {
            #expect(error.sentence.contains(directory.path))
        }
    }
}
