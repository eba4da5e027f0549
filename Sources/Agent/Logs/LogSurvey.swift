import Control
import Glibc
import Model
import ProcFS

/// Where the workers of an order write what they log.
struct LogSurvey {
    enum Place {
        case file(OpenLog)
        case journal
        case nowhere
    }

    /// A place, and who writes there.
    struct Found {
        var place: Place
        var streams: Set<LogRequest.Stream>
        var slots: Set<UInt32>
        /// The path and how it leads there, or why it cannot be read.
        var words: String
    }

    /// Files that workers have open besides, where their streams lead nowhere.
    static let maximumFiles = 8

    let order: LogOrder
    let stream: LogRequest.Stream
    let procRoot: String
    let deadline: Deadline
    /// Where managers keep logs, as they said a moment ago.
    let answers: ManagerAnswers
    private(set) var found: [Found] = []

    init(
        _ order: LogOrder, stream: LogRequest.Stream, procRoot: String, answers: ManagerAnswers, deadline: Deadline
    ) {
        self.order = order
        self.stream = stream
        self.procRoot = procRoot
        self.answers = answers
        self.deadline = deadline
    }

    /// It does not tell the streams from each other.
    private var journalWords: String { stream == .both ? "the journal" : "the journal, with both streams" }

    private var streams: [(LogRequest.Stream, Int32)] {
        switch stream {
        case .both: [(.output, 1), (.errors, 2)]
        case .output: [(.output, 1)]
        case .errors: [(.errors, 2)]
        }
    }

    /// Looks at every worker. One that has ended meanwhile is passed over.
    mutating func look() {
        for worker in order.workers where !deadline.isOver {
            // It ended since the sweep: the next page asks for the one that took its slot.
            guard
                let process = try? Neighbour(
                    pid: worker.id.pid, startTicks: worker.id.startTicks, procRoot: procRoot)
            else { continue }
            look(at: worker, process)
        }
        if order.workers.isEmpty, order.isKeptBySystemd { add(.journal, stream, nil, journalWords) }
        for other in order.others where !deadline.isOver { lookForFiles(of: other) }
        for index in found.indices where order.workers.count == 1 && found[index].slots.count > 1 {
            found[index].words += " (\(found[index].slots.count) workers write there)"
        }
    }

    /// Whether another worker writes to a file that was found: what is in it is then not of one alone.
    private mutating func lookForFiles(of other: LiveWorker) {
        let files = found.indices.filter { if case .file = found[$0].place { true } else { false } }
        guard !files.isEmpty,
            let process = try? Neighbour(pid: other.id.pid, startTicks: other.id.startTicks, procRoot: procRoot)
        else { return }
        for (_, number) in streams {
            guard case .file(let log) = DescriptorEnd(number, of: process) else { continue }
            for index in files {
                guard case .file(let known) = found[index].place, known.identity == log.identity else { continue }
                found[index].slots.insert(other.slot)
            }
        }
    }

    private mutating func look(at worker: LiveWorker, _ process: Neighbour) {
        var isReadable = false
        var reasons: [(LogRequest.Stream, String)] = []
        for (stream, number) in streams {
            switch DescriptorEnd(number, of: process) {
            case .file(let log):
                add(.file(log), stream, worker.slot, log.words)
                isReadable = true
            case .socket:
                // systemd gives its services sockets to the journal. Of any other the journal itself says whether it is one.
                add(.journal, stream, worker.slot, journalWords)
                isReadable = true
            case .pipe(let inode):
                let pipe = LogPipe(
                    inode: inode, stream: stream, worker: worker, group: order.group, process: process,
                    procRoot: procRoot, answers: answers, deadline: deadline)
                switch pipe.end() {
                case .file(let log, let how):
                    add(.file(log), stream, worker.slot, "\(log.words) (\(how))")
                    isReadable = true
                case .journal(let how):
                    add(.journal, stream, worker.slot, "the journal (\(how))")
                    isReadable = true
                case .nowhere(let why): reasons.append((stream, why))
                }
            case .nowhere(let why): reasons.append((stream, why))
            }
        }
        if !isReadable {
            for log in Self.files(of: process) {
                add(.file(log), .both, worker.slot, "\(log.words) (which it has open)")
            }
        }
        for (stream, why) in reasons { add(.nowhere, stream, worker.slot, why) }
    }

    /// Regular files below a name that tells of logs, which it only appends to.
    private static func files(of process: Neighbour) -> [OpenLog] {
        var files: [OpenLog] = []
        for descriptor in process.descriptors() where descriptor.number > 2 && isLog(descriptor.link) {
            guard process.descriptor(descriptor.number)?.onlyAppends == true,
                case .file(let log) = DescriptorEnd(descriptor.number, of: process),
                !files.contains(where: { $0.identity == log.identity })
            else { continue }
            files.append(log)
            if files.count == maximumFiles { break }
        }
        return files
    }

    /// `/var/log/nginx/access.log`, `/srv/app/logs/2026.txt`, `worker.err`; not `appendonly.aof`, which holds data.
    static func isLog(_ path: String) -> Bool {
        guard path.hasPrefix("/") else { return false }
        let name = path.lowercased().split(separator: "/").suffix(3)
        guard let last = name.last else { return false }
        return last.hasSuffix(".out") || last.hasSuffix(".err") || last.contains(".log")
            || name.dropLast().contains { $0 == "log" || $0 == "logs" }
    }

    /// One place is told of once, whoever writes there.
    private mutating func add(_ place: Place, _ stream: LogRequest.Stream, _ slot: UInt32?, _ words: String) {
        let index = found.firstIndex { entry in
            switch (entry.place, place) {
            case (.file(let one), .file(let other)): one.identity == other.identity
            case (.journal, .journal): true
            case (.nowhere, .nowhere): entry.words == words
            default: false
            }
        }
        let streams: Set<LogRequest.Stream> = stream == .both ? [.output, .errors] : [stream]
        guard let index else {
            found.append(
                Found(place: place, streams: streams, slots: slot.map { [$0] } ?? [], words: words))
            return
        }
        found[index].streams.formUnion(streams)
        if let slot { found[index].slots.insert(slot) }
    }
}

extension LogSurvey.Found {
    var stream: LogRequest.Stream { streams.count == 1 ? streams.first ?? .both : .both }

    /// `stdout and stderr: /var/log/api.log`, `stderr: closed`
    var text: String { "\(stream.phrase): \(words)" }
}

extension LogRequest.Stream {
    var phrase: String { self == .both ? "stdout and stderr" : word }
}

extension OpenLog {
    var words: String { excerpt(path, limit: 160) }
}
