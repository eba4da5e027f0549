import ArgumentParser
import Console
import Glibc
import Trust

/// `looptop context`: named groups of hosts.
struct ContextCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "context", abstract: "List, show or choose a context: a named group of hosts.",
        discussion: """
            A context is written below `contexts` in config.json5, or as contexts/NAME.json5 beside it. Which one counts: \
            --context, else LOOPTOP_CONTEXT, else what `use` chose, else `context` of the configuration.
            """,
        subcommands: [ContextList.self, ContextShow.self, ContextUse.self])
}

/// `looptop context ls`
struct ContextList: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls", abstract: "List the contexts; * stands before the one that counts.")

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case table, json, name
    }

    @Option(name: .shortAndLong, help: "table, json or name.")
    var output: Format = .table
    @OptionGroup var options: ContextOptions

    mutating func run() throws {
        let settings = try options.settings()
        let contexts = settings.configuration.contexts.sorted { $0.name < $1.name }
        switch output {
        case .name: for context in contexts { Output.data(SafeText(context.name).string + "\n") }
        case .json:
            Output.data(try JSONText.encode(ContextDocument(contexts, counting: settings.context?.name), pretty: true))
        case .table:
            if contexts.isEmpty { Output.note("there is no context; looptop config paths says where to write one") }
            var table = TextTable([.left(" "), .left("NAME"), .left("PROTECTED"), .left("FROM"), .left("HOSTS")])
            for context in contexts {
                table.add([
                    context.name == settings.context?.name ? "*" : "", SafeText(context.name),
                    context.isProtected ? "yes" : "no", SafeText(context.place), SafeText(context.summary),
                ])
            }
            Output.data(table.text)
        }
    }
}

/// `looptop context show [NAME]`
struct ContextShow: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Print the hosts of a context, one by one.")

    @Argument(help: "Its name. Default: the one that counts.", completion: .custom(KnownNames.contexts))
    var name: String?
    @OptionGroup var options: ContextOptions

    mutating func run() throws {
        var options = options
        options.context = name ?? options.context
        let settings = try options.settings()
        let context: HostContext?
        do throws(HostSource.Problem) { context = try settings.chosenContext() } catch {
            throw Output.failure(.usage, error.sentence)
        }
        guard let context else { throw Output.failure(.usage, "no context counts: name one") }
        let (_, book) = try options.state.contents()
        let targets: [Target]
        do throws(HostSource.Problem) {
            let list = try HostOptions.list(settings, book)
            let known = try HostFinder().expand(context.hosts) { Output.note($0.sentence) }
            targets = try list.targets(of: known, in: context)
        } catch {
            throw Output.failure(.usage, error.sentence)
        }
        var table = TextTable([.left("HOST"), .left("ADDRESS"), .left("LABELS")])
        for place in targets.map(\.place) {
            let labels = place.labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            table.add([SafeText(place.label), SafeText(place.address), SafeText(labels.joined(separator: " "))])
        }
        Output.data(table.text)
        Output.note(
            "context \(context.name), \(context.isProtected ? "protected, " : "")\(targets.count) hosts, \(context.place)"
        )
    }
}

/// `looptop context use NAME`
struct ContextUse: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "use", abstract: "Choose the context that counts where nobody names one.",
        discussion: "It is kept in the state directory; the configuration is never written.")

    @Argument(help: "Its name.", completion: .custom(KnownNames.contexts))
    var name: String?
    @Flag(help: "Choose none: that of the configuration does not count either.")
    var none = false
    @Flag(help: "Forget what was chosen: what the configuration says counts again.")
    var forget = false
    @OptionGroup var options: ContextOptions

    mutating func validate() throws {
        guard [name != nil, none, forget].count(where: { $0 }) == 1 else {
            throw ValidationError("name a context, or say --none or --forget")
        }
    }

    mutating func run() throws {
        if let name {
            let configuration = try options.config.load()
            guard configuration.context(named: name) != nil else {
                throw Output.failure(.usage, configuration.noContext(named: name))
            }
        }
        let file = try options.state.contextChoice()
        do throws(TrustError) {
            try file.write(Array((forget ? "" : (name ?? Settings.noContext) + "\n").utf8))
        } catch {
            throw Output.failure(error)
        }
        for variable in ["LOOPTOP_CONTEXT", "LOOPTOP_HOSTS"] where Places.environment(variable)?.isEmpty == false {
            Output.note("\(variable) is set, and counts more")
        }
        Output.data(name.map { "context \($0)\n" } ?? (none ? "no context\n" : "as the configuration says\n"))
    }
}

/// `looptop context ls -o json`
private struct ContextDocument: Encodable {
    struct Context: Encodable {
        struct Host: Encodable {
            var address: String
            @Known var name: String?
            var labels: [String: String]
        }
        var name: String
        var protected: Bool
        /// Whether it is the one that counts.
        var counts: Bool
        var place: String
        var hosts: [Host]
    }

    var schema = ListingDocument.schema
    var contexts: [Context]

    init(_ contexts: [HostContext], counting name: String?) {
        self.contexts = contexts.map { context in
            let hosts = context.hosts.map {
                Context.Host(address: $0.source, name: Known(wrappedValue: $0.name), labels: $0.labels)
            }
            return Context(
                name: context.name, protected: context.isProtected, counts: context.name == name, place: context.place,
                hosts: hosts)
        }
    }
}
