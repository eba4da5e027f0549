import ArgumentParser
import Console
import Model

/// `looptop record`: what hosts tell, into a file, until somebody stops it.
struct Record: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Record what hosts tell into a file, for looptop replay.",
        discussion: """
            Every host, app and worker, each second, until --for is over or Ctrl-C. The file is one, holds all that replay \
            needs, and only its owner can read it: command lines and events are in it.
            """)

    @Argument(
        help: ArgumentHelp(
            "The file; one that exists is not overwritten. Default: looptop-DATE.rec, here.", valueName: "file"))
    var output: String?

    @Option(name: .customLong("for"), help: ArgumentHelp("Stop after so long.", valueName: "time"))
    var length: TimeLimit?

    @OptionGroup var hosts: NamedHostOptions

    mutating func run() throws {
        let (targets, membership) = try hosts.fleet()
        let began = Clocks.monotonic()
        var recorder = Recorder(places: targets.map(\.place), now: began, wall: Clocks.wall())
        do {
            let signals = try SignalDescriptor()  // before the network's thread exists
            var file = try RecordingOutput(creating: output ?? Self.name(at: Clocks.wall()))
            try file.write(recorder.heads)
            let links = try FleetLinks(to: targets, membership: membership)
            links.start(wanting: .workers)
            Output.note("recording \(targets.count) \(targets.count == 1 ? "host" : "hosts") to \(file.path)")
            let deadline = length.map { began + $0.duration }
            while !signals.sayStop(), deadline.map({ Clocks.monotonic() < $0 }) ?? true, !file.isFull {
                for item in links.mailbox.takeAll() {
                    try file.write(
                        recorder.take(item.event, from: item.host, now: Clocks.monotonic(), wall: Clocks.wall()))
                }
                signals.wait(beside: links.mailbox.descriptor, for: deadline.map { $0 - Clocks.monotonic() })
            }
            try file.write(recorder.finish())
            try file.finish()
            if file.isFull { Output.note("stopped: \(file.path) is as large as replay reads") }
            try report(recorder, file, length: Clocks.monotonic() - began)
        } catch let error as ShellError {
            throw Output.failure(error)
        } catch let error as RecordingOutput.Failure {
            throw Output.failure(error)
        }
    }

    private func report(_ recorder: Recorder, _ file: borrowing RecordingOutput, length: Duration) throws {
        let silent = recorder.fleet.hosts.filter { $0.snapshot == nil }
        for host in silent { Output.note("\(host.name): \(host.failure.map(failureText) ?? "no answer")") }
        guard recorder.snapshots > 0 else {
            file.discard()
            throw Output.failure(.unreachable, "nothing was recorded")
        }
        let size = Format.bytes(file.byteCount)
        Output.note("\(file.path): \(recorder.snapshots) snapshots in \(Format.age(length)), \(size)")
    }

    private static func name(at wall: WallTime) -> String {
        "looptop-" + rfc3339(wall).filter { $0 != ":" && $0 != "-" } + ".rec"
    }
}
