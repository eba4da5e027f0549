import Console

/// Keys, columns and words, as lines to scroll through: keys first, as everybody expects, and a line above them that says
/// where the rest is.
struct HelpText {
    private(set) var lines: [StyledLine] = []
    /// Where its parts begin, after the keys: the same key that opened it leads from one to the next.
    private(set) var parts: [Int] = []

    init(for screen: ScreenKind, keys: KeyTable = .usual, columns: Int) {
        lines = wrapped(screen == .log ? logSignpost : signpost, columns: columns - 2).map { StyledLine($0) } + [.empty]
        for section in KeyBinding.Section.allCases {
            let bindings = keys.bindings.filter { $0.section == section && $0.screens.contains(screen) }
            if bindings.isEmpty { continue }
            lines.append(StyledLine(SafeText(section.title), .bold))
            for binding in bindings { lines += entry(SafeText(binding.label), SafeText(binding.meaning), columns) }
            lines.append(.empty)
        }
        if screen == .log {
            add("WHAT LINES MEAN", logMeanings, columns)
            return
        }
        let strip = screen == .worker ? stripMeanings : []
        add("WHAT THE NUMBERS MEAN", strip + columnMeanings(screen) + [boundMeaning], columns)
        if ScreenKind.lists.union([.host]).contains(screen) { add("FILTERS", filterMeanings, columns) }
        add("STATES", stateMeanings, columns)
        lines += wrapped(closing, columns: columns - 2).map { StyledLine($0) }
    }

    private mutating func add(_ title: SafeText, _ entries: [(SafeText, SafeText)], _ columns: Int) {
        parts.append(lines.count)
        lines.append(StyledLine(title, .bold))
        for (name, meaning) in entries { lines += entry(name, meaning, columns) }
        lines.append(.empty)
    }

    /// The line that a page which begins at `scroll` is followed by; `nil` when all parts were shown. `page` is a line less
    /// than there are.
    func next(after scroll: Int, page: Int) -> Int? {
        let last = max(lines.count - page - 1, 0)
        return scroll >= last ? nil : parts.first { $0 > scroll }.map { min($0, last) }
    }
}

private func entry(_ name: SafeText, _ meaning: SafeText, _ columns: Int) -> [StyledLine] {
    let indent = 12
    return wrapped(meaning, columns: max(columns - indent - 2, 10)).enumerated().map { index, line in
        StyledLine((index == 0 ? name : "").padded(to: indent), .bold).adding(line)
    }
}

private let logMeanings: [(SafeText, SafeText)] = [
    ("-- ... --", "said of the log, and not in it: lines that are missing, a file that was moved away or cut off"),
    ("#2", "the slot of the worker that wrote the line, where several are looked at"),
    ("time", "of the journal; where it is not shown the line says it itself, or nobody knows"),
    ("‹redacted›", "what looks like a secret is not sent"),
    ("filter", "the agent looks for the text before it cuts out the newest lines; secrets cannot be found by it"),
]

private let stripMeanings: [(SafeText, SafeText)] = [
    (
        "strip",
        "columns are samples, newest right; rows are lengths of stretches without a turn, longest on top; the shade is the "
            + "share of time spent in stretches of that length. Blank: none. Dot: not measured. A stall that is not over "
            + "counts as long as it is by now, and climbs from row to row"
    ),
    (
        "exact",
        "how the numbers were made: exact, or at most; perf (the kernel's own record of switches), proc (probes and "
            + "evidence), nosys (without the system call), and the time between two probes"
    ),
    (
        "histogram",
        "on wide terminals, beside the strip: of up to a quarter of an hour how many stretches there were of each length, "
            + "and which share of the time they took; the longest bar is the most time"
    ),
    ("now 2m 15m", "the last window, and as far back as the heads say: percentiles of all stretches together"),
    ("node says", "what the runtime tells of itself, where it was asked to: its own measure, beside ours"),
]

/// What no column says by itself.
private let signMeanings: [(SafeText, SafeText)] = [
    ("299ms+", "a stall that is not over, and grows"),
    (
        "<=299ms",
        "\"at most\": nothing told whether the loop turned meanwhile. However long, it raises no alarm and has no colour: "
            + "a busy loop that turns well looks the same"
    ),
    (">=299ms", "\"at least\": its beginning was not seen; of a host or app: not all in it is known"),
    ("nested loop", "blocked while another loop ran inside this one, as Node's execSync does"),
    ("3 of 4", "workers that live, of " + expectedMeaning),
    ("-", "not known; never the same as 0. In a graph a missing sample is a dot (? without UTF-8)"),
]

private let boundMeaning: (SafeText, SafeText) = (
    "lag<=",
    "where lag is not measured: at most this long, from counters. A busy loop without any lag has a "
        + "high one, too, and it does not see a loop blocked on a disk or a lock"
)

private let filterMeanings: [(SafeText, SafeText)] = [
    ("app=api", "the key is that; * stands for any text, a|b for either: host=web-*|db-*. != is not that"),
    (
        "lag99>100ms",
        "also >= < <=; in us, ms, s, m, h; cpu>80%; rss>512M. What is not known is neither above nor below"
    ),
    ("state>=warn", "states from the mildest on: " + SafeText(StateRank.words.joined(separator: " "))),
    ("cause=-", "it is not known; != it is"),
    ("api", "any other word: text in a name, pid or state"),
    ("web-1/api#2", "HOST/APP, HOST/APP#SLOT or HOST/PID"),
    ("a b, or, not", "beside each other both have to hold; and, or, not (or !) and parentheses as usual"),
]

/// The columns of a screen's rows, and of what is in them.
private func columnMeanings(_ screen: ScreenKind) -> [(SafeText, SafeText)] {
    func of<Subject: RowSubject>(_ subject: Subject.Type) -> [(SafeText, SafeText)] {
        Subject.columns.filter { $0.key != "state" }.map { column in
            let isKey = column.kind != nil && column.heading.string.lowercased() != column.key
            return (column.heading, isKey ? column.meaning + " (key " + SafeText(column.key) + ")" : column.meaning)
        }
    }
    let columns: [(SafeText, SafeText)] =
        switch screen {
        case .fleet: of(HostSubject.self)
        case .apps: of(FleetAppSubject.self)
        case .events: of(EventSubject.self)
        case .rolls: of(AppSubject.self)
        case .alerts: of(AlertSubject.self)
        case .workers: of(WorkerSubject.self)
        case .host: of(AppSubject.self) + of(WorkerSubject.self)
        case .app, .worker: of(WorkerSubject.self)
        case .log, .agent, .compare: []
        }
    var told: Set<String> = []
    let once = columns.filter { told.insert($0.0.string).inserted }
    // The most asked first: lag, and the signs it is written with.
    let lag = once.filter { $0.0.string == "LAG" }
    return lag + signMeanings + once.filter { $0.0.string != "LAG" }
}

private let stateMeanings: [(SafeText, SafeText)] = [
    (
        "HUNG",
        "a worker whose loop does not turn, by evidence: one stall open for 5 s or more, or data that waits unread. Never "
            + "because it is quiet: waiting for work is OK"
    ),
    (
        "WARN CRIT",
        "a stall open for more than 1 s or 5 s; lag p99 above 100 ms or 250 ms for 30 s, until it was a fifth below for "
            + "15 s (what is only at most, <=, never counts); loop or worker CPU above 85% or 97% for 60 s, host CPU above 85% or 95% for 60 s, CPU pressure above "
            + "40% or 70% for 60 s, memory available below 15% or 5% for 30 s"
    ),
    (
        "? UNKNOWN",
        "a command was sent and the link broke before its answer: it may have been done. It stays on the screen until the "
            + "host answers, which is asked by itself; nothing is ever done twice"
    ),
    (
        "roll",
        "the app's workers are replaced, oldest first, a few at a time, by the host's agent: it stops at the first that is "
            + "not replaced. PAUSED and FAILED ones wait for p (go on) or X (end); PAUSING, FAILING and ENDING are what it "
            + "will be when the workers under way have ended"
    ),
    ("STALE", "connected, but no sample for 3 intervals, or silent for 9 s; last values are dim, with ~"),
    ("DOWN", "no connection; it is tried again by itself"),
    ("AUTH", "the agent refused our certificate, or we have none for it"),
    ("UNTRUSTED", "its certificate is not the one that was enrolled"),
    ("VER", "no protocol version in common"),
    ("NODATA", "of a moment in the past: nothing is known of the host at that time"),
    ("START", "a worker younger than 5 s"),
    ("EXITED", "a worker that ended; listed until the next one in its slot lived 10 s; of many the last three"),
    ("ZOMBIE", "ended, but its parent has not fetched its status"),
]

private let signpost: SafeText = "Keys first. What LAG, <=, + and HUNG mean, and the columns: ? again, Tab, or PgDn."

private let logSignpost: SafeText = "Keys first. What lines between dashes mean, and ‹redacted›: ? again, Tab, or PgDn."

private let closing: SafeText =
    "Enter alone never restarts anything. The agent checks pid and start time once more and refuses any other process. "
    + "The mouse stays with the terminal: select text as usual. After :set mouse on a click moves the cursor, two open, one on "
    + "a column's head sorts by it, one on the last line presses that key, the wheel scrolls; Shift selects text."
