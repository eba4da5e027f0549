/// What a key means, whatever the key.
enum Intent: Hashable, Sendable, CaseIterable {
    case up, down, pageUp, pageDown, first, last
    case open, back
    case sort, invert, sortByCPU, sortByMemory, sortByLag, sortByName, sortLeft, sortRight
    case cellLeft, cellRight
    case filter, problems, fold
    case hosts, apps, workers, events, rolls, alerts, nextTab, previousTab
    case hold, live, stepBack, stepForward, eventBack, eventForward, goToTime
    case recordingStart, recordingEnd
    case acknowledge, silence
    case mark, unmark, columns
    case restart, roll, actions, pauseRoll, abortRoll
    case agent, nextView, compare
    case log, follow, wrap, context, stream, nextMatch, previousMatch
    case copy, prompt, help, reconnect, redraw, quit
}

/// Where a key is pressed; decides which bindings count.
enum ScreenKind: Hashable, Sendable, CaseIterable {
    case fleet, apps, workers, events, rolls, alerts, host, app, worker, log, agent, compare

    /// Lists of the whole fleet, or of a part of it.
    static let lists: Set<ScreenKind> = [.fleet, .apps, .workers, .events, .rolls, .alerts]

    var word: String {
        switch self {
        case .fleet: "fleet screen"
        case .apps: "all apps"
        case .workers: "all workers"
        case .events: "events"
        case .rolls: "rolls"
        case .alerts: "alerts"
        case .host: "host screen"
        case .app: "app screen"
        case .worker: "worker screen"
        case .log: "log"
        case .agent: "agent"
        case .compare: "compare"
        }
    }
}
