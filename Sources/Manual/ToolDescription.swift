internal import FoundationEssentials

/// What a program says of its own command line: the JSON that ArgumentParser makes of it (its ToolInfo, version 0). Only what
/// a manual needs.
struct ToolDescription: Decodable {
    struct Command: Decodable {
        var commandName: String
        /// What it does where no command is named.
        var defaultSubcommand: String?
        var abstract: String?
        var discussion: String?
        var shouldDisplay: Bool?
        var subcommands: [Command]?
        var arguments: [Argument]?
    }

    struct Argument: Decodable, Hashable {
        enum Kind: String, Decodable {
            case positional, option, flag
        }

        struct Name: Decodable, Hashable {
            enum Kind: String, Decodable {
                case long, short, longWithSingleDash
            }
            var kind: Kind
            var name: String

            var text: String { (kind == .long ? "--" : "-") + name }
        }

        var kind: Kind
        var shouldDisplay: Bool
        var isOptional: Bool
        var isRepeating: Bool
        var names: [Name]?
        var valueName: String?
        var defaultValue: String?
        var abstract: String?
        var discussion: String?
    }

    var command: Command

    init(json: String) throws {
        self = try JSONDecoder().decode(ToolDescription.self, from: Data(json.utf8))
    }
}

extension ToolDescription.Command {
    /// Without `help`, which every program has.
    var shownCommands: [ToolDescription.Command] {
        (subcommands ?? []).filter { $0.shouldDisplay != false && $0.commandName != "help" }
    }

    /// Without `--help` and `--version`.
    var shownArguments: [ToolDescription.Argument] {
        (arguments ?? []).filter { argument in
            argument.shouldDisplay && !(argument.names ?? []).contains { ["help", "version"].contains($0.name) }
        }
    }
}

extension ToolDescription.Argument {
    /// `-o`, `--output`; empty for what has no name.
    var spellings: [String] {
        // Short ones first, as help does.
        (names ?? []).filter { $0.kind == .short }.map(\.text) + (names ?? []).filter { $0.kind != .short }.map(\.text)
    }

    /// What stands for its value: `time`.
    var placeholder: String? { kind == .flag ? nil : valueName ?? "value" }
}
