import ArgumentParser
import Console
import Glibc
import Trust

/// `looptop config`: what the files say, what holds, and where all that is.
struct ConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config", abstract: "Check the configuration, or show what holds and who says so.",
        subcommands: [ConfigCheck.self, ConfigShow.self, ConfigPaths.self])
}

/// `looptop config check [FILE]`
struct ConfigCheck: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Say that the configuration can be used, or all that is wrong with it.",
        discussion: "Ends with 0, or with 78 and a line for each problem: FILE:LINE:COLUMN: KEY: REASON.")

    @Argument(help: "The file. Default: all that would be read.")
    var file: String?
    @OptionGroup var options: ConfigOptions

    mutating func run() throws {
        let files = ConfigurationFiles(option: file ?? options.file, environment: Places.environment)
        let configuration: Configuration
        do throws(ConfigurationFault) {
            configuration = try files.load()
        } catch {
            for line in error.lines { Output.note(line) }
            throw ExitCode(error.status.rawValue)
        }
        let read = Set(configuration.written.values.map(\.file)).union(files.configs.filter(Places.exists))
        for path in read.sorted() { Output.data(SafeText("\(path) is fine").string + "\n") }
        if read.isEmpty { Output.data("there is no configuration: everything is as usual\n") }
        for context in configuration.contexts {
            let text = "context \(context.name): \(context.summary)\(context.isProtected ? ", protected" : "")"
            Output.data(SafeText(text).string + "\n")
        }
    }
}

/// `looptop config show`
struct ConfigShow: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Print what holds, and who says so.",
        discussion: "A flag wins over the environment, that over the files, your file over that of /etc/looptop.")

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case table, json
    }

    @Option(name: .shortAndLong, help: "table or json.")
    var output: Format = .table
    @OptionGroup var options: ConfigOptions
    @OptionGroup var state: StateOptions

    mutating func run() throws {
        let settings = Settings(
            try options.load(), flag: nil, chosen: try state.chosenContext(), environment: Places.environment)
        switch output {
        case .json: Output.data(try JSONText.encode(SettingsDocument(settings), pretty: true))
        case .table:
            var table = TextTable([.left("KEY"), .left("VALUE"), .left("FROM")])
            for row in settings.rows {
                let value = try row.value.map { try JSONText.encode($0, pretty: false) } ?? "-"
                let line = value.last == "\n" ? String(value.dropLast()) : value
                table.add([SafeText(row.key), SafeText(line), SafeText(row.source.description)])
            }
            Output.data(table.text)
        }
        // A context that is not there is shown first, and then told.
        do throws(HostSource.Problem) {
            _ = try settings.chosenContext()
        } catch {
            throw Output.failure(.configuration, error.sentence)
        }
    }
}

/// `looptop config paths`
struct ConfigPaths: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "paths", abstract: "Print where files are looked for, and which of them are there.")

    @OptionGroup var options: ConfigOptions
    @OptionGroup var state: StateOptions

    mutating func run() throws {
        var table = TextTable([.left("WHAT"), .left("PATH"), .left("THERE")])
        func add(_ what: SafeText, _ path: String) {
            table.add([what, SafeText(path), Places.exists(path) ? "yes" : "no"])
        }
        let files = options.files
        for path in files.configs { add("configuration", path) }
        if files.named == nil {
            for folder in files.folders { add("contexts", folder.contexts) }
        }
        let directory = try state.store().directory
        add("state", directory)
        for (what, name) in StateOptions.files { add(SafeText(what), "\(directory)/\(name)") }
        for path in Places.localSockets(environment: Places.environment, uid: getuid()) { add("agent here", path) }
        Output.data(table.text)
    }
}

/// `looptop config show -o json`
private struct SettingsDocument: Encodable {
    struct Setting: Encodable {
        var key: String
        @Known var value: JSONValue?
        var source: String
        @Known var file: String?
        @Known var line: Int?
    }

    var schema = ListingDocument.schema
    var settings: [Setting]

    init(_ settings: Settings) {
        self.settings = settings.rows.map { row in
            var setting = Setting(key: row.key, value: Known(wrappedValue: row.value), source: row.source.word)
            if case .file(let file, let line) = row.source {
                setting.file = file
                setting.line = line
            }
            return setting
        }
    }
}

extension Settings.Source {
    /// For programs.
    fileprivate var word: String {
        switch self {
        case .flag: "flag"
        case .environment: "environment"
        case .chosen: "chosen"
        case .file: "file"
        case .usual: "default"
        }
    }
}

extension ConfigurationFiles {
    /// Files that are read where they are there.
    var configs: [String] { named.map { [$0] } ?? folders.map(\.config) }
}

extension HostContext {
    /// What it consists of.
    var summary: String {
        hosts.isEmpty ? "no hosts" : hosts.map(\.source).joined(separator: " ")
    }
}
