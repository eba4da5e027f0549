import Model

/// A slot whose workers crash has two events each second or two, and few lines are all there is: its newest end stands for
/// those before it, and its starts say nothing.
extension FleetHost {
    /// Makes room for an end in the log; says how many in a row it is.
    mutating func foldEnds(before place: WorkerPlace, at instant: MonotonicInstant) -> Int {
        guard let before = lastEnd(inSlot: place.slot, of: place.groupKey, at: instant) else { return 1 }
        let repeats = before.repeats + 1
        if repeats >= Self.crashes {
            log.removeAll { $0.at > before.at - Self.crashTime && $0.isLife(inSlot: place.slot, of: place.groupKey) }
        }
        return repeats
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
