/// What a key means, whatever the key.
enum Intent: Hashable, Sendable, CaseIterable {
    case up, down, pageUp, pageDown, first, last
    case open, back
    case sort, invert, filter, fold
    case restart, roll, actions, pauseRoll, abortRoll
    case help, reconnect, redraw, quit
}

/// Where a key is pressed; decides which bindings count.
enum ScreenKind: Hashable, Sendable, CaseIterable {
    case fleet, host, app, worker

    var word: String {
        switch self {
        case .fleet: "fleet screen"
        case .host: "host screen"
        case .app: "app screen"
        case .worker: "worker screen"
        }
    }
}
