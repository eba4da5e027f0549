import ArgumentParser
import Model

/// Of which time, and from where; the same for every command that looks back.
struct PastOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("From when: \(TimeText.forms), or 15m for a quarter of an hour ago.", valueName: "time"))
    var since = "15m"

    @Option(help: ArgumentHelp("Until when; default: now, or the end of the recording.", valueName: "time"))
    var until: String?

    @Option(name: .customLong("from"), help: ArgumentHelp("Out of a recording, and not from hosts.", valueName: "file"))
    var file: String?

    @Option(help: ArgumentHelp("How long to wait for hosts and what they keep.", valueName: "time"))
    var timeout = TimeLimit(seconds: 30)

    @OptionGroup var hosts: NamedHostOptions

    /// What there is of that time, and which time that is.
    func recording() throws -> (recording: Recording, times: ClosedRange<MonotonicInstant>, isComplete: Bool) {
        guard let file else { return try gathered() }
        let stored = try RecordingPath.read(file)
        let times = try times(now: SteadyClock.wall(stored.span.upperBound))
        let wanted = hosts.names
        let known = stored.recording.hosts.filter { host in
            wanted.isEmpty || wanted.contains(host.place.label) || wanted.contains(host.info?.name ?? "")
        }
        guard !known.isEmpty else { throw Output.failure(.nothingMatched, "no host of that name is in \(file)") }
        return (Recording(hosts: known), times, stored.damages.isEmpty)
    }

    private func gathered() throws -> (Recording, ClosedRange<MonotonicInstant>, Bool) {
        let (now, wall) = (Clocks.monotonic(), Clocks.wall())
        let times = try times(now: wall)
        let (targets, membership) = try hosts.fleet()
        let session = try FleetSession(targets, membership: membership)
        let clock = SteadyClock(now: now, wall: wall)
        var gathering = PastGathering(places: targets.map(\.place), times: times, clock: clock)
        session.links.start()
        session.run(until: now + timeout.duration) { items, now, wall in
            for item in items {
                let question = gathering.handle(item.event, from: item.host, now: now, wall: wall)
                if let question { session.links.ask(question, of: item.host) }
            }
            return !gathering.isComplete
        }
        for host in gathering.missing { Output.note("\(host.name): \(host.failure.map(failureText) ?? "no answer")") }
        for host in gathering.unfinished { Output.note("\(host.name): not all of it came in time; try --timeout") }
        guard gathering.missing.count < gathering.fleet.hosts.count else {
            throw Output.failure(.unreachable, "no host answers")
        }
        return (gathering.recording, times, gathering.missing.isEmpty && gathering.unfinished.isEmpty)
    }

    private func times(now: WallTime) throws -> ClosedRange<MonotonicInstant> {
        let (from, to) = (try time(since, now: now), try until.map { try time($0, now: now) } ?? now)
        guard from < to else { throw Output.failure(.usage, "--since has to be before --until") }
        return SteadyClock.instant(from)...SteadyClock.instant(to)
    }

    private func time(_ text: String, now: WallTime) throws -> WallTime {
        let ago = TimeText.duration(Substring(text)).map { now.advanced(by: .zero - $0) }
        guard let time = ago ?? TimeText.wall(text, now: now) else {
            throw Output.failure(.usage, "\"\(text)\" is no time: 15m, \(TimeText.forms)")
        }
        return time
    }
}
