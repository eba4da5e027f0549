import Discovery
import Model

/// What of the memory outlives a run of the agent.
extension GroupMemory {
    /// All groups that settled, ascending by key.
    func kept(at now: Moment) -> [KeptGroup] {
        groups.values.filter { $0.size.hasSettled && !$0.isLeftover }.sorted { $0.group.info.key < $1.group.info.key }
            .map { memory in
                let info = memory.group.info
                var kept = KeptGroup(key: info.key, app: info.app, kind: info.kind.rawValue)
                kept.ports = info.ports
                kept.respawn = info.respawn.rawValue
                kept.manager = info.manager.map { KeptGroup.Keeper(kind: $0.kind.rawValue, name: $0.name) }
                kept.master = info.master.map(KeptProcess.init)
                kept.expected = memory.size.value
                kept.found = now.wall(of: memory.found).nanoseconds
                kept.vanished = memory.vanished.map { now.wall(of: $0).nanoseconds }
                kept.deserted = memory.deserted.map { now.wall(of: $0).nanoseconds }
                kept.workers = memory.group.workers.map { KeptProcess($0.process) }
                return kept
            }
    }

    /// What the run before this one knew, before the first look. Of another boot no process can live.
    mutating func restore(_ kept: [KeptGroup], isSameBoot: Bool, now: Moment) {
        for kept in kept.prefix(Self.limit * 2) {
            guard let kind = GroupKind(rawValue: kept.kind), let expected = kept.expected else { continue }
            var info = GroupInfo(
                key: kept.key, app: kept.app, kind: kind, master: isSameBoot ? kept.master?.reference : nil,
                ports: kept.ports, respawn: Respawn(rawValue: kept.respawn) ?? .nothingKnown)
            info.manager = kept.manager.flatMap { keeper in
                Manager.Kind(rawValue: keeper.kind).map { Manager(kind: $0, name: keeper.name) }
            }
            let workers = isSameBoot ? kept.workers.map { DiscoveredWorker(process: $0.reference) } : []
            var memory = Remembered(
                group: DiscoveredGroup(info: info, workers: workers), found: now.instant(of: kept.found))
            memory.size = ExpectedSize(value: expected, master: info.master)
            memory.vanished = kept.vanished.map(now.instant(of:))
            memory.deserted = kept.deserted.map(now.instant(of:))
            groups[kept.key] = memory
        }
    }
}

extension Moment {
    /// The clocks' distance of now: what lies between may have been slept through or set.
    fileprivate func wall(of instant: MonotonicInstant) -> WallTime {
        WallTime(nanoseconds: wall.nanoseconds &- (monotonic - instant).nanoseconds)
    }

    /// Not later than now.
    fileprivate func instant(of nanoseconds: Int64) -> MonotonicInstant {
        let (age, overflow) = wall.nanoseconds.subtractingReportingOverflow(nanoseconds)
        return monotonic - .nanoseconds(overflow ? 0 : max(0, age))
    }
}
