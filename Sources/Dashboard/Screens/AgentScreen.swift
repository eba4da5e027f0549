import Console
import Model

/// A host's agent: since when it runs, what it costs, how regularly it samples, what it may not read and why.
struct AgentScreen {
    let host: FleetHost
    let columns: Int
    let ink: Ink

    private static let labelColumns = 9

    private var row: HostRow { host.snapshot?.host ?? HostRow() }
    private var isLive: Bool { host.state.isCurrent }
    private var style: Style { isLive ? .plain : .dim }

    /// The body, top to bottom; the screen scrolls through it.
    func lines(rows: Int) -> [StyledLine] {
        let gap = rows >= 20 ? [StyledLine.empty] : []
        guard host.snapshot != nil else { return absence() + about() }
        return absence() + about() + gap + head("WHAT IT COSTS") + cost() + gap
            + head("HOW REGULARLY IT SAMPLES") + sampling() + gap + head("WHAT IT MAY NOT DO OR READ") + limits()
    }

    private func head(_ text: SafeText) -> [StyledLine] { [StyledLine(text, .bold)] }

    /// A label, and what belongs to it in as many lines as it takes.
    private func entry(_ label: SafeText, _ text: SafeText, _ style: Style? = nil) -> [StyledLine] {
        wrapped(text, columns: max(columns - Self.labelColumns, 8)).enumerated().map { index, line in
            StyledLine((index == 0 ? label : "").padded(to: Self.labelColumns), .bold).adding(line, style ?? self.style)
        }
    }

    private func entry(_ label: SafeText, items: [SafeText]) -> [StyledLine] {
        wrapped(items: items, columns: max(columns - Self.labelColumns, 8)).enumerated().map { index, line in
            StyledLine((index == 0 ? label : "").padded(to: Self.labelColumns), .bold).adding(line, style)
        }
    }

    /// Why there are no numbers, where there are none.
    private func absence() -> [StyledLine] {
        if let parts = host.sentenceParts(now: ink.now) {
            return entry(SafeText(host.state.word), SafeText(parts.joined(separator: "; ")), Palette.word(host.state))
                + (host.snapshot == nil ? [] : entry("", "What follows is as last known."))
        }
        guard host.state == .stale else { return [] }
        return entry("STALE", "no samples: the agent is busy, or the network; what follows is as last known", .bold)
    }

    private func about() -> [StyledLine] {
        guard let info = host.info else { return entry("agent", "nothing is known of it: it has not answered yet") }
        let agent: [SafeText] = ["version \(info.agentVersion)", since, "host id \(info.id.hex.prefix(8))"]
        let uptime = Format.age(row[.uptimeNanoseconds].map { .nanoseconds(Int64(clamping: $0)) })
        let kernel: [SafeText] = [
            "\(info.kernel)", "\(info.cores) cores", "up \(uptime)", "boot \(info.boot.hex.prefix(8))",
        ]
        var link: [SafeText] = ["\(host.address)"]
        if isLive, !host.isPast, host.phase == .open {
            link.append("connected \(Format.age(host.phaseSince.map { ink.now - $0 }))")
        }
        link += [
            "rtt \(Format.latency(host.roundTrip))", "its clock \(host.clockText)", "role \(host.role?.word ?? "-")",
        ]
        if isLive, !host.isPast {
            let (received, sent) = (host.trafficRates?.received, host.trafficRates?.sent)
            link.append("messages \(Format.bytesPerSecond(received)) in, \(Format.bytesPerSecond(sent)) out")
        }
        if let sent = row[.agentSentBytes] { link.append("in all it sent \(Format.bytes(sent))") }
        if let note = host.alsoNote { link.append(note) }
        return entry("agent", items: agent) + entry("kernel", items: kernel) + entry("link", items: link)
    }

    /// When this run began. An older agent does not say.
    private var since: SafeText {
        guard let began = row[.agentBeganNanoseconds], let snapshot = host.snapshot else {
            return "runs since -: it does not say"
        }
        let ran = snapshot.monotonic - MonotonicInstant(nanoseconds: began)
        guard ran >= .zero, ran.nanoseconds <= snapshot.wall.nanoseconds else { return "runs since -" }
        let wall = WallTime(nanoseconds: snapshot.wall.nanoseconds - ran.nanoseconds)
        return "runs since \(Format.moment(host.ours(wall), now: ink.wall)), \(Format.age(ran))"
    }

    private func cost() -> [StyledLine] {
        let cpu = Format.percent(isLive ? host.rates.agentCPU : nil)
        var lines = graph(
            "cpu", host.history.agentCPU, "\(cpu) of a core, for \(Format.count(row[.workers])) workers")
        let own: SafeText = row[.agentProportionalBytes].map { ", \(Format.bytes($0)) by itself (PSS)" } ?? ""
        lines += entry("memory", "\(Format.bytes(row[.agentResidentBytes])) resident" + own)
        let sweep = row[.sweepMicroseconds].map { Duration.microseconds(Int64(clamping: $0)) }
        let cadence = host.info == nil ? Format.unknown : Format.latency(host.cadence)
        let late: SafeText =
            row[.sweepLatenessMicroseconds].map {
                ", began \(Format.latency(.microseconds(Int64(clamping: $0)))) late"
            } ?? ""
        let words = late + (sweep == nil ? "; it does not say" : ": one look at all workers")
        lines += entry("sweep", "\(Format.latency(sweep)) of every \(cadence)" + words)
        return lines + entry("probes", probing)
    }

    private var probing: SafeText {
        guard let stretch = row[.probeStretchPermille] else { return "-: it probes no loops" }
        guard stretch > 1000 else { return "of loops as often as planned, within its budget" }
        let times = Format.number(Double(stretch) / 1000, decimals: 1)
        return "pauses between probes of loops are \(times) times as long as planned, to keep its budget"
    }

    private func sampling() -> [StyledLine] {
        let shifts = host.history.sampleShift.suffix(Series.capacity).compactMap { $0 }.sorted()
        func at(_ share: Double) -> SafeText {
            guard !shifts.isEmpty else { return Format.unknown }
            return milliseconds(shifts[min(Int(Double(shifts.count) * share), shifts.count - 1)])
        }
        let now = milliseconds(isLive ? host.rates.sampleShift : nil)
        let numbers: SafeText = "now \(now)  p50 \(at(0.5))  p99 \(at(0.99))  max \(at(1))"
        let span = Format.age(host.interval * shifts.count)
        var lines = graph("jitter", host.history.sampleShift, numbers)
        lines += entry(
            "", "of \(shifts.count) samples, \(span): time between two against what was planned, by its clock", .dim)
        let counters = row
        func count(_ label: SafeText, _ field: HostField, _ words: SafeText) -> [StyledLine] {
            let isBad = (counters[field] ?? 0) > 0 && isLive
            return entry(label, "\(Format.count(counters[field])) " + words, isBad ? Palette.style(.warn) : nil)
        }
        return lines + count("missed", .missedSweeps, "sweeps left out since it began: one took too long")
            + count("dropped", .droppedSnapshots, "samples not sent: this dashboard took earlier ones too late")
    }

    private func milliseconds(_ seconds: Double?) -> SafeText { Format.milliseconds(seconds.map { $0 * 1000 }) }

    /// Label, bars, words; the highest bar is the most there was.
    private func graph(_ label: SafeText, _ series: Series, _ words: SafeText) -> [StyledLine] {
        let room = min(columns - Self.labelColumns - 46, 120)
        guard room >= 8 else { return entry(label, words) }
        let bars = ink.sparkline(series, missing: host.missing(now: ink.now), columns: room, scale: .automatic)
        return [StyledLine(label.padded(to: Self.labelColumns), .bold).adding(bars, style).adding("  " + words, style)]
    }

    private func limits() -> [StyledLine] {
        guard let snapshot = host.snapshot else { return [] }
        var sentences = limitationSentences(snapshot.limitations)
        if row[.pressureCPUMicroseconds] == nil {
            sentences.append(
                "How long tasks waited for CPU, memory and I/O is not known: its kernel does not tell (/proc/pressure; "
                    + "psi=1 on the kernel's command line).")
        }
        sentences += lagSentences + leftOutSentences
        if sentences.isEmpty { return entry("", "Nothing: it reads all that it looks for.") }
        return sentences.flatMap { sentence in
            wrapped(SafeText(sentence), columns: columns - 2).enumerated().map {
                StyledLine($0.offset == 0 ? "- " : "  ").adding($0.element, style)
            }
        }
    }

    /// What it sent in vain.
    private var leftOutSentences: [String] {
        var sentences: [String] = []
        if host.leftOut.told > 0 {
            sentences.append(
                "\(host.leftOut.told) of its events came faster than they could be taken in and were dropped here.")
        }
        if host.leftOut.past {
            sentences.append(
                "What was before this dashboard looked is not on its graphs: too much else came while it was asked for."
            )
        }
        return sentences
    }

    /// What the kernel does not let it see of loops; docs/OPERATING.md, "What lag needs".
    private var lagSentences: [String] {
        guard host.tellsOfWorkers else { return [] }
        var counts: [LagTier: Int] = [:]
        for track in host.workers.values where track.end == nil {
            if let method = track.lag.method, method.kind != .none { counts[method.tier, default: 0] += 1 }
        }
        func workers(_ count: Int) -> String { count == 1 ? "1 worker" : "\(count) workers" }
        var sentences: [String] = []
        if let count = counts[.utilisation] {
            sentences.append(
                "Of \(workers(count)) no lag is known, only how busy the loop is: the kernel does not let the agent "
                    + "look into them. CAP_SYS_PTRACE, CAP_DAC_READ_SEARCH would let it.")
        }
        if let count = counts[.nosys] {
            sentences.append(
                "Of \(workers(count)) the calls that the loop waits in are not known, so a nested loop looks idle: "
                    + "Yama forbids to look. kernel.yama.ptrace_scope=0 or CAP_SYS_PTRACE would lift it.")
        }
        if let count = counts[.proc] {
            sentences.append(
                "Of \(workers(count)) stalls are known to the time between two probes, not exactly: the kernel's "
                    + "record of switches is denied. kernel.perf_event_paranoid=2 or CAP_PERFMON would lift it.")
        }
        return sentences
    }
}

extension FleetHost {
    /// The agent's wall clock against ours: `+3ms`.
    var clockText: SafeText {
        guard let clockOffset else { return Format.unknown }
        let milliseconds = clockOffset.seconds * 1000
        return (milliseconds < 0 ? "-" : "+") + Format.milliseconds(milliseconds.magnitude)
    }
}
