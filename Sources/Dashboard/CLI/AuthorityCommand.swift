import ArgumentParser
import Console
import Model
import Trust

/// `looptop ca`: the fleet's CA, and another in its place.
struct AuthorityCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ca",
        abstract: "Show the fleet's CA, or give the fleet another one.",
        discussion: """
            Needs the fleet's CA key, which is where looptop init was run. A fleet comes to another CA in three steps: \
            rotate makes a second CA, which counts beside the first; switch has it issue, and every host asks for a \
            certificate of it; retire ends the first, and every certificate of it. switch and retire wait for hosts that \
            are not ready; where the first CA's key was copied, there is --force. Workers and open connections notice \
            nothing.

            Exit codes: 0 all enrolled hosts have what the step brings; 3 some do not, or do not answer; 78 the CA key is \
            not here.
            """,
        subcommands: [AuthorityStatus.self, AuthorityRotate.self, AuthoritySwitch.self, AuthorityRetire.self],
        defaultSubcommand: AuthorityStatus.self)
}

struct AuthorityOptions: ParsableArguments {
    @Option(help: ArgumentHelp("How long to wait for hosts.", valueName: "time"))
    var timeout = TimeLimit(seconds: 20)
    @OptionGroup var state: StateOptions
}

/// `looptop ca status`
struct AuthorityStatus: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show which CAs count, and what each host has. This is the default.")

    @OptionGroup var options: AuthorityOptions

    mutating func run() throws {
        try AuthorityWork.run(options) { work in
            let stage = try work.member.authorityStage()
            work.printAuthorities(stage)
            let isWanted = stage == .switched ? work.hasNewCertificate : work.knowsTheList
            let survey = try work.survey(until: isWanted)
            work.printHosts(survey)
            let late = survey.lacking(isWanted).count
            switch stage {
            case .steady: break
            case .begun: Output.note("next, when all hosts know the second CA: looptop ca switch")
            case .switched: Output.note("next, when all hosts have a certificate of the second CA: looptop ca retire")
            }
            if late > 0 { throw Output.failure(.unreachable, "hosts that are not there yet: \(late) of \(work.hosts)") }
        }
    }
}

/// `looptop ca rotate`
struct AuthorityRotate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate", abstract: "Make a second CA, which counts beside the first. Nothing else changes.")

    @Flag(help: "Give up a second CA that does not issue yet: the first alone counts.")
    var giveUp = false
    @OptionGroup var options: AuthorityOptions

    mutating func run() throws {
        try AuthorityWork.run(options) { [giveUp] work in
            if giveUp {
                let list = try work.member.giveUpAuthority(now: Clocks.wall())
                return try work.finish("the second CA is given up: the first alone counts", list, work.knowsTheList)
            }
            let list = try work.member.rotateAuthority(now: Clocks.wall())
            let next = """
                keep a copy of \(work.directory)/ca-key.2.pem offline; persons learn of the second CA when they connect
                next, when all hosts know it: looptop ca switch
                """
            try work.finish("a second CA counts", list, next: next, work.knowsTheList)
        }
    }
}

/// `looptop ca switch`
struct AuthoritySwitch: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "switch", abstract: "Have the second CA issue; hosts get certificates of it.")

    @Flag(help: "Also while there are hosts that do not know the second CA.")
    var force = false
    @OptionGroup var options: AuthorityOptions

    mutating func run() throws {
        try AuthorityWork.run(options) { [force] work in
            if try work.member.authorityStage() == .begun, !force {
                try work.require("do not know the second CA", work.knowsTheList)
            }
            let list = try work.member.switchAuthority(now: Clocks.wall())
            let next = """
                persons get certificates of it with looptop request, grant and join; those they have count until retire
                next, when all hosts have a certificate of it: looptop ca retire
                """
            try work.finish("the second CA issues", list, next: next, work.hasNewCertificate)
        }
    }
}

/// `looptop ca retire`
struct AuthorityRetire: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retire", abstract: "End the first CA, and every certificate of it.",
        discussion: """
            Persons whose certificate is of the first CA are refused from then on and get a new one with looptop request, \
            grant and join. A host without one of the second is not reached any more, and goes on to trust the first.
            """)

    @Flag(help: "Also while there are hosts without a certificate of the second CA: they have to be enrolled again.")
    var force = false
    @OptionGroup var options: AuthorityOptions

    mutating func run() throws {
        try AuthorityWork.run(options) { [force] work in
            var left: [String] = []
            if try work.member.authorityStage() == .switched {
                let missing = "have no certificate of the second CA"
                left = try work.require(missing, isForced: force, work.hasNewCertificate)
            }
            let list = try work.member.retireAuthority(now: Clocks.wall())
            let next =
                "persons whose certificate was of the first CA get a new one with looptop request, grant and join"
            try work.finish(
                "the first CA is retired: one CA counts", list, leavingOut: left, next: next, work.knowsTheList)
        }
    }
}
