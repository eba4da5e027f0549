import ArgumentParser
import Discovery
import Glibc
import Model
import Trust

/// `looptop-agent check-config`: what `run` would make of the files, without running.
struct CheckConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check-config", abstract: "Say what a configuration file means, or all that is wrong with it.",
        discussion: """
            Ends with 0, or with 78 and a line for each problem: FILE:LINE:COLUMN: KEY: REASON. Lines with 'warning:' are about \
            this machine as it is now: a program that is not there, a new name that another app has.
            """)

    @Argument(help: "The file. Default: \(Configuration.defaultPath).")
    var file: String?
    @Option(help: "A policy file to check as well.")
    var policy: String?

    func run() throws {
        let path = file ?? Configuration.defaultPath
        var code: ExitCode?
        do throws(ConfigurationFault) {
            if let bytes = try Configuration.contents(of: path, mustExist: file != nil) {
                let configuration = try Configuration.parse(bytes, file: path)
                let lines = ConfigurationSummary(configuration).lines
                Self.print(["\(path) is fine"] + (lines.isEmpty ? ["it sets nothing"] : lines))
                let advice = ConfigurationAdvice(bytes, file: path, names: Self.names(configuration))
                for line in advice.lines { AgentProgram.say("warning: \(line)") }
            } else {
                Self.print(["there is no \(path): everything is as usual"])
            }
        } catch {
            for line in error.lines { AgentProgram.say(line) }
            code = error.code
        }
        if let policy { try checkPolicy(policy) }
        if let code { Glibc.exit(code.rawValue) }
    }

    /// What apps are called here by themselves; nothing where none is renamed, or this machine cannot be looked at.
    private static func names(_ configuration: Configuration) -> Set<String> {
        guard configuration.apps.contains(where: { $0.rename != nil }) else { return [] }
        do throws(Fatal) {
            let scope = try Scope(under: configuration.under, match: configuration.match)
            return Set(try DiscoverCommand.look(scope: scope, overrides: []).groups.map(\.info.app))
        } catch {
            AgentProgram.say("warning: whether names are taken was not looked at: \(error.sentence)")
            return []
        }
    }

    private func checkPolicy(_ path: String) throws {
        do throws(TrustError) {
            guard let policy = try Policy.load(path: path) else {
                throw .io(path: path, operation: "open", errno: ENOENT)
            }
            let (apps, others) = policy.summary
            let named = apps.isEmpty ? "no app" : apps.joined(separator: ", ")
            Self.print(["\(path) is fine", "rules for: \(named)\(others ? ", and all others" : "")"])
        } catch {
            if case .policyProblems(let file, let problems) = error {
                for problem in problems { AgentProgram.say(problem.sentence(file: file)) }
            } else {
                AgentProgram.say(error.sentence)
            }
            Glibc.exit(ExitCode(error).rawValue)
        }
    }

    private static func print(_ lines: [String]) {
        let bytes = Array((lines.joined(separator: "\n") + "\n").utf8)
        _ = write(1, bytes, bytes.count)
    }
}
