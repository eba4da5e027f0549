import Console
import Model

/// The log on the screen: what came of it, which part is looked at, and what is asked for next.
///
/// It asks while it follows, one page at a time and behind the last one; else only for what there was when it was opened.
/// Scrolling up ends the following, the end of the log begins it again.
struct LogView: Sendable {
    struct Line: Sendable {
        /// Counts all lines that came, also those that are gone.
        fileprivate(set) var number: Int
        /// Which of the logs it is of.
        let log: String
        /// When it was written, on our calendar.
        let written: WallTime?
        let timeIsInText: Bool
        /// Where several workers are looked at.
        let slot: UInt32?
        /// Not of the log, but about it.
        let isRemark: Bool
        let text: SafeText
        let level: Level

        /// To be drawn before it: where the text does not say it.
        var time: WallTime? { timeIsInText ? nil : written }
    }

    /// The first visible row: of which line, and which of its rows.
    struct Place: Hashable, Sendable {
        var line: Int
        var row = 0
    }

    /// Beyond these the oldest go.
    static let capacity = 5000
    static let firstLines: UInt32 = 1000
    static let pause = Duration.seconds(1)
    /// Between two pages of which the first said that there is more.
    static let shortPause = Duration.milliseconds(100)
    static let patience = Duration.seconds(10)

    let host: Int
    let groupKey: String
    /// `nil`: all workers of the app.
    let slot: UInt32?
    var follows = true
    var wraps = false
    /// All lines, those marked that the filter wants; else only these.
    private(set) var showsAll = false
    /// The filter as it is typed.
    var draft = ""
    /// The filter in force.
    private(set) var filter = ""
    private(set) var stream = LogRequest.Stream.both
    private(set) var lines: [Line] = []
    private(set) var sources: [LogPage.Source] = []
    /// Why nothing more comes; `nil` where all is well.
    private(set) var problem: String?
    private(set) var hasAnswer = false
    private(set) var top = Place(line: 0)
    /// Some line came with a time of its own.
    private(set) var showsTime = false
    /// Of the longest `#12`; 0 where one worker writes.
    private(set) var slotColumns = 0
    /// The line that was searched for.
    private(set) var match: Int?
    private var cursor: [UInt8] = []
    private var asked: (request: LogRequest, at: MonotonicInstant)?
    private var due = MonotonicInstant(nanoseconds: 0)
    private var isCaughtUp = false
    private var count = 0
    /// The line that was looked at before the log was asked for anew, to be found again.
    private var anchor: Line?
    /// Which moment the other screens show; `nil` while they are live.
    private var moment: WallTime?

    init(host: Int, groupKey: String, slot: UInt32?) {
        self.host = host
        self.groupKey = groupKey
        self.slot = slot
    }
}

// MARK: - Asking

extension LogView {
    /// What is to be asked now; `nil` where nothing is.
    mutating func question(now: MonotonicInstant) -> Query.Body? {
        if let asked, now - asked.at < Self.patience { return nil }
        guard follows || !isCaughtUp, now >= due else { return nil }
        let request = LogRequest(
            groupKey: groupKey, slot: slot, stream: stream, lines: Self.firstLines,
            filter: showsAll ? "" : filter, cursor: cursor)
        asked = (request, now)
        return .log(request)
    }

    mutating func take(_ answer: Answer.Body, to request: LogRequest, of host: FleetHost, now: MonotonicInstant) {
        guard asked?.request == request else { return }  // of a filter that was changed meanwhile
        asked = nil
        hasAnswer = true
        due = now + Self.pause
        switch answer {
        case .log(let page):
            problem = nil
            sources = page.sources
            cursor = page.cursor
            add(page, of: host)
            if page.hasMore {
                due = now + Self.shortPause
            } else {
                isCaughtUp = true
                findAnchor()
            }
        case .denied(let why):
            problem = why
            due = now + .seconds(30)
        case .unknown(let why): problem = why
        default: problem = "the agent answered something else"
        }
    }

    /// Behind what there is; what came of the beginning is put in order with all that came before.
    private mutating func add(_ page: LogPage, of host: FleetHost) {
        let slots = Set(page.sources.flatMap(\.slots))
        if slot == nil, slots.count > 1, let longest = slots.max() {
            slotColumns = max(slotColumns, "\(longest)".utf8.count + 1)
        }
        let kept = isCaughtUp ? lines : []
        var fresh = isCaughtUp ? [] : lines
        count -= fresh.count
        for line in page.lines {
            let source = Int(exactly: line.source).flatMap {
                page.sources.indices.contains($0) ? page.sources[$0] : nil
            }
            let only = source?.slots.count == 1 ? source?.slots.first : nil
            let slot = slot == nil ? line.slot ?? only : nil
            showsTime = showsTime || !line.timeIsInText && line.time != nil
            let text = logText(line.text) + (line.cutBytes > 0 ? " ... \(Format.bytes(line.cutBytes)) more" : "")
            fresh.append(
                Line(
                    number: 0, log: source?.text ?? "", written: line.time.map { host.ours($0) },
                    timeIsInText: line.timeIsInText, slot: slot, isRemark: line.isRemark, text: text,
                    level: line.isRemark ? .ok : logLevel(line.text)))
        }
        fresh = mergedByTime(fresh, log: \.log, time: \.written)
        for index in fresh.indices { fresh[index].number = count + index }
        count += fresh.count
        lines = kept + fresh
        // In blocks: what is moved is then no more than what came.
        if lines.count > Self.capacity + 500 { lines.removeFirst(lines.count - Self.capacity) }
    }

    /// Asks anew from the newest lines on; whoever looks at older ones will look at the same.
    private mutating func begin() {
        anchor = follows ? nil : lines.first { $0.number == match ?? top.line } ?? anchor
        lines = []
        cursor = []
        asked = nil
        due = MonotonicInstant(nanoseconds: 0)
        isCaughtUp = false
        hasAnswer = false
        match = nil
        showsTime = false
        slotColumns = 0
        top = Place(line: count)
        follows = anchor == nil
    }

    /// The line itself, or the last that is not younger.
    private mutating func findAnchor() {
        guard let wanted = anchor else {
            if let moment { look(at: moment) }
            return
        }
        anchor = nil
        let same = lines.last { $0.written == wanted.written && $0.text == wanted.text }
        if let same {
            top = Place(line: same.number)
        } else if !look(at: wanted.written) {
            follows = true
        }
    }

    /// Goes where the other screens are in time; back to what comes with them.
    mutating func go(to moment: WallTime?) {
        guard moment != self.moment else { return }
        self.moment = moment
        if let moment { look(at: moment) } else { follows = true }
    }

    /// The last line that is not younger is the first on the screen; `false` where no line says its time.
    @discardableResult
    private mutating func look(at time: WallTime?) -> Bool {
        guard let time, let first = lines.first(where: { $0.written != nil }) else { return false }
        let last = lines.last { $0.written.map { $0 <= time } ?? false }
        follows = false
        top = Place(line: (last ?? first).number)
        return true
    }
}

// MARK: - What keys do

extension LogView {
    /// Takes what was typed; called when the typing is over.
    mutating func apply() {
        guard draft != filter else { return }
        filter = draft
        if !showsAll || filter.isEmpty { begin() }
    }

    /// Whether lines around those that are wanted are shown, too.
    mutating func toggleContext() {
        guard !filter.isEmpty else { return }
        showsAll.toggle()
        begin()
    }

    mutating func nextStream() {
        stream = stream.next()
        begin()
    }

    mutating func toggleFollowing() { follows.toggle() }

    /// Moves by rows; beyond the last row it follows again.
    mutating func move(by step: Int, rows: Int, columns: Int) {
        guard let first = lines.first else { return }
        if step < 0 {
            follows = false
            top = place(before: top, rows: -step, columns: columns)
            return
        }
        guard !follows else { return }
        let end = bottom(rows: rows, columns: columns)
        var place = top
        var left = step
        while left > 0, place < end {
            guard lines.indices.contains(place.line - first.number) else { break }
            let here = self.rows(of: lines[place.line - first.number], columns: columns)
            if place.row + left < here {
                place.row += left
                left = 0
            } else {
                left -= here - place.row
                place = Place(line: place.line + 1)
            }
        }
        if place < end { top = place } else { follows = true }
    }

    /// To the next line with the text of the filter, or the one before.
    mutating func search(forward: Bool, rows: Int, columns: Int) -> Bool {
        guard let first = lines.first, !filter.isEmpty else { return false }
        let wanted = LogFilter(filter)
        let isMatch = { (line: Line) in !line.isRemark && wanted.matches(line.text.string) }
        let start = match ?? (forward ? top.line - 1 : count)
        let found =
            forward
            ? lines.first { $0.number > start && isMatch($0) } : lines.last { $0.number < start && isMatch($0) }
        guard let found else { return false }
        match = found.number
        follows = false
        // In the middle, so that what was before and after it is seen.
        top = place(before: Place(line: found.number), rows: rows / 2, columns: columns)
        if top.line < first.number { top = Place(line: first.number) }
        return true
    }

    /// Fits the place to what is there.
    mutating func settle(rows: Int, columns: Int) {
        let end = bottom(rows: rows, columns: columns)
        if follows || end < top { top = end }
        if let first = lines.first, top.line < first.number { top = Place(line: first.number) }
        if !wraps { top.row = 0 }
    }
}

// MARK: - Places

extension LogView.Place: Comparable {
    static func < (left: Self, right: Self) -> Bool { (left.line, left.row) < (right.line, right.row) }
}

extension LogView {
    /// Blanks before the text: the time and whose line it is.
    var margin: Int { (showsTime ? 13 : 0) + (slotColumns > 0 ? slotColumns + 1 : 0) }

    func rows(of line: Line, columns: Int) -> Int {
        guard wraps else { return 1 }
        return pieces(of: line.text, columns: columns - margin).count
    }

    /// The text in as many rows as it needs.
    func pieces(of text: SafeText, columns: Int) -> [SafeText] {
        guard wraps, text.columns > columns, columns > 1 else { return [text] }
        var pieces: [SafeText] = []
        var rest = text
        while !rest.isEmpty {
            let piece = rest.prefix(columns: columns)
            guard !piece.isEmpty else { break }
            pieces.append(piece)
            rest = rest.dropFirst(columns: piece.columns)
        }
        return pieces
    }

    /// Where the last page begins.
    private func bottom(rows: Int, columns: Int) -> Place {
        place(before: Place(line: count), rows: rows, columns: columns)
    }

    /// So many rows further up, or the first row of all.
    private func place(before place: Place, rows: Int, columns: Int) -> Place {
        guard let first = lines.first else { return Place(line: count) }
        var left = rows
        var place = place
        while left > 0 {
            if place.row > 0 {
                let step = min(place.row, left)
                place.row -= step
                left -= step
                continue
            }
            guard place.line > first.number, lines.indices.contains(place.line - 1 - first.number) else { break }
            place.line -= 1
            place.row = self.rows(of: lines[place.line - first.number], columns: columns)
        }
        return place
    }

    /// The lines from the place on, each with how many of its rows are above it.
    var visible: ArraySlice<Line> {
        guard let first = lines.first else { return [] }
        return lines[min(max(top.line - first.number, 0), lines.count)...]
    }
}
