import ArgumentParser
import Console
import Model

/// `looptop why HOST/APP#SLOT`: the lives of slots, also of apps and slots where nobody lives.
struct Why: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Say why a worker restarted, or an app has none: the last lives of its slots, newest first.")

    @Argument(help: ActOptions.selectorHelp)
    var selector: String
    @OptionGroup var ask: AskOptions

    mutating func run() throws {
        let chosen = try Filter(option: selector)
        guard chosen.required("pid") == nil else {
            let (listing, session) = try ask.choose(.workers, selector)
            return try tell(listing.subjectsOfWorkers, listing, session)
        }
        // A slot may be asked for in which nobody lives.
        let (listing, session) = try ask.choose(.apps, chosen.without(["slot"]), selector, withWorkers: true)
        let subjects = listing.subjects(slot: chosen.required("slot").flatMap { UInt32(exactly: $0) })
        guard !subjects.isEmpty else { throw Output.failure(.nothingMatched, "no worker matches \(selector)") }
        try tell(subjects, listing, session)
    }

    private func tell(_ subjects: [WhySubject], _ listing: Listing, _ session: FleetSession) throws {
        var told: Set<String> = []
        for subject in subjects {
            let host = listing.fleet.hosts[subject.host]
            // Once for an app, before its slots.
            if let text = subject.missing(on: host, wall: listing.wall), told.insert("\(subject.host) \(text)").inserted
            {
                Output.data(SafeText(text).string + "\n")
            }
            try ask.put([subject.question(on: host)], to: listing, in: session) { question, answer, host in
                guard case .lives(let lives, let experience) = answer else { return }
                Output.data("\(question.label.string)\n")
                for life in lives {
                    let end = life.ended.map { rfc3339($0) + "  " } ?? ""
                    Output.data("  \(end)pid \(life.worker.pid) \(SafeText(life.text(host: host)).string)\n")
                }
                if lives.isEmpty { Output.data("  no life is known\n") }
                if let text = experience.text { Output.data("  \(text)\n") }
            }
        }
    }
}

/// A slot whose lives are asked for.
struct WhySubject: Hashable {
    var host: Int
    var app: String
    var groupKey: String
    var slot: UInt32
    /// Of its app, where that is short of workers.
    var living: UInt64 = 0
    var expected: UInt32?
    var since: WallTime?

    func question(on host: FleetHost) -> Question {
        Question(self.host, SafeText("\(host.name)/\(app)#\(slot)"), .lives(groupKey: groupKey, slot: slot))
    }

    /// `web-1/api: 0 of 3 workers since 12:03:10Z`
    func missing(on host: FleetHost, wall: WallTime) -> String? {
        guard let expected else { return nil }
        let since = since.map { " since \(Format.moment(host.ours($0), now: wall).string)" } ?? ""
        return "\(host.name)/\(app): \(living) of \(expected) workers\(since)"
    }
}

extension Listing {
    /// Slots of an app in which nobody lives are asked for up to this one.
    private static let slotLimit: UInt32 = 64

    var subjectsOfWorkers: [WhySubject] {
        workers.map {
            WhySubject(host: $0.host, app: $0.app, groupKey: $0.track.info.groupKey, slot: $0.track.info.slot)
        }
    }

    /// Each slot of the chosen apps, or the one that is asked for: of living workers, and as many as there should be.
    func subjects(slot: UInt32?) -> [WhySubject] {
        apps.flatMap { app -> [WhySubject] in
            let info = app.group.info
            var slots = Set(
                workers.filter { $0.host == app.host && $0.track.info.groupKey == info.key }.map(\.track.info.slot))
            let isShort = info.level(living: app.group.row[.workers]) > .ok
            // Numbers need not begin at 1 or be without gaps: only where some are missing others are tried.
            if isShort, let expected = info.expected { slots.formUnion(1...max(1, min(expected, Self.slotLimit))) }
            if let slot { slots = slots.contains(slot) || slot <= info.expected ?? 0 ? [slot] : [] }
            return slots.sorted().map { slot in
                WhySubject(
                    host: app.host, app: info.app, groupKey: info.key, slot: slot,
                    living: app.group.row[.workers] ?? 0, expected: isShort ? info.expected : nil,
                    since: info.missingSince)
            }
        }
    }
}
