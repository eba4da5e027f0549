import Console
import Model

/// What `looptop ls` shows: the chosen part of a fleet, in the order hosts were named, then by app, slot and pid.
struct Listing: Sendable {
    enum Kind: String, Sendable, CaseIterable {
        case hosts, apps, workers
    }

    struct App: Sendable {
        let host: Int
        let group: GroupTrack
        /// Those that live, where they were asked for.
        let workers: [WorkerTrack]
    }

    struct Worker: Sendable {
        let host: Int
        /// `nil` when the snapshot does not tell the group.
        let group: GroupTrack?
        let track: WorkerTrack

        /// What a person calls its group.
        var app: String { group?.info.app ?? track.info.groupKey }
    }

    let kind: Kind
    let fleet: Fleet
    /// Also those without numbers, of which it may not be known whether they are meant.
    var hosts: [Int]
    /// Those that are meant for certain: rows of a table.
    var matching: [Int]
    var apps: [App]
    var workers: [Worker]
    /// Of `hosts`, those that said nothing usable.
    let missing: [Int]
    /// Others that said nothing, not even what they call themselves: one of them may be the one that is meant.
    let nameless: [Int]
    let now: MonotonicInstant
    let wall: WallTime

    /// How much every host has to send for this.
    static func interest(_ kind: Kind, filter: Filter) -> Interest {
        if kind == .workers || filter.interest == .workers { return .workers }
        return kind == .apps ? .groups : filter.interest
    }

    init(_ kind: Kind, of gathering: Gathering, filter: Filter, now: MonotonicInstant, wall: WallTime) {
        let fleet = gathering.fleet
        func host(_ number: Int) -> HostSubject { HostSubject(fleet: fleet, number: number, now: now) }
        let missing = gathering.missing.filter { number in
            !filter.excludes { key in
                // What is said of a host here is known of a silent one, too.
                key == "host" || FilterKey.label(of: key) != nil ? host(number).value(key) ?? .unknown : .unknown
            }
        }
        nameless = gathering.missing.filter {
            let host = fleet.hosts[$0]
            return !missing.contains($0) && host.info == nil && !host.place.isNamed
        }
        let apps = gathering.answering.flatMap { number in
            host(number).apps.filter { filter.matches($0) }.sorted { ($0.name, $0.key) < ($1.name, $1.key) }
                .compactMap { app in app.group.map { App(host: number, group: $0, workers: app.workers) } }
        }
        let workers = gathering.answering.flatMap { Self.workers(of: $0, in: fleet, filter: filter, now: now) }
        let shown = gathering.answering.filter { number in
            switch kind {
            case .hosts: filter.matches(host(number))
            case .apps: filter.tree == nil || apps.contains { $0.host == number }
            case .workers: filter.tree == nil || workers.contains { $0.host == number }
            }
        }
        matching = (shown + missing.filter { filter.matches(host($0)) }).sorted()
        self.kind = kind
        self.fleet = fleet
        self.missing = missing
        self.apps = apps
        self.workers = workers
        self.now = now
        self.wall = wall
        hosts = (shown + missing).sorted()
    }

    private static func workers(
        of host: Int, in fleet: Fleet, filter: Filter, now: MonotonicInstant
    ) -> [Worker] {
        let content = fleet.hosts[host]
        return content.workers.values
            .filter { $0.end == nil }
            .filter { filter.matches(WorkerSubject(fleet: fleet, number: host, track: $0, now: now)) }
            .map { Worker(host: host, group: content.group($0.info.groupKey), track: $0) }
            .sorted {
                ($0.app, $0.track.info.groupKey, $0.track.info.slot, $0.track.info.id)
                    < ($1.app, $1.track.info.groupKey, $1.track.info.slot, $1.track.info.id)
            }
    }

    /// Whether nothing answered to the filter among the hosts that did answer.
    var isEmpty: Bool {
        switch kind {
        case .hosts: matching.isEmpty
        case .apps: apps.isEmpty
        case .workers: workers.isEmpty
        }
    }

    /// Whether there is something of a host that answered.
    var hasAnswer: Bool { kind == .hosts ? hosts.contains { !missing.contains($0) } : !isEmpty }

    /// Where nothing was found, what is meant may be on any of these.
    var unanswered: [Int] { hasAnswer ? missing : (missing + nameless).sorted() }

    /// A line for stderr about the hosts that are not in the numbers; `nil` when none is missing.
    var missingSentence: String? {
        guard !unanswered.isEmpty else { return nil }
        let reasons = unanswered.map { host in
            let content = fleet.hosts[host]
            let reason = content.failure.map(failureText) ?? "no answer in time"
            return "\(content.name): \(reason)"
        }
        let all = fleet.hosts.count
        let count = "\(unanswered.count) of \(all) \(all == 1 ? "host" : "hosts")"
        return "\(count) did not answer: \(reasons.joined(separator: "; "))"
    }
}

extension FleetHost {
    /// By which an operator may name it.
    var names: [String] { [name, address] + alsoAt }
}

/// Tells which hosts do not answer when that changes, and not at every look.
struct SilenceNote {
    private var told: [Int] = []

    mutating func tell(of listing: Listing) {
        if listing.unanswered != told { Output.note(listing.missingSentence ?? "all hosts answer") }
        told = listing.unanswered
    }
}
