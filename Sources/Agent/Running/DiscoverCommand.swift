import ArgumentParser
import Discovery
import Glibc
import Model
import ProcFS

/// `looptop-agent discover`: what an agent would watch on this machine, and why, on stdout; without a server and without state.
struct DiscoverCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "discover",
        abstract: "Print the apps and workers that an agent finds here, and which rule decided.",
        discussion: """
            Nothing is started, signalled or changed: processes are only looked at, twice, \(pause) ms apart, because servers \
            give themselves their titles a moment after they start. Of other users' processes root sees more than others.
            """)

    static let pause = 300

    @Flag(help: "One JSON object, of schema \(DiscoveryReport.schema).")
    var json = false
    @Flag(help: "Also the processes that are of no app, with the reason.")
    var all = false
    @Option(help: "Configuration file. Default: \(Configuration.defaultPath), where it exists.")
    var config: String?
    @Option(help: "Only processes below this pid.")
    var under: Int32?
    @Option(help: "Only workers whose command line, or whose master's, matches this regular expression.")
    var match: String?

    func run() throws {
        let box = try ConfigurationBox(named: config)
        let scope = try Scope(under: under ?? box.current.under, match: match ?? box.current.match)
        let report = try Self.look(scope: scope, overrides: box.overrides)
        if json {
            Self.write(report.json(all: all))
        } else {
            Self.write(Array((report.lines(all: all).joined(separator: "\n") + "\n").utf8))
        }
    }

    /// Two looks at all processes.
    static func look(scope: Scope, overrides: [AppOverride]) throws(Fatal) -> DiscoveryReport {
        let reader = ProcReader()
        var census = Census(scope: scope)
        do {
            _ = try census.refresh(reader: reader, now: Clocks.monotonic())
            usleep(UInt32(pause) * 1000)
            _ = try census.refresh(reader: reader, now: Clocks.monotonic())
        } catch {
            throw Fatal(.osError, "cannot list processes: \(error)")
        }
        let table = census.table
        let found = discover(table, scope: scope, overrides: overrides).groups
        let now = Clocks.monotonic()
        let perTick = Clocks.nanosecondsPerFileTick
        let uptime = Clocks.sinceBootNanoseconds()
        var memory = GroupMemory()
        memory.look(found, in: table, now: now) { process in
            let started = process.startTicks.multipliedReportingOverflow(by: perTick)
            let age = started.overflow || started.partialValue > uptime ? 0 : uptime - started.partialValue
            return now - .nanoseconds(Int64(clamping: age))
        }
        return DiscoveryReport(
            groups: memory.groups(at: now), table: table, hidden: census.denied, excluded: scope.excludedPIDs)
    }

    /// All of it, also into a pipe that takes it in parts.
    static func write(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(1, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return }  // nobody reads it any more
            rest = rest.dropFirst(count)
        }
    }
}
