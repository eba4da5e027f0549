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
            certificate of it; retire ends the first. Between two steps wait until all hosts know of the one before, \
            which status shows, and until every person's dashboard was connected to a host. Workers and open \
            connections notice nothing.

            Exit codes: 0 all enrolled hosts have it; 3 some do not yet, or a step waits for them; 78 the CA key is not \
            here.
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
            work.printAuthorities()
            let survey = try work.survey { _ in true }
            work.printHosts(survey)
            guard work.isChanging else { return }
            let (step, isReady) =
                try work.isSwitched()
                ? ("retire", survey.isAll(work.hasNewCertificate)) : ("switch", survey.isAll(work.knowsTheList))
            Output.note(isReady ? "next: looptop ca \(step)" : "next, when all hosts have it: looptop ca \(step)")
        }
    }
}

/// `looptop ca rotate`
struct AuthorityRotate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate", abstract: "Make a second CA, which counts beside the first. Nothing else changes.")

    @OptionGroup var options: AuthorityOptions

    mutating func run() throws {
        try AuthorityWork.run(options) { work in
            let list = try work.member.rotateAuthority(now: Clocks.wall())
            Output.data("a second CA counts (deny-list \(list.version))\n")
            work.printAuthorities()
            try work.finish("know it", work.knowsTheList)
        }
    }
}

/// `looptop ca switch`
struct AuthoritySwitch: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "switch", abstract: "Have the other CA issue; hosts get certificates of it.")

    @Flag(help: "Also while there are hosts that do not know the other CA.")
    var force = false
    @OptionGroup var options: AuthorityOptions

    mutating func run() throws {
        try AuthorityWork.run(options) { [force] work in
            if work.isChanging && !force { try work.require("know the other CA", work.knowsTheList) }
            let list = try work.member.switchAuthority(now: Clocks.wall())
            Output.data("the other CA issues (deny-list \(list.version))\n")
            work.printAuthorities()
            try work.finish("have a certificate of it", work.hasNewCertificate)
        }
    }
}

/// `looptop ca retire`
struct AuthorityRetire: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retire", abstract: "End the CA that does not issue, and every certificate of it.",
        discussion: """
            After switch that is the first CA, after rotate the second: the change is given up. Whoever has a certificate \
            of it is refused from then on: persons get a new one with looptop request, hosts are enrolled again.
            """)

    @Flag(help: "Also while there are hosts with a certificate of it: they have to be enrolled again.")
    var force = false
    @OptionGroup var options: AuthorityOptions

    mutating func run() throws {
        try AuthorityWork.run(options) { [force] work in
            if work.isChanging && !force {
                try work.require("have a certificate of the CA that stays", work.hasNewCertificate)
            }
            let list = try work.member.retireAuthority(now: Clocks.wall())
            Output.data("one CA counts (deny-list \(list.version))\n")
            work.printAuthorities()
            try work.finish("know it", work.knowsTheList)
        }
    }
}
