/// What a key means, whatever the key.
enum Intent: Hashable, Sendable, CaseIterable {
    case up, down, pageUp, pageDown, first, last
    case open, back
    case sort, invert, sortByCPU, sortByMemory, sortByLag, sortByName, sortLeft, sortRight
    case filter, problems, fold
    case hosts, apps, workers, events, rolls, nextTab, previousTab
    case hold, live
    case restart, roll, actions, pauseRoll, abortRoll
    case prompt, help, reconnect, redraw, quit
}

/// Where a key is pressed; decides which bindings count.
enum ScreenKind: Hashable, Sendable, CaseIterable {
    case fleet, apps, workers, events, rolls, host, app, worker

    /// Lists of the whole fleet, or of a part of it.
    static let lists: Set<ScreenKind> = [.fleet, .apps, .workers, .events, .rolls]

    var word: String {
        switch self {
        case .fleet: "fleet screen"
        case .apps: "all apps"
        case .workers: "all workers"
        case .events: "events"
        case .rolls: "rolls"
        case .host: "host screen"
        case .app: "app screen"
        case .worker: "worker screen"
        }
    }
}
