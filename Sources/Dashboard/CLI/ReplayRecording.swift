import ArgumentParser
import Console

/// `looptop replay FILE`: the dashboard on a recording.
struct ReplayRecording: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Open the dashboard on a recording: the same screens and keys, and no network.",
        discussion: """
            [ ] go a sample back and forward, { } to the event before and the next one, Home and End to the first and last \
            moment, T to a time.
            """)

    @Argument(help: ArgumentHelp("What looptop record or looptop export wrote.", valueName: "file"))
    var file: String

    @OptionGroup var screen: ScreenOptions
    @OptionGroup var config: ConfigOptions

    mutating func run() throws {
        guard Output.isTerminal || screen.plain else {
            throw Output.failure(.usage, "stdout is not a terminal, so there is nothing to draw on")
        }
        let configuration = try config.load()
        let keys = try ScreenOptions.keys(configuration)
        let stored = try RecordingPath.read(file)
        let code: Int32
        do {
            let signals = try SignalDescriptor()
            let links = try FleetLinks(to: [], membership: nil)
            let terminal = try screen.display(configuration)
            var loop = MainLoop(
                terminal: terminal, signals: signals, links: links,
                places: stored.recording.hosts.map(\.place),
                alerts: AlertSettings(), keys: keys.ofRecordings, columns: ColumnChoices(configuration.columns),
                time: TimeTravel(stored))
            code = loop.run()
        } catch let error as ShellError {
            throw Output.failure(error)
        } catch let error as TerminalError {
            throw Output.failure(.usage, error.description)
        }
        throw ExitCode(code)
    }
}
