import Glibc
import Model
import Testing
import Trust

@testable import Agent

/// What the documents and the package show as files is taken as it stands.
@Suite struct OperatingDocumentTests {
    private static let root = String(#filePath.dropLast("/Tests/AgentTests/OperatingDocumentTests.swift".count))

    static func text(_ path: String) throws -> String {
        let descriptor = open("\(root)/\(path)", O_RDONLY | O_CLOEXEC)
        try #require(descriptor >= 0, "\(path)")
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while case let count = read(descriptor, &buffer, buffer.count), count > 0 { bytes += buffer[..<count] }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The JSON5 blocks of a document.
    private static func examples(_ path: String) throws -> [String] {
        try text(path).components(between: "```json5\n", and: "```\n")
    }

    @Test func examplesOfTheConfigurationAreTaken() throws {
        let examples = try Self.examples("docs/OPERATING.md")
            .filter { $0.hasPrefix("// /etc/looptop-agent/agent.json5") }
        #expect(examples.count == 3)
        for example in examples { #expect(ConfigurationTests.problems(example) == []) }
        let names = try examples.map { try ConfigurationTests.parse($0).apps.map(\.shownName) }
        #expect(names == [[], ["web", "shop", "cron", "billing"], ["shop", "edge", "redis"]])
    }

    @Test func examplesOfThePolicyAreTaken() throws {
        let examples = try Self.examples("docs/OPERATING.md").filter { $0.hasPrefix("// policy.json5") }
        #expect(examples.count == 1)
        for example in examples {
            let policy = try Policy(json5: Array(example.utf8), file: "OPERATING.md")
            #expect(policy.summary.apps == ["billing", "web"] && policy.summary.others)
        }
    }

    /// As they are, and with what they only propose.
    @Test func theFilesOfThePackageAreTaken() throws {
        for isFull in [false, true] {
            let configuration = try Self.text("packaging/agent.json5").uncommented(isFull)
            #expect(ConfigurationTests.problems(configuration) == [])
            #expect(try ConfigurationTests.parse(configuration).apps.count == (isFull ? 1 : 0))
            let rules = try Self.text("packaging/policy.json5").uncommented(isFull)
            let policy = try Policy(json5: Array(rules.utf8), file: "p")
            #expect(policy.summary.apps == (isFull ? ["web"] : []))
            #expect(Self.rights(policy, of: "anything") == [.restart, .roll, .reload])
        }
    }

    /// What an operator may do to an app by its name, as far as it takes no more words.
    private static func rights(_ policy: Policy, of app: String) -> [Action] {
        [.restart, .roll, .reload, .scale, .stop, .start].filter { action in
            let target = GroupTarget(boot: BootID(high: 0, low: 1), key: "k", master: nil)
            let command = Command(id: CommandID(high: 0, low: 1), action: action, target: .group(target))
            let peer = Peer.person(
                name: "ada", role: .operator,
                certificate: PeerCertificate(serial: "1", issued: WallTime(nanoseconds: 0)))
            let subject = policy.subject(namedOnly: app)
            return policy.decide(command, on: subject, peer: peer, role: .operator) == nil
        }
    }

    /// The first policy that somebody writes, and that of the demo: enough for what the documents show.
    @Test(arguments: [("README.md", "echo '", "'"), ("scripts/demo", "printf '", "\\n'")])
    func theShortPolicyLetsOperatorsRestartRollAndReload(file: String, start: String, end: String) throws {
        let policies = try Self.text(file).components(between: start, and: end).filter { $0.hasPrefix("{ apps") }
        #expect(policies.count == 1)
        for text in policies {
            let policy = try Policy(json5: Array(text.utf8), file: file)
            #expect(Self.rights(policy, of: "web") == [.restart, .roll, .reload])
        }
    }

    /// A real pair, wrapped: its chain tells that not a byte of it was made up.
    @Test func theAuditLinesOfTheDocumentAreReal() throws {
        let blocks = try Self.text("docs/OPERATING.md").components(between: "```\n{\"time\":", and: "```\n")
        let pair = try #require(blocks.first)
        let lines = ("{\"time\":" + pair).replacing("\n{", with: "\u{0}{").replacing("\n ", with: "")
            .replacing("\n", with: "").split(separator: "\u{0}")
        #expect(lines.count == 2)
        var verifier = AuditVerifier()
        verifier.begin(file: "OPERATING.md", isRotated: false)
        for (index, line) in lines.enumerated() {
            verifier.take(AuditLines.Line(number: index + 1, bytes: Array(line.utf8)[...], isEnded: true))
        }
        verifier.end()
        #expect(verifier.faults == [] && verifier.notes == [])
    }

    @Test func everyKeyIsExplained() throws {
        let text = try Self.text("docs/OPERATING.md")
        for key in ["match", "hide", "rename", "expected", "restart", "reload", "stop", "start", "ready", "runAs"]
            + ["thresholds", "rules", "cooldown", "mostPerHour", "restartsPerMinute", "maxUnavailable"]
        {
            #expect(text.contains("`\(key)") || text.contains(" \(key)"), "\(key)")
        }
    }
}

extension String {
    fileprivate func components(between start: String, and end: String) -> [String] {
        var found: [String] = []
        var rest = self[...]
        while let opening = rest.firstRange(of: start) {
            rest = rest[opening.upperBound...]
            guard let closing = rest.firstRange(of: end) else { break }
            found.append(String(rest[..<closing.lowerBound]))
            rest = rest[closing.upperBound...]
        }
        return found
    }

    /// Without the marks of indented comments, where wanted.
    fileprivate func uncommented(_ isWanted: Bool) -> String {
        guard isWanted else { return self }
        return split(separator: "\n").map { $0.hasPrefix("  ") ? String($0).replacing("// ", with: "") : String($0) }
            .joined(separator: "\n")
    }
}
