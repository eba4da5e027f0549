import Console
import Model

/// Reads logs of several apps or workers page by page, and puts their lines in order. A value: whoever runs it asks, waits
/// and prints.
struct LogFollowing: Sendable {
    /// Whose log, on which host.
    struct Subject: Sendable {
        var host: Int
        /// `web-1/api`, hostile until drawn.
        var label: String
        var request: LogRequest
        /// Of the question that is not answered yet.
        fileprivate var asked: MonotonicInstant?
        fileprivate var due = MonotonicInstant(nanoseconds: 0)
        fileprivate var isOver = false
        /// Everything there was at the beginning has come.
        fileprivate var isCaughtUp = false
        fileprivate var hasSource = false
        fileprivate var told: Set<String> = []

        init(host: Int, label: String, request: LogRequest) {
            self.host = host
            self.label = label
            self.request = request
        }
    }

    /// A line with what is known of it.
    struct Entry: Sendable {
        var subject: Int
        var source: LogPage.Source
        var line: LogLine
    }

    enum Piece: Sendable {
        case entry(Entry)
        /// Something about a log, for the person at the terminal.
        case note(String)
    }

    /// Between two pages where nothing more is to be had now.
    static let pause = Duration.seconds(1)
    /// After an answer that was none.
    static let longPause = Duration.seconds(3)
    /// Lines of one of many may not hold up those of the others for longer.
    static let holdUp = Duration.seconds(3)

    private(set) var subjects: [Subject]
    private(set) var status = CommandStatus.done
    /// Nothing was told yet, no line and no note.
    private(set) var isEmpty = true
    private let follows: Bool
    private let merges: Bool
    private let patience: Duration
    private let began: MonotonicInstant
    private var held: [Entry] = []
    private var notes: [String] = []

    /// - Parameters:
    ///   - follows: until it is interrupted.
    ///   - merges: lines of all subjects in the order of time.
    ///   - patience: how long an answer may take.
    init(_ subjects: [Subject], follows: Bool, merges: Bool, patience: Duration, now: MonotonicInstant) {
        self.subjects = subjects
        self.follows = follows
        self.merges = merges
        self.patience = patience
        began = now
    }

    var isOver: Bool { subjects.allSatisfy(\.isOver) }

    /// What is to be asked now.
    mutating func questions(now: MonotonicInstant) -> [(host: Int, body: Query.Body)] {
        var questions: [(host: Int, body: Query.Body)] = []
        for index in subjects.indices where !subjects[index].isOver {
            if let asked = subjects[index].asked {
                guard now - asked >= patience else { continue }
                subjects[index].asked = nil
                fail(index, "no answer in time", .timedOut, now: now)
                if subjects[index].isOver { continue }
            }
            guard now >= subjects[index].due else { continue }
            subjects[index].asked = now
            questions.append((subjects[index].host, .log(subjects[index].request)))
        }
        return questions
    }

    /// When there is something to ask or to give up, at the earliest.
    func wake(now: MonotonicInstant) -> MonotonicInstant {
        let times = subjects.filter { !$0.isOver }.map { $0.asked.map { $0 + patience } ?? $0.due }
        return max(now, min(times.min() ?? now, now + Self.pause))
    }

    mutating func take(_ answer: Answer.Body, to request: LogRequest, from host: Int, now: MonotonicInstant) {
        let index = subjects.firstIndex { $0.host == host && $0.request == request && $0.asked != nil }
        guard let index else { return }
        subjects[index].asked = nil
        switch answer {
        case .log(let page): take(page, index, now: now)
        case .denied(let why):
            subjects[index].isOver = true
            note(index, why)
            status = .notAllowed
        case .unknown(let why): fail(index, why, .failed, now: now)
        default: fail(index, "another answer than was asked for", .failed, now: now)
        }
    }

    private mutating func take(_ page: LogPage, _ index: Int, now: MonotonicInstant) {
        for source in page.sources {
            subjects[index].hasSource = subjects[index].hasSource || source.isReadable
            if !source.isReadable, subjects[index].told.insert(source.text).inserted { note(index, source.text) }
        }
        for line in page.lines {
            let known = Int(exactly: line.source).flatMap { page.sources.indices.contains($0) ? page.sources[$0] : nil }
            guard let source = known else { continue }
            held.append(Entry(subject: index, source: source, line: line))
            isEmpty = false
        }
        subjects[index].request.cursor = page.cursor
        subjects[index].due = page.hasMore ? now : now + Self.pause
        guard !page.hasMore else { return }
        subjects[index].isCaughtUp = true
        guard !follows else { return }
        subjects[index].isOver = true
        if !subjects[index].hasSource, status == .done { status = .failed }
    }

    /// Whoever follows tries again; the same is said once.
    private mutating func fail(_ index: Int, _ why: String, _ failure: CommandStatus, now: MonotonicInstant) {
        if subjects[index].told.insert(why).inserted { note(index, why) }
        subjects[index].due = now + Self.longPause
        guard !follows else { return }
        subjects[index].isOver = true
        status = failure
    }

    private mutating func note(_ index: Int, _ text: String) {
        notes.append("\(subjects[index].label): \(text)")
        isEmpty = false
    }

    /// What can be printed now, in its order.
    /// - Parameter wall: makes another host's time ours, so that lines of several can be compared.
    mutating func output(now: MonotonicInstant, wall: (WallTime, _ host: Int) -> WallTime) -> [Piece] {
        defer { notes = [] }
        let notes = notes.map { Piece.note($0) }
        let isReady =
            isOver || follows && (subjects.allSatisfy { $0.isCaughtUp || $0.isOver } || now - began > Self.holdUp)
        guard isReady || subjects.count == 1 else { return notes }
        defer { held = [] }
        return notes + ordered(wall).map { .entry($0) }
    }

    private func ordered(_ wall: (WallTime, Int) -> WallTime) -> [Entry] {
        guard merges else {
            return held.enumerated().sorted { ($0.element.subject, $0.offset) < ($1.element.subject, $1.offset) }
                .map(\.element)
        }
        struct Log: Hashable {
            var subject: Int
            var source: UInt32
        }
        return mergedByTime(
            held, log: { Log(subject: $0.subject, source: $0.line.source) },
            time: { entry in entry.line.time.map { wall($0, subjects[entry.subject].host) } })
    }
}
