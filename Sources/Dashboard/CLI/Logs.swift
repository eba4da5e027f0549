import ArgumentParser
import Console
import Model

/// `looptop logs SELECTOR`: what workers write.
struct Logs: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print what workers write to stdout and stderr.",
        discussion: """
            The agent reads the files that the workers' streams lead to, also where a manager keeps them, or the journal; of \
            workers that write elsewhere it says where. It takes secrets out that it knows by their shape, and only then \
            looks for the text of -g. Lines of the journal begin with their time.

            Reading logs needs the role operator, unless the host's policy says otherwise.
            """)

    enum Form: String, ExpressibleByArgument, CaseIterable { case text, jsonl }

    @Argument(help: ActOptions.selectorHelp)
    var selector: String
    @Flag(name: [.customShort("f"), .long], help: "Go on with what comes, until Ctrl-C.")
    var follow = false
    @Option(
        name: [.customShort("n"), .long],
        help: ArgumentHelp("The newest lines of each file or journal, 0 to 10000.", valueName: "count"))
    var lines: UInt32 = 100
    @Option(
        help: ArgumentHelp(
            "None that is older, where the journal or the line itself says when it was written.", valueName: "time"))
    var since: TimeLimit?
    @Option(
        name: [.customShort("g"), .long],
        help: ArgumentHelp(
            "Only lines with this text, or with one of several: 'error|warn'. Capitals count only where there is one.",
            valueName: "text"))
    var grep: String?
    @Option(
        help: ArgumentHelp("stdout, stderr or both.", valueName: "stream"),
        transform: { text in
            guard let stream = LogRequest.Stream.allCases.first(where: { $0.word == text }) else {
                throw ValidationError("there is no stream \(text): use stdout, stderr or both")
            }
            return stream
        })
    var stream = LogRequest.Stream.both
    @Flag(help: "Lines of all workers in the order of time, as far as it is known.")
    var merge = false
    @Option(name: [.customShort("o"), .long], help: "text or jsonl.")
    var output = Form.text
    @OptionGroup var ask: AskOptions

    mutating func validate() throws {
        guard lines <= 10_000 else { throw ValidationError("-n \(lines): give 0 to 10000") }
        guard (grep?.utf8.count ?? 0) <= 256 else { throw ValidationError("-g: at most 256 bytes") }
    }

    mutating func run() throws {
        let (listing, session, subjects) = try subjects()
        let names = subjects.count > 1 || listing.workers.count > 1 || subjects.contains { $0.request.slot == nil }
        let start = Clocks.monotonic()
        var following = LogFollowing(
            subjects, follows: follow, merges: merge, patience: ask.timeout.duration, now: start)
        while true {
            for (host, body) in following.questions(now: Clocks.monotonic()) { session.links.ask(body, of: host) }
            print(&following, listing, names: names)
            if following.isOver { break }
            session.run(until: following.wake(now: Clocks.monotonic())) { items, now, _ in
                var isNew = false
                for item in items {
                    guard case .answer(.log(let request), let answer) = item.event else { continue }
                    following.take(answer, to: request, from: item.host, now: now)
                    isNew = true
                }
                return !isNew
            }
        }
        if !follow, following.isEmpty, following.status == .done {
            Output.note(grep == nil && since == nil ? "nothing was written yet" : "no line of what was written matches")
        }
        if following.status != .done { throw ExitCode(following.status.rawValue) }
    }

    /// A slot where one is meant, or a process; else the app, with all that come and go in it.
    private func subjects() throws -> (Listing, FleetSession, [LogFollowing.Subject]) {
        let chosen = try Filter(option: selector)
        let isOfWorker = chosen.required("slot") != nil || chosen.required("pid") != nil
        let filter = isOfWorker && chosen.required("pid") == nil ? chosen.without(["slot"]) : chosen
        let kind: Listing.Kind = chosen.required("pid") == nil ? .apps : .workers
        let (listing, session) = try ask.choose(kind, filter, selector, withWorkers: true)
        let targets =
            !isOfWorker
            ? listing.apps.map {
                WhySubject(host: $0.host, app: $0.group.info.app, groupKey: $0.group.info.key, slot: 0)
            }
            : kind == .workers
                ? listing.subjectsOfWorkers
                : listing.subjects(slot: chosen.required("slot").flatMap { UInt32(exactly: $0) })
        guard !targets.isEmpty else { throw Output.failure(.nothingMatched, "no worker matches \(selector)") }
        let subjects = targets.map { target in
            LogFollowing.Subject(
                host: target.host, label: "\(listing.fleet.hosts[target.host].name)/\(target.app)",
                request: LogRequest(
                    groupKey: target.groupKey, slot: target.slot == 0 ? nil : target.slot, stream: stream, lines: lines,
                    maximumAge: since?.duration, filter: grep ?? ""))
        }
        return (listing, session, subjects)
    }

    private func print(_ following: inout LogFollowing, _ listing: Listing, names: Bool) {
        let hosts = listing.fleet.hosts
        for piece in following.output(now: Clocks.monotonic(), wall: { hosts[$1].ours($0) }) {
            switch piece {
            case .note(let text): Output.note(text)
            case .entry(let entry):
                let subject = following.subjects[entry.subject]
                let record = LogRecord(entry, subject, host: hosts[subject.host])
                switch output {
                case .jsonl: if let text = try? JSONText.encode(record, pretty: false) { Output.data(text) }
                case .text where entry.line.isRemark: Output.note("\(record.label): \(entry.line.text)")
                case .text: Output.data(record.line(named: names) + "\n")
                }
            }
        }
    }
}

/// A line of a log as it is printed.
struct LogRecord: Encodable {
    var schema = "looptop/v1"
    var record = "log"
    var host: String
    var app: String
    @Known var slot: UInt32?
    /// `both` where one file has both.
    var stream: String
    var source: String
    @Known var time: String?
    /// It is no line, but about the log.
    var remark: Bool
    var text: String
    var cutBytes: UInt64
    private let showsTime: Bool

    private enum CodingKeys: String, CodingKey {
        case schema, record, host, app, slot, stream, source, time, remark, text, cutBytes
    }

    init(_ entry: LogFollowing.Entry, _ subject: LogFollowing.Subject, host: FleetHost) {
        self.host = host.name
        app = host.appName(subject.request.groupKey)
        slot = entry.slot
        stream = entry.source.stream.word
        source = entry.source.text
        time = entry.line.time.map { wall in
            "\(CivilTime(host.ours(wall)).date)T\(Format.clockWithMilliseconds(host.ours(wall)).string)Z"
        }
        remark = entry.line.isRemark
        text = entry.line.text
        cutBytes = entry.line.cutBytes
        showsTime = !entry.line.timeIsInText
    }

    var label: String { "\(host)/\(app)" + (slot.map { "#\($0)" } ?? "") }

    /// `2026-11-21T12:00:00.123Z web-1/api#2 | ready`
    func line(named: Bool) -> String {
        let time = showsTime ? time.map { "\($0) " } ?? "" : ""
        let name = named ? SafeText("\(label) | ").string : ""
        let cut = cutBytes > 0 ? " ... \(cutBytes) bytes more" : ""
        return time + name + logText(text).string + cut
    }
}

extension LogFollowing.Entry {
    /// Whose line it is: what the line says, else the only worker that writes there. Of several nobody knows.
    var slot: UInt32? { line.slot ?? (source.slots.count == 1 ? source.slots[0] : nil) }
}
