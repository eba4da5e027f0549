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
    /// Also those without numbers.
    let hosts: [Int]
    let apps: [App]
    let workers: [Worker]
    /// Of `hosts`, those that said nothing usable.
    let missing: [Int]
    /// Others that said nothing, not even what they call themselves: one of them may be the one that is meant.
    let nameless: [Int]
    let now: MonotonicInstant
    let wall: WallTime

    /// How much every host has to send for this.
    static func interest(_ kind: Kind, selector: Selector) -> Interest {
        if kind == .workers || selector.slot != nil || selector.pid != nil { return .workers }
        return kind == .apps || selector.app != nil ? .groups : .host
    }

    init(_ kind: Kind, of gathering: Gathering, selector: Selector, now: MonotonicInstant, wall: WallTime) {
        let fleet = gathering.fleet
        let missing = gathering.missing.filter { selector.matches(hostNames: fleet.hosts[$0].names) }
        nameless = gathering.missing.filter {
            let host = fleet.hosts[$0]
            return !missing.contains($0) && host.info == nil && !host.place.isEnrolled
        }
        let answering = gathering.answering.filter { selector.matches(hostNames: fleet.hosts[$0].names) }
        let workers = answering.flatMap { Self.workers(of: $0, in: fleet, selector: selector) }
        let needsWorker = selector.slot != nil || selector.pid != nil
        let apps = answering.flatMap { host in
            fleet.hosts[host].groups
                .filter { group in
                    guard needsWorker else { return selector.matches(app: group.info.app) }
                    return workers.contains { $0.host == host && $0.track.info.groupKey == group.info.key }
                }
                .sorted { ($0.info.app, $0.info.key) < ($1.info.app, $1.info.key) }
                .map { App(host: host, group: $0) }
        }
        let shown = answering.filter { host in
            guard selector.namesWorkers else { return true }
            return needsWorker ? workers.contains { $0.host == host } : apps.contains { $0.host == host }
        }
        self.kind = kind
        self.fleet = fleet
        self.missing = missing
        self.apps = apps
        self.workers = workers
        self.now = now
        self.wall = wall
        hosts = (shown + missing).sorted()
    }

    private static func workers(of host: Int, in fleet: Fleet, selector: Selector) -> [Worker] {
        let content = fleet.hosts[host]
        var groups: [String: GroupTrack] = [:]
        for group in content.groups { groups[group.info.key] = group }
        return content.workers.values
            .filter { $0.end == nil }
            .map { Worker(host: host, group: groups[$0.info.groupKey], track: $0) }
            .filter { selector.matches(app: $0.app, slot: $0.track.info.slot, pid: $0.track.info.id.pid) }
            .sorted {
                ($0.app, $0.track.info.groupKey, $0.track.info.slot, $0.track.info.id)
                    < ($1.app, $1.track.info.groupKey, $1.track.info.slot, $1.track.info.id)
            }
    }

    /// Whether nothing answered to the selector among the hosts that did answer.
    var isEmpty: Bool {
        switch kind {
        case .hosts: hosts.isEmpty
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
    var names: [String] { [name, address] }
}
