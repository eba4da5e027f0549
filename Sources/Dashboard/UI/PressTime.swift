import Console
import Model

/// What the keys of time do, on every screen the same.
extension UIState {
    /// What the screen shows of the fleet.
    var timeScope: Player.Scope {
        if case .compare = screen { return Player.Scope(host: nil, detail: .workers) }
        guard case .fleet(let tabs) = screen else { return Player.Scope(host: screen.host) }
        return Player.Scope(host: screen.host, detail: RecordedPiece.Detail(tabs.tab.interest))
    }

    mutating func travel(_ intent: Intent, _ fleet: Fleet, now: MonotonicInstant, wall: WallTime) {
        let picture = time.picture(fleet, now: now, wall: wall)
        var target: MonotonicInstant?
        switch intent {
        case .hold: return time.hold(fleet, now: now, wall: wall)
        case .live:
            // What was said of the past is not so any more.
            message = nil
            if time.file != nil { say("this is a recording: End goes to its last moment", now: now) }
            return time.goLive()
        case .recordingStart: target = time.file?.lowerBound
        case .recordingEnd: target = time.file?.upperBound
        case .goToTime:
            time.input = ""
            return
        case .stepBack, .stepForward:
            target = time.step(intent == .stepBack ? -1 : 1, of: screen.host ?? cursorHost, now: now)
        case .eventBack, .eventForward:
            let direction = intent == .eventBack ? -1 : 1
            target = time.event(direction, of: screen.host, now: now)
            let isAsked = screen.host.map { fleet.hosts[$0].past.wanted != nil && fleet.hosts[$0].state.hasNumbers }
            if target == nil, direction < 0, isAsked ?? false, time.file == nil {
                say("events of this host are still being read", now: now)
            } else if target == nil {
                say("no \(direction < 0 ? "earlier" : "later") event is known", now: now)
            }
        default: return
        }
        if let target { go(to: target, picture, now: now) }
    }

    /// Whose samples are gone through on the fleet's lists.
    private var cursorHost: Int? {
        guard case .fleet(let tabs) = screen else { return nil }
        return tabs.view.cursor?.host
    }

    /// What is not over yet is the present.
    private mutating func go(to target: MonotonicInstant, _ before: Picture, now: MonotonicInstant) {
        if time.file == nil {
            guard let present = time.clock?.instant(now) else { return }
            if target > present - .milliseconds(500) { return time.goLive() }
        }
        time.go(to: target, timeScope, before: before)
        if let begin = time.recording.droppedBefore, target < begin {
            say("what came before \(Format.clock(SteadyClock.wall(begin))) was dropped: no more room for it", now: now)
        } else if let host = time.recording.hosts.first(where: \.isIncomplete) {
            say("of \(host.place.label) not all is kept: it sends more than one host may fill", now: now)
        }
    }

    /// Typing into "go to time"; `false` for keys that mean what they always mean.
    mutating func typeTime(_ key: Key, _ fleet: Fleet, now: MonotonicInstant, wall: WallTime) -> Bool {
        guard var input = time.input else { return false }
        switch key {
        case .character(let character): input.append(character)
        case .paste(let text): input += text.prefix(40)
        case .backspace, .delete: if !input.isEmpty { input.removeLast() }
        case .control("u"): input = ""
        case .escape:
            time.input = nil
            return true
        case .enter:
            time.input = nil
            if !input.isEmpty { go(toText: input, fleet, now: now, wall: wall) }
            return true
        default: return true
        }
        time.input = String(input.prefix(40))
        return true
    }

    mutating func go(toText text: String, _ fleet: Fleet, now: MonotonicInstant, wall: WallTime) {
        // `-5m` in a file is before its end, for it has no now.
        let end = time.file.map { SteadyClock.wall($0.upperBound) }
        guard let target = TimeText.wall(text, now: end ?? wall) else {
            return say("\"\(text)\" is no time: \(TimeText.forms)", .warn, now: now)
        }
        if time.file == nil, target > wall { return say("\(text) is still to come", .warn, now: now) }
        go(to: SteadyClock.instant(target), time.picture(fleet, now: now, wall: wall), now: now)
    }
}

extension RecordedPiece.Detail {
    fileprivate init(_ interest: Interest) {
        switch interest {
        case .host: self = .host
        case .groups: self = .groups
        case .workers, .worker: self = .workers
        }
    }
}
