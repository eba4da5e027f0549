import Console
import Model

/// The numbers of a host in one line; what does not fit is left out whole.
func hostSummary(_ host: FleetHost, now: MonotonicInstant, columns: Int) -> SafeText {
    guard let info = host.info else { return "\(host.name)" }
    let row = host.snapshot?.host ?? HostRow()
    func load(_ field: HostField) -> SafeText { Format.number(row[field].map { Double($0) / 100 }, decimals: 1) }
    var items: [SafeText] = []
    if let role = host.role, role < .operator { items.append("read-only") }
    items.append("cpu \(Format.percent(host.rates.cpu)) of \(info.cores)")
    items.append("mem \(Format.percent(host.rates.memoryUsed)) of \(Format.bytes(row[.memoryTotalBytes]))")
    items.append("load \(load(.load1Hundredths)) \(load(.load5Hundredths)) \(load(.load15Hundredths))")
    items.append("age \(Format.age(host.age(now: now)))")
    if let note = host.alsoNote { items.append(note) }
    items.append("up \(Format.age(row[.uptimeNanoseconds].map { .nanoseconds(Int64(clamping: $0)) }))")
    items.append("psi cpu \(Format.percent(host.rates.pressureCPU))")
    items.append("\(info.kernel)")
    return fitting(items, columns: columns)
}

/// Values of a host that is not there now are dim and marked.
func drawHostSummary(_ host: FleetHost, _ anatomy: Anatomy, on canvas: inout Canvas) {
    guard let row = anatomy.summary else { return }
    let isLive = host.state.isCurrent
    let mark: SafeText = isLive || host.snapshot == nil ? "" : canvas.glyphs.stale + " "
    let text = mark + hostSummary(host, now: canvas.now, columns: canvas.columns - mark.columns)
    canvas.draw(text, at: row, style: isLive ? .plain : .dim)
}

/// What a large terminal has room for above the workers.
struct HostPanels {
    static let rows = 6

    let host: FleetHost

    func draw(on canvas: inout Canvas, at top: Int) {
        let missing = host.missing(now: canvas.now)
        let half = (canvas.columns - 2) / 2
        graph("cpu", host.history.cpu, Format.percent(host.rates.cpu), missing, top, 0, half, &canvas)
        let memory = Format.percent(host.rates.memoryUsed)
        graph("mem", host.history.memoryUsed, memory, missing, top, half + 2, half, &canvas)
        let utilisation = Format.percent(host.rates.worstUtilisation)
        graph("util", host.history.worstUtilisation, utilisation, missing, top + 1, 0, half, &canvas)
        graph(
            "psi", host.history.pressureCPU, Format.percent(host.rates.pressureCPU), missing, top + 1, half + 2, half,
            &canvas)
        graph(
            "lag", host.history.worstLag, host.rates.worstLagText, missing, top + 2, 0, half, &canvas,
            scale: LagText.scale)
        drawLag(at: top + 2, half + 2, half, on: &canvas)
        canvas.draw(
            "util: the busiest loop; psi: share of time some task waited for a CPU; 0 to 100%. lag: the longest, "
                + "1ms to 1s", at: top + 3, 6, style: .dim)
        let rates = host.rates
        let row = host.snapshot?.host ?? HostRow()
        let items: [SafeText] = [
            "waiting: cpu \(Format.percent(rates.pressureCPU))", "memory \(Format.percent(rates.pressureMemory))",
            "io \(Format.percent(rates.pressureIO)) of the time", "steal \(Format.percent(rates.steal))",
            "workers: \(Format.count(row[.workers]))", "cpu \(Format.percent(rates.workersCPU)) of a core",
            "rss \(Format.bytes(row[.workersResidentBytes]))", "exits seen \(Format.count(row[.exits]))",
        ]
        canvas.draw(fitting(items, columns: canvas.columns), at: top + 4)
        let link: [SafeText] = [
            "agent \(host.info?.agentVersion ?? "-"): cpu \(Format.percent(rates.agentCPU))",
            "rss \(Format.bytes(row[.agentResidentBytes]))", "missed sweeps \(Format.count(row[.missedSweeps]))",
            "dropped \(Format.count(row[.droppedSnapshots]))",
            "link: \(host.address)", "rtt \(Format.latency(host.roundTrip))", "clock \(host.clockText)",
            "role \(host.role?.word ?? "-")",
        ]
        canvas.draw(fitting(link, columns: canvas.columns), at: top + 5)
    }

    private func drawLag(at row: Int, _ column: Int, _ width: Int, on canvas: inout Canvas) {
        let counters = host.snapshot?.host ?? HostRow()
        var items: [SafeText] = [
            "lag p99 of all loops \(host.rates.lagP99Text)",
            "hung \(Format.count(counters[.hungWorkers]))",
        ]
        // The agent says so to each worker alike, when it is enough to be worth a word.
        let isSlowed = host.snapshot?.workers.contains {
            $0.row[.lagMethod].flatMap(LagMethod.init(packed:))?.isStretched == true
        }
        if let stretch = counters[.probeStretchPermille], isSlowed == true {
            items.append("probing slowed x\(Format.number(Double(stretch) / 1000, decimals: 1))")
        }
        canvas.frame.draw(fitting(items, columns: width), at: row, column, width: width)
    }

    private func graph(
        _ label: SafeText, _ series: Series, _ value: SafeText, _ missing: Int, _ row: Int, _ column: Int, _ width: Int,
        _ canvas: inout Canvas, scale: Sparkline.Scale = .fixed(0...1)
    ) {
        let room = width - 12
        canvas.frame.draw(label.padded(to: 5), at: row, column, style: .bold)
        let bars = canvas.ink.sparkline(series, missing: missing, columns: room, scale: scale)
        canvas.frame.draw(bars, at: row, column + 5)
        canvas.frame.draw(value.leftPadded(to: 6), at: row, column + 5 + room)
    }
}

extension FleetHost {
    /// Where else it answers; `nil` where it was named once.
    var alsoNote: SafeText? { alsoAt.isEmpty ? nil : "also reachable as \(alsoAt.joined(separator: ", "))" }
}
