import Model

/// A slot whose workers crash has two events each second or two, and few lines are all there is: its newest end stands for
/// those before it, and its starts say nothing.
extension FleetHost {
    /// Makes room for an end in the log; says how many in a row it is, `nil` where a later one is told already that stands for
    /// it, too: what was asked of the past comes behind what came by itself.
    mutating func foldEnds(before place: WorkerPlace, at instant: MonotonicInstant) -> Int? {
        let before = lastEnd(inSlot: place.slot, of: place.groupKey, at: instant)
        let repeats = (before?.repeats ?? 0) + 1
        let newest = count(repeats, after: before, into: place, later: instant)
        if newest != nil || repeats >= Self.crashes {
            let first = (before?.at ?? instant) - Self.crashTime
            log.removeAll {
                $0.at > first && $0.at <= newest?.at ?? instant && $0.serial != newest?.serial
                    && $0.isLife(inSlot: place.slot, of: place.groupKey)
            }
        }
        return newest == nil ? repeats : nil
    }

    /// Adds to the ends that followed one at `instant` in a row those that were before them; the newest one, where it stands
    /// for all.
    private mutating func count(
        _ repeats: Int, after before: LogEntry?, into place: WorkerPlace, later instant: MonotonicInstant
    ) -> LogEntry? {
        var (last, added) = (instant, 0)
        var newest: LogEntry?
        for index in log.indices where log[index].at > instant {
            guard log[index].isEnd, log[index].isLife(inSlot: place.slot, of: place.groupKey) else { continue }
            guard log[index].at - last <= Self.crashTime else { break }
            // The next one has counted those before already, where they were near enough.
            let isCounted = before.map { log[index].at - $0.at <= Self.crashTime } ?? false
            if added == 0 { added = isCounted ? 1 : repeats }
            log[index].repeats += added
            last = log[index].at
            if log[index].repeats >= Self.crashes { newest = log[index] }
        }
        return newest
    }

    /// Whether the start of a worker is only the next round of what is told already.
    func isOfCrashes(_ info: WorkerInfo, at instant: MonotonicInstant) -> Bool {
        (lastEnd(inSlot: info.slot, of: info.groupKey, at: instant)?.repeats ?? 0) >= Self.crashes
    }

    private func lastEnd(inSlot slot: UInt32, of groupKey: String, at instant: MonotonicInstant) -> LogEntry? {
        log.last {
            $0.at <= instant && instant - $0.at <= Self.crashTime && $0.isEnd && $0.isLife(inSlot: slot, of: groupKey)
        }
    }
}

extension LogEntry {
    fileprivate var isEnd: Bool { if case .agent(.workerExited) = body { true } else { false } }

    /// The start or end of a worker of this slot.
    fileprivate func isLife(inSlot slot: UInt32, of groupKey: String) -> Bool {
        switch body {
        case .agent(.workerExited(let place, _, _)): place.slot == slot && place.groupKey == groupKey
        case .agent(.workerStarted(let info, _)): info.slot == slot && info.groupKey == groupKey
        default: false
        }
    }
}
