import Console
import Lag
import Model

/// A listing as a table for people: rounded numbers with units, `-` for what is not known.
extension Listing {
    func table(wide: Bool) -> TextTable {
        switch kind {
        case .hosts: hostTable(wide: wide)
        case .apps: appTable(wide: wide)
        case .workers: workerTable(wide: wide)
        }
    }

    private func hostTable(wide: Bool) -> TextTable {
        var headings: [TextTable.Heading] = [
            .left("HOST"), .left("STATE"), .right("AGE"), .right("CPU"), .right("MEM"), .right("LOAD"),
            .right("WORKERS"), .right("WCPU"), .right("RSS"), .right("UTIL"), .right("LAG"), .right("LAG99"),
            .right("EXITS"),
        ]
        if wide {
            headings += [
                .right("CORES"), .right("UP"), .right("RTT"), .left("ROLE"), .left("KERNEL"), .left("AGENT"),
                .left("ADDRESS"), .left("ID"),
            ]
        }
        var table = TextTable(headings)
        for number in hosts {
            let host = fleet.hosts[number]
            let hasNumbers = host.state.hasNumbers
            let row = hasNumbers ? host.snapshot?.host : nil
            let rates = hasNumbers ? host.rates : HostRates()
            var cells: [SafeText] = [
                SafeText(host.name), SafeText(host.state.word), Format.age(host.age(now: now)),
                Format.percent(rates.cpu), Format.percent(rates.memoryUsed),
                Format.number(row?[.load1Hundredths].map { Double($0) / 100 }, decimals: 2),
                Format.count(row?[.workers]), Format.percent(rates.workersCPU),
                Format.bytes(row?[.workersResidentBytes]), Format.percent(rates.worstUtilisation),
                rates.worstLagText, rates.lagP99Text, Format.count(row?[.exits]),
            ]
            if wide {
                cells += [
                    Format.count(host.info?.cores),
                    Format.age(row?[.uptimeNanoseconds].map { .nanoseconds(Int64(clamping: $0)) }),
                    Format.latency(host.roundTrip), text(host.role?.word), text(host.info?.kernel),
                    text(host.info?.agentVersion), SafeText(host.address), text(host.info?.id.hex),
                ]
            }
            table.add(cells)
        }
        return table
    }

    private func appTable(wide: Bool) -> TextTable {
        var headings: [TextTable.Heading] = [
            .left("HOST"), .left("APP"), .left("KIND"), .right("WORKERS"), .right("EXPECTED"), .right("CPU"),
            .right("RSS"), .right("UTIL"), .right("LAG"), .right("LAG99"), .right("EXITS"), .left("PORTS"),
        ]
        if wide { headings += [.right("MASTER"), .left("RESPAWN"), .left("KEY")] }
        var table = TextTable(headings)
        for app in apps {
            let (info, row) = (app.group.info, app.group.row)
            let ports = info.ports.map { SafeText("\($0)") }.joined(separator: ",")
            var cells: [SafeText] = [
                SafeText(fleet.hosts[app.host].name), SafeText(info.app), SafeText(info.kind.word),
                Format.count(row[.workers]), text(info.expected.map { "\($0)" }), Format.percent(app.group.cpu),
                Format.bytes(row[.residentBytes]),
                Format.percent(row[.worstUtilisationPermille].map { Double($0) / 1000 }),
                row.worstLagText, row.lagP99Text, Format.count(row[.exits]), ports.isEmpty ? Format.unknown : ports,
            ]
            if wide {
                cells += [
                    text(info.masterPID.map { "\($0)" }), SafeText(info.respawn.listed), SafeText(info.key),
                ]
            }
            table.add(cells)
        }
        return table
    }

    private func workerTable(wide: Bool) -> TextTable {
        var headings: [TextTable.Heading] = [
            .left("HOST"), .left("APP"), .right("SLOT"), .right("PID"), .left("S"), .right("CPU"), .right("RSS"),
            .right("FDS"), .right("THR"), .right("UTIL"), .right("LAG"), .right("LAG99"), .right("UP"),
            .left("NAME"),
        ]
        if wide {
            headings += [
                .left("CAUSE"), .left("HOW"), .right("BURST"), .right("WAIT"), .right("READ"), .right("WRITE"),
                .right("UID"), .right("PPID"), .left("COMMAND"),
            ]
        }
        var table = TextTable(headings)
        for worker in workers {
            let (info, row, rates) = (worker.track.info, worker.track.row, worker.track.rates)
            let lag = worker.track.lag
            let host = fleet.hosts[worker.host]
            var cells: [SafeText] = [
                SafeText(host.name), SafeText(worker.app), SafeText("\(info.slot)"), SafeText("\(info.id.pid)"),
                text(row.stateLetter), Format.percent(rates.cpu), Format.bytes(row[.residentBytes]),
                Format.count(row[.openFiles]), Format.count(row[.threads]), Format.percent(worker.track.utilisation),
                lag.worstText, lag.text(of: lag.p99WithOpen),
                Format.age(age(of: info, on: host)), SafeText(info.name),
            ]
            if wide {
                cells += [
                    (lag.isHung ? "hung " : "") + (lag.causeWord() ?? Format.unknown), SafeText(lag.methodWord),
                    Format.latency(rates.loop?.meanBurst), Format.percent(worker.track.runQueueWait),
                    Format.bytesPerSecond(rates.read),
                    Format.bytesPerSecond(rates.written), SafeText("\(info.uid)"), SafeText("\(info.parentPID)"),
                    info.arguments.map { SafeText($0) }.joined(separator: " "),
                ]
            }
            table.add(cells)
        }
        return table
    }

    /// How long a worker runs, by the agent's calendar on both ends.
    func age(of info: WorkerInfo, on host: FleetHost) -> Duration? {
        guard let sampled = host.snapshot?.wall else { return nil }
        let (age, overflow) = sampled.nanoseconds.subtractingReportingOverflow(info.started.nanoseconds)
        return overflow || age < 0 ? nil : .nanoseconds(age)
    }

    private func text(_ value: String?) -> SafeText { value.map { SafeText($0) } ?? Format.unknown }
}

extension WorkerRow {
    /// `R`, `S`, `D` ... ; `nil` for unknown or what is no letter.
    var stateLetter: String? {
        guard let state = self[.state], let byte = UInt8(exactly: state), 0x41...0x7A ~= byte else { return nil }
        return String(UnicodeScalar(byte))
    }
}

extension Respawn {
    /// As a listing says it, in one word.
    var listed: String {
        switch self {
        case .nothingKnown: "unknown"
        case .master: "master"
        case .parentMay: "maybe"
        case .manager: "manager"
        case .never: "never"
        }
    }
}
