import CLinux
import Glibc
import Model

/// What outlives a run of the agent.
extension Sampler {
    /// It is handed over at most so often, and when the agent stops.
    static let keepingPause = Duration.seconds(5)

    /// What the run before this one left, before the first sweep. Of another boot no process can live, but the app that
    /// did not come back is missed all the same.
    func restore(_ kept: [KeptGroup], isSameBoot: Bool) {
        memory.restore(kept, isSameBoot: isSameBoot, now: Clocks.now())
        for group in kept {
            if isSameBoot { slots.restore(group.slots, of: group.key, boot: settings.boot) }
            if let since = group.missingSince { missing.restore(WallTime(nanoseconds: since), of: group.key) }
            ledger?.restore(group.lives, of: group.key, boot: settings.boot)
        }
    }

    /// Hands it over where the time has come.
    func keep(at now: Moment, isLast: Bool = false) {
        guard isLast || keptAt.map({ now.monotonic - $0 >= Self.keepingPause }) ?? true else { return }
        keptAt = now.monotonic
        output.keep(
            memory.kept(at: now).map { group in
                var kept = group
                kept.slots = slots.kept(of: kept.key)
                kept.missingSince = missing[kept.key]?.nanoseconds
                kept.lives = ledger?.kept(of: kept.key, slots: Set(kept.slots.map(\.number))) ?? []
                return kept
            })
    }
}
