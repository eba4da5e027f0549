import ArgumentParser
import Glibc

/// `looptop-agent audit verify`.
struct AuditCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "Look after the audit log.", subcommands: [AuditVerifyCommand.self])
}

/// `looptop-agent audit verify`: whether the log is as it was written. Runs beside an agent.
struct AuditVerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Say whether the audit log is as it was written.",
        discussion: """
            Ends with 0 and a sentence, or with 1 and a line for each fault: FILE:LINE: what is wrong. A log that is gone \
            from a state directory in which an agent was begun is a fault, too. Who may write the log can make a whole new \
            one: keep its last chain elsewhere, and ask for it with --chain.
            """)

    @Option(help: "The agent's state directory. Default: as for 'run'.")
    var stateDir: String?
    @Option(help: "A line with this chain must be in the log.")
    var chain: String?

    func run() throws {
        let directory = stateDir ?? Surroundings.current().stateDirectory
        if let chain, chain.utf8.count != AuditChain.length || !chain.utf8.allSatisfy(AuditChain.isHex) {
            throw Fatal(.usage, "--chain \(chain): give \(AuditChain.length) hex digits, as 'audit verify' prints them")
        }
        let folder: AuditFolder
        do throws(AuditFailure) {
            folder = try AuditFolder(reading: directory)
        } catch {
            let code: ExitCode = error.errno == EACCES ? .noPermission : .ioError
            throw Fatal(code, "cannot open \(directory): \(reason(error.errno))")
        }
        guard let report = AuditReport(of: folder, wanted: chain) else {
            Self.print("there is no audit log in \(directory): no agent was ever begun there")
            return
        }
        for note in report.notes { AgentProgram.say("\(directory)/\(note)") }
        for fault in report.faults { AgentProgram.say("\(directory)/\(fault)") }
        Self.print(report.sentence)
        if !report.faults.isEmpty { Glibc.exit(1) }
    }

    private static func print(_ line: String) {
        let bytes = Array((line + "\n").utf8)
        _ = write(1, bytes, bytes.count)
    }
}
