import ArgumentParser
import Console
import Model
import Wire

/// `looptop export FILE`: a stretch of the past as a recording to send to somebody.
struct Export: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write what agents keep of a time, or a part of a recording, into a file for looptop replay.",
        discussion: """
            Agents keep a quarter of an hour as it was and a day in steps of 15 s (looptop-agent run --history).

            looptop export --since 13:50 --until 14:05 --host web-17 incident.rec
            """)

    @Argument(help: ArgumentHelp("The file; one that exists is not overwritten.", valueName: "file"))
    var output: String

    @OptionGroup var past: PastOptions

    mutating func run() throws {
        let (recording, times, isComplete) = try past.recording()
        let hosts = recording.hosts.enumerated()
        let chunks = hosts.map { $1.head($0) } + hosts.flatMap { $1.chunks($0, within: times) }
        let stretches = chunks.count { if case .stretch = $0 { true } else { false } }
        guard stretches > 0 else { throw Output.failure(.nothingMatched, "nothing is kept of that time") }
        do throws(RecordingOutput.Failure) {
            var file = try RecordingOutput(creating: output)
            try file.write(chunks + [.end])
            try file.finish()
            let size = Format.bytes(file.byteCount)
            Output.note("\(output): \(recording.hosts.count) \(recording.hosts.count == 1 ? "host" : "hosts"), \(size)")
        } catch {
            throw Output.failure(error)
        }
        if !isComplete { throw ExitCode(CommandStatus.failed.rawValue) }
    }
}
