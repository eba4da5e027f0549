import Control
import Logging
import Model
import Trust

/// The command desk of a running agent, and what it shares with others.
struct Commanding {
    let desk: CommandDesk
    /// The desk writes it, the sampler shows it.
    let rolls = RollBoard()
    /// The sampler writes lives into it, the desk who ended them.
    let ledger = LedgerBox()

    /// - Parameter publish: to all subscribers.
    init(
        settings: ServiceSettings, host: HostInfo, policy: PolicyBox, control: SamplerControl, audit: AuditLog,
        log: Logger,
        connections: @escaping @Sendable (CommandTarget) -> ConnectionReport?,
        publish: @escaping @Sendable (Event.Body) -> Void
    ) {
        let (rolls, ledger, configuration) = (rolls, ledger, settings.configuration)
        let ticks = UInt64(max(1, host.ticksPerSecond))
        desk = CommandDesk(
            settings: CommandDesk.Settings(
                boot: host.boot, readOnly: settings.readOnly, protectedPIDs: Surroundings.agentAndAncestors(),
                started: { Self.started($0, ticksPerSecond: ticks) }),
            kernel: LinuxKernel(boot: host.boot), managers: SystemManagers(), audit: audit,
            clock: .live(now: Clocks.monotonic, wall: Clocks.wall),
            hooks: CommandDesk.Hooks(
                policy: { policy.current.decide($0, on: $1, peer: $2, role: $3) },
                restartsPerMinute: { policy.current.restartsPerMinute($0, peer: $1) },
                rules: { configuration.rules(app: $0) },
                onEvent: publish,
                roll: { rolls.set($1, of: $0) },
                requestSweep: { control.lookSoon() },
                note: { ledger.note(worker: $0, issuer: $1, command: $2, now: Clocks.monotonic()) },
                resized: { control.sizeWasSet(groupKey: $0, to: $1) },
                lives: { ledger.lives(groupKey: $0, slot: $1) },
                connections: connections,
                logs: { policy.current.objection(toLogsOf: $0, peer: $1, role: $2) },
                auditFailed: { log.error("a command's end could not be recorded: \(reason($0))") }),
            journal: Self.journal(in: settings.stateDirectory, boot: host.boot, log: log))
    }

    /// What the log says of the last day, for a desk that never does a thing twice.
    private static func journal(in directory: String, boot: BootID, log: Logger) -> Journal {
        let (journal, faults) = Journal.read(directory: directory, boot: boot, now: Clocks.now())
        for fault in faults { log.warning("audit log: \(fault)") }
        if !journal.left.isEmpty {
            let names = journal.left.prefix(8).map { "\($0.name) by \($0.issuer)" }
            let rest = journal.left.count - names.count
            let more = rest > 0 ? " and \(rest) more" : ""
            log.warning(
                "without a result from an earlier run, and not run again: \(names.joined(separator: ", "))\(more)")
        }
        return journal
    }

    /// Start ticks count on the clock that goes on while the machine sleeps.
    private static func started(_ worker: WorkerID, ticksPerSecond: UInt64) -> MonotonicInstant {
        let (seconds, rest) = worker.startTicks.quotientAndRemainder(dividingBy: ticksPerSecond)
        let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        guard !overflow else { return MonotonicInstant(nanoseconds: .max) }
        let start = whole.addingReportingOverflow(rest * 1_000_000_000 / ticksPerSecond).partialValue
        let monotonic = Clocks.monotonic().nanoseconds
        let sinceBoot = Clocks.sinceBootNanoseconds()
        let asleep = sinceBoot > monotonic ? sinceBoot - monotonic : 0
        return MonotonicInstant(nanoseconds: start > asleep ? start - asleep : 0)
    }
}
