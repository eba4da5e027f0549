import ArgumentParser
import Trust

/// Where the configuration is; the same for every command that needs it.
struct ConfigOptions: ParsableArguments {
    @Option(
        name: .customLong("config"),
        help: ArgumentHelp(
            "Read this file and no other. Default: $LOOPTOP_CONFIG, else $XDG_CONFIG_HOME/looptop/config.json5 (or in "
                + "~/.config) with the files in contexts/ beside it, over those in /etc/looptop.", valueName: "file"),
        completion: .file())
    var file: String?

    var files: ConfigurationFiles { ConfigurationFiles(option: file, environment: Places.environment) }

    /// Ends the command where a file cannot be used.
    func load() throws -> Configuration {
        do throws(ConfigurationFault) {
            return try files.load()
        } catch {
            throw Output.failure(error.status, error.sentence)
        }
    }
}

/// Which context counts, and where that is said.
struct ContextOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Hosts of this context of the configuration. Default: $LOOPTOP_CONTEXT, else what `looptop context use` chose, "
                + "else `context` of the configuration.", valueName: "name"),
        completion: .custom(KnownNames.contexts))
    var context: String?

    @OptionGroup var config: ConfigOptions
    @OptionGroup var state: StateOptions

    func settings() throws -> Settings {
        Settings(
            try config.load(), flag: context, chosen: try state.chosenContext(), environment: Places.environment)
    }
}
