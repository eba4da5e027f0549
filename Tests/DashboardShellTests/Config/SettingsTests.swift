import Testing

@testable import Dashboard

@Suite struct SettingsTests {
    private static let text = """
        {
          contexts: { prod: { hosts: [] }, staging: { hosts: [] } },
          context: "staging", theme: "mono", hosts: ["db-1"],
        }
        """

    private static func settings(
        _ text: String = text, flag: String? = nil, chosen: String? = nil,
        with environment: [String: String] = [:]
    ) throws -> Settings {
        Settings(try ConfigurationReaderTests.parse(text), flag: flag, chosen: chosen) { environment[$0] }
    }

    @Test func aFlagWinsOverTheEnvironmentThatOverAChoiceThatOverTheFile() throws {
        let all = ["LOOPTOP_CONTEXT": "env", "LOOPTOP_THEME": "light"]
        func context(_ settings: Settings) -> String {
            "\(settings.context?.name ?? "-") \(settings.context?.source ?? .usual)"
        }
        #expect(context(try Self.settings(flag: "flag", chosen: "chosen", with: all)) == "flag --context")
        #expect(context(try Self.settings(chosen: "chosen", with: all)) == "env LOOPTOP_CONTEXT")
        #expect(context(try Self.settings(chosen: "chosen")) == "chosen looptop context use")
        #expect(context(try Self.settings()) == "staging f:3")
        #expect(context(try Self.settings(chosen: Settings.noContext)) == "- default")
        #expect(try Self.settings(chosen: Settings.noContext).rows.first { $0.key == "context" }?.source == .chosen)
        #expect(context(try Self.settings(chosen: Settings.noContext, with: all)) == "env LOOPTOP_CONTEXT")
        #expect(context(try Self.settings("{}")) == "- default")
        #expect(try Self.settings().theme.name == "mono")
        #expect(try Self.settings(with: all).theme.name == "light")
        #expect(try Self.settings("{}", with: ["LOOPTOP_THEME": ""]).theme.name == "default")
    }

    @Test func hostsOfTheEnvironmentAreSeparatedByCommasAndBlanks() throws {
        let settings = try Self.settings(with: ["LOOPTOP_HOSTS": "a,b c-[1,3-4]:70, [::1]:9"])
        #expect(settings.environmentHosts == ["a", "b", "c-[1,3-4]:70", "[::1]:9"])
        #expect(settings.rows.first?.value == .texts(["a", "b", "c-[1,3-4]:70", "[::1]:9"]))
    }

    @Test func everyKeyIsShownWithWhoSaysSo() throws {
        let rows = try Self.settings().rows
        #expect(
            rows.map { "\($0.key) \($0.source)" } == [
                "hosts f:3", "contexts.prod f:2", "contexts.staging f:2", "context f:3", "theme f:3", "glyphs default",
                "mouse default", "alerts default", "keys default", "columns default",
            ])
        func isProtected(_ key: String) -> JSONValue? {
            guard case .object(let members)? = rows.first(where: { $0.key == key })?.value else { return nil }
            return members["protected"]
        }
        #expect(isProtected("contexts.prod") == .flag(true), "by its name")
        #expect(isProtected("contexts.staging") == .flag(false))
        let usual = try Self.settings("{}").rows
        #expect(usual.first?.value == .texts(["enrolled:", "local:"]) && usual.allSatisfy { $0.source == .usual })
    }

    @Test(
        arguments: [
            ("--context: there is no context \"stging\"; did you mean \"staging\"?", "stging", nil, [:]),
            ("LOOPTOP_CONTEXT: there is no context \"x\"; known are prod, staging", nil, nil, ["LOOPTOP_CONTEXT": "x"]),
            (
                """
                there is no context "x"; known are prod, staging, which was chosen by looptop context use; looptop \
                context use --forget forgets it
                """, nil, "x", [:]
            ),
        ] as [(String, String?, String?, [String: String])])
    func aContextThatIsNotThereIsSaid(
        _ sentence: String, _ flag: String?, _ chosen: String?, _ environment: [String: String]
    ) throws {
        let settings = try Self.settings(flag: flag, chosen: chosen, with: environment)
        #expect(throws: HostSource.Problem(sentence: sentence)) { try settings.chosenContext() }
    }
}
