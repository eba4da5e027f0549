import Glibc
import Model
import Wire

/// Makes one page of logs. Used on one thread, once.
struct LogPageMaker {
    /// The longest line in a message.
    static let largestLine = Limits.logLineBytes + LogReach.lineOverhead
    /// More are not read at a time.
    static let maximumSources = 64
    /// What is read for a page, of all sources.
    private static let reach: UInt64 = 64 << 20
    private static let filteredReach: UInt64 = 16 << 20
    private static let smallestReach: UInt64 = 1 << 20
    /// Kept free for a remark about each source.
    private static let remarkBytes = 128

    /// What pages share, and what a page is of.
    struct Setting: Sendable {
        var boot: BootID
        var now: Moment
        var deadline: Deadline
        var shelf: LogShelf
        var answers: ManagerAnswers
        var procRoot = "/proc"
        var journal = JournalCall.places
    }

    let request: LogRequest
    let order: LogOrder
    let setting: Setting
    let filter: LogFilter
    /// In which lines tell their time where they do not say; seconds east of Greenwich.
    let zone: Int64
    /// Of the page before; `nil` for the first one.
    let before: LogCursor?
    var after = LogCursor()
    var sources: [LogPage.Source] = []
    private var lines: [LogLine] = []
    var hasMore = false
    /// Bytes of lines that the message has room for.
    private(set) var room = 0
    /// Of these for each source, and lines.
    private(set) var share = 0
    private(set) var count = 1
    /// What is read of each at most. Newlines are counted faster than texts are looked for.
    private(set) var reach: UInt64 = 0

    init(_ request: LogRequest, _ order: LogOrder, _ setting: Setting) {
        self.request = request
        self.order = order
        self.setting = setting
        filter = LogFilter(request.filter)
        before = request.cursor.isEmpty ? nil : LogCursor(request.cursor)
        var time = time_t(clamping: setting.now.wall.nanoseconds / 1_000_000_000)
        var local = tm()
        zone = localtime_r(&time, &local) == nil ? 0 : Int64(local.tm_gmtoff)
    }

    /// Lines that say so themselves, or entries of the journal, are not wanted where they are older.
    var oldest: WallTime? {
        request.maximumAge.map { WallTime(nanoseconds: setting.now.wall.nanoseconds &- $0.nanoseconds) }
    }

    mutating func page() -> LogPage {
        var survey = LogSurvey(
            order, stream: request.stream, procRoot: setting.procRoot, answers: setting.answers,
            deadline: setting.deadline)
        survey.look()
        let found = Array(survey.found.prefix(Self.maximumSources))
        sources = found.map { entry in
            var isReadable = true
            if case .nowhere = entry.place { isReadable = false }
            return LogPage.Source(
                text: entry.text, stream: entry.stream, slots: entry.slots.sorted(), isReadable: isReadable)
        }
        let old = filesMovedAway(from: found)
        after.turn = (before?.turn ?? 0) &+ 1
        after.time = setting.now.wall
        room = Limits.eventBytes - Limits.logCursorBytes - 64
        room -= sources.reduce(0) { $0 + $1.text.utf8.count + 5 * $1.slots.count + 8 + Self.remarkBytes }
        let readable = max(1, sources.count(where: \.isReadable))
        share = max(room / readable, Self.largestLine)
        count = max(1, min(Int(request.lines), Limits.logLines / readable))
        reach = max((filter.isEmpty ? Self.reach : Self.filteredReach) / UInt64(readable), Self.smallestReach)
        remarkOmissions(survey.found.count)
        for step in found.indices {
            // Another one comes first on each page.
            let index = Int((UInt64(step) &+ after.turn) % UInt64(found.count))
            for entry in old where entry.source == index { drain(entry.log, index) }
            switch found[index].place {
            case .file(let log): read(log, index, isSuccessor: old.contains { $0.source == index })
            case .journal: readJournal(index)
            case .nowhere: break
            }
        }
        for entry in old where entry.source >= found.count { drain(entry.log, entry.source) }
        let ordered = lines.enumerated().sorted { ($0.element.source, $0.offset) < ($1.element.source, $1.offset) }
        return LogPage(
            sources: sources, lines: Array(ordered.map(\.element).prefix(Limits.logLines)), cursor: after.bytes,
            hasMore: hasMore)
    }

    private mutating func remarkOmissions(_ found: Int) {
        let left = found - min(found, Self.maximumSources)
        guard before == nil, left + order.omitted > 0, !sources.isEmpty else { return }
        remark(left > 0 ? "\(left) more files are not read" : "\(order.omitted) more workers are not read", of: 0)
    }

    /// Something about the log, where it belongs.
    mutating func remark(_ text: String, of source: Int) {
        lines.append(LogLine(source: UInt32(source), isRemark: true, text: text))
    }

    mutating func add(_ line: LogLine) {
        lines.append(line)
        room -= line.text.utf8.count + LogReach.lineOverhead
    }
}
