public import Model

/// A stall in words, as `looptop-agent observe` and the dashboard show it: what the loop did instead of turning, for how
/// long, and who was in its way. ASCII, and it begins with a verb in small letters.
///
/// "blocked 200 ms in futex" · "starved 80 ms: 9 runnable on 2 cores" · "ran 150 ms" · "stopped 300 ms" ·
/// "throttled 60 ms by its cgroup" · "blocked 400 ms in epoll_pwait (a nested loop, e.g. execSync)". A length that is only
/// known to be no longer is "at most 150 ms", one of which the beginning was not seen "at least 150 ms", one that still
/// grows "3.2 s so far".
public func stallText(
    cause: StallCause, length: Duration, isBound: Bool, isFloor: Bool = false, runnable: UInt32?, cores: UInt32?,
    isOpen: Bool
) -> String {
    let time = (isBound ? "at most " : isFloor ? "at least " : "") + stallLengthText(length) + (isOpen ? " so far" : "")
    return switch cause {
    case .cpu: "ran \(time)"
    case .runQueue: "starved \(time)" + crowdText(runnable: runnable, cores: cores)
    case .blocked(let call?): "blocked \(time) in \(call.name)" + (cause.isNestedLoop ? nestedLoopHint : "")
    case .blocked(nil): "blocked \(time)"
    case .stopped: "stopped \(time)"
    case .throttled: "throttled \(time) by its cgroup"
    }
}

/// The loop's own wait is never a stall: this one is in another epoll set.
private let nestedLoopHint = " (a nested loop, e.g. execSync)"

/// Who else wanted a CPU; nothing where that was not seen, or where there was no crowd (it waited behind others of its
/// CPU or its cgroup).
private func crowdText(runnable: UInt32?, cores: UInt32?) -> String {
    guard let runnable, runnable > 1 else { return "" }
    guard let cores, cores > 0 else { return ": \(runnable) runnable" }
    guard runnable > cores else { return "" }
    return ": \(runnable) runnable on \(cores) \(cores == 1 ? "core" : "cores")"
}

/// "8 ms", "200 ms", "3.2 s", "45 s", "2 min 5 s", "3 h 12 min": two figures that matter, rounded down from a minute on.
public func stallLengthText(_ length: Duration) -> String {
    let nanoseconds = max(0, length.nanoseconds)
    let milliseconds = nanoseconds / 1_000_000 + (nanoseconds % 1_000_000 >= 500_000 ? 1 : 0)
    if milliseconds < 1000 { return "\(milliseconds) ms" }
    let tenths = (milliseconds + 50) / 100
    if tenths < 100 { return "\(tenths / 10).\(tenths % 10) s" }
    let seconds = (milliseconds + 500) / 1000
    if seconds < 60 { return "\(seconds) s" }
    if seconds < 3600 { return "\(seconds / 60) min \(seconds % 60) s" }
    return "\(seconds / 3600) h \(seconds / 60 % 60) min"
}
