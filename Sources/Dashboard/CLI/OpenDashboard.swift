import ArgumentParser
import Console
import Glibc
import Trust

/// `looptop [HOST ...]`: the dashboard.
struct OpenDashboard: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dashboard", abstract: "Open the dashboard (what looptop does without a command).")

    @Argument(
        help: ArgumentHelp("Enrolled names, HOST[:PORT] or ssh:ALIAS.", valueName: "host"),
        completion: .custom(KnownNames.hosts))
    var hosts: [String] = []

    @OptionGroup var options: HostOptions

    @OptionGroup var screen: ScreenOptions

    mutating func run() throws {
        guard Output.isTerminal || screen.plain else {
            throw Output.failure(
                .usage, "stdout is not a terminal, so there is nothing to draw on; for plain text use: looptop ls")
        }
        let (targets, membership, watch) = try options.watchedFleet(named: hosts)
        let settings = try options.choice.settings()
        let keys = try ScreenOptions.keys(settings.configuration)
        let columns = ColumnChoices(settings.configuration.columns)
        let store = StateFile(KeptViews.file, in: try options.choice.state.store().directory)
        let (kept, problem) = Self.views(in: store)
        let code: Int32
        do {
            let signals = try SignalDescriptor()  // before the network's thread exists
            let links = try FleetLinks(to: targets, membership: membership)
            let configured = settings.configuration
            let terminal = try screen.display(configured)
            var loop = MainLoop(
                terminal: terminal, signals: signals, links: links, places: targets.map(\.place), watch: watch,
                alerts: configured.alerts ?? AlertSettings(), keys: keys,
                columns: kept?.columns(over: columns) ?? columns, orders: kept?.orders(columns) ?? [:])
            if let problem { loop.say(problem) }
            if let warning = try OwnCertificate.warning(membership?.identity, now: Clocks.wall()) { loop.say(warning) }
            code = loop.run()
            if let kept {
                let views = KeptViews(orders: loop.choices.orders, columns: loop.choices.columns, configured: columns)
                if views != kept { try Self.keep(views, in: store) }
            }
            let dropped = links.mailbox.losses.dropped
            if dropped > 0 { Output.note("\(dropped) events came faster than they could be taken in and were dropped") }
        } catch let error as ShellError {
            throw Output.failure(error)
        } catch let error as TerminalError {
            throw Output.failure(.usage, error.description)
        } catch let error as TrustError {
            throw Output.failure(error)
        }
        throw ExitCode(code)
    }

    /// No views where what is there cannot be read: then it stays as it is, and it is said why.
    private static func views(in store: StateFile) -> (KeptViews?, problem: String?) {
        do throws(TrustError) {
            guard let bytes = try store.read() else { return (KeptViews(), nil) }
            do throws(KeptViews.Problem) { return (try KeptViews(parsing: bytes), nil) } catch {
                let path = store.directory + "/" + store.name
                return (nil, "\(store.name) is damaged: lists are as usual until \(path) is removed")
            }
        } catch {
            return (nil, "how lists were left is not known: \(error.sentence)")
        }
    }

    private static func keep(_ views: KeptViews, in store: StateFile) throws {
        let text = try views.text()
        do throws(TrustError) { try store.write(Array(text.utf8)) } catch {
            Output.note("how the lists are sorted was not kept: \(error.sentence)")
        }
    }
}
