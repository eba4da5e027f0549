import Console

/// Keys, columns and words, as lines to scroll through.
func helpLines(for screen: ScreenKind, columns: Int) -> [StyledLine] {
    var lines: [StyledLine] = []
    for section in KeyBinding.Section.allCases {
        let bindings = KeyTable.bindings.filter { $0.section == section && $0.screens.contains(screen) }
        if bindings.isEmpty { continue }
        lines.append(StyledLine(SafeText(section.title), .bold))
        for binding in bindings { lines += entry(SafeText(binding.label), SafeText(binding.meaning), columns) }
        lines.append(.empty)
    }
    if screen == .worker {
        lines.append(StyledLine("LAG", .bold))
        for (name, meaning) in stripMeanings { lines += entry(name, meaning, columns) }
        lines.append(.empty)
    }
    lines.append(StyledLine("COLUMNS", .bold))
    for (name, meaning) in columnMeanings { lines += entry(name, meaning, columns) }
    lines.append(.empty)
    lines.append(StyledLine("STATES", .bold))
    for (name, meaning) in stateMeanings { lines += entry(name, meaning, columns) }
    lines.append(.empty)
    lines += wrapped(closing, columns: columns - 2).map { StyledLine($0) }
    return lines
}

private func entry(_ name: SafeText, _ meaning: SafeText, _ columns: Int) -> [StyledLine] {
    let indent = 12
    return wrapped(meaning, columns: max(columns - indent - 2, 10)).enumerated().map { index, line in
        StyledLine((index == 0 ? name : "").padded(to: indent), .bold).adding(line)
    }
}

private let stripMeanings: [(SafeText, SafeText)] = [
    (
        "strip",
        "columns are samples, newest right; rows are lengths of stretches without a turn, longest on top; the shade is the "
            + "share of time spent in stretches of that length. Blank: none. Dot: not measured. A stall that is not over "
            + "climbs from row to row"
    ),
    (
        "exact",
        "how the numbers were made: exact, or at most; perf (the kernel's own record of switches), proc (probes and "
            + "evidence), nosys (without the system call), and the time between two probes"
    ),
    ("now 2m 15m", "the last window, and as far back as the heads say: percentiles of all stretches together"),
    ("node says", "what the runtime tells of itself, where it was asked to: its own measure, beside ours"),
]

private let columnMeanings: [(SafeText, SafeText)] = [
    ("UTIL", "share of time the event loop was not waiting for events; of a host or app: its busiest worker"),
    (
        "LAG",
        "how late the loop would have come to an event: its longest stretch without a turn, in the last second or "
            + "interval; of a host or app: its worst worker. + is a stall that is not over and grows; <= is \"at most\": "
            + "nothing told whether the loop turned meanwhile. - where lag is not measured"
    ),
    (
        "LAG99",
        "what an event that comes at a random moment exceeds once in a hundred times; of a host or app: of all loops"
    ),
    (
        "CAUSE",
        "of that longest stretch, from 20 ms on: cpu (it ran), runqueue (it had no CPU), the system call it was "
            + "blocked in, stopped, throttled (its cgroup's quota)"
    ),
    ("LAG/time", "LAG over time, from 1ms to 1s, each bar a factor of 2.4"),
    ("BURST", "mean stretch of work between two waits, from counters; blind to one long stretch among many short ones"),
    (
        "lag<=",
        "on a worker's screen where lag is not measured: at most this long, from counters. A busy loop without any lag has a "
            + "high one, too, and it does not see a loop blocked on a disk or a lock"
    ),
    ("CPU", "of a worker or app: of one core, may exceed 100%; of a host: of all cores"),
    ("WAIT", "share of time the loop's thread could run but had no CPU"),
    ("MEM", "memory in use; what can be made free counts as free"),
    ("W.RSS", "resident memory of all workers"),
    ("EXIT", "exits that were seen, since the agent started or, of a worker, in its slot"),
    ("AGE", "how long ago the numbers of the row were taken"),
    ("-", "not known; never the same as 0. In a graph a missing sample is a dot (? without UTF-8)"),
]

private let stateMeanings: [(SafeText, SafeText)] = [
    (
        "HUNG",
        "a worker whose loop does not turn, by evidence: one stall open for 5 s or more, or data that waits unread. Never "
            + "because it is quiet: waiting for work is OK"
    ),
    (
        "WARN CRIT",
        "a stall open for more than 1 s or 5 s; lag p99 above 100 ms or 250 ms for 30 s, until it was a fifth below for "
            + "15 s (both only where lag is exact); loop or worker CPU above 85% or 97% for 60 s, host CPU above 85% or 95% for 60 s, CPU pressure above "
            + "40% or 70% for 60 s, memory available below 15% or 5% for 30 s"
    ),
    ("STALE", "connected, but no sample for 3 intervals; last values are shown dim and with ~"),
    ("DOWN", "no connection; it is tried again by itself"),
    ("AUTH", "the agent refused our certificate, or we have none for it"),
    ("UNTRUSTED", "its certificate is not the one that was enrolled"),
    ("VER", "no protocol version in common"),
    ("START", "a worker younger than 5 s"),
    ("EXITED", "a worker that ended; listed until the next one in its slot lived 10 s"),
    ("ZOMBIE", "ended, but its parent has not fetched its status"),
]

private let closing: SafeText =
    "Enter alone never restarts anything. The agent checks pid and start time once more and refuses any other process. "
    + "The mouse stays with the terminal: select text as usual."
