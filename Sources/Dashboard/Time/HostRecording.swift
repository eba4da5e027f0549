import Model
import Wire

/// What one host told, in the order of its own time, as it can be shown again.
///
/// Snapshots are kept as pieces: those that came in while we looked, and those that its agent kept (`HostRecording+Told`).
/// Times are of the recording's `SteadyClock` unless they are said to be the agent's.
struct HostRecording: Sendable {
    /// What changed its link, or happened on it.
    struct News: Sendable {
        var at: MonotonicInstant
        /// `.connected`, `.lost` or `.event`.
        var event: LinkEvent

        /// About as much as it takes here.
        fileprivate var byteCount: Int {
            if case .event(let event) = event { event.byteCount + 512 } else { 512 }
        }
    }

    static let newsKept = 2000
    /// Some events are as long as who sends them likes.
    static let newsBytesKept = 1 << 20

    let place: HostPlace
    /// By which its apps are judged.
    let limits: [AppLimits]
    /// How long a piece of what comes in is: what has to be read again to show an instant, and what is dropped at a time.
    let pieceLength: Duration
    /// As of the newest connection.
    private(set) var info: HostInfo?
    private(set) var role = Role.viewer
    /// Of the agent's calendar minus ours.
    var clockOffset: Duration?
    /// Of each source by time.
    private(set) var pieces: [RecordedPiece.Source: [RecordedPiece]] = [:]
    /// By time.
    private(set) var news: [News] = []
    private var newsBytes = 0
    /// When something happened that a person may look for, by time.
    private(set) var marks: [MonotonicInstant] = []
    private(set) var byteCount = 0
    /// Counts up whenever something was added that is not of now.
    private(set) var revision = 0
    /// What was answered about lives, of a few slots.
    private(set) var lives: [Query.Body: (lives: [Life], experience: Experience)] = [:]
    /// The agent's lists of what it keeps, since the newest connection.
    var lists: [PastTier: PieceList] = [:]

    /// What has to be added to the agent's clock of a boot.
    private(set) var offsets: [BootID: UInt64] = [:]
    private var base: Snapshot?
    private var level: Level?
    /// Agents tell the same again after a reconnect, and when they are asked.
    private var seen = EventMarks()
    private var newestID = 0
    /// `nil`: all is kept.
    private var allowance: Allowance?
    /// Something was not kept, since the newest connection.
    private(set) var isIncomplete = false

    init(
        place: HostPlace, limits: [AppLimits] = [], pieceLength: Duration = .seconds(300), allowance: Allowance? = nil
    ) {
        self.allowance = allowance
        self.place = place
        self.limits = limits
        self.pieceLength = pieceLength
    }

    /// On the recording's clock; `nil` for a boot of which nothing was ever heard live.
    func instant(_ agents: MonotonicInstant, of boot: BootID) -> MonotonicInstant? {
        offsets[boot].map { MonotonicInstant(nanoseconds: agents.nanoseconds &+ $0) }
    }

    /// From the first to the last snapshot.
    func span(of piece: RecordedPiece) -> ClosedRange<MonotonicInstant>? {
        guard let first = instant(piece.first, of: piece.boot), let last = instant(piece.last, of: piece.boot),
            first <= last
        else { return nil }
        return first...last
    }

    var interval: Duration { info?.snapshotInterval ?? .seconds(1) }

    /// When the newest snapshot was taken that is kept.
    var newest: MonotonicInstant? { pieces.values.compactMap { $0.last.flatMap { span(of: $0)?.upperBound } }.max() }

    /// When the first snapshot was taken that is kept of a source.
    func begin(of source: RecordedPiece.Source) -> MonotonicInstant? {
        pieces[source]?.lazy.compactMap { span(of: $0)?.lowerBound }.first
    }

    // MARK: What comes in

    /// - Parameter sampledAt: when a snapshot was taken, by the best knowledge of now.
    mutating func take(_ event: LinkEvent, sampledAt: MonotonicInstant?, now: MonotonicInstant) {
        switch event {
        case .connected(let info, let role):
            self.info = info
            self.role = role
            lists = [:]
            base = nil
            isIncomplete = false
            add(News(at: now, event: event))
        case .lost:
            // Tries that fail again and again are one loss.
            if case .lost? = news.last?.event { return }
            add(News(at: now, event: event))
            if info != nil { mark(now) }
        case .measured(_, let offset): clockOffset = offset
        case .snapshot(let snapshot): if let sampledAt { record(snapshot, at: sampledAt, now: now) }
        case .event(let event):
            guard let boot = info?.boot else { return }
            add(event, at: instant(event.monotonic, of: boot).map { min($0, now) } ?? now)
        case .connecting, .traffic, .accepted, .outcome, .rehearsed, .forgotten, .answer, .denyListVersion, .draining,
            .leftOut:
            break
        }
    }

    private mutating func record(_ snapshot: Snapshot, at instant: MonotonicInstant, now: MonotonicInstant) {
        guard let boot = info?.boot else { return }
        offsets[boot] = instant.nanoseconds &- snapshot.monotonic.nanoseconds  // wraps on purpose
        let detail = RecordedPiece.Detail(of: snapshot)
        let newest = pieces[.live]?.last
        if let base, snapshot.monotonic < base.monotonic { return }
        if let base, snapshot.monotonic == base.monotonic, let newest, detail <= newest.detail { return }
        note(snapshot.worstLevel, at: instant)
        if allowance?.isSpent(now: now) == true {
            base = nil  // after a hole it begins anew; nothing is held for that
            return
        }
        var message = Message.keyframe(subscription: 0, snapshot)
        var begins = true
        if let base, let newest, newest.boot == boot, newest.detail == detail,
            snapshot.monotonic - newest.first < pieceLength
        {
            message = .delta(Delta(subscription: 0, from: base, to: snapshot))
            begins = false
        }
        let bytes = message.encoded()
        guard allows(bytes.count, now: now) else {
            base = nil
            return
        }
        if begins {
            begin(.live, number: 0, boot: boot, detail: detail, first: snapshot.monotonic, last: snapshot.monotonic)
        }
        append(bytes, at: snapshot.monotonic)
        base = snapshot
    }

    /// Whether so many more bytes may be kept.
    mutating func allows(_ count: Int, now: MonotonicInstant) -> Bool {
        guard allowance?.take(count, now: now) == false else { return true }
        isIncomplete = true
        return false
    }

    private mutating func append(_ bytes: [UInt8], at instant: MonotonicInstant) {
        let place = (pieces[.live]?.count ?? 0) - 1
        guard place >= 0 else { return }
        pieces[.live]?[place].bytes += bytes
        pieces[.live]?[place].last = instant
        byteCount += bytes.count
    }

    mutating func add(_ event: Event, at instant: MonotonicInstant) {
        guard seen.insert(event) else { return }
        add(News(at: instant, event: .event(event)))
        if event.body.isShown { mark(instant) }
    }

    private mutating func add(_ item: News) {
        let place = (news.lastIndex { $0.at <= item.at } ?? -1) + 1
        if place < news.count { revision += 1 }
        news.insert(item, at: place)
        newsBytes += item.byteCount
        var dropped = 0
        while news.count - dropped > Self.newsKept || newsBytes > Self.newsBytesKept, dropped < news.count {
            newsBytes -= news[dropped].byteCount
            dropped += 1
        }
        guard dropped > 0 else { return }
        news.removeFirst(dropped)
        revision += 1
    }

    /// The host's own state: what changes it is worth a look.
    private mutating func note(_ level: Level, at instant: MonotonicInstant) {
        if let before = self.level, before != level { mark(instant) }
        self.level = level
    }

    mutating func mark(_ instant: MonotonicInstant) {
        let place = (marks.lastIndex { $0 <= instant } ?? -1) + 1
        if place > 0, marks[place - 1] == instant { return }
        marks.insert(instant, at: place)
        if marks.count > Self.newsKept { marks.removeFirst(marks.count - Self.newsKept) }
    }

    mutating func keep(_ lives: [Life], _ experience: Experience, of question: Query.Body) {
        if self.lives.count >= FleetHost.answersKept, self.lives[question] == nil { self.lives = [:] }
        self.lives[question] = (lives, experience)
    }

    /// What has to be added to the agent's clock of a boot; wraps.
    mutating func set(clockOffset: UInt64, of boot: BootID) { offsets[boot] = clockOffset }

    /// Gives away what happened.
    mutating func takeNews() -> [News] {
        defer { (news, newsBytes) = ([], 0) }
        return news
    }

    // MARK: Pieces

    /// Adds an empty piece at its place, and says which.
    @discardableResult
    mutating func begin(
        _ source: RecordedPiece.Source, number: UInt64, boot: BootID, detail: RecordedPiece.Detail,
        first: MonotonicInstant, last: MonotonicInstant
    ) -> Int {
        newestID += 1
        let piece = RecordedPiece(id: newestID, number: number, boot: boot, detail: detail, first: first, last: last)
        let list = pieces[source] ?? []
        // Another boot's clock cannot be compared: what comes later is behind it.
        let place = (list.lastIndex { $0.boot != boot || $0.first <= first } ?? -1) + 1
        pieces[source, default: []].insert(piece, at: place)
        return place
    }

    /// Adds to a piece that is not of now.
    mutating func extend(_ source: RecordedPiece.Source, at place: Int, by bytes: [UInt8], until last: MonotonicInstant)
    {
        pieces[source]?[place].bytes += bytes
        pieces[source]?[place].last = last
        byteCount += bytes.count
        revision += 1
    }

    /// What is known about a piece changed, and not the piece.
    mutating func note(_ piece: RecordedPiece, of source: RecordedPiece.Source, at place: Int) {
        pieces[source]?[place] = piece
    }

    /// Removes a piece: what it held is asked for again when it is wanted, or else stays a hole.
    mutating func drop(_ source: RecordedPiece.Source, at place: Int, forgetting: Bool) {
        guard let piece = pieces[source]?.remove(at: place) else { return }
        byteCount -= piece.bytes.count
        revision += 1
        if forgetting, piece.number > 0 { forget(piece.number) }
        if source == .live, pieces[.live]?.isEmpty ?? true { base = nil }
    }
}

extension Event.Body {
    /// Accepting is between asking and the outcome; people read the outcome.
    var isShown: Bool { if case .commandAccepted = self { false } else { true } }
}
