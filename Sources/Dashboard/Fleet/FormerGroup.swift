import Model

/// An app that its agent tells of no more, as it was told of last.
struct FormerGroup: Sendable {
    let info: GroupInfo
    /// When it was missing first, on our clock.
    let gone: MonotonicInstant
}

extension FleetHost {
    /// Remembers those that were told of until now.
    mutating func part(
        from known: some Collection<GroupTrack>, to told: [GroupTrack], at taken: MonotonicInstant
    ) {
        let keys = Set(told.map(\.info.key))
        for group in known where !keys.contains(group.info.key) {
            formerGroups[group.info.key] = FormerGroup(info: group.info, gone: taken)
        }
        guard !formerGroups.isEmpty else { return }
        for key in keys { formerGroups[key] = nil }
    }

    mutating func forgetFormerGroups() {
        guard !formerGroups.isEmpty else { return }
        let keys = Set(workers.values.map(\.info.groupKey))
        formerGroups = formerGroups.filter { keys.contains($0.key) }
    }

    /// An app of the same name or on the same port has taken its place: it was started anew, and not lost.
    func isReplaced(_ former: FormerGroup) -> Bool {
        groups.contains { group in
            group.info.app == former.info.app || !Set(group.info.ports).isDisjoint(with: former.info.ports)
        }
    }

    /// A roll goes on between two snapshots: its event is shown at once, so that screen and message say the same.
    mutating func heardOf(_ roll: RollSummary, ofGroup key: String, at instant: MonotonicInstant) {
        guard let index = groups.firstIndex(where: { $0.info.key == key }), let snapshot,
            instant > snapshot.monotonic, instant >= rollNews[key]?.at ?? instant
        else { return }
        rollNews[key] = (roll, instant)
        groups[index].info.roll = roll
    }
}
