import Testing

@testable import Manual

@Suite struct ManPageTests {
    /// As ArgumentParser writes it, with what the manual has no use for left out.
    private static func description(_ commands: String, discussion: String = "Why.\\n\\nMore.") -> String {
        """
        { "command": { "commandName": "tool", "abstract": "Does things.", "discussion": "\(discussion)",
            "defaultSubcommand": "show", "arguments": [], "subcommands": [ \(commands) ] }, "serializationVersion": 0 }
        """
    }

    private static func option(_ name: String, abstract: String = "What for.", extra: String = "") -> String {
        """
        { "kind": "option", "shouldDisplay": true, "isOptional": true, "isRepeating": false, "valueName": "time",
          "names": [ { "kind": "long", "name": "\(name)" }, { "kind": "short", "name": "t" } ],
          "abstract": "\(abstract)" \(extra) }
        """
    }

    private static func command(_ name: String, _ arguments: String) -> String {
        "{ \"commandName\": \"\(name)\", \"abstract\": \"Is \(name).\", \"arguments\": [ \(arguments) ] }"
    }

    private static func page(_ commands: String, sections: [ManPage.Section] = []) throws -> String {
        try ManPage(description(commands), version: "1.2", sections: sections, related: ["other(1)"]).text
    }

    private static let host = """
        { "kind": "positional", "shouldDisplay": true, "isOptional": true, "isRepeating": true, "valueName": "host",
          "abstract": "Which." }
        """

    @Test func aCommandHasItsUsageAndOptions() throws {
        let text = try Self.page(
            Self.command("show", Self.host + "," + Self.option("wait", extra: ", \"defaultValue\": \"5s\"")))
        #expect(text.hasPrefix(".TH \"TOOL\" 1 \"\" \"tool 1.2\" \"\"\n.SH \"NAME\"\ntool \\- Does things\n"))
        #expect(text.contains("\\fBtool\\fR [\\fIhost\\fR ...] [\\fIoptions\\fR]\n"), "what it does without a command")
        #expect(
            text.contains(".SS \"tool show\"\n\\fBtool show\\fR [\\fIhost\\fR ...] [\\fIoptions\\fR]\n.PP\nIs show.\n"))
        #expect(text.contains(".TP\n\\fB\\-t\\fR, \\fB\\-\\-wait\\fR \\fItime\\fR\nWhat for. (default: 5s)\n"))
        #expect(text.contains(".SH \"DESCRIPTION\"\nWhy.\n.PP\nMore.\n"))
        #expect(text.hasSuffix(".SH \"SEE ALSO\"\nother(1)\n"))
    }

    @Test func whatManyCommandsTakeIsToldOnce() throws {
        let commands = ["a", "b", "c", "d"].map { Self.command($0, Self.option("wait")) }.joined(separator: ",")
        let text = try Self.page(commands)
        #expect(text.split(separator: "What for.").count == 2)
        #expect(text.split(separator: "Common options: \\fB\\-\\-wait\\fR.").count == 5)
    }

    @Test func commandsBelowCommandsHaveTheirWholeName() throws {
        let text = try Self.page(
            "{ \"commandName\": \"config\", \"arguments\": [], \"subcommands\": [ \(Self.command("check", "")) ] }")
        #expect(text.contains(".SS \"tool config check\"\n"))
        #expect(!text.contains(".SS \"tool config\"\n"))
    }

    @Test func whatIsHiddenIsNotTold() throws {
        let hidden = Self.option("secret").replacing("\"shouldDisplay\": true", with: "\"shouldDisplay\": false")
        let text = try Self.page(
            Self.command("show", hidden + "," + Self.option("help")) + "," + Self.command("help", ""))
        #expect(!text.contains("secret"))
        #expect(!text.contains("help"))
    }

    /// A line that begins with a dot is a request, a backslash begins an escape, and a plain `-` is a hyphen.
    @Test func textStaysText() throws {
        let text = try Self.page(
            Self.command("show", Self.option("x", abstract: ".so /etc/passwd 'a' `b` c\\\\d ~ ^ -l")))
        #expect(text.contains("\n\\&.so /etc/passwd \\(aqa\\(aq \\(gab\\(ga c\\ed \\(ti \\(ha \\-l\n"))
        let quote = try Self.page(Self.command("show", Self.option("x", abstract: "'quoted'")))
        #expect(quote.contains("\n\\(aqquoted\\(aq\n"))
    }

    @Test func sectionsFollowTheCommands() throws {
        let text = try Self.page(
            Self.command("show", ""), sections: [ManPage.Section("FILES", [("~/.x", "Yours.")])])
        #expect(text.contains(".SH \"FILES\"\n.TP\n\\fB\\(ti/.x\\fR\nYours.\n"))
    }

    @Test(arguments: ["", "{}", "[]", "{ \"command\": 1 }"]) func whatIsNoDescriptionThrows(_ text: String) {
        #expect(throws: (any Error).self) { try ManPage(text, version: "1", sections: [], related: []) }
    }
}
