/// What a key means, whatever the key.
enum Intent: Hashable, Sendable, CaseIterable {
    case up, down, pageUp, pageDown, first, last
    case open, back
    case sort, invert, filter
    case restart
    case help, reconnect, redraw, quit
}

/// Where a key is pressed; decides which bindings count.
enum ScreenKind: Hashable, Sendable, CaseIterable {
    case fleet, host, worker

    var word: String {
        switch self {
        case .fleet: "fleet screen"
        case .host: "host screen"
        case .worker: "worker screen"
        }
    }
}
